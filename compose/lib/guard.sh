# Runs commands so that the end of the script, for any reason (Ctrl-C, a signal, a failure, success), ends
# them and everything that they started, and then calls one last function. Sourced by demo.sh and test.sh.

guard_last='' guard_child='' guard_file=''

# guard NAME FUNCTION: one run of NAME at a time in this checkout; FUNCTION is called with the exit status at
# the end, in every case.
guard() {
    mkdir -p "$root/.run"
    exec 8>"$root/.run/$1.lock"
    flock -n 8 || fail "Another 'make $1' runs in this checkout." "Wait for its end, or end it with Ctrl-C."
    guard_last=$2
    # A script that was killed with SIGKILL could not clean up: end its processes now.
    guard_file=$root/.run/$1.child
    guard_child=$([ -f "$guard_file" ] && process_id "$guard_file") || guard_child=''
    guard_end_child
    trap guard_over EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

guard_over() {
    local status=$?
    trap '' INT TERM HUP
    guard_end_child
    "$guard_last" "$status" || status=1
    exit "$status"
}

# The child has its own process group, which holds all that it started. The group gets SIGINT first, then
# SIGTERM, then SIGKILL.
guard_end_child() {
    [ -n "$guard_child" ] || return 0
    local signal
    for signal in INT TERM KILL; do
        kill -s "$signal" -- "-$guard_child" 2>/dev/null || break
        for _ in {1..200}; do
            kill -s 0 -- "-$guard_child" 2>/dev/null || break
            sleep 0.05
        done
    done
    guard_child=''
    rm -f "$guard_file"
}

# guarded COMMAND...: in the background and waited for, since bash handles signals only between commands in
# the foreground. guard_limit=SECONDS ends it after that time. Processes that it leaves running are ended,
# too.
guarded() {
    local status=0 command=("$@")
    [ -z "${guard_limit:-}" ] || command=(timeout --signal=INT --kill-after=30 "$guard_limit" "$@")
    # Job control is on for this moment only: it creates the group, and lets the child receive Ctrl-C.
    set -m
    "${command[@]}" </dev/null 8>&- &
    guard_child=$!
    process_record "$guard_child" "$guard_file"
    set +m
    wait "$guard_child" || status=$?
    [ $status -ne 124 ] || say "It did not end within ${guard_limit:-?} s and was stopped." >&2
    guard_end_child
    return "$status"
}
