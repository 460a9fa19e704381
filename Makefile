# Every task has a name; `make help` lists them. Set-up runs by itself before the tasks that need it.

PYTHON ?= python3
BIN := .venv/bin
PREPARE := $(PYTHON) packaging/setup/prepare.py
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --generate-hashes \
  --no-emit-index-url --python-version 3.11 $(UPGRADE) pyproject.toml packaging/requirements/build.in
PICTURES := incoming account-check first-fetch tickets
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run lint check test bench pictures lock clean

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

setup: ## install what the application needs (system packages, .venv); nothing if it is there
	@$(PREPARE) run

setup-test:
	@$(PREPARE) test

run: setup ## start the application: the window, or the demo in the terminal where there is no display
	@$(BIN)/python -m mailadmin

lint: setup-test ## ruff, mypy, import contracts, dependencies that fit together
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pip check

check: lint ## the quick part of the tests, under a minute
	@$(BIN)/python -m pytest -q -n 2 -m "not slow" tests/unit $(PYTEST)

test: lint ## everything: checks, unit tests, integration tests against real servers
	@$(BIN)/python -m pytest -n 2 $(PYTEST)

bench: setup-test ## measure fetching, against a Dovecot on this machine, and the window
	@$(BIN)/python -m tests.bench

pictures: setup ## make the pictures of README.md again, from the demo
	@all=$$(mktemp -d) && trap 'rm -r "$$all"' EXIT && $(BIN)/python -m mailadmin demo --screenshots "$$all" && \
	  for name in $(PICTURES); do cp "$$all/light-$$name.png" "resources/pictures/$$name.png" || exit; done

lock: setup-test ## make the lock files again after a change of dependencies (UPGRADE=--upgrade: newest versions)
	@$(LOCK) --extra gui --extra postgresql --extra demo --output-file packaging/requirements/run.lock
	@$(LOCK) --all-extras --constraint packaging/requirements/run.lock \
	  --output-file packaging/requirements/test.lock

clean: ## remove what the tasks made: environment, caches, build results
	rm -rf .venv tests/servers/openid/node_modules build dist *.egg-info .coverage htmlcov .hypothesis .*_cache
	find mailadmin tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +
