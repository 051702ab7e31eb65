//! What the server itself would tell of the police's tables: how much there is, and in its log.

use connectors::batch::{BatchStore, Written};
use connectors::postgis::Sink;
use sqlx::AssertSqlSafe;
use topics::record::Incoming;

use crate::fixtures::*;
use crate::server::{Database, Letters};

/// Logins of everybody but the police and their sink.
const OTHERS: [&str; 7] = ["trust_engine", "sink", "dashboard_demo", "national", "public_reader", "desk", "intake"];

/// A database in which the police's sink has written something.
async fn furnished(records: Vec<Incoming>) -> Option<(Database, std::sync::Arc<Letters>)> {
    let database = Database::migrated().await?;
    let letters = std::sync::Arc::new(Letters::default());
    let forbid = "alter table protected.tickets add check (words <> '{rooibekkie}')";
    sqlx::query(forbid).execute(&database.everything()).await.unwrap();
    let sink = Sink::protected(database.pool("protected_sink"), ring(), letters.clone(), "cluster-1");
    assert_eq!(sink.write(&batch("protected-tickets", 0, records)).await.unwrap(), Written::Done);
    Some((database, letters))
}

#[tokio::test]
async fn how_much_the_police_hear_is_counted_for_nobody_else() {
    let Some((database, _)) = furnished((1..4).map(|n| protected_record(n, 1, "hy slaan my")).collect()).await else { return };
    let questions = [
        "select sum(n_tup_ins) from pg_stat_all_tables",
        "select sum(n_live_tup) from pg_stat_user_tables where schemaname = 'protected'",
        "select sum(heap_blks_hit) from pg_statio_all_tables",
        "select sum(idx_tup_read) from pg_stat_all_indexes",
        "select tup_inserted from pg_stat_database where datname = current_database()",
        "select pg_stat_get_tuples_inserted(oid) from pg_class where relname = 'tickets'",
        "select pg_relation_size(oid) from pg_class where relname = 'tickets'",
        "select pg_total_relation_size(oid) from pg_class where relname = 'tickets'",
        "select sum(calls) from pg_stat_statements",
        "select sum(rows) from pg_stat_statements(false)",
    ];
    for login in OTHERS {
        let pool = database.pool(login);
        for question in questions {
            let refused = sqlx::query(AssertSqlSafe(question)).fetch_all(&pool).await.unwrap_err();
            assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"), "{login}: {question}");
        }
        let elsewhere = database.url(login).rsplit_once('/').unwrap().0.to_owned() + "/postgres";
        let refused = connectors::postgis::connect(&elsewhere, 1).unwrap().acquire().await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"), "{login} elsewhere");
    }
    // Who watches over the server is told.
    assert!(database.count("select sum(calls)::bigint from pg_stat_statements").await > 0);
}

#[tokio::test]
async fn the_servers_log_does_not_quote_a_row_that_was_refused() {
    let records = vec![protected_record(1, 1, "rooibekkie"), protected_record(2, 1, "hy slaan my")];
    let Some((database, letters)) = furnished(records).await else { return };
    assert_eq!(letters.all().len(), 1, "the row is refused");
    assert_eq!(database.count("select count(*) from protected.tickets").await, 1);
    let Ok(folder) = std::env::var("TEST_NEIGHBOURS_DIR") else {
        return eprintln!("NOT TESTED: TEST_NEIGHBOURS_DIR does not say where PostgreSQL logs");
    };
    let log = std::fs::read_to_string(format!("{folder}/postgres/server.log")).unwrap();
    let line = format!("protected_sink@{}", database.name());
    assert!(log.lines().any(|said| said.contains(&line) && said.contains("violates check constraint")), "the refusal itself is logged");
    assert!(!log.contains("rooibekkie"));
}
