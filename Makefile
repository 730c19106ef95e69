# From nothing but a python3 and a package index. `make help` lists the targets.

PORT ?= 8000
ROWS ?= 1000000
UV_VERSION := 0.13.9
UV := .tools/bin/uv
BIN := .venv/bin
COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	--python-version 3.12 $(if $(UPGRADE),--upgrade)
# The first python3 that works: a version manager may offer one that does not.
PYTHONS := python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11 python
PYTHON = $(firstword $(foreach python,$(PYTHONS),$(shell \
	$(python) -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null && echo $(python))) python3)
SETUP_DONE := .venv/.setup-done
DEV_DONE := .venv/.dev-done

# uv does not read pip's own name for a private index.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
export UV_NO_PROGRESS := 1

# Development settings for all targets here; an operator runs none of them.
export DEBUG := 1
# Where images set it, each of the processes that tests start would compile the code anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup setup-dev run lint format test test-sqlite test-postgres test-browser test-pythons audit fuzz bench chromium screenshots messages lock clean

help: ## list the targets
	@$(PYTHON) -m tools.targets

setup: $(SETUP_DONE) ## make the environment in .venv
	@:

setup-dev: $(DEV_DONE) ## the same, with what tests and linters need
	@:

run: $(SETUP_DONE) ## start the application on http://127.0.0.1:8000 (PORT=... for another port)
	@$(BIN)/python manage.py run_local --port $(PORT)

lint: $(DEV_DONE) ## check style, types, templates, import order, migrations and settings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/djlint --check templates
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

format: $(DEV_DONE) ## put the code in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/djlint --quiet --reformat templates

test: lint test-sqlite test-postgres test-browser test-pythons ## everything: lint, unit, integration on both databases, browser, coverage
	$(BIN)/coverage report --data-file=.coverage.sqlite --skip-covered --fail-under=95
	$(BIN)/coverage report --data-file=.coverage.sqlite --include='registry/document/*,registry/editions/content.py,registry/editions/difference.py,registry/core/alphabet.py,registry/core/months.py,registry/core/organisations.py,registry/core/text.py,registry/law/catalogue.py,registry/law/countries.py,registry/law/edition.py,registry/law/evidence.py,registry/law/obstacles.py,registry/law/periods.py,registry/law/release_1_0_0.py,registry/law/sources.py,registry/law/standing.py,registry/law/transfers.py,registry/law/verdicts.py,registry/history/chain.py,registry/history/diff.py' --fail-under=100

test-sqlite: $(DEV_DONE) ## unit and integration tests on SQLite, whose coverage counts
	DATABASE_URL= COVERAGE_FILE=.coverage.sqlite $(BIN)/pytest -n 2 --dist worksteal --cov --cov-report= tests/unit tests/integration

test-postgres: $(DEV_DONE) ## integration tests of what touches SQL, on PostgreSQL
	$(BIN)/python -m tests.postgres $(BIN)/pytest -n 2 --dist worksteal tests/integration

test-browser: $(DEV_DONE) chromium ## browser tests in Chromium
	DATABASE_URL= $(BIN)/pytest -n 2 tests/browser

test-pythons: $(DEV_DONE) ## unit tests on the oldest supported Python and the newest of this machine
	DATABASE_URL= $(BIN)/python -m tools.test_pythons

bench: $(foreach part,pages exchange history,bench-sqlite-$(part) bench-postgres-$(part)) ## measure, beside bare SQL and the stock libraries, on both databases (ROWS=... history rows)
	@:

bench-sqlite-%: $(DEV_DONE)
	@rm -f .bench.sqlite3* && DATABASE_URL=sqlite:///$(CURDIR)/.bench.sqlite3 $(BIN)/python -m tests.benchmarks $* $(ROWS)

bench-postgres-%: $(DEV_DONE)
	@rm -f .bench.sqlite3* && $(BIN)/python -m tests.postgres $(BIN)/python -m tests.benchmarks $* $(ROWS)

chromium: $(DEV_DONE)
	@$(BIN)/python -m tools.install_chromium

screenshots: $(DEV_DONE) chromium ## take the pictures of README.md and docs/ anew
	DATABASE_URL= $(BIN)/pytest -q tests/browser/screenshots.py

messages: $(DEV_DONE) ## collect the texts for translation and compile the translations (needs GNU gettext)
	$(BIN)/python manage.py makemessages -l sv --no-location --no-wrap --ignore '.venv/*' --ignore '.tools/*' --ignore 'tests/*'
	$(BIN)/python manage.py compilemessages -l sv --ignore '.venv/*' --ignore '.tools/*'

audit: $(DEV_DONE) ## look up known vulnerabilities of the locked dependencies (needs the network)
	@$(BIN)/python -m tools.audit

fuzz: $(DEV_DONE) requirements-fuzz.txt ## properties in many examples, hostile files of full size, and a million broken files (needs a machine with atheris)
	$(BIN)/python -m tools.fuzz

lock: $(UV) ## lock the dependencies of pyproject.toml anew, with hashes (UPGRADE=1 for newer versions)
	$(COMPILE) --output-file requirements.txt pyproject.toml --extra postgres --extra sso
	$(COMPILE) --constraint requirements.txt --output-file requirements-dev.txt \
		pyproject.toml --extra postgres --extra sso --group dev
	$(COMPILE) --output-file requirements-fuzz.txt --group fuzz

clean: ## remove what these targets made, except the database
	rm -rf .venv .venvs .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .coverage.* staticfiles

$(UV):
	@$(PYTHON) -m tools.install_uv $(UV_VERSION)

$(BIN)/python: | $(UV)
	@$(PYTHON) -m tools.make_environment

$(SETUP_DONE): requirements.txt | $(UV) $(BIN)/python
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

$(DEV_DONE): requirements-dev.txt $(SETUP_DONE) | $(UV)
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.txt
	@touch $@
