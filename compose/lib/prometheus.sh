# A private Prometheus, for `make up BOARDS=1` and for the test of the alerting rules. Its programs come from
# Debian's package, which is unpacked into .cache/ and not installed: installed, it would start a server.
# Sourced. State is in $dir/prometheus: port, prometheus.yml, data/, server.log, process.

prometheus_cache=$root/.cache/prometheus

# The folder with the programs prometheus and promtool.
find_prometheus() {
    local folder
    for folder in "$prometheus_cache/usr/bin" "$(dirname "$(command -v promtool || echo /none/promtool)")"; do
        if [ -x "$folder/promtool" ] && [ -x "$folder/prometheus" ]; then
            printf '%s\n' "$folder"
            return
        fi
    done
    return 1
}

# Succeeds with and without the programs: nothing but the alerting rules and their boards needs them.
fetch_prometheus() {
    find_prometheus >/dev/null && return
    if ! have apt-get || ! have dpkg-deb; then
        say "No apt here, so there is no Prometheus: the alerting rules are not tested."
        return
    fi
    say "Fetching Prometheus by apt into .cache/prometheus."
    rm -rf "$prometheus_cache.partial"
    mkdir -p "$prometheus_cache.partial"
    if (cd "$prometheus_cache.partial" && apt-get download -q prometheus >download.log 2>&1 </dev/null &&
        dpkg-deb --extract prometheus_*.deb . && rm prometheus_*.deb); then
        rm -rf "$prometheus_cache"
        mv "$prometheus_cache.partial" "$prometheus_cache"
    else
        explain_log "$prometheus_cache.partial/download.log"
        say "Prometheus could not be fetched: the alerting rules are not tested."
    fi
}

prometheus_answers() { : <>"/dev/tcp/$(tr ':' '/' <<<"$(prometheus_address)")"; }
prometheus_address() { printf '127.0.0.1:%s\n' "$(head -n 1 "$dir/prometheus/port")"; }

# prometheus_up ADDRESS: watches the process whose metrics are at ADDRESS (host:port).
prometheus_up() {
    local home=$dir/prometheus programs
    programs=$(find_prometheus) || fail "There is no Prometheus on this host." "See the lines above."
    mkdir -p "$home"
    if process_lives "$home/process"; then
        say "Prometheus already runs on http://$(prometheus_address)"
        return
    fi
    keep_ports "$home/port" 1
    cat >"$home/prometheus.yml" <<END
global:
  scrape_interval: 5s
  evaluation_interval: 5s
rule_files: [$root/compose/prometheus/alerts.yml]
scrape_configs:
  - job_name: trust-engine
    static_configs:
      - targets: ['$1']
END
    setsid "$programs/prometheus" --config.file="$home/prometheus.yml" --storage.tsdb.path="$home/data" \
        --web.listen-address="$(prometheus_address)" >"$home/server.log" 2>&1 </dev/null 8>&- 9>&- &
    process_record $! "$home/process"
    wait_for 30 "$home/process" "$home/server.log" Prometheus prometheus_answers
    say "Prometheus answers on http://$(prometheus_address)"
}

prometheus_down() { process_end "$dir/prometheus/process" TERM 10; }
