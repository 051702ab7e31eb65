#!/usr/bin/env bash
# `make test`: format, lints, documents and every test against a real Kafka and a real PostgreSQL of its own.
# TEST_LIMIT_S (3000) bounds the tests. In every case, no process is left running at the end.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib/common.sh"
. "$here/lib/build.sh"
. "$here/lib/guard.sh"
. "$here/lib/prometheus.sh"
dir=$root/.run/test
limit=${TEST_LIMIT_S:-3000}
cd "$root"

# The servers' data are deleted, unless the run failed: then they are kept to find the cause.
finish() {
    if [ "$1" -eq 0 ]; then
        "$here/neighbours.sh" remove "$dir"
        say "make test: passed after $SECONDS s."
    else
        if [ -d "$dir" ]; then
            "$here/neighbours.sh" down "$dir"
            say "The servers' logs are in .run/test."
        fi
        say "make test: FAILED ($step) after $SECONDS s."
    fi
}

step=setup
guard test finish
"$here/setup.sh"
fetch_prometheus

step=fmt
say "Format."
cargo fmt --all --check
step=clippy
say "Lints."
guarded cargo clippy --locked --workspace --all-targets -- -D warnings
step=doc
say "Documents."
RUSTDOCFLAGS='-D warnings' guarded cargo doc --locked --workspace --no-deps
step=build
say "Building the tests."
# With the programs: built by themselves they would need many crates a second time, with other features.
guarded cargo build --locked --workspace --all-targets

step=neighbours
"$here/neighbours.sh" remove "$dir"
POSTGRES_FSYNC=off guarded "$here/neighbours.sh" up "$dir"
. "$dir/neighbours.env"
export TEST_KAFKA_BROKERS=$KAFKA_BROKERS TEST_DATABASE_URL=$SUPERUSER_DATABASE_URL TEST_NEIGHBOURS_DIR=$dir
# Only the tests configure the program under test.
unset KAFKA_BROKERS DATABASE_URL SUPERUSER_DATABASE_URL PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE
TRUST_ENGINE=$(target_dir)/debug/trust-engine
export TRUST_ENGINE
TEST_PROMETHEUS_FOLDER=$(find_prometheus || true)
export TEST_PROMETHEUS_FOLDER

# The end-to-end tests mostly wait, so more of them run at a time than there are cores.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-4}
step=tests
say "Tests (at most $limit s)."
guard_limit=$limit guarded cargo test --locked --workspace --no-fail-fast
