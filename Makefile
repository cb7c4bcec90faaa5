# Diorama: everything a person types here. Needs Python 3.11 or newer and make; nothing else.

PYTHON  ?= python3
PORT    ?=
WORKERS ?= logical

BIN     := .venv/bin
# An installation is known by what it was made from: the same files again, and there is nothing to do.
key      = $(shell cat pyproject.toml requirements/$(1).txt | cksum | cut -d' ' -f1)
RUN     := .venv/.run-$(call key,run)
DEV     := .venv/.dev-$(call key,dev)
CODE    := src tests docs tools $(wildcard bench)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK    := $(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
           --custom-compile-command "make lock" pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help demo serve dev test lint types check-docs unit docs bench lock clean

help: ## what you are reading
	@echo "Diorama: one door to every image and video model."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "Another interpreter: make PYTHON=python3.12 ...    Another port: make serve PORT=9000"

demo: $(RUN) ## make one picture and one film, without any key, into demo/
	@$(BIN)/python tools/demo.py

serve: $(RUN) ## serve the HTTP door on http://127.0.0.1:8000
	@$(BIN)/diorama serve $(if $(PORT),--port $(PORT))

dev: $(DEV) ## serve with reload, every vendor being a fake on this machine
	@$(BIN)/python tools/dev.py $(if $(PORT),--port $(PORT))

test: lint types check-docs unit ## everything that must hold: lint, types, docs, tests

lint: $(DEV) ## style and formatting
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/ruff format --quiet --check $(CODE) || { echo "Run: $(BIN)/ruff format $(CODE)"; exit 1; }

types: $(DEV) ## mypy, strict
	@$(BIN)/mypy

check-docs: $(DEV)
	@$(BIN)/python -m docs.render --check

unit: $(DEV)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --maxprocesses 8 --dist worksteal

docs: $(DEV) ## render docs/reference/ from the code
	@$(BIN)/python -m docs.render

bench: $(DEV) ## measure what the house adds to a vendor's own time
	@$(BIN)/python -m bench

lock: $(DEV) ## renew requirements/*.txt, the versions and hashes we are tested with
	@$(LOCK) --upgrade --extra postgres --extra vertex --group dev --output-file requirements/dev.txt
	@cp requirements/dev.txt requirements/run.txt  # its pins are what the second file starts from
	@$(LOCK) --group build --output-file requirements/run.txt

clean: ## remove what make made; demo/ and every .diorama/ stay
	rm -rf .venv dist .mypy_cache .ruff_cache .hypothesis .coverage
	find src tests docs tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Diorama needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1 | head -n 1)." \
	       "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

$(RUN): | $(BIN)/python
	@echo "Installing what Diorama runs on (requirements/run.txt)"
	@$(INSTALL) --require-hashes -r requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@rm -f .venv/.run-* && touch $@

$(DEV): | $(BIN)/python
	@echo "Installing what Diorama is tested with (requirements/dev.txt)"
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@rm -f .venv/.run-* .venv/.dev-* && touch $(RUN) $@
