# The commands that people use. `make help` explains each.
.DEFAULT_GOAL := help
.PHONY: help demo test up down bench train evaluate clean

help:   ## prints this list
	@sed -n 's/^\([a-z]*\): *## /  make \1\t/p' Makefile | expand -t 16

demo:   ## plays a day at speed, with its own Kafka and PostgreSQL, until Ctrl-C; with DEMO_EXIT=1 it ends
	@compose/demo.sh

test:   ## checks format, lints and documents and runs every test, with its own Kafka and PostgreSQL
	@compose/test.sh

up:     ## starts Kafka and PostgreSQL with demo data (BOARDS=1: and Prometheus); it says how to go on
	@compose/up.sh

down:   ## stops what `make up` started and keeps its data
	@compose/neighbours.sh down .run/up

bench:  ## measures speed (docs/performance.md)
	@bench/run.sh

train:  ## computes the weights of the models (docs/understanding.md)
	@cargo run --release --locked -p training -- train

evaluate: ## measures what is understood of the test messages; writes the figures into docs/understanding.md
	@cargo run --release --locked -p training -- evaluate --record

clean:  ## stops everything, deletes .run/ and the build; keeps .cache/ (Kafka)
	@for kind in .run/*/kind; do [ ! -f $$kind ] || compose/neighbours.sh remove $${kind%/kind} || exit; done
	@rm -rf .run
	@cargo clean
