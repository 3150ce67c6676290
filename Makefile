# `make run` and `make test` do all set-up themselves; they need Python 3.11 or newer and make, nothing else.
# `make help` lists everything.

# The first Python on the path that is new enough; another one by `make PYTHON=/path/to/python3 run`.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)
# uv, when it is already here, does the same set-up in seconds: from the same locks, hashes checked as well.
UV ?= $(shell uv --version >/dev/null 2>&1 && echo uv)
BIN := .venv/bin
KILLS ?= 200
ARGS ?=
# A file whose name begins with an underscore helps the others.
BENCHES := $(sort $(wildcard bench/r[0-9]*.py))

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export UV_PYTHON_DOWNLOADS = never

.DEFAULT_GOAL := help
.PHONY: help run test check format faults bench bench-short soak lock clean
.DELETE_ON_ERROR:

help:
	@echo 'make run          start studybot: study room, SQLite, offline reviewer (make run ARGS="--port 9000")'
	@echo 'make test         run the tests (make test ARGS="tests/domain -k streak")'
	@echo 'make check        lint, format, types and import contracts'
	@echo 'make format       mend what lint and format can mend by themselves'
	@echo 'make faults       kill the bot at $(KILLS) random moments of a simulated day'
	@echo 'make bench        all benchmarks; make bench-short for a quick pass'
	@echo 'make soak         an hour of study on a pretend Discord and Slack (make soak ARGS="--minutes 5")'
	@echo 'make lock         new versions for requirements.lock and requirements-dev.lock (needs uv)'
	@echo 'make clean        remove .venv and caches; your data in data/ stays'

run: .venv/.ready
	@$(BIN)/studybot run $(ARGS)

# More than there are processors: many tests wait for processes that were killed on purpose.
test: .venv/.ready-dev
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 6 --dist worksteal $(ARGS)

check: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

faults: .venv/.ready-dev
	STUDYBOT_KILLS=$(KILLS) $(BIN)/python -m pytest tests -k "kill or x007 or x076" $(ARGS)

bench: .venv/.ready-dev
	@set -e; for file in $(BENCHES); do echo "== $$file" >&2; $(BIN)/python $$file $(ARGS); done

bench-short: ARGS := --short $(ARGS)
bench-short: bench

soak: .venv/.ready-dev
	$(BIN)/python bench/soak.py $(ARGS)

# The lock files hold versions and hashes for every platform, no addresses; uv.lock records addresses, so it stays behind.
lock:
	@test -n "$(UV)" || { echo 'make lock needs uv. Install it for yourself with "pipx install uv", then try again.' >&2; exit 1; }
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; cp pyproject.toml "$$folder"; \
	export="$(UV) export --quiet --project $$folder --no-default-groups --no-emit-project --no-header --no-annotate"; \
	(cd "$$folder" && $$export --group build -o requirements.lock >/dev/null \
		&& $$export --group build --group dev -o requirements-dev.lock >/dev/null); \
	cp "$$folder"/requirements.lock "$$folder"/requirements-dev.lock .

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist

# One stamp for running, one for developing: each install checks every file against the lock's hashes.
.venv/.ready: pyproject.toml requirements.lock | .venv/bin/python
	$(call install,requirements.lock)
	@touch $@

.venv/.ready-dev: pyproject.toml requirements-dev.lock | .venv/bin/python
	$(call install,requirements-dev.lock)
	@touch $@ .venv/.ready

# Our own modules as well as the libraries' start faster compiled, also where Python is told to leave no files behind.
define install
@echo 'Installing the locked libraries (only the first time, and when the lock changes) ...'
@if test -n "$(UV)"; then \
	$(UV) pip install -qq --python $(BIN)/python --require-hashes -r $(1) \
	&& $(UV) pip install -qq --python $(BIN)/python --no-deps --no-build-isolation -e .; \
else \
	$(BIN)/python -m pip install -qq --require-hashes -r $(1) \
	&& $(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .; \
fi
@$(BIN)/python -m compileall -q bot adapters
endef

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo 'studybot needs Python 3.11 or newer, and none was found on the path.' \
		'Install one (Debian, Ubuntu: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python3 run' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "studybot needs Python 3.11 or newer; $(PYTHON) is " \
		+ sys.version.split()[0] + ". Name a newer one: make PYTHON=/path/to/python3 run")'
	@if test -n "$(UV)"; then $(UV) venv --quiet --clear --python "$$(command -v $(PYTHON))" .venv; \
	else $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo 'This Python cannot make a virtual environment: its venv module is missing.' \
			'Debian and Ubuntu keep it in a package of its own: apt install python3-venv' >&2; exit 1; }; \
	$(PYTHON) -m venv --clear .venv; fi
