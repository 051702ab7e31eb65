#!/usr/bin/env bash
# `make demo`: fresh neighbours in .run/demo, furnished, and the demo's driver, which starts trust-engine, the simulated Twilio
# and the residents, and prints what happened. However it ends, nothing is left running; what it logged stays in .run/demo.
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
prepare "$binary" --fast || fail "The demo's neighbours could not be furnished." "Their logs are in .run/demo."
TRUST_ENGINE=$binary guarded "${binary%/*}/demo"
