# The commands of the project. Each sets up what it needs: Python 3.11+ and make are enough to begin with.
# Variables: PYTHON (the interpreter), VENV (where the environment lies), DEMO=once, ARGS (passed on to the program).

VENV := .venv
PYTHON :=
DEMO :=
ARGS :=
python := $(VENV)/bin/python
environment = PYTHON='$(PYTHON)' sh requirements/environment.sh

# An environment whose interpreter is gone has nothing installed, whatever its stamps say.
$(shell test -x '$(python)' || rm -f '$(VENV)'/*.installed)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL: # The environment is made before anything is put into it.

.PHONY: help
help: ## List the commands.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

.PHONY: run
run: $(VENV)/runtime.installed $(VENV)/assets.installed ## Show a month, and the portal, on a database of its own (DEMO=once: and stop after the summary).
	@$(python) -m demo $(if $(DEMO),--$(DEMO)) $(ARGS)

.PHONY: test
test: $(VENV)/dev.installed $(VENV)/assets.installed ## Run every test against real servers, started for it (ARGS=tests/store for some of them).
	@sh tests/servers/install.sh
	@$(python) -m pytest --numprocesses=auto --dist=worksteal $(ARGS)

.PHONY: check
check: $(VENV)/dev.installed ## Lint, check formats, types and imports, and test the wheel by itself.
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy
	@$(python) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo
	@$(python) tests/wheel/check_wheel.py

.PHONY: bench
bench: $(VENV)/dev.installed $(VENV)/assets.installed ## Measure every figure of speed and memory as a ratio.
	@$(python) -m bench $(ARGS)

.PHONY: chaos
chaos: $(VENV)/dev.installed ## Inject faults for a long time, from a seed.
	@sh tests/servers/install.sh
	@$(python) -m tests.chaos $(ARGS)

.PHONY: assets
assets: $(VENV)/runtime.installed $(VENV)/assets.installed ## Fetch the pages' style sheets and scripts from npm.

.PHONY: lock
lock: $(VENV)/dev.installed ## Pin the newest dependencies that requirements/*.in allow, by their hashes.
	@cd requirements && for name in build runtime dev library node; do \
	    CUSTOM_COMPILE_COMMAND='make lock' '$(abspath $(python))' -m piptools compile --quiet --upgrade --generate-hashes \
	        --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	        --output-file $$name.txt $$name.in || exit; \
	done
	@npm update --package-lock-only --ignore-scripts --loglevel=error
	@! grep -nE '[a-z]+://' requirements/*.txt || { echo 'A lock must not name a host.' >&2; false; }
	@! grep -n '"resolved"' package-lock.json || { echo 'A lock must not name a host.' >&2; false; }

.PHONY: clean
clean: ## Remove what the commands made, the environment included.
	@rm -rf '$(VENV)' .run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Beside the environment's own folders, so that whoever has the environment has the pages' assets, too.
$(VENV)/assets.installed: package-lock.json package.json .npmrc requirements/assets.sh requirements/node.txt
	@PYTHON='$(abspath $(python))' sh requirements/assets.sh '$(VENV)/npm'
	@touch '$@'

# One file says what is installed, so that nothing is asked for again until a lock changes.
$(VENV)/%.installed: requirements/%.txt requirements/build.txt
	@$(environment) '$(VENV)' $*
	@touch '$@'
