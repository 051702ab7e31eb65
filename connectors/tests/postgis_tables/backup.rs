//! Backups: who makes them, and what a restored database still has to be closed to.

use connectors::postgis::migrate;

use crate::asking::*;
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
