# A private PostgreSQL with PostGIS. Sourced by neighbours.sh. State is under $dir/postgres: port, password,
# fsync, data/, server.log, process. TCP on 127.0.0.1 only: the path of a Unix socket may have 107 characters,
# and a checkout's folder may have more.

# find_postgres: the folder of initdb and postgres, 15 or newer, that has PostGIS beside it.
find_postgres() {
    local version
    for version in 15 16 17 18; do
        if [ -x /usr/lib/postgresql/$version/bin/postgres ] &&
            [ -f /usr/share/postgresql/$version/extension/postgis.control ]; then
            printf '/usr/lib/postgresql/%s/bin\n' $version
            return
        fi
    done
    return 1
}

postgres_bin() {
    find_postgres || fail "There is no PostgreSQL 15 or newer with PostGIS." "Run compose/setup.sh."
}

# PostgreSQL refuses to run as root, so root runs it as the user that the package made.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --init-groups --reset-env -- "$@"
    else
        "$@"
    fi
}

# The folder of the data: under $dir, except when root started us in a folder that user postgres cannot enter
# (a home of mode 0700); then in /var/lib/trust-engine, with a link from $dir.
postgres_home() {
    local home=$dir/postgres place data
    mkdir -p "$home"
    [ "$(id -u)" -eq 0 ] && [ ! -L "$home/data" ] || return 0
    chown postgres: "$home"
    data=$home/data
    if ! as_postgres test -w "$home"; then
        install -d -m 0755 /var/lib/trust-engine
        place=$(mktemp -d /var/lib/trust-engine/postgres-XXXXXX)
        chown postgres: "$place"
        data=$place/data
        # The data may be here already, if the checkout was moved.
        [ ! -d "$home/data" ] || mv "$home/data" "$data"
        ln -s "$data" "$home/data"
        say "PostgreSQL's data go to $data: its user cannot enter $home."
    fi
    install -d -m 0700 -o postgres "$data"
}

postgres_configure() {
    local home=$dir/postgres
    postgres_home
    process_lives "$home/process" || keep_ports "$home/port" 1
    # The setting of `up` is kept for later starts.
    printf '%s\n' "${POSTGRES_FSYNC:-on}" >"$home/fsync"
    if [ ! -s "$home/password" ]; then
        (umask 077 && random_hex 16 >"$home/password")
    fi
}

postgres_data() { readlink -f "$dir/postgres/data"; }

postgres_initialise() {
    local home=$dir/postgres data fast=()
    data=$(readlink -m "$home/data")
    # initdb writes PG_VERSION early; the mark below is set when all is done.
    if [ -f "$home/initialised" ]; then return; fi
    [ ! -d "$data" ] || find "$data" -mindepth 1 -delete
    [ "$(cat "$home/fsync")" = on ] || fast=(--no-sync)
    # The inner shell expands it: the password must belong to the user who reads it.
    # shellcheck disable=SC2016
    as_postgres sh -c 'umask 077 && cat >"$0"' "$data.password" <"$home/password"
    (cd / && as_postgres "$(postgres_bin)/initdb" -D "$data" --username=postgres --auth=scram-sha-256 \
        --pwfile="$data.password" --encoding=UTF8 --locale=C.UTF-8 "${fast[@]}") >"$home/initdb.log" 2>&1 ||
        { explain_log "$home/initdb.log"; fail "PostgreSQL could not prepare its storage in $data."; }
    rm -f "$data.password"
    touch "$home/initialised"
}

postgres_psql() {
    PGPASSWORD=$(cat "$dir/postgres/password") POSTGRES_PASSWORD=$(cat "$dir/postgres/password") \
        PGCONNECT_TIMEOUT=5 "$(postgres_bin)/psql" -X -q -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$(cat "$dir/postgres/port")" -U postgres -d postgres "$@"
}

# A killed server leaves its lock. PostgreSQL honours that while the id in it exists, even as a zombie that
# was not reaped, or as an unrelated process.
postgres_forget_killed() {
    local id lock=$1/postmaster.pid
    if [ -f "$lock" ]; then
        id=$(head -n 1 "$lock")
        case $(readlink "/proc/$id/exe" 2>/dev/null) in
        */postgres)
            fail "Another PostgreSQL (process $id) runs on $1." \
                "It was not started by neighbours.sh: stop it first."
            ;;
        *) rm -f "$lock" ;;
        esac
    fi
}

postgres_launch() {
    local home=$dir/postgres data fsync
    data=$(postgres_data)
    fsync=$(cat "$home/fsync")
    postgres_forget_killed "$data"
    # shellcheck disable=SC2016 # the inner shell expands it
    as_postgres sh -c 'cat >"$0"' "$data/neighbours.conf" <"$root/compose/postgresql.conf"
    [ ! -s "$home/server.log" ] || mv "$home/server.log" "$home/server.log.before"
    local command=("$(postgres_bin)/postgres" -D "$data" -c "config_file=$data/neighbours.conf"
        -c listen_addresses=127.0.0.1 -c "port=$(cat "$home/port")" -c unix_socket_directories=
        -c "fsync=$fsync" -c "full_page_writes=$fsync")
    if [ "$(id -u)" -eq 0 ]; then
        command=(setpriv --reuid=postgres --regid=postgres --init-groups --reset-env -- "${command[@]}")
    fi
    setsid "${command[@]}" >"$home/server.log" 2>&1 </dev/null 8>&- 9>&- &
    process_record $! "$home/process"
}

postgres_up() {
    local home=$dir/postgres
    if process_lives "$home/process"; then
        say "PostgreSQL already runs on $(postgres_address)."
        return
    fi
    postgres_initialise
    postgres_launch
    wait_for 60 "$home/process" "$home/server.log" PostgreSQL postgres_psql -c 'select 1'
    postgres_psql -f "$root/compose/init.sql" >"$home/init.log" 2>&1 ||
        { explain_log "$home/init.log"; fail "PostgreSQL refused compose/init.sql."; }
    say "PostgreSQL answers on $(postgres_address)."
}

postgres_down() { process_end "$dir/postgres/process" INT 30; }

# Killing the first process alone is not enough: a child in a long statement survives it, holds the shared
# memory and prevents a restart.
postgres_kill() {
    local id children=()
    if id=$([ -f "$dir/postgres/process" ] && process_id "$dir/postgres/process"); then
        mapfile -t children < <(pgrep -P "$id")
    fi
    process_end "$dir/postgres/process" KILL 10
    [ ${#children[@]} -eq 0 ] || kill -s KILL "${children[@]}" 2>/dev/null || true
}
postgres_address() { printf '127.0.0.1:%s\n' "$(cat "$dir/postgres/port")"; }

postgres_remove() {
    local data
    data=$(readlink -m "$dir/postgres/data")
    case $data in
    /var/lib/trust-engine/postgres-*/data) rm -rf "${data%/data}" ;;
    esac
}
