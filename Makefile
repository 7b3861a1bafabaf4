# `make demo` and `make test` do everything from a fresh clone. They need Python >= 3.11 and a package registry.
PYTHON ?= python3
UV_VERSION := 0.13.8
# Four at a time, a file each: most tests wait rather than compute. `make test WORKERS=0` runs them one by one.
WORKERS ?= 4
PYTEST_ARGS ?=
# In the order of their names: actions/ first, which waits longest, and view/ last, which hardly waits at all.
BY_FILE := --dist loadfile --no-loadscope-reorder

BIN := .venv/bin
READY := .venv/.ready
# Proofs by SIGKILL mostly wait for one another's deadlines: more of them than cores. A file each: those of one
# file may look at the same part of this machine, such as all cgroups of Seatrial.
WAITING := tests/actions tests/held tests/testing
WAITERS ?= 4
# `make test-slow ONE_IN=8` runs one of eight slow tests, the same ones everywhere.
ONE_IN ?= 1
# A uv on PATH serves; otherwise one is fetched into the virtual environment.
UV := $(or $(shell command -v uv),$(BIN)/uv)

# Tests and benchmarks start hundreds of interpreters: without bytecode each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.PHONY: demo test test-slow test-kubernetes test-kubernetes-slow test-kubernetes-crashes lint format bench lock clean

demo: $(READY)
	$(BIN)/seatrial demo

test: lint
	$(BIN)/pytest -n $(WORKERS) $(BY_FILE) $(PYTEST_ARGS)

test-slow: export SEATRIAL_SLOW_ONE_IN := $(ONE_IN)
test-slow: $(READY)
	$(BIN)/pytest -m "slow and not kubernetes" -n $(WAITERS) $(BY_FILE) $(WAITING) $(PYTEST_ARGS)
	$(BIN)/pytest -m "slow and not kubernetes" -n 0 $(addprefix --ignore=,$(WAITING)) $(PYTEST_ARGS)

# On the cluster that KUBECONFIG names, in namespaces of their own; SEATRIAL_IMAGE names an image of this very
# checkout that its nodes have.
test-kubernetes: $(READY)
	$(BIN)/pytest -m "kubernetes and not slow" -n 2 $(BY_FILE) $(PYTEST_ARGS)

test-kubernetes-slow: export SEATRIAL_SLOW_ONE_IN := $(ONE_IN)
test-kubernetes-slow: $(READY)
	$(BIN)/pytest -m "kubernetes and slow" -n 2 $(BY_FILE) --ignore=tests/crashes $(PYTEST_ARGS)

# The cluster's API server and nodes are killed, so nothing else may use it meanwhile. The commands for that are in
# SEATRIAL_CRASH_API, SEATRIAL_REVIVE_API, SEATRIAL_CRASH_NODE and SEATRIAL_REVIVE_NODE; `{node}` in them is its name.
test-kubernetes-crashes: $(READY)
	$(BIN)/pytest -m "kubernetes and slow" tests/crashes $(PYTEST_ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m benchmarks

lock: $(UV)
	$(UV) pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --group bench \
	  --generate-hashes --no-emit-index-url --no-annotate --upgrade \
	  --custom-compile-command 'make lock' --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml hatch_build.py | $(UV) $(BIN)/python
	@echo "installing into .venv what requirements.lock holds"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Seatrial needs Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(if $(filter $(BIN)/uv,$(UV)),,--without-pip) .venv

$(BIN)/uv: | $(BIN)/python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@echo "fetching uv $(UV_VERSION)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
