# Copyright 2026 The facetalk_ros founders. SPDX-License-Identifier: Apache-2.0
# a sourced ROS 2 puts its own site-packages before those of .venv
unexport PYTHONPATH

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup talk test clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml setup.py package-lock.json
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,video,view,plot]'
	@# three.js, for avatars of one's own in the browser; the drawn faces need nothing
	npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent \
		|| echo 'no three.js: avatars of your own are off, the drawn faces work'
	touch $@

# no network is needed, and robots in the neighbourhood are left alone
talk: setup
	ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST $(BIN)/facetalk talk --once \
		--source test/data/sense.opus --text-file test/data/sense.txt --out out

test: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/pytest

clean:
	rm -rf $(VENV) out build node_modules
