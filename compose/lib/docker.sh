# Kafka and PostgreSQL as Docker images, where their programs are missing and Docker answers. Sourced by
# neighbours.sh; what it keeps under $dir (ports, password) is what lib/kafka.sh and lib/postgres.sh keep, the
# data are in the project's volumes.

docker_answers() { have docker && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; }

# A project per folder, so that several pairs of servers can run at once.
docker_compose() {
    local ports
    mapfile -t ports <"$dir/kafka/ports"
    KAFKA_PORT=${ports[0]} CONTROLLER_PORT=${ports[1]} POSTGRES_PORT=$(cat "$dir/postgres/port") \
        POSTGRES_PASSWORD=$(cat "$dir/postgres/password") \
        docker compose -p "trust-engine-$(printf '%s' "$dir" | cksum | cut -d' ' -f1)" \
        -f "$root/compose/docker-compose.yml" "$@"
}

docker_configure() {
    mkdir -p "$dir/kafka" "$dir/postgres"
    if [ -f "$dir/kafka/ports" ] && [ -n "$(docker_compose ps -q 2>/dev/null)" ]; then return; fi
    keep_ports "$dir/kafka/ports" 2
    keep_ports "$dir/postgres/port" 1
    [ -s "$dir/postgres/password" ] || (umask 077 && random_hex 16 >"$dir/postgres/password")
}

docker_up() {
    docker_configure
    say "Starting Kafka and PostgreSQL as Docker images (they are downloaded the first time)."
    if ! docker_compose up --quiet-pull --detach --wait kafka postgres >"$dir/docker.log" 2>&1; then
        docker_compose logs --tail 15 >>"$dir/docker.log" 2>&1 || true
        explain_log "$dir/docker.log"
        return 1
    fi
    say "Kafka answers on $(kafka_address), PostgreSQL on $(postgres_address)."
}

docker_down() { [ ! -f "$dir/postgres/password" ] || docker_compose down >/dev/null 2>&1; }
docker_remove() {
    [ ! -f "$dir/postgres/password" ] || docker_compose down --volumes --timeout 1 >/dev/null 2>&1
}
docker_lives() { [ -n "$(docker_compose ps -q --status running "$1" 2>/dev/null)" ]; }
docker_kill() { docker_compose kill "$1" >/dev/null 2>&1; }
docker_start() {
    docker_compose up --detach --wait "$1" >"$dir/docker.log" 2>&1 && return
    explain_log "$dir/docker.log"
    fail "$1 did not start."
}
docker_pid() { docker inspect --format '{{.State.Pid}}' "$(docker_compose ps -q "$1")"; }
