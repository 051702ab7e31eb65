//! Any text that a record holds reaches its table: any Unicode, any control character, NUL too, which
//! PostgreSQL cannot hold and which is replaced.

use connectors::batch::{RoundResult, SinkDatabase};
use connectors::postgis::Sink;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sqlx::AssertSqlSafe;
use topics::catalogue::{ProtectedTickets, Reports, TicketEvents, UnscreenedMessages};
use topics::codec::record::Incoming;
use topics::codec::sealing::Sealed;
use topics::records::reports::{Account, Media, Report};

use crate::fixtures::*;
use crate::server::{Database, Letters};

/// Every control character, what looks like an escape, characters beyond the basic plane and those that are
/// none, and random texts of any characters.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> =
        ('\u{0}'..='\u{a0}').map(|sign| format!("a{sign}b")).chain([String::new(), "\0".repeat(9)]).collect();
    texts.extend(
        [
            "\\u0000",
            "\\\u{0}u0000",
            "\\",
            "\"'{},NULL",
            "\u{fffe}\u{ffff}\u{10ffff}",
            "\u{feff}\u{202e}",
            "👩‍👩‍👧",
            "e\u{301}",
        ]
        .map(str::to_owned),
    );
    let any = proptest::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter);
    let mut runner = TestRunner::deterministic();
    texts.extend((0..200).map(|_| any.new_tree(&mut runner).unwrap().current()));
    texts
}

/// An account with `text` in each of its fields.
fn account_of(text: &str) -> Account {
    Account {
        words: vec![text.to_owned(), text.to_owned()],
        media: vec![Media { url: text.to_owned(), content_type: text.to_owned(), message: sid(1) }],
        point: Some(PLACE),
        place_basis: None,
        number_end: Some("0041".to_owned()),
        place_name: Some(text.to_owned()),
    }
}

/// Decodes `record`, changes its value and encodes it again.
fn with<T: topics::catalogue::Topic>(
    name: &str,
    record: &Incoming,
    change: impl FnOnce(&mut T::Record),
) -> Incoming {
    let (_, mut value) = record.decode::<T>(&ring()).unwrap();
    change(&mut value);
    incoming::<T>(name, record.key_text().unwrap(), &value)
}

/// The texts of `column` in the order of the records, which `order` gives.
async fn column(database: &Database, query: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(&database.everything()).await.unwrap()
}

#[tokio::test]
async fn whatever_a_text_holds_reaches_its_table() {
    let Some(database) = Database::migrated().await else { return };
    let texts = texts();
    let wanted: Vec<String> = texts.iter().map(|text| text.replace('\0', "\u{fffd}")).collect();
    let numbered = || (0u32..).zip(&texts);
    let (sink, letters) = database.sink();
    let protected_letters = std::sync::Arc::new(Letters::default());
    let protected =
        Sink::protected(database.pool("protected_sink"), ring(), protected_letters.clone(), "cluster-1");

    let disclosures = numbered().map(|(n, text)| {
        with::<ProtectedTickets>(&format!("protected {n}"), &protected_record(n, 1, ""), |ticket| {
            ticket.testimony.0.address = text.clone();
            ticket.testimony.0.account = account_of(text);
            ticket.referral.distance_m = Some(n);
        })
    });
    let reports = numbered().map(|(n, text)| {
        with::<Reports>(&format!("report {n}"), &report_record(n, ""), |report| match report {
            Report::Report(report) => {
                report.at = at(i64::from(n));
                report.account = Sealed(account_of(text));
            }
            Report::Addendum(_) => {}
        })
    });
    let events = numbered().map(|(n, text)| {
        with::<TicketEvents>(&format!("event {n}"), &assigned_record("", n, 1, "EKU-WATER"), |event| {
            event.at = at(i64::from(n));
            event.note = Some(Sealed(text.clone()));
        })
    });
    let unscreened = numbered().map(|(n, text)| {
        with::<UnscreenedMessages>(&format!("unscreened {n}"), &unscreened_record(n), |message| {
            message.at = at(i64::from(n));
            message.content.0.from = text.clone();
            message.content.0.account = account_of(text);
        })
    });
    let rounds = [
        (&protected, batch("protected-tickets", 0, disclosures.collect())),
        (&sink, batch("reports", 0, reports.collect())),
        (&sink, batch("ticket-events", 0, events.collect())),
        (&sink, batch("unscreened", 0, unscreened.collect())),
    ];
    for (sink, round) in &rounds {
        assert_eq!(sink.write(round).await.unwrap(), RoundResult::Done);
    }
    assert!(letters.all().is_empty() && protected_letters.all().is_empty());
    for (table, order, columns) in [
        (
            "protected.tickets",
            "distance_m",
            &["address", "place_name", "words[1]", "words[2]", "media #>> '{0,url}'"][..],
        ),
        ("ticket_words", "at", &["place_name", "words[1]", "words[2]", "media #>> '{0,content_type}'"]),
        ("audit_logs", "at", &["note"]),
        (
            "intake.unscreened",
            "at",
            &["address", "place_name", "words[1]", "words[2]", "media #>> '{0,url}'"],
        ),
    ] {
        for name in columns {
            let query = format!("select {name} from {table} order by {order}");
            assert_eq!(column(&database, &query).await, wanted, "{query}");
        }
    }
}

#[tokio::test]
async fn headers_that_hold_anything_stop_no_sink() {
    let Some(database) = Database::migrated().await else { return };
    let (sink, letters) = database.sink();
    let mut odd = ticket_record(1, 1, "EKU");
    odd.headers = texts().into_iter().map(|text| ("ce_id".into(), text)).collect();
    let mut nul = ticket_record(2, 1, "EKU");
    nul.headers.retain(|(name, _)| name != "ce_id");
    nul.headers.push(("ce_id".into(), "no\0id".to_owned()));
    let round = batch("tickets", 0, vec![ticket_record(3, 1, "EKU"), odd, nul]);
    assert_eq!(sink.write(&round).await.unwrap(), RoundResult::Done);
    // What became of the two records is said in letters, whose rows are in the table too.
    let again = letters.all().into_iter().map(arrived).collect();
    assert_eq!(sink.write(&batch("dead-letters", 0, again)).await.unwrap(), RoundResult::Done);
    let rows = "select (select count(*) from tickets) + (select count(*) from dead_letters)";
    assert_eq!(database.count(rows).await, 3);
    assert_eq!(database.count("select count(*) from sink_offsets where last_ce_id ~ '^[0-9a-f]+$'").await, 2);
}
