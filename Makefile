# One command each: `make demo` shows the product, `make test` runs everything the project checks.
# Needs python3 >= 3.11, make and git; everything else is installed into .venv from the hashed lock.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test lint format lock models benchmark clean

help:
	@echo 'make demo       the whole way on the bundled population, in a fresh .mdm/demo'
	@echo 'make test       every test, with a real PostgreSQL (WORKERS=2)'
	@echo 'make lint       ruff, mypy, import-linter'
	@echo 'make format     let ruff mend layout and imports'
	@echo 'make lock       compile requirements.lock from pyproject.toml'
	@echo 'make models     fit the shipped models anew (after a change of rules or standardiser)'
	@echo 'make benchmark  time and memory per stage (SIZE=100000)'
	@echo 'make clean      remove .venv and caches (never .mdm)'

# The packages of the lock: redone only when the lock changes.
$(VENV)/.locked: requirements.lock
	@test -n '$(PYTHON)' || { echo 'python3 >= 3.11 is needed and was not found; say make PYTHON=/path/to/python3.11' >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "python3 >= 3.11 is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@test -x $(BIN)/python || { echo 'Making .venv ...'; $(PYTHON) -m venv $(VENV); }
	@echo 'Installing the locked packages into .venv (once, about a minute) ...'
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

# The project itself, editable, built with the setuptools of the lock. A stale egg-info would hide new entry points.
$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@rm -rf customer_master.egg-info build
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/mdm demo

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# New shipped models from the project's own populations, dated today; existing ones are never touched.
models: $(VENV)/.installed
	$(BIN)/python -m mdm.training

# The lock names versions and hashes, never an index.
lock: $(VENV)/.locked
	@$(PIP) install uv
	$(BIN)/uv pip compile --universal --upgrade --generate-hashes --no-header --no-annotate --extra dev \
		--quiet pyproject.toml -o requirements.lock
	@! grep -nE '://|--(extra-)?index-url|--find-links' requirements.lock || { echo 'the lock names a host' >&2; exit 1; }

# make benchmark SIZE=1000000 MORE='--train --keep'
SIZE ?= 100000
MORE ?=
benchmark: $(VENV)/.installed
	@$(BIN)/mdm benchmark --records $(SIZE) --out benchmark-results $(MORE)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
