//! Hostile SQL, as every role.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::asking::*;
use crate::server::Database;

/// What no login may do here, with any grant.
const FORBIDDEN: [&str; 30] = [
    "create temporary table mine (n integer)",
    "create temporary view mine as select 1",
    "create function pg_temp.mine() returns integer language sql as 'select 1'",
    "create table public.mine (n integer)",
    "create function public.session_municipality(text) returns text language sql as $$ select 'ETH' $$",
    "create operator public.=== (leftarg = text, rightarg = text, function = texteq)",
    "create table intake.mine (n integer)",
    "create table protected.mine (n integer)",
    "create schema mine",
    "create extension citext",
    "create role mine",
    "create publication mine for all tables",
    "create policy mine on public.tickets using (true)",
    "alter table public.tickets disable row level security",
    "alter table public.tickets owner to current_user",
    "alter view public.open_tickets set (security_invoker = false)",
    "alter function public.session_municipality() owner to current_user",
    "alter role current_user bypassrls",
    "set session_replication_role = replica",
    "alter system set row_security = off",
    "grant trust_engine to current_user",
    "grant select on public.rules to public",
    "truncate public.tickets",
    "insert into public.login_municipalities values (current_user, 'ETH', false)",
    "select lo_create(0)",
    "select lo_import('/etc/hostname')",
    "select pg_read_file('PG_VERSION')",
    "select pg_ls_dir('.')",
    "copy (select 1) to program 'true'",
    "copy public.spatial_ref_sys to '/tmp/mine'",
];

/// What the server counts and estimates of tables that the asker may not read.
const COUNTED: [&str; 20] = [
    "select reltuples from pg_catalog.pg_class where relname = 'tickets'",
    "select relpages from pg_catalog.pg_class",
    "select c from pg_catalog.pg_class c",
    "select * from pg_statistic",
    "select * from pg_stat_statements",
    "select * from pg_stat_statements(true)",
    "select * from pg_stat_statements_info",
    "select n_tup_ins from pg_catalog.pg_stat_user_tables",
    "select seq_scan from pg_catalog.pg_stat_all_tables",
    "select idx_scan from pg_catalog.pg_stat_user_indexes",
    "select heap_blks_read from pg_catalog.pg_statio_all_tables",
    "select tup_inserted from pg_catalog.pg_stat_database",
    "select idx_tup_read from pg_catalog.pg_stat_all_indexes",
    "select * from pg_catalog.pg_stat_activity",
    "select * from pg_locks",
    "select pg_stat_get_live_tuples(oid) from pg_class",
    "select _postgis_stats(oid, 'location') from pg_class where relname = 'tickets'",
    "select _postgis_index_extent(oid, 'location') from pg_class where relname = 'tickets'",
    "select public.st_estimatedextent('protected', 'tickets', 'location')",
    "select public.st_estimatedextent('public', 'tickets', 'location', false)",
];

#[tokio::test]
async fn no_login_makes_grants_or_reads_what_is_the_servers() {
    let Some(database) = database_with_examples().await else { return };
    for login in LOGINS {
        let pool = database.pool(login);
        all_denied(&pool, &FORBIDDEN).await;
        let shown = "select count(*) from pg_stats where schemaname in ('public', 'intake', 'protected') \
            and tablename <> 'spatial_ref_sys'";
        assert_eq!(ask(&pool, shown).await, Ok(0), "{login}");
    }
}

#[tokio::test]
async fn only_the_monitoring_login_reads_the_statistics_of_the_server() {
    let Some(database) = database_with_examples().await else { return };
    sqlx::query("analyze").execute(&database.everything()).await.unwrap();
    for login in LOGINS.into_iter().chain(["trust_engine"]) {
        all_denied(&database.pool(login), &COUNTED).await;
    }
    assert!(database.count("select sum(calls)::bigint from pg_stat_statements").await > 0);
    assert_eq!(
        database
            .count("select reltuples::bigint from pg_class where oid = 'protected.tickets'::regclass")
            .await,
        1
    );
}

#[tokio::test]
async fn no_login_becomes_another_or_looks_from_a_database_beside() {
    let Some(database) = Database::migrated().await else { return };
    for login in LOGINS {
        let pool = database.pool(login);
        for other in LOGINS.iter().filter(|other| **other != login).chain(&[
            "trust_engine",
            "postgres",
            "pg_read_all_data",
        ]) {
            all_denied(&pool, &[&format!("set role {other}"), &format!("set session authorization {other}")])
                .await;
        }
        for beside in ["postgres", "template1"] {
            let error = PgConnection::connect(&database.url_in(login, beside)).await.unwrap_err();
            assert_eq!(code(error), DENIED, "{login} in {beside}");
        }
    }
}

