# The front door. `make` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export UV_NO_PROGRESS := 1

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)$$/\1\t\2/' | expand -t 18

# uv comes through pip and everything else through uv; both check hashes. The project itself is installed editable.
.venv/installed: locks/bootstrap.txt locks/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/bootstrap.txt
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --require-hashes -r locks/dev.txt
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: generate
generate: .venv/installed ## Write the client, its limits and docs/reference.md from openapi.yaml
	$(BIN)/python generated_client/generate.py

.PHONY: check-generated
check-generated: .venv/installed ## Fail if a generated file does not follow from openapi.yaml
	$(BIN)/python generated_client/generate.py --check

.PHONY: lock
lock: .venv/installed ## Resolve the development environment anew into locks/
	$(BIN)/uv pip compile -q --group bootstrap --universal --generate-hashes --no-header --no-annotate --no-emit-index-url -o locks/bootstrap.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra mock --extra ics --group dev --universal --generate-hashes --no-header --no-annotate --no-emit-index-url -o locks/dev.txt

.PHONY: clean
clean: ## Remove the virtual environment and everything built
	rm -rf .venv build dist tools/openapi_linters/node_modules
