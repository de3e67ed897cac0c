# Two commands for a newcomer: `make demo` and `make test`. Everything lands in .venv and huiying-demo/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup demo test lint bench soak lock clean

setup: $(STAMP)

# Hash-checked, host-free lock; the project itself is installed editable without touching dependencies.
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	    --config-settings editable_mode=compat -e .
	# Ready bytecode is a fifth of a cold start; whoever runs cron may not be allowed to write it here.
	$(BIN)/python -m compileall -q cli.py classify crawlers ledger
	touch $@

demo: setup
	$(BIN)/huiying demo

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -n auto

bench: setup
	$(BIN)/python tests/bench/run.py

soak: setup
	HUIYING_SOAK=1 $(BIN)/python -m pytest -n auto tests/ledger tests/crawlers/test_frontier.py

lock: setup
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	    --extra dev --extra bench pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) huiying-demo build *.egg-info
