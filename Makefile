# Everything that is done with this repository from a shell. Needs Python >= 3.11; `make run` and `make test` fetch the rest.

PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
# Runs a command as root where that is possible without a question.
AS_ROOT := $(shell if [ "$$(id -u)" = 0 ]; then echo env; elif sudo -n true 2>/dev/null; then echo sudo -n; fi)
APT := $(if $(AS_ROOT),$(shell command -v apt-get))
APT_INSTALL = $(AS_ROOT) apt-get update -qq && $(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends

# Files of tests run side by side, one after the other within a worker; each worker has servers of its own. A worker waits
# a third of its time, for pages and for hubs that it has started, so there is one more than processors.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 2 ? 3 : n > 7 ? 8 : n + 1)))

# Hubs are started a hundred times, and each would compile the whole of its code if that may not be kept.
unexport PYTHONDONTWRITEBYTECODE

# Tests flush to disk thousands of times, which takes a quarter of their time; a file system in memory does it at once.
# It is used where 4 GB of it and twice as much memory are free, and TMPDIR names no other folder.
IN_MEMORY := $(if $(TMPDIR),,$(shell \
	shm=$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $$4 }'); \
	free=$$(awk '/^MemAvailable/ { print $$2 }' /proc/meminfo 2>/dev/null); \
	[ -w /dev/shm ] && [ "$${shm:-0}" -gt 4000000 ] && [ "$${free:-0}" -gt 8000000 ] && echo /dev/shm))

WEB_SOURCES := $(shell find agent_console/web -name node_modules -prune -o -path '*/src/generated' -prune -o -type f -print) \
	$(wildcard agent_console/*.py) routing/model.py

.PHONY: help run test check lint types web faults bench bench-customers chromium clean
.DELETE_ON_ERROR:

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*## */\t/' | expand -t 18

run: $(VENV)/packages web  ## start the demo at http://127.0.0.1:8080 (HUB_PORT=... for another port)
	@exec $(PY) -m hub demo

# mypy takes one processor. On the other one Python compiles the tests meanwhile: else each worker would compile them all.
test: $(VENV)/dev-packages web chromium  ## set up and run every test
	@$(PY) -m pytest --collect-only -qq >/dev/null 2>&1 & $(MAKE) --no-print-directory lint; linted=$$?; wait; exit $$linted
	$(if $(IN_MEMORY),TMPDIR=$$(mktemp -d $(IN_MEMORY)/hub-tests.XXXXXX) && export TMPDIR && trap 'rm -rf "$$TMPDIR"' EXIT;) \
		$(PY) -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev-packages web lint  ## in under a minute: lint, types and the tests of what you changed (SINCE=main for a branch)
	$(PY) -m pytest -q --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $$($(PY) -m tests.changed $(SINCE))

lint: $(VENV)/dev-packages  ## ruff and mypy
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

web: agent_console/static/.built  ## build the screens and the widget

faults: $(VENV)/dev-packages web  ## the long tests: kills, planted faults, lost wake-ups, memory
	HUB_KILLS=$${HUB_KILLS:-100} HUB_ARRIVALS=$${HUB_ARRIVALS:-10000} HUB_SEGMENT_HISTORIES=$${HUB_SEGMENT_HISTORIES:-20000} \
		$(PY) -m pytest -o python_files='fault_*.py test_kill*.py test_wake_ups.py test_segment_histories.py' tests

bench: $(VENV)/dev-packages web  ## measure, in three minutes; prints ours beside a bare skeleton (PARTS="a b" for some)
	@$(PY) -m tests.bench $(PARTS)

bench-customers: $(VENV)/dev-packages  ## a million customers, on both databases: some twenty minutes (PARTS="search" for some)
	@$(PY) -m tests.bench.customers $(PARTS)
	@$(PY) -m tests.bench.customers --postgresql $(PARTS)
	@$(PY) -m tests.bench.customer_segments
	@$(PY) -m tests.bench.customer_segments --postgresql

clean:  ## remove what was built and installed here; the demo's data in .data stay
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	rm -rf agent_console/static agent_console/web/node_modules agent_console/web/src/generated

# ---- set-up, once per change of what it depends on

# Debian's Python may come without the means to make a virtual environment: virtualenv does it then.
$(PY):
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
	|| { rm -rf $(VENV); $(PYTHON) -m virtualenv -q $(VENV) 2>/dev/null; } \
	|| { $(PYTHON) -m pip install -q --target .cache/virtualenv virtualenv 2>/dev/null \
	     && PYTHONPATH=.cache/virtualenv $(PYTHON) -m virtualenv -q $(VENV); } \
	|| { [ -n "$(APT)" ] && $(APT_INSTALL) python3-venv >/dev/null && $(PYTHON) -m venv $(VENV); } \
	|| { rm -rf $(VENV); echo "Cannot make a virtual environment: install python3-venv or virtualenv."; exit 1; }

$(VENV)/packages: pyproject.toml | $(PY)
	@echo "Installing the Python packages."
	@$(PIP) --editable .
	@touch $@

$(VENV)/dev-packages: pyproject.toml | $(PY)
	@echo "Installing the Python packages, with those for tests."
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/packages

agent_console/static/.built: $(WEB_SOURCES) | $(VENV)/packages
	@echo "Building the screens."
	@$(PY) agent_console/web/bundle.py build
	@touch $@

# The browser tests drive the system's Chromium and look at Chinese texts.
# Its headless shell takes a tenth of the processor time for a page that a whole Chromium without a screen takes.
chromium:  ## install Chromium and a Chinese font with the system's package manager, where it can
	@command -v chromium-headless-shell >/dev/null \
	|| { [ -n "$(APT)" ] && $(APT_INSTALL) chromium-headless-shell >/dev/null 2>&1; } \
	|| command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { [ -n "$(APT)" ] && echo "Installing Chromium." && $(APT_INSTALL) chromium >/dev/null; } \
	|| echo "The browser tests want Chromium, and it cannot be installed from here: install the package chromium."
	@fc-list :lang=zh 2>/dev/null | grep -q . \
	|| { [ -n "$(APT)" ] && echo "Installing a Chinese font." && $(APT_INSTALL) fontconfig fonts-noto-cjk >/dev/null; } \
	|| echo "Chinese texts have no font here: install the package fonts-noto-cjk."
