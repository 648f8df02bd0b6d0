#!/usr/bin/env bash
# Set up what the benchmark needs, once and again when a lock changes; everything goes into ignored folders beside this.
#   .venv        the peers and the tools, the library itself without its dependencies
#   .venv-plain  what `pip install luminus-zoom` brings and nothing else, for the rows that a neighbour would distort
#   generated/   the client that openapi-generator writes from ../openapi.yaml (needs Java)
#   node_modules Prism (needs npm)
# What cannot be had is left out with a word of warning: its rows then say so.
#
# The locks are written by, in this folder and with the options of `make lock`,
#   uv pip compile requirements.in ../pyproject.toml -o requirements.txt
#   uv pip compile ../pyproject.toml -o plain.txt
set -euo pipefail
cd "$(dirname "$0")"
UV=../.venv/bin/uv

environment() { # folder, lock
  [ "$1/installed" -nt "$2" ] && return
  echo "Setting up benchmarks/$1"
  $UV venv --quiet --clear --python ../.venv/bin/python "$1"
  export VIRTUAL_ENV="$PWD/$1"
  # One by one where a package has nothing for this machine.
  $UV pip install --quiet --require-hashes -r "$2" || one_by_one "$2"
  # Links, so that the library is where an installed one would be and its files are those of this checkout.
  ln -sfn "$PWD/../wrapper/luminus_zoom" "$PWD/../generated_client/luminus_zoom_api" "$1"/lib/python3*/site-packages/
  touch "$1/installed"
}

one_by_one() { # lock
  sed -n 's/^\([a-z0-9-]*\)$/\1/p' requirements.in | while read -r package; do
    $UV pip install --quiet --constraint "$1" "$package" || echo "$package cannot be installed here"
  done
}

environment .venv requirements.txt
environment .venv-plain plain.txt

if [ ! generated/installed -nt ../openapi.yaml ] && command -v java >/dev/null; then
  echo "Generating a client with openapi-generator"
  rm -rf generated
  .venv/bin/openapi-generator-cli generate --input-spec ../openapi.yaml --generator-name python --output generated \
    --package-name openapi_generator_zoom --global-property apiDocs=false,modelDocs=false,apiTests=false,modelTests=false \
    >generate.log 2>&1 && touch generated/installed || echo "openapi-generator failed, see benchmarks/generate.log"
fi

if [ ! node_modules/.package-lock.json -nt package-lock.json ] && command -v npm >/dev/null; then
  echo "Installing Prism"
  npm ci --ignore-scripts --no-audit --no-fund --silent && touch node_modules/.package-lock.json \
    || echo "Prism could not be installed"
fi
