# `make demo` shows what cmx does, `make test` checks it. Both install what they need into .venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test docs bench clean
MAKEFLAGS += --no-print-directory

# A copy that was moved installs itself again: its path is in the name of the stamps.
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
TO_RUN := .venv/.to-run-$(HERE)
TO_DEVELOP := .venv/.to-develop-$(HERE)

# The sessions of the noxfile, in .venv, where all that they need is installed.
NOX := PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python -m nox --no-venv --no-install --session

help: ## say what there is
	@awk -F ': .*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

demo: $(TO_RUN) ## install cmx and run a first study on this computer
	@.venv/bin/cmx up hello --yes --wait

test: $(TO_DEVELOP) ## check style and types, and run all tests
	@$(NOX) lint types tests

docs: $(TO_DEVELOP) ## build the documentation
	@$(NOX) docs

bench: $(TO_DEVELOP) ## measure how fast cmx is
	@$(NOX) bench

clean: ## remove what the commands above have made; results and state stay
	rm -rf .venv .nox .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf mutants .benchmarks .coverage .coverage.* docs/_build dist build
	find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

$(TO_RUN): pyproject.toml constraints.txt tools/install
	@tools/install
	@touch $@

$(TO_DEVELOP): pyproject.toml constraints.txt tools/install
	@tools/install dev
	@touch $@ $(TO_RUN)
