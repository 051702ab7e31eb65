#!/usr/bin/env bash
# `make demo`: an empty Kafka and PostgreSQL in .run/demo, prepared with tables, topics and reference data,
# and the demo's driver, which starts trust-engine, the simulated Twilio and the residents, and prints what
# happened. In every case, no process is left running at the end; its logs stay in .run/demo.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib/common.sh"
. "$here/lib/build.sh"
. "$here/lib/environment.sh"
. "$here/lib/guard.sh"
dir=$root/.run/demo

"$here/setup.sh"
say "Building trust-engine and the demo (the first time takes minutes)."
build --release -p connectors -p simulator --bin trust-engine --bin demo
binary=$(target_dir)/release/trust-engine
say "Starting the demo's own Kafka and PostgreSQL, empty."
finish() { "$here/neighbours.sh" down "$dir"; }
guard demo finish
"$here/neighbours.sh" remove "$dir"
choose_ports
guarded "$here/neighbours.sh" up "$dir"
write_environment "$dir/env"
. "$dir/env"
say "Migrating, creating topics, publishing the demo's reference data."
prepare "$binary" --fast ||
    fail "The demo's Kafka and PostgreSQL could not be prepared." "Their logs are in .run/demo."
TRUST_ENGINE=$binary guarded "${binary%/*}/demo"
