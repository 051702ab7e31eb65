//! What a login can change of itself and of what all others need: its settings, and the locks that migrations
//! wait for.

use std::time::Duration;

use connectors::postgis::{collect_facts, migrate};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;

use crate::asking::*;
use crate::functions::OF_DESK_ACCOUNTS;
use crate::server::Database;

#[tokio::test]
async fn no_login_can_take_a_lock_that_migrations_wait_for() {
    let Some(database) = Database::migrated().await else { return };
    let open = "select count(*) from pg_proc, unnest($1::text[]) login
        where proname like '%advisory%' and proname not like 'pg_advisory_unlock%'
          and has_function_privilege(login, pg_proc.oid, 'execute')
          and not (login = 'desk_accounts' and pg_proc.oid::regprocedure::text = $2)";
    let logins: Vec<&str> = LOGINS.into_iter().chain(["desk_cpt", "backup"]).collect();
    let open = sqlx::query_scalar::<_, i64>(open).bind(&logins).bind(OF_DESK_ACCOUNTS);
    let open = open.fetch_one(&database.everything()).await.unwrap();
    assert_eq!(open, 0);
    let public = database.pool("public_reader");
    all_denied(&public, &["select pg_advisory_lock(1)", "select pg_try_advisory_xact_lock_shared(1)"]).await;
    // Pools of connections release what they do not have.
    assert_eq!(ask(&public, "select 1::bigint from pg_advisory_unlock_all()").await, Ok(1));
    let url = database.url("trust_engine");
    let migrated = migrate(&url);
    assert!(tokio::time::timeout(Duration::from_secs(60), migrated).await.unwrap().is_ok());
}

/// A login of a dashboard of its own, since roles are of all databases. It is dropped with this value.
struct OwnLogin {
    name: String,
    server: String,
}

impl OwnLogin {
    async fn new(database: &Database) -> Self {
        let name = format!("dashboard_{}", uuid::Uuid::new_v4().simple());
        let server = database.url("postgres");
        let password = server.split(['/', ':', '@']).nth(4).unwrap().to_owned();
        let create = format!("create role {name} login password '{password}' in role dashboard");
        execute(&database.everything(), &create).await;
        Self { name, server }
    }
}

impl Drop for OwnLogin {
    fn drop(&mut self) {
        let drop = format!("drop role {}", self.name);
        let dropped =
            std::process::Command::new("psql").args(["-X", "-q", "-c", &drop, &self.server]).status();
        if !dropped.is_ok_and(|dropped| dropped.success()) {
            eprintln!("the role {} could not be dropped", self.name);
        }
    }
}

/// Migrates until the settings of `login` are right: a test beside this one may be changing those of another.
async fn put_right(database: &Database, login: &OwnLogin) {
    for _ in 0..20 {
        let said = migrate(&database.url("trust_engine")).await.unwrap().join("; ");
        assert!(said.is_empty() || said.contains("put right"), "{said}");
        if changed(database, login).await.is_empty() {
            return;
        }
    }
    panic!("not put right: {:?}", changed(database, login).await);
}

/// What `trust-engine status` says of the settings of `login`.
async fn changed(database: &Database, login: &OwnLogin) -> Vec<String> {
    let mut lines = collect_facts(&database.pool("trust_engine")).await.unwrap().changed_logins;
    lines.retain(|line| line.contains(&login.name));
    lines
}

async fn execute(pool: &PgPool, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(pool).await.unwrap();
}

#[tokio::test]
async fn settings_that_a_login_changes_for_all_who_use_it_are_named_and_put_right() {
    let Some(database) = Database::migrated().await else { return };
    let login = OwnLogin::new(&database).await;
    // A new login gets what it should have, whoever forgot it.
    put_right(&database, &login).await;
    // The pools of these tests have time limits of their own.
    let limits = "select count(*) from pg_settings where (name, setting) in \
        (('temp_file_limit', '524288'), ('search_path', 'tools, pg_catalog, public'))";
    assert_eq!(ask(&database.pool(&login.name), limits).await, Ok(2));

    let mut named = Vec::new();
    // A test beside this one may migrate, and so put right, between the change and the look.
    for _ in 0..20 {
        let own = database.pool(&login.name);
        for change in [
            "alter role current_user set statement_timeout = 0".to_owned(),
            "alter role current_user set default_transaction_read_only = on".to_owned(),
            format!("alter role current_user in database {} set search_path = public", database.name()),
        ] {
            execute(&own, &change).await;
        }
        own.close().await;
        named = changed(&database, &login).await;
        if named.len() == 3 {
            break;
        }
    }
    let of = |rest: &str| format!("{}: {rest}", login.name);
    assert_eq!(
        named,
        [
            of("default_transaction_read_only is on and should be not set"),
            of("statement_timeout is 0 and should be 60s"),
            of(&format!("search_path is public in the database {} and should be not set", database.name())),
        ]
    );
    // What a superuser gave it, and a login cannot set, is left.
    let given = format!("alter role {} set log_min_duration_statement = '1s'", login.name);
    execute(&database.everything(), &given).await;
    put_right(&database, &login).await;
    assert_eq!(ask(&database.pool(&login.name), limits).await, Ok(2));
    let kept =
        "select count(*) from pg_settings where name = 'log_min_duration_statement' and setting = '1000'";
    assert_eq!(ask(&database.pool(&login.name), kept).await, Ok(1));
    // The function does this and nothing else, and only the owner may call it.
    all_denied(
        &database.pool("saps"),
        &["select tools.put_logins_right()", "select * from tools.changed_logins"],
    )
    .await;
}

#[tokio::test]
async fn a_login_that_changes_its_settings_at_this_moment_keeps_nobody_from_migrating() {
    let Some(database) = Database::migrated().await else { return };
    let login = OwnLogin::new(&database).await;
    let own = database.pool(&login.name);
    let mut open = own.begin().await.unwrap();
    let change = "alter role current_user set statement_timeout = 0";
    sqlx::raw_sql(change).execute(&mut *open).await.unwrap();
    let url = database.url("trust_engine");
    let migrated = migrate(&url);
    let said = tokio::time::timeout(Duration::from_secs(60), migrated).await.unwrap().unwrap().join("; ");
    assert!(said.contains("could not be put right"), "{said}");
    open.rollback().await.unwrap();
}
