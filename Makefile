# From nothing but a python3 and a package index. `make help` lists the targets.

PORT ?= 8000
ROWS ?= 1000000
UV_VERSION := 0.13.9
UV := .tools/bin/uv
BIN := .venv/bin
SETUP_DONE := .venv/.setup-done
DEV_DONE := .venv/.dev-done

# uv does not read pip's own name for a private index.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
export UV_NO_PROGRESS := 1

# Development settings for all targets here; an operator runs none of them.
export DEBUG := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup setup-dev run lint format test test-sqlite test-postgres test-browser audit fuzz bench chromium screenshots messages lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | \
		while IFS='|' read -r target meaning; do printf '  make %-14s %s\n' "$$target" "$$meaning"; done

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
	@if find templates registry/templates -name '*.html' 2>/dev/null | grep -q .; then \
		set -x; $(BIN)/djlint --quiet --lint templates && $(BIN)/djlint --quiet --check templates; fi
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

format: $(DEV_DONE) ## put the code in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/djlint --quiet --reformat templates

test: lint test-sqlite test-postgres test-browser ## everything: lint, unit, integration on both databases, browser, coverage
	$(BIN)/coverage combine --quiet .coverage.sqlite .coverage.postgres .coverage.browser
	$(BIN)/coverage report --skip-covered --fail-under=95
	$(BIN)/coverage report --include='registry/document/*,registry/text.py,registry/countries.py,registry/chain.py,registry/catalogue.py,registry/transfers.py,registry/audit/worddiff.py' --fail-under=100

test-sqlite: $(DEV_DONE) ## unit and integration tests on SQLite
	DATABASE_URL= COVERAGE_FILE=.coverage.sqlite $(BIN)/pytest -n 2 --cov --cov-report= tests/unit tests/integration

test-postgres: $(DEV_DONE) ## integration tests on PostgreSQL
	COVERAGE_FILE=.coverage.postgres $(BIN)/python -m tests.postgres \
		$(BIN)/pytest -n 2 --cov --cov-report= tests/integration

test-browser: $(DEV_DONE) chromium ## browser tests in Chromium
	DATABASE_URL= COVERAGE_FILE=.coverage.browser $(BIN)/pytest -n 2 --cov --cov-report= tests/browser

# Whichever comes first: one that is there, Playwright's own, the system's package. Each is tried by starting it.
bench: $(DEV_DONE) ## measure, beside bare SQL and the stock libraries, on both databases (ROWS=... history rows)
	@rm -f .bench.sqlite3* && DATABASE_URL=sqlite:///$(CURDIR)/.bench.sqlite3 $(BIN)/python -m tests.benchmarks $(ROWS)
	@rm -f .bench.sqlite3* && $(BIN)/python -m tests.postgres $(BIN)/python -m tests.benchmarks $(ROWS)

chromium: $(DEV_DONE)
	@$(BIN)/python -m tests.browser.chromium && exit 0; \
	echo 'No Chromium found. Installing one for the browser tests.'; \
	PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT=10000 $(BIN)/playwright install --only-shell chromium >/dev/null 2>&1; \
	$(BIN)/python -m tests.browser.chromium && exit 0; \
	as_root=; [ "$$(id -u)" = 0 ] || as_root='sudo -n'; \
	if command -v apt-get >/dev/null && $$as_root true 2>/dev/null; then \
		$$as_root apt-get -qq update && \
		$$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
	fi; \
	$(BIN)/python -m tests.browser.chromium && exit 0; \
	echo 'Chromium is missing and could not be installed. Install the package chromium (or google-chrome), then run this again.' >&2; \
	exit 1

screenshots: $(DEV_DONE) chromium ## take the pictures of README.md and docs/ anew
	DATABASE_URL= $(BIN)/pytest -q tests/browser/screenshots.py

messages: $(DEV_DONE) ## collect the texts for translation and compile the translations (needs GNU gettext)
	@command -v msgfmt >/dev/null || { echo 'GNU gettext is missing. Install the package gettext.' >&2; exit 1; }
	$(BIN)/python manage.py makemessages -l sv --no-location --no-wrap --ignore '.venv/*' --ignore '.tools/*' --ignore 'tests/*'
	$(BIN)/python manage.py compilemessages -l sv --ignore '.venv/*' --ignore '.tools/*'

