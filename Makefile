# Two commands do everything: `make lab` opens the course, `make test` proves it.
# Needs Python 3.11 or newer; another one than python3: make lab PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin
LOCKED := .venv/locked
READY := .venv/ready
TORCH := $(shell grep '^torch==' requirements.txt)

# PyPI's Linux build of torch brings gigabytes of CUDA along. Without an NVIDIA card
# PyTorch's own index has the same version without it. TORCH_INDEX= takes PyPI's.
ifeq ($(shell uname -s)$(shell command -v nvidia-smi),Linux)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
endif
FROM_INDEX = $(if $(TORCH_INDEX),--retries 1 --index-url $(TORCH_INDEX))

# Two processes for the tests, since small computers have two cores; the tests of one
# file, and the cells of one notebook, stay together.
TWO := -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help lab check test soak lowest newest pictures nbgrader notebooks site serve bench mutants lock clean moved

help: ## show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 12

lab: $(READY) ## open the course in JupyterLab; OPTIONS="--read", OPTIONS="-- --port 9000"
	$(BIN)/python -m gptlib lab $(OPTIONS)

check: $(READY) ## say what is right of what you wrote; of one lesson: OPTIONS="attention"
	$(BIN)/python -m gptlib check $(OPTIONS)

test: $(READY) ## check everything: style, tests, every notebook run again
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest $(TWO)
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=120 notebooks $(TWO)

soak: $(READY) ## the long tests: kill a training run a hundred times, all verdicts from outside
	$(BIN)/python -m pytest -n 2 -m soak

lowest: ## the tests with every lower bound of pyproject.toml exactly, in a set-up beside ours
	$(call tested_at,lowest)

newest: ## the tests with the newest of everything, which nobody promises to pass
	$(call tested_at,newest)

notebooks: $(READY) ## run all notebooks and save them in their normal form
	$(BIN)/python tests/notebook_tool.py

pictures: $(READY) ## make the pictures of the READMEs anew, from what the tests photograph
	$(BIN)/python tests/pictures.py

nbgrader: $(READY) ## hold the teacher's bench against nbgrader, in a set-up beside ours
	$(PYTHON) -m venv --clear .venv-nbgrader
	.venv-nbgrader/bin/python -c 'import glob, sysconfig; \
	  open(sysconfig.get_path("purelib") + "/course.pth", "w").write( \
	  glob.glob("$(CURDIR)/.venv/lib/python*/site-packages")[0])'
	.venv-nbgrader/bin/pip install -q nbgrader==0.9.6
	PYTHONPATH=. .venv-nbgrader/bin/python -m pytest tests/test_classroom_nbgrader.py tests/test_classroom_report.py -k 'nbgrader or gradebook'

site: $(READY) ## build all of it as web pages, into site/; some lessons: LESSONS="heads"
	$(BIN)/python docs/make_site.py $(LESSONS)

serve: $(READY) ## show site/ on this machine alone, at http://127.0.0.1:8000
	test -f site/index.html || $(BIN)/python docs/make_site.py
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory site 8000

bench: $(READY) ## measure what is faster than what, as ratios
	$(BIN)/python -m gptlib bench

mutants: $(READY) ## break gptlib on purpose, fault by fault: is each one noticed?
	$(BIN)/python tests/mutants.py

# Wheels only: what a learner's machine would have to compile is no version to promise.
# Three lessons stand for all: pictures, a whole training, other people's GPT-2.
SOME := $(addprefix notebooks/,06_attention.ipynb 17_training.ipynb 20_pretrained.ipynb)
define tested_at
	rm -rf .venv-$(1) && $(PYTHON) -m venv .venv-$(1)
	.venv-$(1)/bin/pip install -q packaging
	.venv-$(1)/bin/python tests/version_ends.py $(1) > .venv-$(1)/ends.txt
	torch=$$(grep '^torch' .venv-$(1)/ends.txt); \
	  .venv-$(1)/bin/pip install -q $$torch $(FROM_INDEX) || .venv-$(1)/bin/pip install -q $$torch
	.venv-$(1)/bin/pip install -q --only-binary :all: -r .venv-$(1)/ends.txt
	.venv-$(1)/bin/pip install -q --no-deps --no-build-isolation -e .
	.venv-$(1)/bin/python -m pytest --ignore tests/browser $(TWO)
	.venv-$(1)/bin/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=120 $(SOME) $(TWO)
endef

lock: ## make requirements.txt anew from pyproject.toml's bounds
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install -q $(TORCH) $(FROM_INDEX) || .venv-lock/bin/pip install -q $(TORCH)
	.venv-lock/bin/pip install -q '.[course,pretrained,site,dev]'
	{ sed '/^[^#]/,$$d' requirements.txt; \
	  .venv-lock/bin/pip freeze --all --exclude pip --exclude gptlib | sed 's/+cpu$$//'; } > requirements.new
	mv requirements.new requirements.txt
	rm -rf .venv-lock

clean: ## remove what `make` made
	rm -rf .venv .venv-* .pytest_cache .ruff_cache gptlib.egg-info build site

# What other people wrote, exactly as locked. Programs in .venv hold the name of its
# folder: in a checkout that was moved they no longer start, and all is made anew. The
# last line marks a complete set-up: an interrupted one starts over.
ifneq ($(shell cat $(LOCKED) 2>/dev/null),$(CURDIR))
$(LOCKED): moved
endif
$(LOCKED): requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit( \
	  "Python 3.11 or newer is needed, $(PYTHON) is %d.%d: make lab PYTHON=..." % v[:2])'
	@echo 'Set-up, once, 1 to 3 minutes. Step 1 of 3: a folder .venv (seconds)'
	@$(PYTHON) -m venv --clear .venv
	@echo 'Step 2 of 3: PyTorch (about a minute)'
	@$(BIN)/pip install -q $(TORCH) $(FROM_INDEX) || $(BIN)/pip install -q $(TORCH)
	@echo 'Step 3 of 3: JupyterLab and the other libraries (about a minute)'
	@$(BIN)/pip install -q -r requirements.txt
	@pwd -P > $@

# And the course's own package, which needs nothing more from the network.
$(READY): $(LOCKED) pyproject.toml
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@
