# Everything below works from a bare clone: the environment is made on first use and reused afterwards.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help bench test test-slow bench-speed bench-search docs lint format clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

# One stamp a set of extras; a changed pyproject.toml installs again.
$(VENV)/.core: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --editable '.[speed]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/.core

$(VENV)/.lint: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --editable '.[test,lint]'
	@touch $@ $(VENV)/.core $(VENV)/.test

$(VENV)/.docs: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --editable '.[speed,docs]'
	@touch $@ $(VENV)/.core

bench: $(VENV)/.core  ## run the quick study and print its comparison table
	$(BIN)/zsbench run quick

# A process for each core, one thread in each; a file's tests share what they set up, and the longest files come first.
test: $(VENV)/.test  ## fast tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder

test-slow: $(VENV)/.test  ## tests that take minutes
	$(BIN)/python -m pytest -m slow

bench-speed: $(VENV)/.test  ## speed ratios (pytest-benchmark)
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only -m '' -o addopts=

bench-search: $(VENV)/.core  ## how searches scale: the tables of docs/performance.md
	$(BIN)/python tests/benchmarks/search_scaling.py

docs: $(VENV)/.docs  ## write docs/proxies.md, and pages of the API to build/api
	$(BIN)/python docs/catalogue.py > docs/.proxies.md
	mv docs/.proxies.md docs/proxies.md
	$(BIN)/python docs/api.py

lint: $(VENV)/.lint  ## ruff, mypy and the imports between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p .typing && ln -sfn .. .typing/zsbench
	$(BIN)/mypy
	$(BIN)/python tests/floors.py

format: $(VENV)/.lint  ## let ruff rewrite
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove caches, not results
	rm -rf .typing .mypy_cache .ruff_cache .pytest_cache build *.egg-info
