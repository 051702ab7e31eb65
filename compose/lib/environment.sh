# The environment of trust-engine in shell syntax: the addresses of Kafka and PostgreSQL, and secrets that are
# made once and kept. Sourced by up.sh and demo.sh.

# secret NAME COMMAND...: the output of COMMAND when it ran the first time.
secret() {
    local file=$dir/secrets/$1
    shift
    if [ ! -s "$file" ]; then
        (umask 077 && mkdir -p "$dir/secrets" && "$@" >"$file.new" && mv "$file.new" "$file")
    fi
    cat "$file"
}

new_key_ring() {
    local name separator=
    for name in intake-1 municipal-1 protected-1; do
        printf '%s%s:%s' "$separator" "$name" "$(head -c 32 /dev/urandom | base64 -w 0)"
        separator=,
    done
}

# Where the program will listen: chosen while the neighbours are down, since later it may be the program that
# holds a port.
choose_ports() { mkdir -p "$dir" && keep_ports "$dir/program.ports" 4; }

# write_environment FILE: readable by its owner only, and written as a whole or not at all.
write_environment() {
    local file=$1 ports
    (
        . "$dir/neighbours.env"
        mapfile -t ports <"$dir/program.ports"
        database() { printf "'postgres://%s:%s@%s:%s/trust_engine'" "$1" "$PGPASSWORD" "$PGHOST" "$PGPORT"; }
        # The desk reads as a login of each municipality.
        desk_databases() {
            local code
            printf "'national=%s" "$(database national | tr -d "'")"
            for code in CPT EKU ETH WC024; do
                printf ',%s=%s' "$code" "$(database "desk_${code,,}" | tr -d "'")"
            done
            printf "'"
        }
        umask 077
        cat >"$file.new" <<END
# For trust-engine and for people: . ${file#"$root/"}
export KAFKA_BROKERS='$KAFKA_BROKERS'
export TOPIC_PREFIX='demo.'

# One login for each role; the dashboard's sees one municipality.
export DATABASE_URL=$(database trust_engine)
export SINK_DATABASE_URL=$(database sink)
export PROTECTED_SINK_DATABASE_URL=$(database protected_sink)
export DASHBOARD_DATABASE_URL=$(database dashboard_demo)
export NATIONAL_DATABASE_URL=$(database national)
export PUBLIC_DATABASE_URL=$(database public_reader)
export DESK_DATABASE_URL=$(database desk)
export DESK_ACCOUNTS_DATABASE_URL=$(database desk_accounts)
export DESK_DATABASE_URLS=$(desk_databases)
export STAFF_MAIL_DATABASE_URL=$(database staff_mail)
export INTAKE_DATABASE_URL=$(database intake)
export SAPS_DATABASE_URL=$(database saps)

# Where the webhooks listen, and the address that Twilio signs.
export WHATSAPP_URL='http://127.0.0.1:${ports[0]}'
export PUBLIC_URL='http://127.0.0.1:${ports[0]}'
export METRICS_URL='http://127.0.0.1:${ports[1]}'

# The pages of the staff. A link to a first password: trust-engine staff invite LOGIN
export DESK_URL='http://127.0.0.1:${ports[3]}'

# An invented number: no South African number begins with 0 after +27. Messages go to the program that is
# started on this address, never to the real Twilio.
export WHATSAPP_SENDER='whatsapp:+27000000001'
export DESK_CALLERS_SENDER='whatsapp:+27000000001'
export TWILIO_ACCOUNT_SID='$(secret account new_account)'
export TWILIO_AUTH_TOKEN='$(secret token random_hex 16)'
export TWILIO_API_URL='http://127.0.0.1:${ports[2]}'

# Keys that seal the texts of residents and hash their numbers. Without them, what was sealed cannot be read.
export KEY_RING='$(secret key-ring new_key_ring)'
export PEPPER='$(secret pepper random_hex 32)'

export STATE_DIR='$dir/state'
END
        mkdir -p "$dir/state"
    )
    mv "$file.new" "$file"
}

new_account() { printf 'AC%s' "$(random_hex 16)"; }
