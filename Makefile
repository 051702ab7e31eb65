# The house's doors. `make help` says what each does.
.DEFAULT_GOAL := help
.PHONY: help demo test up down bench clean

help:   ## this list
	@sed -n 's/^\([a-z]*\): *## /  make \1\t/p' Makefile | expand -t 16

demo:   ## sets up and plays a day at speed, with its own Kafka and PostgreSQL; Ctrl-C ends it (DEMO_EXIT=1: after the report)
	@compose/demo.sh

test:   ## format, lints, documents and every test, with a real Kafka and PostgreSQL
	@compose/test.sh

up:     ## Kafka and PostgreSQL, furnished; then: . .run/env && target/release/trust-engine run
	@compose/up.sh

down:   ## stops what `make up` started; data stay
	@compose/neighbours.sh down .run/up

bench:  ## measures speed (docs/performance.md)
	@[ -x bench/run.sh ] || { echo "There is no bench/run.sh yet."; exit 1; }
	@bench/run.sh

clean:  ## stops everything, deletes .run/ and what was built; .cache/ (Kafka) stays
	@for kind in .run/*/kind; do [ ! -f $$kind ] || compose/neighbours.sh remove $${kind%/kind} || exit; done
	@rm -rf .run
	@cargo clean
