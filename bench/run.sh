#!/usr/bin/env bash
# Measures on a private Kafka and PostGIS of its own: bench/run.sh
# [throughput|latency|breach|deliveries|failover|edition] [options]; bench/run.sh routing [FILE.geojson] needs
# neither. All of them without an argument. The figures of one host are in docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. compose/lib/common.sh
. compose/lib/build.sh

routing() { cargo run --release --locked --quiet --package pipeline --example points_per_second -- "$@"; }

if [ "${1:-}" = routing ]; then
  shift
  routing "$@"
  exit
fi
bash compose/setup.sh
cargo build --release --locked --quiet --package connectors --bin trust-engine --package simulator --bin bench
folder=$PWD/.run/bench
trap 'bash compose/neighbours.sh down "$folder" >/dev/null' EXIT
KAFKA_JIT=full bash compose/neighbours.sh up "$folder"
set -a
# shellcheck disable=SC1091
. "$folder/neighbours.env"
set +a
export TEST_KAFKA_BROKERS=$KAFKA_BROKERS TEST_DATABASE_URL=$SUPERUSER_DATABASE_URL TEST_NEIGHBOURS_DIR=$folder
bench=$(target_dir)/release/bench
if [ $# -gt 0 ]; then
  "$bench" "$@"
else
  for what in throughput latency breach deliveries failover edition; do "$bench" "$what"; done
  routing
fi
