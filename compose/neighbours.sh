#!/usr/bin/env bash
# The neighbours of trust-engine on this host: a private Kafka and a private PostgreSQL with PostGIS, all
# of whose state is in one folder. Several such folders can be up at once. Addresses and passwords are in
# FOLDER/neighbours.env.
#
#   neighbours.sh up FOLDER               starts both, on the data of last time if there are any
#   neighbours.sh down FOLDER             stops what `up` started, keeps the data
#   neighbours.sh status FOLDER           says what runs; succeeds when both do
#   neighbours.sh remove FOLDER           stops both at once and deletes the folder
#   neighbours.sh kill FOLDER NAME        kill -9; NAME is kafka or postgres
#   neighbours.sh start FOLDER NAME       starts one again, on the same port and data
#   neighbours.sh restart-kafka FOLDER    kill and start
#   neighbours.sh pid FOLDER NAME         prints the process id
#
# KAFKA_PROXY_PORT=N: Kafka is also reached through a proxy on this port, which passes bytes on to
# KAFKA_BEHIND_PROXY. KAFKA_SETTINGS: lines of server.properties that hold until the next `up`.
# KAFKA_JIT=full: both just-in-time compilers, for a broker that runs for longer than some minutes.
# POSTGRES_FSYNC=off: for tests, whose data may be lost in a power cut.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib/common.sh"
. "$here/lib/kafka.sh"
. "$here/lib/postgres.sh"
. "$here/lib/docker.sh"
. "$here/lib/prometheus.sh"

usage() { sed -n '/^#   /s/^#   //p' "${BASH_SOURCE[0]}"; }

# The servers run as programs of this host, or as Docker images if the programs are missing. `up` chooses,
# and the choice stays until `remove`.
choose_kind() {
    if [ -f "$dir/kind" ]; then
        kind=$(cat "$dir/kind")
    elif native_is_ready; then
        kind=native
    elif docker_answers; then
        kind=docker
    else
        fail "Kafka and PostgreSQL are not set up on this host." "Run compose/setup.sh first."
    fi
    mkdir -p "$dir"
    printf '%s\n' "$kind" >"$dir/kind"
}

native_is_ready() { [ -d "$kafka_libs" ] && find_java >/dev/null && find_postgres >/dev/null; }

# Both start at the same time, and each prints a line when it answers. They start in the background, so that
# no signal can arrive between the start of a server and the writing of its process file.
native_up() {
    kafka_configure
    postgres_configure
    local each well=yes starting=()
    kafka_up &
    starting+=($!)
    postgres_up &
    starting+=($!)
    for each in "${starting[@]}"; do
        wait "$each" || well=no
    done
    [ $well = yes ]
}

native_down() {
    kafka_down &
    postgres_down
    wait
}

write_environment() {
    local password server
    password=$(cat "$dir/postgres/password")
    server=$(postgres_address)
    (
        umask 077
        cat >"$dir/neighbours.env.new" <<END
export KAFKA_BROKERS='$(kafka_address)'
${KAFKA_PROXY_PORT:+export KAFKA_BEHIND_PROXY='$(kafka_proxied_address)'}
export DATABASE_URL='postgres://trust_engine:$password@$server/trust_engine'
export SUPERUSER_DATABASE_URL='postgres://postgres:$password@$server/postgres'
export PGHOST='${server%:*}'
export PGPORT='${server#*:}'
export PGUSER='postgres'
export PGPASSWORD='$password'
export PGDATABASE='trust_engine'
END
    )
    mv "$dir/neighbours.env.new" "$dir/neighbours.env"
}

up() {
    choose_kind
    lock
    trap interrupted INT TERM
    trap not_started EXIT
    "${kind}_up"
    write_environment
    trap - EXIT
    say "Addresses and passwords: $dir/neighbours.env"
}

# If one server does not start, the other one is stopped.
not_started() {
    "${kind}_down"
    fail "The neighbours in $dir did not start."
}

interrupted() {
    trap '' INT TERM EXIT
    say "Stopping."
    wait
    "${kind}_down"
    exit 130
}

down() {
    [ -f "$dir/kind" ] || { say "Nothing runs in $dir."; return; }
    choose_kind
    lock
    prometheus_down
    "${kind}_down"
    say "The neighbours in $dir are down."
}

remove() {
    if [ -f "$dir/kind" ]; then
        choose_kind
        lock
        prometheus_down
        "${kind}_remove"
    elif [ -d "$dir" ] && [[ $dir != "$root/.run/"* ]]; then
        fail "$dir was not made by neighbours.sh: not deleted."
    fi
    rm -rf "$dir"
}

native_remove() {
    kafka_kill
    postgres_kill
    postgres_remove
}

status() {
    [ -f "$dir/kind" ] || { say "Nothing runs in $dir."; return 1; }
    choose_kind
    local name all=0
    for name in kafka postgres; do
        if "${kind}_lives" $name; then
            say "$name runs on $("${name}_address")"
        else
            say "$name is down"
            all=1
        fi
    done
    return $all
}

native_lives() { process_lives "$dir/$1/process"; }
native_pid() { process_id "$dir/$1/process" || fail "$1 does not run in $dir."; }
native_kill() { "$1_kill"; }
native_start() { "$1_up"; }

# One `neighbours.sh` at a time in a folder. The servers do not inherit descriptor 9.
lock() {
    exec 9>"$dir/lock"
    flock -w 120 9 || fail "Another neighbours.sh has worked on $dir for two minutes."
}

verb=${1:-}
case $verb in
up | down | remove | status | restart-kafka | kill | start | pid) ;;
-h | --help | help) usage; exit ;;
*) usage >&2; exit 2 ;;
esac
[ -n "${2:-}" ] || { usage >&2; exit 2; }
dir=$(readlink -m "$2")
name=${3:-}
case $verb in
up | down | remove | status) "$verb" ;;
*)
    [ "$verb" != restart-kafka ] || name=kafka
    case $name in kafka | postgres) ;; *) usage >&2; exit 2 ;; esac
    [ -f "$dir/kind" ] || fail "There are no neighbours in $dir." "Run: $0 up $2"
    choose_kind
    case $verb in
    pid) "${kind}_pid" "$name" ;;
    kill) lock; "${kind}_kill" "$name" ;;
    start) lock; "${kind}_start" "$name" ;;
    restart-kafka) lock; "${kind}_kill" kafka; "${kind}_start" kafka ;;
    esac
    ;;
esac
