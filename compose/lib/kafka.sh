# A private Apache Kafka, one node, from the jars in .cache/. Sourced by neighbours.sh. All state is under
# $dir/kafka: ports, server.properties, data/, server.log, process.

# Java 17 is the oldest version that Kafka's server runs on; the newest is not needed.
find_java() {
    local candidate version
    for candidate in "${JAVA_HOME:-/none}/bin/java" java \
        /usr/lib/jvm/java-17-openjdk-*/bin/java /usr/lib/jvm/*/bin/java; do
        version=$("$candidate" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p') || continue
        if [ "$version" -ge 17 ] 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

kafka_java() {
    local java
    java=$(find_java) || fail "There is no Java 17 or newer." "Run compose/setup.sh."
    printf '%s\n' "$java"
}

# With KAFKA_PROXY_PORT the broker has a second listener that tells its clients to connect to that port: a
# proxy which listens there sees all of their traffic, and passes it on to the third port.
kafka_configure() {
    local home=$dir/kafka ports broker controller control proxied=
    mkdir -p "$home"
    process_lives "$home/process" || keep_ports "$home/ports" 3
    mapfile -t ports <"$home/ports"
    broker=127.0.0.1:${ports[0]} controller=127.0.0.1:${ports[1]}
    [ -z "${KAFKA_PROXY_PORT:-}" ] || proxied=PROXIED://127.0.0.1:
    {
        cat "$root/compose/server.properties"
        printf '\n# Appended by lib/kafka.sh.\n'
        control=CONTROLLER://$controller
        printf '%s\n' "log.dirs=$home/data" \
            "listeners=PLAINTEXT://$broker,${proxied:+$proxied${ports[2]},}$control" \
            "advertised.listeners=PLAINTEXT://$broker,${proxied:+$proxied$KAFKA_PROXY_PORT,}$control" \
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT" \
            "controller.quorum.bootstrap.servers=$controller" \
            "${KAFKA_SETTINGS:-}"
    } >"$home/server.properties"
}

# A cluster id is 16 random bytes in URL-safe base64; Kafka's own never starts with a dash, which a command
# line would take for an option.
kafka_format() {
    local home=$dir/kafka id
    [ -f "$home/data/meta.properties" ] && return
    # If formatting was interrupted, there is no meta.properties: format again.
    rm -rf "$home/data"
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d =)
    "$(kafka_java)" -XX:TieredStopAtLevel=1 -cp "$kafka_libs/*" \
        -Dlog4j2.configurationFile="$root/compose/log4j2.properties" kafka.tools.StorageTool format \
        --standalone -t "A${id:1}" -c "$home/server.properties" >"$home/format.log" 2>&1 ||
        { explain_log "$home/format.log"; fail "Kafka could not prepare its storage in $home/data."; }
}

kafka_answers() {
    local ports
    mapfile -t ports <"$dir/kafka/ports"
    grep -q 'Kafka Server started' "$dir/kafka/server.log" && : <>"/dev/tcp/127.0.0.1/${ports[0]}"
}

kafka_launch() {
    local home=$dir/kafka java
    java=$(kafka_java)
    [ ! -s "$home/server.log" ] || mv "$home/server.log" "$home/server.log.before"
    # The broker has its own session, so that Ctrl-C at the caller's terminal does not stop it before its
    # clients. By default it uses the first just-in-time compiler only: the second one keeps a core busy for
    # the first minutes, and few of these brokers run longer.
    local jit=(-XX:TieredStopAtLevel=1)
    [ "${KAFKA_JIT:-first}" != full ] || jit=()
    env --chdir="$home" setsid "$java" -Xmx1g "${jit[@]}" \
        -XX:+ExitOnOutOfMemoryError -XX:ErrorFile="$home/java-error.log" \
        -cp "$kafka_libs/*" -Dlog4j2.configurationFile="$root/compose/log4j2.properties" \
        kafka.Kafka "$home/server.properties" >"$home/server.log" 2>&1 </dev/null 8>&- 9>&- &
    process_record $! "$home/process"
}

kafka_up() {
    if process_lives "$dir/kafka/process"; then
        say "Kafka already runs on $(kafka_address)."
        return
    fi
    kafka_format
    kafka_launch
    wait_for 60 "$dir/kafka/process" "$dir/kafka/server.log" Kafka kafka_answers
    say "Kafka $kafka_version answers on $(kafka_address)."
}

kafka_down() { process_end "$dir/kafka/process" TERM 30; }
kafka_kill() { process_end "$dir/kafka/process" KILL 10; }
kafka_proxied_address() { printf '127.0.0.1:%s\n' "$(sed -n 3p "$dir/kafka/ports")"; }
kafka_address() { printf '127.0.0.1:%s\n' "$(head -n 1 "$dir/kafka/ports")"; }
