# `make lab` and `make test` do all their own set-up in .venv. A second run finds the stamp files
# newer than the locks and pyproject.toml, and starts at once.

VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements.lock requirements-test.lock
PYTEST_ARGS ?= -n 2

# The first interpreter that is new enough. Looked for only when .venv is made; PYTHON=… overrides it.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$python; break; }; done)

.PHONY: help lab test benchmark lint format lock clean

help:  ## show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /	/' | expand -t 12

lab: $(VENV)/.installed  ## open the notebooks in JupyterLab; options in ARGS="--no-browser --port 9000"
	@$(BIN)/schema lab $(ARGS)

test: lint  ## run the linters, the type checker and all tests
	$(BIN)/pytest $(PYTEST_ARGS)

benchmark: $(VENV)/.installed-test  ## time drift, copies, steps, ledgers, timelines and fleets beside their peers, and diagrams; options in ARGS="--runs 3"
	$(BIN)/python tests/benchmarks/drift.py --tables 1000 --dialect sqlite $(ARGS)
	$(BIN)/python tests/benchmarks/drift.py --tables 1000 --dialect postgresql $(ARGS)
	$(BIN)/python tests/benchmarks/copies.py $(ARGS)
	$(BIN)/python tests/benchmarks/steps.py $(ARGS)
	$(BIN)/python tests/benchmarks/ledger.py $(ARGS)
	$(BIN)/python tests/benchmarks/diagrams.py $(ARGS)
	$(BIN)/python tests/benchmarks/timeline.py --dialect sqlite $(ARGS)
	$(BIN)/python tests/benchmarks/timeline.py --dialect postgresql $(ARGS)
	$(BIN)/python tests/benchmarks/fleet.py $(ARGS)

lint: $(VENV)/.installed-test  ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/.installed-test  ## rewrite the code in the project's style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Names, versions and hashes only, so that any index or mirror serves. hatchling and editables are for the
# editable install, which then needs no build environment of its own.
lock:  ## pin the newest versions that pyproject.toml allows (needs uv)
	printf "hatchling\neditables\n" | uv pip compile $(UV_FLAGS) --extra dask --extra test -o requirements-test.lock pyproject.toml -
	printf "hatchling\neditables\n" | uv pip compile $(UV_FLAGS) -c requirements-test.lock -o requirements.lock pyproject.toml -

UV_FLAGS := --universal --generate-hashes --upgrade --python-version 3.11 --quiet --no-header --no-annotate \
	--extra postgresql --extra mariadb --extra png

clean:  ## remove .venv and what the tools left behind
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find schema tests alembic -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "The schema workbench needs Python 3.11 or newer, and found none." \
		"Install one, or name one: make PYTHON=/path/to/python3.11 ..." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "The schema workbench needs" \
		"Python 3.11 or newer; $(PYTHON) is" $$($(PYTHON) -V 2>&1)"." >&2; exit 2; }
	@echo "Making $(VENV) with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 2; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the packages of requirements.lock (a minute, the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# All of requirements.lock is in requirements-test.lock too, so both stamps are set.
$(VENV)/.installed-test: $(LOCKS) pyproject.toml | $(BIN)/python
	@echo "Installing the packages of requirements-test.lock (a minute or two, the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(VENV)/.installed $@
