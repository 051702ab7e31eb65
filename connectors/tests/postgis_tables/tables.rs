//! The tables themselves: described, guarded, with the constraints that the design asks for.

use connectors::batch::SinkDatabase;

use crate::fixtures::*;
use crate::server::Database;

const OURS: &str = "n.nspname in ('public', 'intake', 'protected') and c.relname not in ('spatial_ref_sys', \
    '_sqlx_migrations')
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')";

#[tokio::test]
async fn every_schema_table_view_column_and_function_has_a_sentence_as_its_comment() {
    let Some(database) = Database::migrated().await else { return };
    let comments = format!(
        "with ours as (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
                        where {OURS} and c.relkind in ('r', 'v', 'm'))
         select oid::regclass::text, obj_description(oid, 'pg_class') from ours
         union all select oid::regclass || '.' || attname, col_description(oid, attnum)
                     from ours join pg_attribute on attrelid = oid and attnum > 0 and not attisdropped
         union all select p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc') from pg_proc p
                    where pronamespace = 'public'::regnamespace
                      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
         union all select nspname, obj_description(oid, 'pg_namespace') from pg_namespace
                    where nspname in ('intake', 'protected')"
    );
    let comments: Vec<(String, Option<String>)> =
        sqlx::query_as(sqlx::AssertSqlSafe(comments)).fetch_all(&database.everything()).await.unwrap();
    assert!(comments.len() > 350, "{}", comments.len());
    let is_sentence = |comment: &str| comment.split_whitespace().count() > 3 && comment.ends_with('.');
    let wanting: Vec<_> =
        comments.iter().filter(|(_, comment)| !comment.as_deref().is_some_and(is_sentence)).collect();
    assert!(wanting.is_empty(), "write these comments in a new migration: {wanting:?}");
}

#[tokio::test]
async fn every_table_forces_row_level_security_every_view_asks_its_reader_and_every_geometry_has_its_index() {
    let Some(database) = Database::migrated().await else { return };
    // Who sees what is itself written down in one table, which only its owner reads.
    let unguarded = format!(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where {OURS} and c.relkind = 'r' and not (c.relrowsecurity and c.relforcerowsecurity) \
          and c.relname <> 'login_municipalities'"
    );
    assert_eq!(database.count(&unguarded).await, 0);
    let views = format!(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where {OURS} and (c.relkind = 'm' or c.relkind = 'v' \
          and not coalesce(c.reloptions @> '{{security_invoker=true}}', false))"
    );
    assert_eq!(database.count(&views).await, 0);
    let unindexed = format!(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a \
         on a.attrelid = c.oid
          where {OURS} and c.relkind = 'r' and a.atttypid = 'geometry'::regtype and not exists (
              select from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
               where i.indrelid = c.oid and m.amname = 'gist' and a.attnum = any(i.indkey))"
    );
    assert_eq!(database.count(&unindexed).await, 0);
    let references =
        "select count(*) from pg_constraint where contype = 'f' and conrelid in ('tickets'::regclass, \
         'ticket_words'::regclass,
        'ticket_assignments'::regclass, 'audit_logs'::regclass, 'breaches'::regclass, \
        'deliveries'::regclass)";
    assert_eq!(database.count(references).await, 0);
}

#[tokio::test]
async fn violence_has_no_place_in_a_municipal_table() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, _) = database.sink();
    sink.write(&batch("tickets", 0, vec![ticket_record(1, 1, "EKU")])).await.unwrap();
    sink.write(&batch("ticket-events", 0, vec![assigned_record("a", 1, 1, "EKU-WATER")])).await.unwrap();
    sink.write(&batch("breaches", 0, vec![breach_record(1, "EKU")])).await.unwrap();
    let pool = database.everything();
    for statement in [
        "update tickets set category = 'gbv'",
        "update ticket_assignments set ticket_category = 'gbv'",
        "update breaches set category = 'gbv'",
        r#"update audit_logs set changes = '{"category": {"old": "water", "new": "gbv"}}'"#,
        r#"update audit_logs set changes = '{"category": {"old": "gbv", "new": "water"}}'"#,
        "insert into policies (municipality, category) values ('EKU', 'gbv')",
        "insert into teams (code, municipality, category) values ('X', 'EKU', 'gbv')",
    ] {
        let error = sqlx::query(statement).execute(&pool).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "23514", "{statement}");
    }
}

#[tokio::test]
async fn a_ticket_has_one_current_assignment_and_a_policys_matter_one_policy() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.everything();
    let assign = "insert into ticket_assignments (ce_id, ticket, assigned_by, reason, is_current, at, \
        ticket_category, team_is_saps, version)
        values (md5(random()::text), 't', 'system', 'geospatial_routing', true, now(), 'water', false, 1)";
    let town = "insert into municipalities (code, name, kind, boundary) values ('EKU', 'E', 'metro', \
        st_multi(st_makeenvelope(28, -27, 29, -26, 4326)))";
    sqlx::query(town).execute(&pool).await.unwrap();
    for statement in [assign, "insert into policies (municipality) values ('EKU')"] {
        sqlx::query(statement).execute(&pool).await.unwrap();
        let error = sqlx::query(statement).execute(&pool).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "23505", "{statement}");
    }
    // A policy says the design's hours where it says nothing.
    let said = "select count(*) from policies where response_hours = 24 and resolution_hours = 168 \
        and warning_threshold_pct = 80 and is_active";
    assert_eq!(database.count(said).await, 1);
    sqlx::query("update ticket_assignments set is_current = false").execute(&pool).await.unwrap();
    sqlx::query(assign).execute(&pool).await.unwrap();
}

#[tokio::test]
async fn what_the_design_closes_is_closed() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, _) = database.sink();
    sink.write(&batch("tickets", 0, vec![ticket_record(1, 1, "EKU")])).await.unwrap();
    sink.write(&batch("ticket-events", 0, vec![assigned_record("a", 1, 1, "EKU-WATER")])).await.unwrap();
    sink.write(&batch("breaches", 0, vec![breach_record(1, "EKU")])).await.unwrap();
    let pool = database.everything();
    for (statement, constraint) in [
        ("update tickets set status = 'held'", "tickets_status"),
        ("update tickets set escalation_reason = 'anger'", "tickets_escalation_reason"),
        ("update ticket_assignments set reason = 'whim'", "ticket_assignments_reason"),
        (
            "update ticket_assignments set ticket_category = 'gbv'",
            "ticket_assignments_no_gbv_with_municipal_team",
        ),
        ("update breaches set clock = 'cuckoo'", "breaches_clock"),
        ("update breaches set level = 'high'", "breaches_level"),
        (
            "insert into teams (code, is_saps, municipality) values ('X', true, 'EKU')",
            "teams_saps_or_municipal",
        ),
        (
            "insert into teams (code, is_saps, category) values ('X', true, 'water')",
            "teams_saps_have_no_category",
        ),
        (
            "insert into policies (municipality, severity) values ('EKU', 'high')",
            "policies_severity_needs_category",
        ),
        (
            "insert into login_municipalities values ('sink', null, false)",
            "login_municipalities_one_or_every",
        ),
    ] {
        let error = sqlx::query(statement).execute(&pool).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().constraint(), Some(constraint), "{statement}");
    }
    let police = "update ticket_assignments set ticket_category = 'gbv', team_is_saps = true";
    sqlx::query(police).execute(&pool).await.unwrap();
    assert!(
        sqlx::query("update tickets set latitude = 0").execute(&pool).await.is_err(),
        "latitude is location's"
    );
}
