# The commands of this repository. `make` alone lists them; each does all of its own set-up.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.SILENT:

PYTHON := .venv/bin/python
MANAGE := $(PYTHON) manage.py
PYTEST := $(PYTHON) -m pytest
PARALLEL := -n 2 --dist loadgroup
# Compiled modules are kept: eight processes that each compile everything anew take a minute to start.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# What `make demo` and `make bench` take from the command line; an empty one counts as not given.
export CANDLES SYMBOL TIMEFRAME STRATEGY FOLLOWERS BARS REPORT

# Settings want to know where the services are; unit tests never go there, so any address will do.
NOWHERE := $(if $(wildcard .services/env),,DATABASE_URL=$${DATABASE_URL:-postgres://nobody@127.0.0.1:1/nowhere} \
  RABBITMQ_URL=$${RABBITMQ_URL:-amqp://127.0.0.1:1//} REDIS_URL=$${REDIS_URL:-redis://127.0.0.1:1/0} \
  DJANGO_SECRET_KEY=$${DJANGO_SECRET_KEY:-unit-tests-only} JWT_SECRET=$${JWT_SECRET:-unit-tests-only} \
  ENCRYPTION_KEY=$${ENCRYPTION_KEY:-unit-tests-only})

# Models are compared with migrations; whether databases are at the same migrations is nothing that lint could know.
NO_DATABASES_YET := ignore:Got an error checking a consistent migration history:RuntimeWarning

help: ## list the commands
	awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: environment ## everything, live, on a replay of real candles; Ctrl-C stops it
	$(PYTHON) docker/processes check
	python3 docker/services start
	$(MANAGE) prepare
	TREUM_LOGS_LEVEL=WARNING $(MANAGE) seed_demo
	exec $(PYTHON) docker/processes run

demo: environment services ## the main job once, then a report: CANDLES= SYMBOL= TIMEFRAME= STRATEGY= FOLLOWERS= BARS= REPORT=
	exec $(MANAGE) demo

test: environment services browser ## all tests
	$(PYTEST) $(PARALLEL)

test-unit: environment ## the tests that need neither services nor network
	$(NOWHERE) $(PYTEST) tests/unit tests/architecture

test-integration: environment services ## the tests against real PostgreSQL, RabbitMQ and Redis
	$(PYTEST) $(PARALLEL) tests/integration tests/contracts

test-e2e: environment services browser ## the stories, through the real processes and queues
	$(PYTEST) $(PARALLEL) tests/flows tests/chaos

test-cov: environment services browser ## all tests, with a coverage report in htmlcov/
	$(PYTEST) $(PARALLEL) --cov --cov-report=term --cov-report=html --cov-report=xml

lint: environment services ## ruff, formatting, types, arrows, missing migrations
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-logo
	$(PYTHON) -W "$(NO_DATABASES_YET)" manage.py makemigrations --check --dry-run
	$(MANAGE) messages --check
	$(MANAGE) problems --check
	$(MANAGE) openapi --check

fmt: environment ## let ruff mend and format what it can
	ruff check --fix .
	ruff format .

bench: environment services ## the benchmarks, each beside its yardstick: REPORT=out.json
	exec $(PYTHON) -m benchmarks

chaos: environment services ## the long fault tests
	$(PYTEST) tests/chaos -m "chaos or not chaos"

services: environment ## only PostgreSQL, RabbitMQ and Redis
	python3 docker/services start

stop: ## stop every process and service that was started here
	python3 docker/processes stop
	python3 docker/services stop

reset: environment services ## forget the demo: drop the databases, empty the queues
	$(MANAGE) reset

migrate: environment services ## databases, migrations and topology
	$(MANAGE) prepare

messages: environment services ## write docs/events.md and docs/asyncapi.yaml from the registered events
	$(MANAGE) messages

problems: environment services ## write docs/problems.md from the classes of the errors
	$(MANAGE) problems

fuzz: environment services ## many random requests to every operation of the API: EXAMPLES=
	TREUM_FUZZ_EXAMPLES=$${EXAMPLES:-300} $(PYTEST) tests/integration/api/test_schemathesis.py --timeout 7200

openapi: environment services ## write docs/openapi.yaml from the views and the rules of the gate
	$(MANAGE) openapi

locks: environment ## lock the requirements again after a change of requirements/*.in
	for name in base trading production development; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	    --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt || exit 1; done

environment:
	python3 docker/environment

browser:
	python3 docker/browser

.PHONY: help run demo test test-unit test-integration test-e2e test-cov lint fmt bench chaos services stop reset migrate messages problems openapi fuzz \
	locks environment browser
