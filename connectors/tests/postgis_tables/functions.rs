//! What every login may call: each function of the server that can tell more than its arguments is judged.

use crate::asking::*;
use crate::server::Database;

/// What may be open to a login, by the names of functions (regular expressions), each with the reason. A
/// function that is immutable knows its arguments only and is not asked for here.
const HARMLESS: &[(&str, &str)] = &[
    (
        "input and output of types",
        "(in|out|recv|send|typanalyze|validator|handler)$|^(to_)?reg[a-z]+$|^domain_|_validator$",
    ),
    (
        "estimates from statistics that only the planner passes on",
        "(sel|joinsel|sel_2d|sel_nd|joinsel_2d|joinsel_nd)$",
    ),
    (
        "supports indexes",
        "^(gin_clean_pending_list|brin_.*|geog_brin_.*|geom.*_brin_.*|geometry_gist_.*|geography_gist_.*|\
         geometry_analyze|geography_analyze|amvalidate|postgis_index_supportfn|postgis_cache_bbox)$",
    ),
    (
        "referential integrity and other triggers",
        "^(ri_fkey_.*|unique_key_recheck|suppress_redundant_updates_trigger|tsvector_update_trigger.*|\
         checkauthtrigger)$",
    ),
    (
        "times, dates and numbers",
        "^(timestamp.*|time|timetz|timeofday|timezone|date|date_.*|interval_pl_timestamptz|money|numeric|\
         extract|overlaps|now|(clock|statement|transaction)_timestamp|make_timestamptz|generate_series|\
         in_range|random|setseed|age|to_(char|date|number|timestamp)|pg_sleep.*|gen_random_uuid)$",
    ),
    (
        "text, arrays and JSON",
        "^(any.*|text.*|array_.*|concat.*|format|length|convert.*|quote_.*|json.*|row_to_json|to_json.*|\
         enum_.*|query_to_xml.*|table_to_xml.*|schema_to_xml.*|database_to_xml.*|cursor_to_xml.*|xml.*|\
         system|bernoulli|ts_.*|to_ts.*|.*to_tsquery|dsnowball_.*|get_current_ts_config|tsmatch.*)$",
    ),
    (
        "the session, its settings and where it is connected",
        "^(current_.*|session_user|getpgusername|inet_.*|version|set_config|pg_backend_pid|\
         pg_client_encoding|pg_my_temp_schema|pg_trigger_depth|pg_listening_channels|pg_notify|pg_cursor|\
         pg_prepared_statement|pg_show_all_settings|pg_settings_get_flags|pg_postmaster_start_time|\
         pg_conf_load_time|pg_jit_available|pg_is_in_recovery|pg_is_other_temp_schema|\
         pg_stat_clear_snapshot|pg_stat_force_next_flush|pg_notification_queue_usage|pg_event_trigger_.*|\
         pg_timezone_.*|getdatabaseencoding|pg_.*_to_.*char.*|pg_encoding_to_char|pg_char_to_encoding|\
         pg_collation_for|pg_typeof)$",
    ),
    (
        "the catalogue: names, definitions and rights",
        "^(pg_get_(constraintdef|expr|function_.*|functiondef|indexdef|keywords|object_address|part.*|\
         publication_tables|replica_identity_index|ruledef|serial_sequence|statisticsobjdef.*|triggerdef|\
         userbyid|viewdef|catalog_foreign_keys)|pg_.*_is_(visible|updatable|publishable)|pg_(describe|\
         identify)_object.*|pg_(index|indexam|index_column).*_property|pg_options_to_table|pg_partition_.*|\
         pg_filenode_relation|pg_relation_file(node|path)|pg_tablespace_(databases|location)|\
         pg_.*collation.*|pg_available_extension.*|pg_extension_.*|has_.*_privilege|pg_has_role|\
         row_security_active|aclexplode|aclitem.*|col_description|obj_description|shobj_description|\
         format_type|oidvectortypes|pg_sequence_parameters|_pg_index_position|pg_mcv_list_items|\
         pg_stop_making_pinned_objects)$",
    ),
    (
        "asks for a right of its own: to a table, a sequence, a large object, a session, or for a superuser",
        "^(currtid2|currval|lastval|nextval|setval|pg_sequence_last_value|lo_.*|lo(read|write)|pg_(cancel|\
         terminate)_backend|binary_upgrade_.*|pg_nextoid|pg_read_file_old|pg_rotate_logfile_old)$",
    ),
    (
        "releases locks of an application, which no login but the owner of the tables can take: pools of \
         connections call it",
        "^pg_advisory_unlock(_shared|_all)?$",
    ),
    ("the size of a value that the asker has", "^pg_column_(size|compression)$"),
    (
        "PostGIS: works on what the asker passes or may read",
        "^(_postgis_pgsql_version|addauth|checkauth|.*longtransactions.*|lockrow|unlockrows|\
         addgeometrycolumn|dropgeometry.*|populate_geometry_columns|updategeometrysrid|find_srid|\
         pgis_geometry_.*|postgis_constraint_.*|postgis_extensions_upgrade|st_asgeojson|st_clusterkmeans|\
         st_findextent|st_generatepoints|st_symmetricdifference)$",
    ),
    (
        "sizes, which are null for all but those who monitor the server",
        "^pg_(relation|table|indexes|total_relation|database|tablespace)_size$",
    ),
    ("ours", "^(public_counts|session_municipality|session_sees_all|today)$"),
];

