//! The migrations: there and back, each of them, with data in the tables.

use connectors::postgis::{migrate, undo_all};
use sqlx::migrate::Migrator;

use crate::asking::write_examples;
use crate::server::Database;

static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// All that migrations make, in words: tables, columns, indexes, constraints, policies, functions, remarks,
/// rights.
const MADE: &str = "
    with ours as (select c.oid, c.relname, c.relkind, c.relnamespace::regnamespace::text as room, c.relacl, \
    c.reloptions,
                         c.relrowsecurity, c.relforcerowsecurity
                    from pg_class c
                   where c.relnamespace::regnamespace::text in ('public', 'intake', 'protected', 'desk') \
                   and c.relname not like '\\_sqlx%'
                     and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e'))
    select coalesce(string_agg(line, E'\\n' order by line), '') from (
        select concat_ws(' ', room, relname, relkind, relacl, reloptions, relrowsecurity, \
        relforcerowsecurity, obj_description(oid, 'pg_class')) from ours
        union all
        select concat_ws(' ', room, relname, attname, atttypid::regtype, attnotnull, attgenerated, \
        attstattarget, attacl, col_description(ours.oid, attnum),
                         pg_get_expr(adbin, adrelid))
          from ours join pg_attribute on attrelid = ours.oid and attnum > 0 and not attisdropped left \
          join pg_attrdef on adrelid = attrelid and adnum = attnum
        union all select pg_get_indexdef(oid) from ours where relkind = 'i'
        union all select pg_get_viewdef(oid) from ours where relkind = 'v'
        union all select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(c.oid)) \
        from pg_constraint c join ours on ours.oid = conrelid
        union all select concat_ws(' ', polrelid::regclass, polname, polcmd, polroles, pg_get_expr(polqual, \
        polrelid)) from pg_policy
        union all select concat_ws(' ', pg_get_functiondef(p.oid), proacl, obj_description(p.oid, \
        'pg_proc')) from pg_proc p
                   where pronamespace = 'public'::regnamespace and not exists (select from pg_depend d \
                   where d.objid = p.oid and d.deptype = 'e')
        union all select concat_ws(' ', nspname, nspacl, obj_description(oid, \
        'pg_namespace')) from pg_namespace where nspname in ('public', \
        'intake', 'protected', 'desk')
        union all select concat_ws(' ', 'extension', extname) from pg_extension
        union all select concat_ws(' ', 'database', grantee::regrole, privilege_type)
                    from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) \
                    where datname = current_database()
    ) as lines (line)";

async fn made(database: &Database) -> String {
    sqlx::query_scalar(MADE).fetch_one(&database.everything()).await.unwrap()
}

/// Rows of every table of ours.
async fn rows(database: &Database) -> Vec<(String, i64)> {
    let counts = "select schemaname || '.' || tablename,
                         (xpath('//count/text()', query_to_xml(format('select count(*) from %I.%I', \
                         schemaname, tablename), true, false, '')))[1]::text::bigint
                    from pg_tables
                   where schemaname in ('public', 'intake', 'protected', 'desk') \
                   and tablename not in ('spatial_ref_sys', '_sqlx_migrations')
                   order by 1";
    sqlx::query_as(counts).fetch_all(&database.everything()).await.unwrap()
}

#[tokio::test]
async fn every_migration_goes_up_down_and_up_again_with_data_in_the_tables() {
    let Some(database) = Database::empty().await else { return };
    let owner = database.pool("trust_engine");
    let versions: Vec<i64> =
        MIGRATOR.iter().filter(|it| it.migration_type.is_up_migration()).map(|it| it.version).collect();
    // What each step makes, on its way up.
    let mut steps = vec![(0, made(&database).await)];
    for version in &versions {
        MIGRATOR.run_to(*version, &owner).await.unwrap();
        steps.push((*version, made(&database).await));
    }
    let (last, whole) = steps.pop().unwrap();
    assert_eq!(last, versions[versions.len() - 1]);
    for (version, made_then) in steps.into_iter().rev() {
        let Some(database) = Database::migrated().await else { return };
        write_examples(&database).await;
        let before = rows(&database).await;
        assert!(before.iter().all(|(_, count)| *count > 0), "{before:?}");
        let owner = database.pool("trust_engine");
        MIGRATOR.undo(&owner, version).await.unwrap();
        assert_eq!(made(&database).await, made_then, "down to {version}");
        let kept = rows(&database).await;
        // Before 36 there are no accounts of programs.
        let stays = |(table, _): &&(String, i64)| version >= 36 || table != "desk.accounts";
        assert!(kept.iter().filter(stays).all(|row| before.contains(row)), "down to {version}: {kept:?}");
        MIGRATOR.run(&owner).await.unwrap();
        assert_eq!(made(&database).await, whole, "up from {version}");
        let again = rows(&database).await;
        assert!(kept.iter().all(|row| again.contains(row)), "up from {version}: {again:?}");
    }
}

#[tokio::test]
async fn the_programs_own_migrations_can_be_run_twice_and_taken_back() {
    let Some(database) = Database::empty().await else { return };
    let owner = database.url("trust_engine");
    let nothing = made(&database).await;
    for _ in 0..2 {
        migrate(&owner).await.unwrap();
        migrate(&owner).await.unwrap();
        write_examples(&database).await;
        undo_all(&owner).await.unwrap();
        assert_eq!(made(&database).await, nothing);
    }
}
