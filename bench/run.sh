#!/usr/bin/env bash
# Measures on a private Kafka and PostGIS of its own: bench/run.sh [throughput|latency|breach|deliveries|failover|edition] [options]; all of
# them without an argument. The figures of one machine are in docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
bash compose/setup.sh
cargo build --release --quiet --package connectors --bin trust-engine --package tests --bin bench
folder=$PWD/.run/bench
trap 'bash compose/neighbours.sh down "$folder" >/dev/null' EXIT
bash compose/neighbours.sh up "$folder"
set -a
# shellcheck disable=SC1091
. "$folder/neighbours.env"
set +a
export TEST_KAFKA_BROKERS=$KAFKA_BROKERS TEST_DATABASE_URL=$SUPERUSER_DATABASE_URL TEST_NEIGHBOURS_DIR=$folder
bench=${CARGO_TARGET_DIR:-target}/release/bench
if [ $# -gt 0 ]; then
  "$bench" "$@"
else
  for what in throughput latency breach deliveries failover edition; do "$bench" "$what"; done
fi
