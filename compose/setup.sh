#!/usr/bin/env bash
# Installs what trust-engine's neighbours need and this host lacks: a Java runtime, PostgreSQL with PostGIS,
# kcat, jq, the browser and the mail server of the tests by apt; Kafka's jars by Maven into .cache/. It starts
# no server and changes none that exists. Where apt is missing and Docker answers, nothing is installed:
# neighbours.sh uses images.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib/common.sh"
. "$here/lib/kafka.sh"
. "$here/lib/postgres.sh"
. "$here/lib/docker.sh"

kafka_is_there() { [ -d "$kafka_libs" ]; }
as_root=()

# Finds how to become root, once, and only when something must be installed.
become_root() {
    if [ "$(id -u)" -eq 0 ]; then
        as_root=(env)
    elif have sudo && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; then
        as_root=(sudo env)
    else
        fail "Packages are missing and there is neither root nor sudo to install them: $*" \
            "Ask an administrator for: apt-get install $*" \
            "(with create_main_cluster = false in /etc/postgresql-common/createcluster.conf, to prevent it" \
            "from starting a server)."
    fi
}

apt_install() {
    local log
    log=$(mktemp)
    # Packages that are installed are not updated: a newer version of a server would restart one that runs.
    if ! "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
        --no-install-recommends --no-upgrade \
        -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null; then
        explain_log "$log"
        rm -f "$log"
        fail "apt-get could not install: $*"
    fi
    rm -f "$log"
}

# The first of the packages that this Debian or Ubuntu offers.
first_offered() {
    local package
    for package in "$@"; do
        if [ -n "$(apt-cache madison "$package" 2>/dev/null)" ]; then
            printf '%s\n' "$package"
            return
        fi
    done
    fail "apt offers none of: $*" \
        "Debian 12 has them; Docker is the other way ('docker compose version' must work)."
}

# The package creates and starts a server on port 5432, unless a setting forbids that during the installation.
# The setting is removed afterwards, so that later installations behave as usual.
install_postgres() {
    local server=$1 word=/etc/postgresql-common/createcluster.d/trust-engine.conf
    have pg_conftool || apt_install postgresql-common
    "${as_root[@]}" mkdir -p "${word%/*}"
    # shellcheck disable=SC2064 # the present values
    trap "${as_root[*]} rm -f $word" EXIT
    printf 'create_main_cluster = false\n' | "${as_root[@]}" tee "$word" >/dev/null
    local conf=/etc/postgresql-common/createcluster.conf
    if [ "$(pg_conftool -bs $conf show create_main_cluster 2>/dev/null)" != off ]; then
        fail "This postgresql-common would start a server of its own on port 5432." \
            "Put create_main_cluster = false into $conf and run this again."
    fi
    apt_install "$server" "$server-postgis-3" "$server-postgis-3-scripts"
}

install_packages() {
    local missing=() server=
    find_java >/dev/null || missing+=(java)
    kafka_is_there || have mvn || missing+=(maven)
    find_postgres >/dev/null || missing+=(postgresql)
    if [ ${#missing[@]} -eq 0 ]; then
        install_viewers
        return
    fi
    have apt-get || fail "Missing: ${missing[*]}, and this host has no apt." \
        "Install them by hand, or Docker with its compose plugin: then images are used instead."
    become_root "${missing[@]/java/openjdk-17-jre-headless}"
    say "Refreshing apt's lists."
    "${as_root[@]}" apt-get update -q >/dev/null 2>&1 </dev/null ||
        say "Some of apt's lists could not be refreshed; going on with the others."
    local wanted=() name
    for name in "${missing[@]}"; do
        case $name in
        java)
            wanted+=("$(first_offered openjdk-{17,21,25}-jre-headless)")
            ;;
        maven) wanted+=(maven) ;;
        postgresql) server=$(first_offered postgresql-{15,16,17,18}-postgis-3) ;;
        esac
    done
    mapfile -t -O ${#wanted[@]} wanted < <(missing_viewers)
    if [ ${#wanted[@]} -gt 0 ]; then
        say "Installing ${wanted[*]}."
        apt_install "${wanted[@]}"
    fi
    if [ -n "$server" ]; then
        say "Installing ${server%-postgis-3} with PostGIS."
        install_postgres "${server%-postgis-3}"
    fi
}

# Tools with which people (and one test) read topics, the browser of the desk's tests, and the mail server of
# those of staff mails: those that are missing and that apt offers.
missing_viewers() {
    local program package
    for program in kcat jq chromium chromedriver; do
        package=${program/chromedriver/chromium-driver}
        have "$program" || [ -z "$(apt-cache madison "$package" 2>/dev/null)" ] || printf '%s\n' "$package"
    done
    package=python3-aiosmtpd
    /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || [ -z "$(apt-cache madison $package 2>/dev/null)" ] ||
        printf '%s\n' $package
}

# No running program needs them, so the user is not asked for a password.
install_viewers() {
    local viewers=()
    have apt-get || return 0
    mapfile -t viewers < <(missing_viewers)
    [ ${#viewers[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -eq 0 ]; then
        as_root=(env)
    elif have sudo && sudo -n true 2>/dev/null; then
        as_root=(sudo env)
    else
        return 0
    fi
    say "Installing ${viewers[*]}."
    apt_install "${viewers[@]}"
}

# The folder gets its name only when it is complete: an interrupted download must not look like Kafka.
fetch_kafka() {
    kafka_is_there && return
    local home=${kafka_libs%/libs} log
    say "Fetching Kafka $kafka_version by Maven into ${home#"$root/"}."
    mkdir -p "$root/.cache"
    rm -rf "$home.partial"
    log=$root/.cache/maven.log
    if ! JAVA_HOME=$(dirname "$(dirname "$(readlink -f "$(find_java)")")") mvn -B -ntp --strict-checksums \
        -f "$here/kafka.pom.xml" dependency:copy-dependencies -DoutputDirectory="$home.partial/libs" \
        >"$log" 2>&1 </dev/null; then
        explain_log "$log"
        fail "Maven could not fetch Kafka." \
            "Is there a network? A mirror goes into ~/.m2/settings.xml; the whole log: $log"
    fi
    rm -rf "$home"
    mv "$home.partial" "$home"
}

# What the build needs: a missing tool is reported here, before a minute of compiling.
check_build_tools() {
    have cargo ||
        fail "There is no Rust toolchain (cargo)." "Install it from https://rustup.rs and open a new shell."
    local tool
    for tool in cc c++ make; do
        have "$tool" ||
            fail "There is no $tool, which librdkafka's build needs." \
                "On Debian: apt-get install gcc g++ make"
    done
}

check_build_tools
programs_are_there() { kafka_is_there && find_java >/dev/null && find_postgres >/dev/null; }
if ! have apt-get && ! programs_are_there && docker_answers; then
    say "No apt here, but Docker answers: its images of Kafka and PostGIS will be used."
    exit
fi
install_packages
fetch_kafka
say "Java, PostgreSQL with PostGIS and Kafka $kafka_version are there."
