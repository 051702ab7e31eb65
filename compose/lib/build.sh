# Building, and where cargo puts what it builds. Sourced by up.sh, demo.sh and test.sh.

# The folder may have been changed by CARGO_TARGET_DIR or by cargo's configuration.
target_dir() {
    (cd "$root" && cargo metadata --format-version 1 --no-deps --locked) |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# build PROFILE_FLAGS... : quiet when there is nothing to do.
build() {
    (cd "$root" && cargo build --locked "$@") || fail "The build failed."
}

# The documents name target/release/trust-engine: this makes a link there if cargo builds elsewhere.
link_binary() {
    local built=$1 wanted=$root/target/release/trust-engine
    [ "$built" = "$wanted" ] && return
    mkdir -p "${wanted%/*}"
    ln -sfn "$built" "$wanted"
}

# prepare BINARY: brings Kafka and PostgreSQL, empty or not, to the state that `trust-engine run` expects:
# tables, topics, and the demo's reference data as an edition (further words go to that command). No other
# script names these commands.
prepare() {
    local binary=$1
    shift
    # Joined with &&: `set -e` has no effect where the caller tests the result.
    "$binary" migrate && "$binary" topics create && "$binary" reference demo "$@" && "$binary" publish
}
