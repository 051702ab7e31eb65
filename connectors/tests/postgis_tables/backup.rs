//! Backups: who makes them, and what a restored database still has to be closed to.

use connectors::postgis::migrate;

use crate::asking::*;
use crate::functions::{all_are_closed, unjudged};
use crate::server::Database;

#[tokio::test]
async fn the_role_for_backups_reads_every_table_whole_and_changes_nothing() {
    let Some(database) = database_with_examples().await else { return };
    let backup = database.pool("backup");
    for (query, count) in [
        ("select count(*) from tickets", 6),
        ("select count(*) from ticket_words", 7),
        ("select count(*) from intake.unscreened", 1),
        ("select count(*) from protected.tickets", 1),
    ] {
        // As pg_dump does: a policy that hid rows would be an error.
        let mut connection = backup.acquire().await.unwrap();
        let whole = ask_after(&mut connection, &["set row_security = off"], query).await;
        assert_eq!(whole, Ok(count), "{query}");
    }
    for statement in ["delete from tickets", "create table mine (n integer)", "set role trust_engine"] {
        let mut connection = backup.acquire().await.unwrap();
        let refused =
            ask_after(&mut connection, &["set default_transaction_read_only = off", statement], "select 1")
                .await;
        assert_eq!(refused, Err(DENIED.to_owned()), "{statement}");
    }
}

#[tokio::test]
async fn migrating_closes_a_restored_database_to_the_public() {
    let Some(database) = Database::migrated().await else { return };
    // What a restore leaves without `--create`, and after the database was closed as docs/backup.md says.
    for left in [
        "grant connect, temporary on database {} to public",
        "revoke connect on database {} from sink, desk, saps",
    ] {
        let restored = left.replace("{}", database.name());
        sqlx::raw_sql(sqlx::AssertSqlSafe(restored)).execute(&database.everything()).await.unwrap();
        migrate(&database.url("trust_engine")).await.unwrap();
        let open = "select count(*) from pg_database, aclexplode(datacl)
                     where datname = current_database() and grantee = 0";
        assert_eq!(database.count(open).await, 0);
    }
    for login in LOGINS.into_iter().chain(["backup"]) {
        assert_eq!(ask(&database.pool(login), "select 1::bigint").await, Ok(1), "{login}");
    }
}

/// Runs compose/database.psql in this database alone.
fn prepare(database: &Database) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../compose/database.psql");
    let done = std::process::Command::new("psql")
        .args(["-X", "-q", "-v", "last=~", "-f", script, &database.url("postgres")])
        .output()
        .expect("psql is installed with PostgreSQL");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn a_database_that_exists_is_given_what_new_ones_are_given_and_migrating_says_what_it_lacks() {
    let Some(database) = Database::empty().await else { return };
    // As it was made before init.sql closed anything: template0 has nothing of it.
    for statement in [
        format!("drop database {}", database.name()),
        format!("create database {} owner trust_engine template template0", database.name()),
    ] {
        let server = connectors::postgis::connect(&database.url_in("postgres", "postgres"), 1).unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&server).await.unwrap();
    }
    sqlx::raw_sql("create extension postgis").execute(&database.everything()).await.unwrap();
    let owner = database.url("trust_engine");
    let left = migrate(&owner).await.unwrap().join("; ");
    assert!(left.contains("version 0 of") && left.contains("psql -f compose/init.sql"), "{left}");
    assert!(!unjudged(&database).await.is_empty());
    for _ in 0..2 {
        prepare(&database);
        // Other tests change settings of logins, which are of all databases.
        assert_eq!(unprepared(&owner).await, Vec::<String>::new());
        assert!(unjudged(&database).await.is_empty());
        all_are_closed(&database).await;
    }
    let listed =
        ask(&database.pool("desk"), "select count(*) from pg_class where relname = 'ticket_words'").await;
    assert_eq!(listed, Ok(1));
    // An older version is noticed, too.
    sqlx::raw_sql("create or replace view tools.prepared as select 0 as version")
        .execute(&database.everything())
        .await
        .unwrap();
    assert_eq!(unprepared(&owner).await.len(), 1);
}

/// What migrating says of what the database was not given.
async fn unprepared(owner: &str) -> Vec<String> {
    let mut said = migrate(owner).await.unwrap();
    said.retain(|said| said.contains("database.psql"));
    said
}
