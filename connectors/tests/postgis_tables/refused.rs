//! What cannot be read or written: it becomes a dead letter, and the rest goes in.

use connectors::batch::{RoundResult, SinkDatabase, SinkError};
use connectors::postgis::Sink;
use topics::catalogue::{IntakeDeadLetters, MunicipalDeadLetters};
use topics::codec::headers::HeaderName;
use topics::codec::record::Incoming;
use topics::records::dead_letters::DeadClass;

use crate::fixtures::*;
use crate::server::Database;

/// Words that a constraint refuses, since there is nothing in a record that a table refuses by itself.
const REFUSED: &str = "amanzi ayaphuma";

/// Makes `table` refuse those words.
async fn refuse(database: &Database, table: &str) {
    let forbid = format!("alter table {table} add check (words[1] <> '{REFUSED}')");
    sqlx::raw_sql(sqlx::AssertSqlSafe(forbid)).execute(&database.everything()).await.unwrap();
}

#[tokio::test]
async fn a_row_that_postgres_refuses_is_dead_lettered_and_the_rest_goes_in() {
    let Some(database) = Database::migrated().await else { return };
    refuse(&database, "ticket_words").await;
    let (sink, letters) = database.sink();
    let records: Vec<_> = (0..100)
        .map(|n| if n == 13 || n == 77 { report_record(n, REFUSED) } else { report_record(n, "amanzi") })
        .collect();
    let refused = [13, 77].map(|n: usize| records[n].clone());
    assert_eq!(sink.write(&batch("reports", 0, records)).await.unwrap(), RoundResult::Done);
    assert_eq!(database.count("select count(*) from ticket_words").await, 98);

    let written = letters.all();
    assert_eq!(written.len(), 2);
    assert!(
        written
            .iter()
            .all(|letter| letter.topic == "dead-letters" && !letter.value.as_ref().unwrap().is_empty())
    );
    let (_, letter) = arrived(written[0].clone()).decode::<MunicipalDeadLetters>(&ring()).unwrap();
    assert_eq!(
        (letter.class, letter.stage.as_str(), letter.source.offset, letter.edition),
        (DeadClass::RefusedByTable, "ticket_words", 13, 1)
    );
    use base64::Engine;
    let value = base64::engine::general_purpose::STANDARD.encode(refused[0].value.as_ref().unwrap());
    assert_eq!(letter.record.0.value, Some(value));

    // The letters come back from the log as rows, and a second attempt writes the same ones.
    let letters_again = written.iter().chain(&written).cloned().map(arrived).collect();
    assert_eq!(sink.write(&batch("dead-letters", 0, letters_again)).await.unwrap(), RoundResult::Done);
    assert_eq!(
        database
            .count(
                "select count(*) from dead_letters where class = 'refused_by_table' \
                 and source_topic = 'reports'"
            )
            .await,
        2
    );
    sink.adopt().await.unwrap();
    sink.write(&batch("reports", 0, vec![refused[0].clone()])).await.unwrap();
    let again = letters.all().pop().unwrap();
    assert_eq!(arrived(again).header("ce_id"), arrived(written[0].clone()).header("ce_id"));
}

#[tokio::test]
async fn where_the_newest_version_of_a_row_is_refused_the_one_before_it_is_written() {
    let Some(database) = Database::migrated().await else { return };
    let forbid =
        "alter table tickets add check (version not in (2, 4, 5)), add check (municipality <> 'TSH')";
    sqlx::raw_sql(forbid).execute(&database.everything()).await.unwrap();
    let (sink, letters) = database.sink();
    let records = vec![
        ticket_record(1, 1, "EKU"),
        ticket_record(1, 2, "EKU"),
        // Two refused ones follow each other.
        ticket_record(2, 3, "EKU"),
        ticket_record(2, 5, "EKU"),
        ticket_record(2, 4, "EKU"),
        // No version is good.
        ticket_record(3, 1, "TSH"),
        ticket_record(3, 2, "TSH"),
        ticket_record(4, 1, "EKU"),
        ticket_record(4, 3, "EKU"),
    ];
    assert_eq!(sink.write(&batch("tickets", 0, records)).await.unwrap(), RoundResult::Done);
    for (version, rows) in [(1, 1), (3, 2)] {
        let count = format!("select count(*) from tickets where version = {version}");
        assert_eq!(database.count(&count).await, rows, "version {version}");
    }
    assert_eq!(database.count("select count(*) from tickets").await, 3);
    assert_eq!(letters.all().len(), 5, "each refused version is a dead letter");
}

