# Chat Playground. `make help` lists the verbs; each brings what it needs (tools/bootstrap.py).
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BOOTSTRAP = $(or $(PYTHON),$(error Python 3.11 or newer is needed, and not on the PATH)) tools/bootstrap.py
VENV ?= .venv
BIN := $(VENV)/bin
export PLAYGROUND_VENV := $(VENV)

.DEFAULT_GOAL := help
.PHONY: help up test check bench images down pin clean

help: ## list the verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

up: ## run the playground on this machine: http://127.0.0.1:8080, Ctrl-C stops it
	@$(BOOTSTRAP) stack
	@PLAYGROUND_STOP_WITH_PARENT=1 exec $(BIN)/playground up

test: ## run every test (TESTS=tests/unit: some), on real parts; what this machine lacks is skipped and said
	@$(BOOTSTRAP) everything
	@$(BIN)/pytest $(TESTS)

check: ## lint, types, import contracts, sizes, spelling
	@$(BOOTSTRAP) everything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/pyright --pythonpath $(BIN)/python -p tests
	$(BIN)/lint-imports
	$(BIN)/python tools/sizes.py
	$(BIN)/codespell

bench: ## measure, and write the tables of benchmarks/README.md
	@$(BOOTSTRAP) everything
	@$(BIN)/python -m benchmarks

images: ## build the images of `docker compose up`
	@docker compose build

down: ## end `docker compose up` and remove all that it made; conversations stay
	@$(or $(PYTHON),$(error Python 3.11 or newer is needed, and not on the PATH)) tools/compose_down.py

pin: ## compile requirements/*.in to pinned, hashed requirements
	@$(BOOTSTRAP) everything
	@$(BIN)/python tools/pin.py

clean: ## remove the environment, the tools and caches; conversations in .playground stay
	rm -rf .venv .venv-* .tools .pytest_cache .ruff_cache .import_linter_cache .coverage test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
