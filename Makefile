# The two commands: `make run` and `make test`. Everything they need is set up by themselves.
.DELETE_ON_ERROR:
.PHONY: run test setup lint types imports tests clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# stages call `winback` by name, wherever make was called from
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
# compiled modules are kept: without them every stage would compile all its libraries anew
unexport PYTHONDONTWRITEBYTECODE

run: setup
	@$(BIN)/dvc repro
	@$(BIN)/winback report --quiet

setup: $(VENV)/.ready

# uv installs the locked packages (with their hashes) in seconds; where it cannot, pip does the same in minutes.
$(VENV)/.ready: requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "winback needs Python 3.11 or newer")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock \
	  && $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# pyspark is large (about 480 MB) and of use only beside Java: the tests of the cluster are skipped without either
$(VENV)/.spark: $(VENV)/.ready requirements-spark.lock
	@if ! command -v java >/dev/null; then echo "No Java: the tests of the cluster will be skipped" >&2; else \
	  echo "Installing pyspark into $(VENV): it is built from source, a minute or so" >&2; \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --require-hashes -r requirements-spark.lock \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --require-hashes -r requirements-spark.lock \
	  || echo "pyspark cannot be installed: the tests of the cluster will be skipped" >&2; fi
	@touch $@

test: setup lint types imports tests

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports --no-logo

# each worker has one core: libraries that start a thread per core would wait for each other
tests: export OMP_NUM_THREADS := 1
tests: $(VENV)/.spark
	$(BIN)/python -m pytest -n 2 --dist loadfile
	$(BIN)/python -m pytest --doctest-modules src

clean:
	rm -rf data models mlruns .winback .dvc/tmp .dvc/cache
