# Everything a newcomer or a contributor runs. Needs Python 3.11+ with its venv module (on Debian and
# Ubuntu: python3-venv), git and make; the rest is installed into .venv, exactly as locked.

PYTHON ?= python3
BIN := .venv/bin
# The mark `unfinished` stands in .venv while something is made or installed in it, and so it stays
# where that failed or was broken off.
INSTALL := touch .venv/unfinished && $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALLED := rm .venv/unfinished
# Empty where there is no .venv, where it is half made, and where it cannot run: its Python was
# replaced, or the folder was moved.
SOUND := $(if $(wildcard .venv/unfinished),,$(shell $(BIN)/pip --version 2> /dev/null))
# What was typed, for those who have to type it again.
AGAIN := $(strip make $(MAKEOVERRIDES) $(MAKECMDGOALS))

.PHONY: demo test lint format torture faults weeks google bench judgement signals grades picture gallery first-week words lock clean

## The main job on a made-up mailbox: sync, judge, report. Needs no account.
demo: .venv/run.stamp
	@rm -rf demo
	@$(BIN)/python -m beforehand demo --folder demo

## The whole suite. What needs Chromium or shared data skips, and says so, where they are missing.
test: .venv/dev.stamp
	@$(BIN)/python -m pytest -n 3 --dist worksteal

## The gates: style, types, and one way through the house.
lint: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --no-strict-optional --implicit-reexport --explicit-package-bases tests bench docs
	@$(BIN)/lint-imports

format: .venv/dev.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

## Kills sync at 50 random moments, for an archive, and for the stand-in under faults, and compares.
torture: .venv/dev.stamp
	@$(BIN)/python bench/torture.py --times 50

## What each fault of Google's costs, and that nothing is lost by any (docs/google.md).
faults: .venv/dev.stamp
	@$(BIN)/python bench/faults.py

## What becomes of each week's report while everything goes wrong, by simulation (docs/delivery.md).
weeks: .venv/dev.stamp
	@$(BIN)/python bench/weeks.py

## What a Gmail mailbox costs in units, minutes and memory (docs/google.md).
google: .venv/dev.stamp
	@$(BIN)/python bench/units.py
	@$(BIN)/python bench/units.py --names
	@$(BIN)/python bench/units.py --memory

## Speed and memory, as ratios against a floor or a peer in the same run.
bench: .venv/bench.stamp
	@$(BIN)/python bench/scoring.py
	@$(BIN)/python bench/sync.py

## How good the judgements are: on made-up worlds, and on real contact data, which is not part of
## the project.
judgement: signals
	@$(BIN)/python bench/judgement.py
	@$(BIN)/python bench/value.py
	@$(BIN)/python bench/fitting.py

## How good the signals beside lapse are, on made-up worlds whose truth is known.
signals: .venv/dev.stamp
	@$(BIN)/python bench/signals.py

## What becomes of flags in half a year of the demo's world, beside a script that knows.
grades: .venv/dev.stamp
	@$(BIN)/python bench/grading.py

## The picture in the README, from the demo's report.
picture: .venv/run.stamp
	@rm -rf demo
	@$(BIN)/python -m beforehand demo --folder demo --end 2026-11-23 > /dev/null
	@$(BIN)/python docs/picture.py demo/report.html docs/report.png --width 700

## Gather the report's texts anew, and bring every translation up to date (CONTRIBUTING.md).
words: .venv/dev.stamp
	@$(BIN)/python docs/words.py

## A report of each kind, as phones, desks and dark rooms show it.
gallery: .venv/dev.stamp
	@$(BIN)/python docs/gallery.py gallery

## What the commands of docs/first-week.md print, written into it anew.
first-week: .venv/dev.stamp
	@BEFOREHAND_WRITE_DOCS=1 $(BIN)/python -m pytest -q tests/beforehand/test_first_week.py || true
	@$(BIN)/python -m pytest -q tests/beforehand/test_first_week.py

## Resolve the locks anew from pyproject.toml.
lock: .venv/dev.stamp
	@$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url \
		--no-header --extra postgresql pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url \
		--no-header --extra postgresql --group dev pyproject.toml -o requirements-dev.lock
	@$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url \
		--no-header --group bench -c requirements-dev.lock -o requirements-bench.lock

clean:
	rm -rf .venv demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# What is not sound is made anew, with all that was installed into it.
ifeq ($(SOUND),)
.PHONY: .venv/bin/python
.venv/run.stamp .venv/dev.stamp .venv/bench.stamp: .venv/bin/python
endif

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null \
		|| { echo "beforehand needs Python 3.11 or later, which $(PYTHON) is not: install it (Debian," \
		"Ubuntu: python3-venv) or name another, as in make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null \
		|| { echo "$(PYTHON) lacks its venv module: install it (Debian, Ubuntu: apt install" \
		"$(notdir $(PYTHON))-venv), then run again: $(AGAIN)" >&2; exit 1; }
	@rm -rf .venv && mkdir .venv && touch .venv/unfinished
	@$(PYTHON) -m venv .venv && $(BIN)/pip --version > /dev/null \
		|| { rm -rf .venv; echo "$(PYTHON) could not make .venv (its words stand above)" >&2; exit 1; }
	@$(INSTALLED)

.venv/run.stamp: requirements.lock | .venv/bin/python
	@echo "installing what beforehand needs into .venv"
	@$(INSTALL) --require-hashes -r requirements.lock
	@touch $@ && $(INSTALLED)

.venv/bench.stamp: requirements-bench.lock | .venv/dev.stamp
	@echo "installing what the benchmarks are measured against into .venv"
	@$(INSTALL) --require-hashes -r requirements-bench.lock
	@touch $@ && $(INSTALLED)

.venv/dev.stamp: requirements-dev.lock pyproject.toml | .venv/bin/python
	@echo "installing what the tests need into .venv"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ .venv/run.stamp && $(INSTALLED)