#[tokio::test]
async fn nothing_that_a_session_sets_or_says_widens_what_it_sees() {
    let Some(database) = database_with_examples().await else { return };
    let tickets = "select count(*) from tickets";
    let mut connection = PgConnection::connect(&database.url("dashboard_demo")).await.unwrap();
    for setting in [
        "set role dashboard",
        "reset role; set app.municipality = 'ETH'",
        "set search_path = pg_temp, intake, public",
        "set enable_seqscan = off; set enable_bitmapscan = off",
        "set plan_cache_mode = force_generic_plan",
        "set max_parallel_workers_per_gather = 8; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; \
         set min_parallel_table_scan_size = 0",
    ] {
        assert_eq!(ask_after(&mut connection, &[setting], tickets).await, Ok(3), "{setting}");
    }
    for query in [
        "select count(*) from only tickets tablesample bernoulli (100)",
        "select count(*) from tickets where ctid is not null",
        "select count(*) from tickets where municipality = any (select code from municipalities) \
         or municipality is null",
        "select count(*) from municipalities m cross join lateral (select from tickets t \
         where t.municipality = m.code) t",
        "select count(*) from tickets a left join tickets b on a.municipality <> b.municipality \
         where b.id is null",
        "select cardinality(xpath('//row', query_to_xml('select id from tickets', true, false, '')))::bigint",
    ] {
        assert_eq!(ask_after(&mut connection, &[], query).await, Ok(3), "{query}");
    }
    let mut copy = connection.copy_out_raw("copy tickets (id) to stdout").await.unwrap();
    let mut lines = 0;
    while let Some(row) = futures_util::StreamExt::next(&mut copy).await {
        lines += row.unwrap().iter().filter(|byte| **byte == b'\n').count();
    }
    drop(copy);
    assert_eq!(lines, 3);
    // Asking for no policies is refused, not granted.
    assert_eq!(
        ask_after(&mut connection, &["set row_security = off"], tickets).await,
        Err(DENIED.to_owned())
    );
}

#[tokio::test]
async fn a_prepared_statement_and_a_cursor_follow_the_login() {
    let Some(database) = database_with_examples().await else { return };
    let mut connection = PgConnection::connect(&database.url("dashboard_demo")).await.unwrap();
    let prepare = "set plan_cache_mode = force_generic_plan; prepare mine as select count(*) from tickets";
    assert_eq!(ask_after(&mut connection, &[prepare], "execute mine").await, Ok(3));
    assert_eq!(ask_after(&mut connection, &["set role dashboard"], "execute mine").await, Ok(3));
    assert_eq!(ask_after(&mut connection, &["reset role"], "execute mine").await, Ok(3));
    let bound = "update login_municipalities set municipality = 'ETH' where login = 'dashboard_demo'";
    sqlx::query(bound).execute(&database.everything()).await.unwrap();
    assert_eq!(ask_after(&mut connection, &[], "execute mine").await, Ok(2));
    let open = "begin; declare them cursor with hold for select count(*) from tickets; commit";
    sqlx::query("delete from login_municipalities").execute(&database.everything()).await.unwrap();
    assert_eq!(ask_after(&mut connection, &[open], "fetch them").await, Ok(0));
    assert_eq!(ask_after(&mut connection, &[], "execute mine").await, Ok(0));
}

/// A user who may make functions has left one that reports what it is shown, and an operator of the same
/// kind.
const SPY: &str = "create schema spies; grant usage on schema spies to public;
    create function spies.shout(text) returns boolean language plpgsql stable cost 0.000001 as
        $$ begin raise exception 'seen: %', $1; end $$;
    create function spies.shout(text, text) returns boolean language plpgsql stable cost 0.000001 as
        $$ begin if $1 is distinct from $2 then raise exception 'seen: %', $1; end if; return true; end $$;
    create operator spies.<-> (leftarg = text, rightarg = text, function = spies.shout)";

#[tokio::test]
async fn what_an_expression_is_shown_or_complains_of_is_the_askers_own() {
    let Some(database) = database_with_examples().await else { return };
    sqlx::raw_sql(SPY).execute(&database.everything()).await.unwrap();
    let dashboard = database.pool("dashboard_demo");
    for query in [
        "select count(*) from tickets where spies.shout(municipality, 'EKU')",
        "select count(*) from tickets where municipality operator(spies.<->) 'EKU'",
        "select count(*) from open_tickets where spies.shout(municipality, 'EKU') and spies.shout(owner, \
         'EKU')",
        "select sum(tickets)::bigint from sla_by_day where spies.shout(municipality, 'EKU')",
        "select sum(open)::bigint from heat_by_ward where spies.shout(municipality, 'EKU')",
        "select count(*) from breaches where spies.shout(municipality, 'EKU')",
        "select count(*) from tickets t join municipalities m on spies.shout(t.municipality, 'EKU') \
         and m.code = t.municipality",
        "select count(*) from tickets where 1 / (municipality = 'EKU')::integer = 1",
        "select count(*) from tickets where (case when municipality = 'EKU' then '0' else tracking_number \
         end)::integer = 0",
    ] {
        let answer = sqlx::query_scalar::<_, Option<i64>>(AssertSqlSafe(query)).fetch_one(&dashboard).await;
        assert!(matches!(answer, Ok(Some(3) | None)), "{query}: {answer:?}");
    }
    // What may not be read is not given to a function either.
    let denied = ["words[1]", "st_astext(location)"]
        .map(|what| format!("select count(*) from ticket_words where spies.shout({what})"));
    all_denied(&dashboard, &[&denied[0], &denied[1]]).await;
    all_denied(
        &database.pool("national"),
        &["select count(*) from tickets where spies.shout(st_astext(location))"],
    )
    .await;
    let bound = "update login_municipalities set municipality = 'ETH', every_municipality = false \
        where login = 'desk'";
    sqlx::query(bound).execute(&database.everything()).await.unwrap();
    let words = "select count(*) from ticket_words where spies.shout(case when ticket in (select id \
        from tickets) then null else words[1] end, null)";
    assert_eq!(ask(&database.pool("desk"), words).await, Ok(3));
}

#[tokio::test]
async fn not_even_the_owner_declares_that_a_function_leaks_nothing() {
    let Some(database) = Database::migrated().await else { return };
    let owner = database.pool("trust_engine");
    all_denied(
        &owner,
        &["create function harmless(text) returns boolean leakproof language sql as 'select true'"],
    )
    .await;
}
