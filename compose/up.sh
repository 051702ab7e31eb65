#!/usr/bin/env bash
# `make up`: Kafka and PostgreSQL in .run/up, prepared for `trust-engine run`, and .run/env with their
# addresses. Data and secrets of earlier runs stay. `make up BOARDS=1` also starts a Prometheus that watches
# the program by the alerting rules.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib/common.sh"
. "$here/lib/build.sh"
. "$here/lib/environment.sh"
. "$here/lib/prometheus.sh"
dir=$root/.run/up

"$here/setup.sh"
say "Building trust-engine (the first time takes minutes)."
build --release -p connectors --bin trust-engine
binary=$(target_dir)/release/trust-engine
link_binary "$binary"
if [ ! -f "$dir/program.ports" ] || ! "$here/neighbours.sh" status "$dir" >/dev/null; then choose_ports; fi
"$here/neighbours.sh" up "$dir"
write_environment "$root/.run/env"
say "Migrating, creating topics, publishing the demo's reference data."
(. "$root/.run/env" && prepare "$binary") ||
    fail "Kafka and PostgreSQL run, but could not be prepared." "'make down' stops them."
if [ -n "${BOARDS:-}" ]; then
    fetch_prometheus
    prometheus_up "127.0.0.1:$(sed -n 2p "$dir/program.ports")"
fi
say "Ready:  . .run/env && target/release/trust-engine run"
say "Stop:   make down"
