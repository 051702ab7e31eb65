# What every script here uses: printing, waiting for a condition, and checking that a process is the one that
# was started. Sourced, never run. Expects `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kafka_version=4.3.1
kafka_libs=$root/.cache/kafka-$kafka_version/libs

say() { printf '%s\n' "$*"; }

# fail WHAT [WHAT TO DO...]: one line each, to standard error.
fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Prints the end of a log and explains the most common causes.
explain_log() {
    local log=$1
    [ -s "$log" ] || { say "(the log $log is empty)" >&2; return; }
    if grep -qE 'ERROR|FATAL|Exception' "$log"; then
        say "what went wrong, in $log:" >&2
        grep -E 'ERROR|FATAL|PANIC|HINT|Exception|could not' "$log" |
            tail -n 8 | cut -c 1-300 | sed 's/^/    /' >&2
    else
        say "the end of $log:" >&2
        tail -n 15 "$log" | sed 's/^/    /' >&2
    fi
    if grep -qE 'Address already in use|could not bind' "$log"; then
        say "       Another program took the port. Start again: another one is chosen." >&2
    elif grep -q 'No space left on device' "$log"; then
        say "       The disk is full: make room ('df -h $(dirname "$log")';" \
            "'make clean' deletes what was built and stored here)." >&2
    fi
}

# wait_for SECONDS PROCESS_FILE LOG WHAT COMMAND...: until COMMAND succeeds. Ends with an explanation when the
# process is gone or the time is over.
wait_for() {
    local seconds=$1 process=$2 log=$3 what=$4
    shift 4
    local deadline=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        if ! process_lives "$process"; then
            explain_log "$log"
            fail "$what ended while it started."
        elif [ $SECONDS -ge $deadline ]; then
            explain_log "$log"
            fail "$what did not answer within $seconds s."
        fi
        sleep 0.05
    done
}

# A process file holds the id and the kernel's start time of a process: the kernel may have given the id alone
# to another process.
process_started_at() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # The name, in brackets, may hold spaces: count after the last bracket. The start time is field 22.
    stat=${stat##*) }
    # shellcheck disable=SC2086 # fields are words
    set -- $stat
    [ "$1" != Z ] && printf '%s\n' "${20}"
}

process_record() { printf '%s %s\n' "$1" "$(process_started_at "$1")" >"$2"; }

process_id() {
    local id started
    read -r id started <"$1" 2>/dev/null || return 1
    [ "$(process_started_at "$id")" = "$started" ] && printf '%s\n' "$id"
}

process_lives() { [ -f "$1" ] && process_id "$1" >/dev/null; }

# process_end FILE SIGNAL SECONDS: sends the signal, waits, then kills; never any process but the one that was
# started.
process_end() {
    local file=$1 signal=$2 seconds=$3 id
    if id=$([ -f "$file" ] && process_id "$file"); then
        kill -s "$signal" "$id" 2>/dev/null || true
        local deadline=$((SECONDS + seconds))
        while process_lives "$file"; do
            if [ $SECONDS -ge $deadline ]; then
                kill -s KILL "$id" 2>/dev/null || true
                deadline=$((SECONDS + 10))
            fi
            sleep 0.05
        done
    fi
    rm -f "$file"
}

# free_ports N: free ports on 127.0.0.1, found by binding them. They lie below the range from
# which outgoing connections get theirs: otherwise a client that connects to the port of a stopped broker may
# get this port itself, connect to itself and prevent the broker from starting.
free_ports() {
    perl -MIO::Socket::INET -e '
        my ($wanted, $lowest) = @ARGV; my @held;
        my ($low, $high) = $lowest > 12000 ? (10000, $lowest - 1) : (20000, 32000);
        for (1 .. 2000) {
            last if @held == $wanted;
            my $port = $low + int(rand($high - $low));
            my $socket = IO::Socket::INET->new(
                LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 1, ReuseAddr => 1);
            push @held, $socket if $socket;
        }
        die "no free port between $low and $high\n" if @held < $wanted;
        print $_->sockport, "\n" for @held;
    ' "$1" "$(cut -f1 /proc/sys/net/ipv4/ip_local_port_range 2>/dev/null || echo 32768)"
}

port_is_free() {
    perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(
        LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 1, ReuseAddr => 1)' "$1"
}

# keep_ports FILE N: the ports that FILE names while they are free, else new ones; so that addresses stay the
# same over a restart.
keep_ports() {
    local file=$1 wanted=$2 port
    if [ -f "$file" ] && [ "$(wc -l <"$file")" -eq "$wanted" ]; then
        local all=yes
        while read -r port; do port_is_free "$port" || all=no; done <"$file"
        [ $all = yes ] && return
    fi
    free_ports "$wanted" >"$file"
}

random_hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
