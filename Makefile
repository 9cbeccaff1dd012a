# Needs Python 3.11 or later, make and a package index. Everything it installs and caches stays in this folder.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
START := $(shell date +%s)

# Without PYTHON=..., the first interpreter that is new enough works in .venv; a chosen one works in its own folder,
# so that versions never mix. An interpreter that is missing or too old is reported by the first rule below.
ifndef PYTHON
VENV := .venv
else
VENV := .venv-$(shell $(PYTHON) -c 'import platform; print(platform.python_version())' 2>/dev/null || echo missing)
endif
BIN := $(VENV)/bin

BENCHMARKS := overhead observed awaited first_unit bulk reading twin outbox command_line

# The caller's own paths and virtual environment must not leak in; no home directory is needed.
unexport PYTHONPATH PYTHONHOME PYTHONUNBUFFERED VIRTUAL_ENV PIP_USER PIP_TARGET PIP_PREFIX
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export XDG_CACHE_HOME := $(CURDIR)/.cache

# -q -q leaves errors; warnings are about the machine's own settings.
PIP := $(BIN)/python -m pip --quiet --quiet --no-input

# A worker for each processor, and each has servers of its own; who is done early takes tests over from another one.
# The example is tested on every database, not on the twin alone.
PYTEST := pytest -q --numprocesses logical --maxprocesses 4 --dist worksteal --database all

# Pages that name what is not there, or link to nowhere, are not built. No network is needed.
PAGES := $(BIN)/python -m sphinx --quiet --fail-on-warning --doctree-dir .cache/docs/doctrees docs .cache/docs/html --builder

# $(call timed,name,command): run, say how long it took with the set-up, fail as the command did.
timed = @$(2); status=$$?; echo "make $(1): $$(($$(date +%s) - $(START))) s, set-up included"; exit $$status

.PHONY: help demo test check docs bench proof faults crash clean

help:
	@echo 'make demo    run the example application, step by step'
	@echo 'make test    run all tests'
	@echo 'make check   run all tests with coverage, and every check of style, types and layers'
	@echo 'make docs    build these pages: .cache/docs/html/index.html'
	@echo 'make bench   count statements and round trips, and compare with plain SQLAlchemy'
	@echo 'make proof   compare databases by random histories; PROOF="--histories 20000 --seed 7" says which'
	@echo 'make faults  break the in-memory twin on purpose, and say how many histories it takes to find each fault'
	@echo 'make crash   kill services, relays and servers; CRASH="--on postgresql --kills 2000" says where and how often'
	@echo 'make clean   remove what these commands made'
	@echo
	@echo 'Each sets up what it needs. PYTHON=python3.13 chooses an interpreter.'

demo: $(VENV)/.ready
	@mkdir -p .cache
	$(call timed,demo,$(BIN)/python -m accounts.demo .cache/accounts-trace.html)

test: $(VENV)/.ready
	$(call timed,test,$(BIN)/python -m $(PYTEST))

check: $(VENV)/.ready
	$(call timed,check,$(CHECKS))

docs: $(VENV)/.ready
	$(call timed,docs,$(PAGES) html)
	@echo 'open .cache/docs/html/index.html'

bench: $(VENV)/.ready
	@failed=; for each in $(BENCHMARKS); do $(BIN)/python benchmarks/$$each.py || failed=yes; done; test -z "$$failed"

proof: $(VENV)/.ready
	$(call timed,proof,PYTHONPATH=tests $(BIN)/python -m properties.twin.proof $(PROOF))

faults: $(VENV)/.ready
	$(call timed,faults,PYTHONPATH=tests $(BIN)/python -m properties.twin.faults $(FAULTS))

crash: $(VENV)/.ready
	$(call timed,crash,PYTHONPATH=tests $(BIN)/python -m crashes $(CRASH))

clean:
	@rm -rf .venv .venv-* .cache dist .coverage .coverage.* .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The cheap ones first, and the two that check types side by side. `coverage run` rather than a pytest plugin, which would start after this package's own plugin.
define CHECKS
$(BIN)/python -m ruff format --quiet --check . && \
$(BIN)/python -m ruff check --quiet . && \
{ report=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$report"; false; }; } && \
{ $(BIN)/python -m pyright --pythonpath $(BIN)/python & pyright=$$!; \
  $(BIN)/python -m mypy --no-error-summary && $(PAGES) dummy; status=$$?; wait $$pyright && test $$status = 0; } && \
$(BIN)/python -m coverage erase && \
$(BIN)/python -m coverage run -m $(PYTEST) && \
$(BIN)/python -m coverage combine --quiet && \
$(BIN)/python -m coverage report
endef

# Two stamps, each written last: what was interrupted is not ready, and starts again from nothing.
$(VENV)/.ready: $(VENV)/.dependencies pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dependencies: requirements/dev.txt
	@python='$(PYTHON)'; \
	new_enough='import sys; sys.exit(sys.version_info < (3, 11))'; \
	for candidate in $${python:-python3 python3.13 python3.12 python3.11}; do \
	  if $$candidate -c "$$new_enough" 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "$${python:-python3} does not run Python 3.11 or later: install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found cannot make virtual environments: on Debian or Ubuntu, apt install $$($$found -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; exit 1; \
	fi; \
	echo "setting up $(VENV) ..."; \
	rm -rf $(VENV) && $$found -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@
