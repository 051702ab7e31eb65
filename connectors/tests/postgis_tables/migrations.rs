//! The tables themselves: there and back, described, guarded.

use connectors::batch::{BatchStore, Written};
use connectors::postgis::{migrate, reference, undo_all};

use crate::fixtures::*;
use crate::server::Database;

const OURS: &str = "n.nspname in ('public', 'intake', 'protected') and c.relname not in ('spatial_ref_sys', '_sqlx_migrations')
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')";

#[tokio::test]
async fn migrations_go_up_down_and_up_again_with_data_in_the_tables() {
    let Some(database) = Database::empty().await else { return };
    let owner = database.url("trust_engine");
    for _ in 0..2 {
        migrate(&owner).await.unwrap();
        migrate(&owner).await.unwrap();
        let pool = database.pool("trust_engine");
        reference::demo(&pool, false).await.unwrap();
        let (sink, _) = database.sink();
        assert_eq!(sink.write(&batch("tickets", 0, vec![ticket_record(1, 1, "EKU")])).await.unwrap(), Written::Done);
        assert_eq!(sink.write(&batch("unscreened", 0, vec![unscreened_record(1)])).await.unwrap(), Written::Done);
        undo_all(&owner).await.unwrap();
        let left = format!(
            "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where {OURS} and c.relkind in ('r', 'v', 'm', 'S')"
        );
        assert_eq!(database.count(&left).await, 0);
        let functions = "select count(*) from pg_proc where proname like 'session_%' and pronamespace = 'public'::regnamespace";
        assert_eq!(database.count(functions).await, 0);
    }
}

#[tokio::test]
async fn every_table_view_and_column_says_what_it_is() {
    let Some(database) = Database::migrated().await else { return };
    let tables = format!(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where {OURS} and c.relkind in ('r', 'v') and obj_description(c.oid) is null"
    );
    assert_eq!(database.count(&tables).await, 0);
    let columns = format!(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
          where {OURS} and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is null"
    );
    assert_eq!(database.count(&columns).await, 0);
}

#[tokio::test]
async fn every_table_forces_row_level_security_every_view_asks_its_reader_and_every_geometry_has_its_index() {
    let Some(database) = Database::migrated().await else { return };
    // Who sees what is itself written down in one table, which nobody but its owner reads.
    let unguarded = format!(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where {OURS} and c.relkind = 'r' and not (c.relrowsecurity and c.relforcerowsecurity) and c.relname <> 'login_municipalities'"
    );
    assert_eq!(database.count(&unguarded).await, 0);
    let views = format!(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where {OURS} and (c.relkind = 'm' or c.relkind = 'v' and not coalesce(c.reloptions @> '{{security_invoker=true}}', false))"
    );
    assert_eq!(database.count(&views).await, 0);
    let unindexed = format!(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
          where {OURS} and c.relkind = 'r' and a.atttypid = 'geometry'::regtype and not exists (
              select from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
               where i.indrelid = c.oid and m.amname = 'gist' and a.attnum = any(i.indkey))"
    );
    assert_eq!(database.count(&unindexed).await, 0);
    let references =
        "select count(*) from pg_constraint where contype = 'f' and conrelid in ('tickets'::regclass, 'ticket_words'::regclass,
        'ticket_assignments'::regclass, 'audit_logs'::regclass, 'breaches'::regclass, 'deliveries'::regclass)";
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
        "insert into policies (municipality, category) values ('EKU', 'gbv')",
        "insert into teams (code, municipality, category) values ('X', 'EKU', 'gbv')",
    ] {
        let error = sqlx::query(statement).execute(&pool).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "23514", "{statement}");
    }
}
