# Everything on a fresh machine: Python 3.11 and make, nothing else.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/.installed
PORT ?= 8000
PURE := tests/core tests/distribution tests/docs tests/economy tests/kernel tests/vectors
SOAK := tests/records/test_hot_accounts.py tests/records/test_kill.py

.PHONY: help assets demo test soak long drill stress guards check sbom messages docs pictures bench performance \
	big-data lock clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $(STAMP)

assets: $(STAMP)
	@$(BIN)/python assets/build.py

demo: assets ## the running mall with demo data and accounts
	$(BIN)/zengzhi demo --port $(PORT)

test: assets ## the whole suite: databases, browser, everything
	@$(BIN)/python tests/ensure_chromium.py
	$(BIN)/python -m pytest $(PYTEST)
	ZENGZHI_TEST_DATABASE=postgres $(BIN)/python -m pytest tests $(PURE:%=--ignore=%)

soak: $(STAMP) ## ten minutes of hot accounts, and twenty rounds of kill -9
	ZENGZHI_SOAK=1 $(BIN)/python -m pytest -n 1 $(SOAK)
	ZENGZHI_SOAK=1 ZENGZHI_TEST_DATABASE=postgres $(BIN)/python -m pytest -n 1 $(SOAK)

long: $(STAMP) ## the random streams of the economy at full length: 10^5 events each
	ZENGZHI_LONG=1 $(BIN)/python -m pytest tests/economy tests/kernel

drill: $(STAMP) ## back the demo's database up, restore it elsewhere, verify, find an older copy
	$(BIN)/python -m pytest -n 1 tests/findings/test_t06.py
	ZENGZHI_TEST_DATABASE=postgres $(BIN)/python -m pytest -n 1 tests/findings/test_t06.py

stress: $(STAMP) ## race, crash and kill tests twenty times, both databases, beside two busy loops
	$(BIN)/python -m tests.stress

guards: $(STAMP) ## remove each guard of docs/reliability.md, alone: its test has to fail
	$(BIN)/python -m tests.reliability.remove_guards

check: $(STAMP) ## style, types, imports, dependencies, findings of bandit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	ZENGZHI_DEMO=1 $(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/python -m tests.bandit_explained

sbom: $(STAMP) ## what the product is made of: build/sbom.cdx.json (CycloneDX) from the locked requirements
	mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --mc-type application \
		--output-reproducible --of JSON -o build/sbom.cdx.json

messages: $(STAMP) ## collect the texts to translate and compile them (needs gettext)
	cd src/zengzhi && ZENGZHI_DEMO=1 DJANGO_SETTINGS_MODULE=zengzhi.site.settings \
		../../$(BIN)/django-admin makemessages -l zh_Hans --no-location --no-obsolete
	cd src/zengzhi && ZENGZHI_DEMO=1 DJANGO_SETTINGS_MODULE=zengzhi.site.settings \
		../../$(BIN)/django-admin compilemessages -l zh_Hans

docs: $(STAMP) ## write the numbers of the documents by running the code
	$(BIN)/python docs/produce.py
	$(BIN)/python -m tests.reliability.page

pictures: assets ## take the pictures of the README from the running demo
	@$(BIN)/python tests/ensure_chromium.py
	$(BIN)/python docs/pictures.py

bench: $(STAMP) ## the benches, each with its baseline in the same run
	$(BIN)/zengzhi bench kernel
	$(BIN)/zengzhi bench settle --db sqlite
	$(BIN)/zengzhi bench settle --db postgres
	$(BIN)/zengzhi bench way --db sqlite
	$(BIN)/zengzhi bench way --db postgres

performance: $(STAMP) ## run the benches and write docs/performance.md from them
	mkdir -p build
	$(BIN)/zengzhi bench way --db postgres --json > build/way-postgres.json
	$(BIN)/zengzhi bench way --db sqlite --json > build/way-sqlite.json
	$(BIN)/zengzhi bench kernel --json > build/kernel.json
	$(BIN)/zengzhi bench settle --db postgres --json > build/settle-postgres.json
	$(BIN)/zengzhi bench settle --db sqlite --json > build/settle-sqlite.json
	$(BIN)/python bench/report.py build/way-postgres.json build/way-sqlite.json build/kernel.json \
		build/settle-postgres.json build/settle-sqlite.json > docs/performance.md

big-data: $(STAMP) ## a large mall in build/big.sqlite3 or DATABASE=URL (an empty database)
	mkdir -p build
	ZENGZHI_DEMO=1 ZENGZHI_DATABASE=$(or $(DATABASE),sqlite:///$(CURDIR)/build/big.sqlite3) \
		$(BIN)/python -m bench.big_data $(SIZE)

lock: ## compile requirements.txt from pyproject.toml
	$(BIN)/uv pip compile --quiet --no-header --no-annotate --extra dev pyproject.toml -o requirements.txt

clean: ## remove what was built
	rm -rf .venv build var src/zengzhi/doors/storefront/static/vendor assets/node_modules