/// Names of functions that show what other logins do or can keep them waiting, and the few exceptions with
/// such names.
const SUSPICIOUS: &str =
    "wal_|_lsn$|xact|txid|snapshot|slot|_size$|stat_get|control_|blocking|commit_|advisory_lock";
const NOT_SUSPICIOUS: &str = "^(pg_stat_clear_snapshot|pg_column_size|\
    pg_(relation|table|indexes|total_relation|database|tablespace)_size)$";

/// Functions that tell how much others write: of each kind some that must be closed.
const REVEALING: &[&str] = &[
    "select pg_current_wal_lsn()",
    "select pg_current_wal_insert_lsn()",
    "select pg_current_wal_flush_lsn()",
    "select pg_last_wal_replay_lsn()",
    "select pg_last_xact_replay_timestamp()",
    "select pg_logical_emit_message(false, '', '')",
    "select * from pg_replication_slots",
    "select * from pg_control_checkpoint()",
    "select txid_current()",
    "select txid_current_snapshot()",
    "select pg_current_xact_id()",
    "select pg_current_snapshot()",
    "select pg_xact_status('3')",
    "select pg_export_snapshot()",
    "select age('3'::xid)",
    "select mxid_age('3'::xid)",
    "select * from pg_prepared_xacts",
    "select pg_blocking_pids(1)",
    "select * from pg_locks",
    "select pg_stat_get_db_xact_commit(1)",
];

/// Attempts to sign in at the desk wait for each other by it: no person has this login, and nothing else uses
/// locks of two numbers; a migration waits for one of a single number.
pub const OF_DESK_ACCOUNTS: &str = "pg_advisory_xact_lock(integer,integer)";

/// The functions that a login may call and that are in neither list.
pub async fn unjudged(database: &Database) -> Vec<String> {
    let harmless = HARMLESS.iter().map(|(_, names)| format!("({names})")).collect::<Vec<_>>().join("|");
    let open = "select distinct p.oid::regprocedure::text from pg_proc p, unnest($1) login
         where provolatile <> 'i' and prokind <> 'a' and has_function_privilege(login, p.oid, 'execute')
           and (lower(proname) !~ $2 or proname ~ $3 and proname !~ $4)
           and not (login = 'desk_accounts' and p.oid::regprocedure::text = $5) order by 1";
    sqlx::query_scalar(open)
        .bind(LOGINS.map(str::to_owned))
        .bind(&harmless)
        .bind(SUSPICIOUS)
        .bind(NOT_SUSPICIOUS)
        .bind(OF_DESK_ACCOUNTS)
        .fetch_all(&database.everything())
        .await
        .unwrap()
}

#[tokio::test]
async fn every_function_that_a_login_may_call_is_judged() {
    let Some(database) = Database::migrated().await else { return };
    let unjudged = unjudged(&database).await;
    assert!(
        unjudged.is_empty(),
        "close these in compose/database.psql, or say here why a login may call them: {unjudged:?}"
    );
}

#[tokio::test]
async fn no_login_is_told_how_much_the_others_write() {
    let Some(database) = Database::migrated().await else { return };
    all_are_closed(&database).await;
}

/// Asserts that no login may call what reveals how much others write.
pub async fn all_are_closed(database: &Database) {
    for login in LOGINS.into_iter().chain(["trust_engine"]) {
        all_denied(&database.pool(login), REVEALING).await;
    }
}

#[tokio::test]
async fn no_login_of_people_can_take_all_connections_or_the_whole_disk() {
    let Some(database) = Database::migrated().await else { return };
    for login in [
        "public_reader",
        "dashboard_demo",
        "national",
        "desk",
        "desk_accounts",
        "staff_mail",
        "desk_cpt",
        "desk_eku",
        "desk_eth",
        "desk_wc024",
        "intake",
        "saps",
    ] {
        let limits: (i32, String) = sqlx::query_as(
            "select rolconnlimit, array_to_string(setconfig, ' ')
               from pg_roles r join pg_db_role_setting s on s.setrole = r.oid and s.setdatabase = 0 where \
               rolname = $1",
        )
        .bind(login)
        .fetch_one(&database.everything())
        .await
        .unwrap();
        assert!((1..=40).contains(&limits.0), "{login}: {limits:?}");
        for setting in ["statement_timeout=", "idle_in_transaction_session_timeout=", "temp_file_limit="] {
            assert!(limits.1.contains(setting), "{login} has no {setting}: {limits:?}");
        }
        // The disk is not for the session to decide about.
        all_denied(&database.pool(login), &["set temp_file_limit = -1"]).await;
    }
}