# A hole fails. No answer does not, and is said: a package that was not looked up is not known to be good.
audit: $(DEV_DONE) ## look up known holes of the locked dependencies (needs the network; says what nobody answered)
	@$(BIN)/pip-audit --disable-pip --require-hashes --progress-spinner off -r requirements.txt -r requirements-sso.txt \
		>.audit.log 2>&1; failed=$$?; grep -v 'could not be audited' .audit.log; \
	skipped=$$(grep -c 'could not be audited' .audit.log); \
	[ "$$skipped" = 0 ] || echo "Not looked up, for nobody answered: $$skipped packages." >&2; \
	if [ "$$failed" != 0 ] && grep -qE '^Found [0-9]+ known vulnerabilit' .audit.log; then exit 1; fi

fuzz: $(DEV_DONE) requirements-fuzz.txt ## broken files against every reader, a million of them (needs a machine with atheris)
	$(BIN)/python -m tests.load.door 2000
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-fuzz.txt
	@for pair in document:300000 csv:200000 json:200000 xlsx:110000 ods:100000 tsv:100000; do echo "$$pair"; \
		$(BIN)/python -m tests.load.fuzz "$${pair%%:*}" "$${pair##*:}" >.fuzz.log 2>&1; failed=$$?; \
		grep -E 'DONE|stat::|ERROR|Uncaught|Test unit' .fuzz.log; [ "$$failed" = 0 ] || exit 1; done

lock: $(UV) ## lock the dependencies of pyproject.toml anew, with hashes (UPGRADE=1 for newer versions)
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.12 \
		$(if $(UPGRADE),--upgrade) --output-file requirements.txt pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.12 \
		$(if $(UPGRADE),--upgrade) --constraint requirements.txt --output-file requirements-sso.txt \
		pyproject.toml --extra sso
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.12 \
		$(if $(UPGRADE),--upgrade) --constraint requirements-sso.txt --output-file requirements-dev.txt \
		pyproject.toml --extra sso --group dev
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.12 \
		$(if $(UPGRADE),--upgrade) --output-file requirements-fuzz.txt --group fuzz

clean: ## remove what these targets made, except the database
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .coverage.* staticfiles

# The first python3 that works (a version manager may offer one that does not), with pip into a folder where it cannot
# make virtual environments.
$(UV):
	@python=; for candidate in python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	[ -n "$$python" ] || { echo 'No working python3 found. Install Python 3.' >&2; exit 1; }; \
	rm -rf .tools; \
	if "$$python" -c 'import ensurepip, venv' 2>/dev/null && "$$python" -m venv .tools 2>/dev/null; then \
		.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
	elif rm -rf .tools && "$$python" -m pip --version >/dev/null 2>&1; then \
		"$$python" -m pip install --quiet --disable-pip-version-check --target .tools uv==$(UV_VERSION); \
	else \
		echo "$$python has neither venv nor pip. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	fi

# The version of .python-version, else any that suffices (also those of pyenv that are not switched on), else uv
# fetches one.
$(BIN)/python: | $(UV)
	@wanted=$$(cat .python-version); \
	for folder in "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[2-9]*/bin; do PATH=$$PATH:$$folder; done; \
	for version in "$$wanted" '>=3.12'; do \
		$(UV) venv --quiet --clear --no-python-downloads --python "$$version" .venv 2>/dev/null && exit 0; \
	done; \
	echo "No Python 3.12 or newer on this machine. Fetching $$wanted."; \
	$(UV) venv --quiet --clear --python "$$wanted" .venv || { \
		echo 'Python 3.12 or newer is needed. Install one, then run this again.' >&2; exit 1; }

$(SETUP_DONE): requirements.txt | $(UV) $(BIN)/python
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

$(DEV_DONE): requirements-dev.txt $(SETUP_DONE) | $(UV)
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.txt
	@touch $@