#[tokio::test]
async fn a_row_that_one_of_two_tables_refuses_is_in_the_other() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, letters) = database.sink();
    let pool = database.everything();
    let forbid = "alter table ticket_assignments add check (team <> 'EKU-FORBIDDEN')";
    sqlx::query(forbid).execute(&pool).await.unwrap();
    let records = vec![
        assigned_record("a", 1, 1, "EKU-WATER"),
        assigned_record("b", 1, 2, "EKU-FORBIDDEN"),
        assigned_record("c", 2, 1, "EKU-WATER"),
    ];
    assert_eq!(sink.write(&batch("ticket-events", 0, records)).await.unwrap(), RoundResult::Done);
    assert_eq!(database.count("select count(*) from audit_logs").await, 3);
    // Without the refused one, the one before it is the last.
    assert_eq!(database.count("select count(*) from ticket_assignments where is_current").await, 2);
    assert_eq!(letters.all().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_dead_lettered_by_lane() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, letters) = database.sink();
    let nonsense = |offset, headers: Vec<(HeaderName, String)>| Incoming {
        topic: "tickets".to_owned(),
        offset,
        key: Some(b"no key of ours".to_vec()),
        headers,
        value: Some(b"{\"edition\": 3, \"ticket\": }".to_vec()),
        ..Incoming::default()
    };
    let id = ("ce_id".into(), sid(5).to_string());
    let newer = ("schema-version".into(), "99".to_owned());
    let records = vec![
        nonsense(0, Vec::new()),
        ticket_record(1, 1, "EKU"),
        nonsense(2, vec![id.clone()]),
        nonsense(3, vec![id, newer]),
    ];
    assert_eq!(sink.write(&batch("tickets", 0, records)).await.unwrap(), RoundResult::Done);
    assert_eq!(database.count("select count(*) from tickets").await, 1);
    let classes: Vec<_> = letters
        .all()
        .into_iter()
        .map(|letter| arrived(letter).decode::<MunicipalDeadLetters>(&ring()).unwrap().1)
        .map(|letter| (letter.class, letter.json_position.is_some()))
        .collect();
    assert_eq!(
        classes,
        [(DeadClass::Undecodable, false), (DeadClass::Undecodable, true), (DeadClass::UnknownKind, false)]
    );

    let mut unread = unscreened_record(1);
    unread.value = Some(b"not JSON".to_vec());
    sink.write(&batch("unscreened", 0, vec![unread, unscreened_record(2)])).await.unwrap();
    let letter = letters.all().pop().unwrap();
    assert_eq!(letter.topic, "intake-dead-letters");
    arrived(letter.clone()).decode::<IntakeDeadLetters>(&ring()).unwrap();
    assert_eq!(database.count("select count(*) from intake.unscreened").await, 1);

    // The role intake finds the record there, sealed.
    sink.write(&batch("intake-dead-letters", 0, vec![arrived(letter)])).await.unwrap();
    let rows =
        "select count(*) from intake.dead_letters where class = 'undecodable' and record ~ '^intake-1[.]'";
    assert_eq!(database.count(rows).await, 1);
}

#[tokio::test]
async fn a_dead_letter_at_fault_is_no_dead_letter_again() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, letters) = database.sink();
    let bad =
        Incoming { topic: "dead-letters".to_owned(), value: Some(b"{}".to_vec()), ..Incoming::default() };
    assert_eq!(sink.write(&batch("dead-letters", 0, vec![bad])).await.unwrap(), RoundResult::Done);
    assert!(letters.all().is_empty());
    assert_eq!(position(&sink, "dead-letters", 0).await, 2);
}

#[tokio::test]
async fn wrong_keys_are_the_configurations_fault_and_judge_no_record() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, letters) = database.sink_with(keys(8), &database.url("sink"));
    let result = sink.write(&batch("tickets", 0, vec![ticket_record(1, 1, "EKU")])).await;
    assert!(
        matches!(result, Err(SinkError::Partition { partition: 0, why, .. }) if why.contains("KEY_RING"))
    );
    assert!(letters.all().is_empty());
    assert_eq!(position(&sink, "tickets", 0).await, 0);
}

#[tokio::test]
async fn tables_that_are_not_there_or_not_ours_stop_the_sink() {
    let Some(database) = Database::empty().await else { return };
    let (sink, letters) = database.sink();
    assert!(matches!(sink.check().await, Err(SinkError::Fatal(why)) if why.contains("trust-engine migrate")));
    connectors::postgis::migrate(&database.url("trust_engine")).await.unwrap();
    let (sink, _) = database.sink_with(ring(), &database.url("protected_sink"));
    let result = sink.write(&batch("tickets", 0, vec![ticket_record(1, 1, "EKU")])).await;
    assert!(matches!(result, Err(SinkError::Fatal(why)) if why.contains("permission denied")));
    assert!(letters.all().is_empty());
}

#[tokio::test]
async fn the_police_lane_has_its_own_tables_offsets_and_letters() {
    let Some(database) = Database::migrated().await else { return };
    refuse(&database, "protected.tickets").await;
    let letters = std::sync::Arc::new(crate::server::Letters::default());
    let sink = Sink::protected(database.pool("protected_sink"), ring(), letters.clone(), "cluster-1");
    let records = vec![
        protected_record(1, 1, "hy slaan my"),
        protected_record(2, 1, REFUSED),
        protected_record(1, 2, "hy slaan my"),
    ];
    assert_eq!(sink.write(&batch("protected-tickets", 0, records)).await.unwrap(), RoundResult::Done);
    let row = "select count(*) from protected.tickets where words = '{hy slaan my}' \
        and team = 'SAPS-EKU-NORTH' and version = 2
                and st_x(location) = 28.25 and address = 'whatsapp:+27000000003'";
    assert_eq!(database.count(row).await, 1);
    let letter = letters.all().pop().unwrap();
    assert_eq!(letter.topic, "protected-dead-letters");
    assert_eq!(
        sink.write(&batch("protected-dead-letters", 0, vec![arrived(letter)])).await.unwrap(),
        RoundResult::Done
    );
    assert_eq!(
        database.count("select count(*) from protected.dead_letters where record ~ '^protected-1[.]'").await,
        1
    );
    let mut delivery = delivery_record(1, 1);
    delivery.headers.retain(|(name, _)| name != "ce_type");
    assert_eq!(
        sink.write(&batch("protected-deliveries", 0, vec![delivery])).await.unwrap(),
        RoundResult::Done
    );
    assert_eq!(database.count("select count(*) from protected.deliveries").await, 1);
    assert_eq!(database.count("select count(*) from protected.sink_offsets").await, 3);
    assert_eq!(
        database
            .count(
                "select (select count(*) from sink_offsets) + (select count(*) \
                 from deliveries) + (select count(*) from dead_letters)"
            )
            .await,
        0
    );
}
