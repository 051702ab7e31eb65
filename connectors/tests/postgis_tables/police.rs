//! What the server's log would tell of the police's tables.

use connectors::batch::{RoundResult, SinkDatabase};
use connectors::postgis::Sink;

use crate::fixtures::*;
use crate::server::{Database, Letters};

#[tokio::test]
async fn the_servers_log_does_not_quote_a_row_that_was_refused() {
    let records = vec![protected_record(1, 1, "rooibekkie"), protected_record(2, 1, "hy slaan my")];
    let Some(database) = Database::migrated().await else { return };
    let letters = std::sync::Arc::new(Letters::default());
    let forbid = "alter table protected.tickets add check (words <> '{rooibekkie}')";
    sqlx::query(forbid).execute(&database.everything()).await.unwrap();
    let sink = Sink::protected(database.pool("protected_sink"), ring(), letters.clone(), "cluster-1");
    assert_eq!(sink.write(&batch("protected-tickets", 0, records)).await.unwrap(), RoundResult::Done);
    assert_eq!(letters.all().len(), 1, "the row is refused");
    assert_eq!(database.count("select count(*) from protected.tickets").await, 1);
    let Ok(folder) = std::env::var("TEST_NEIGHBOURS_DIR") else {
        return eprintln!("NOT TESTED: TEST_NEIGHBOURS_DIR does not say where PostgreSQL logs");
    };
    let log = std::fs::read_to_string(format!("{folder}/postgres/server.log")).unwrap();
    let line = format!("protected_sink@{}", database.name());
    assert!(
        log.lines().any(|said| said.contains(&line) && said.contains("violates check constraint")),
        "the refusal itself is logged"
    );
    assert!(!log.contains("rooibekkie"));
}
