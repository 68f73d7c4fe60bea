# What a person or a machine does with a checkout. Windows: pip install ".[full]", then mien serve --open
.PHONY: help run test check clean
.DEFAULT_GOAL := help

help:    ## show this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## / - /'

run: .venv/installed    ## set up .venv and open the page
	.venv/bin/mien serve --open

test:    ## set up .venv for development, check, and pass every test
	scripts/install
	scripts/check
	scripts/test
	scripts/lean

check:    ## style, types and import rules only
	scripts/check

clean:    ## remove the environments and everything made by tests
	rm -rf .venv .venv-lean dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# The stamp keeps `make run` instant the second time.
.venv/installed: pyproject.toml
	python3 -m venv .venv
	.venv/bin/python -m pip install --quiet --editable '.[full]'
	touch $@
