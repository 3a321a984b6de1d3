# Two commands do everything: `make lab` opens the course, `make test` proves it.
# Needs Python 3.11 or newer; another one than python3: make lab PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
TORCH := $(shell grep '^torch==' requirements.txt)

# PyPI's Linux build of torch brings gigabytes of CUDA along. Without an NVIDIA card
# PyTorch's own index has the same version without it. TORCH_INDEX= takes PyPI's.
ifeq ($(shell uname -s)$(shell command -v nvidia-smi),Linux)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
endif
FROM_INDEX = $(if $(TORCH_INDEX),--retries 1 --index-url $(TORCH_INDEX))

.DEFAULT_GOAL := help
.PHONY: help lab test notebooks bench mutants lock clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 12

lab: $(READY) ## open the course in JupyterLab
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/00_tour.ipynb

test: $(READY) ## check everything: style, tests, every notebook run again
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=120 notebooks

notebooks: $(READY) ## run all notebooks and save them in their normal form
	$(BIN)/python tests/notebook_tool.py

bench: $(READY) ## measure what is faster than what, as ratios
	$(BIN)/python -m gptlib bench

mutants: $(READY) ## break gptlib on purpose, fault by fault: is each one noticed?
	$(BIN)/python tests/mutants.py

lock: ## make requirements.txt anew from pyproject.toml's bounds
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install -q $(TORCH) $(FROM_INDEX) || .venv-lock/bin/pip install -q $(TORCH)
	.venv-lock/bin/pip install -q '.[pretrained,dev]'
	{ sed '/^[^#]/,$$d' requirements.txt; \
	  .venv-lock/bin/pip freeze --exclude gptlib | sed 's/+cpu$$//'; } > requirements.new
	mv requirements.new requirements.txt
	rm -rf .venv-lock

clean: ## remove what `make` made
	rm -rf .venv .venv-lock .pytest_cache .ruff_cache gptlib.egg-info build

# The last line marks a complete set-up: an interrupted one starts over.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit( \
	  "Python 3.11 or newer is needed, $(PYTHON) is %d.%d: make lab PYTHON=..." % v[:2])'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install -q $(TORCH) $(FROM_INDEX) || $(BIN)/pip install -q $(TORCH)
	$(BIN)/pip install -q -r requirements.txt
	$(BIN)/pip install -q --no-deps -e .
	@touch $(READY)
