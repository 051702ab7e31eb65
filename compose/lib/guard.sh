# Runs commands so that whatever ends the script (Ctrl-C, a signal, a failure, success) ends them and everything that they
# started, and then calls one last function. Sourced by demo.sh and test.sh.

guard_last='' guard_child='' guard_file=''

# guard NAME FUNCTION: one run of NAME at a time in this checkout; FUNCTION is called with the exit status, however it ends.
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

# The child has a process group of its own, which holds all that it started: asked first, as by Ctrl-C, then told, then killed.
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

# guarded COMMAND...: in the background and waited for, since bash handles signals only between commands in the foreground.
# guard_limit=SECONDS ends it after that time. What it leaves behind is ended too.
guarded() {
    local status=0 command=("$@")
    [ -z "${guard_limit:-}" ] || command=(timeout --signal=INT --kill-after=30 "$guard_limit" "$@")
    # Job control for this moment only: it makes the group, and leaves the child its Ctrl-C.
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
