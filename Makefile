# IRIS: everything a person or a machine does with this project. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo up down status check format test test-fast nightly bench bench-crm clean distclean

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p) 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.iris-installed
ARGS ?=

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false
export STREAMLIT_BROWSER_GATHER_USAGE_STATS := false

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2 }' Makefile
	@echo '  Options go through ARGS, for example: make demo ARGS="--supply-points 60 --months 3 --no-serve"'

setup: $(STAMP) ## Make .venv and install IRIS with everything it needs (quick when done before)

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing. Install it, or say: make setup PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "IRIS needs Python 3.11 or newer; $(PYTHON) is older. Say: make setup PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "The module venv is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing into $(VENV) (a few minutes the first time) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

demo: setup ## Play the simulated market through the whole system, then serve the four apps
	@$(BIN)/iris demo $(ARGS)

up: setup ## Start PostgreSQL and the four apps
	@$(BIN)/iris up $(ARGS)

down: setup ## Stop the apps and PostgreSQL
	@$(BIN)/iris down $(ARGS)

status: setup ## Show what runs and where
	@$(BIN)/iris status $(ARGS)

check: setup ## Lint, formatting, types, import rules, SQL style, secrets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m orchestration.sql_style
	$(BIN)/pytest -q tests/architecture

format: setup ## Put Python and SQL into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m orchestration.sql_style --fix

test: setup ## All tests (database, warehouse, browser)
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-fast: setup ## The tests that need no browser and no long run (about a minute)
	$(BIN)/pytest -q -m "not slow and not browser" $(ARGS)

nightly: setup ## The 24-month play of every product (about ten minutes)
	$(BIN)/pytest -q -m nightly $(ARGS)

bench: setup ## Measure billing of 100 000 supply points; prints rows, times and machine
	@$(BIN)/iris bench $(ARGS)

bench-crm: setup ## Measure search, customer page, lists (500 000 customers); also while billing: ARGS="--billing 20000"
	@$(BIN)/iris bench-crm $(ARGS)

clean: ## Stop everything; delete the local database, caches and generated files (keeps .venv)
	@if test -x $(BIN)/iris; then $(BIN)/iris down; fi
	rm -rf .iris dbt/target dbt/logs .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## The same, and delete .venv
	rm -rf $(VENV) *.egg-info
