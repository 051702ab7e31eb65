//! A disclosure of violence goes to the police alone.
#![allow(clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::time::Duration;

use anyhow::{Context, Result};
use tests::clock::Seen;
use tests::harness::search::opened;
use tests::harness::{Installation, Plan, SENDER};
use tests::residents::answers::numbers;
use tests::twilio::inbound::Inbound;
use topics::catalogue::{CATALOGUE, Lane};
use topics::ids::{MessageSid, TicketId};

const SOON: Duration = Duration::from_secs(30);
/// The person, and words that no text of the program holds.
const PERSON: &str = "whatsapp:+27000076543";
const DIGITS: &str = "27000076543";
const CANARY: &str = "kwikstertjie";
/// A resident who has nothing to do with it.
const OTHER: &str = "whatsapp:+27000000301";
const KATLEHONG: (f64, f64) = (-26.333, 28.152);
/// Roles that have no business in the police's schema.
const OTHERS: [&str; 6] = ["trust_engine", "sink", "dashboard_demo", "national", "public_reader", "desk"];

/// The person discloses, and sends where they are; then all machines and sinks come to rest. The ids of both messages.
async fn disclose(installation: &Installation) -> Result<Vec<String>> {
    let twilio = &installation.twilio;
    let words = format!("my boyfriend beat me again last night and said he will kill me, he calls me {CANARY}, please help");
    let first = twilio.send_message(Inbound::text(PERSON, SENDER, &words)).await;
    let help = installation.wait_until_told(PERSON, 0, "the person is told where there is help", |_| true).await?;
    assert!(help.contains("10111") && help.contains("0800 428 428"), "the answer names no emergency numbers");
    assert!(numbers(&help).is_empty(), "the answer names a tracking number");
    assert!(!help.to_lowercase().contains("violence") && !help.contains(CANARY), "the answer shows on a locked phone what it is about");
    let second = twilio.send_message(Inbound::pin(PERSON, SENDER, KATLEHONG.0, KATLEHONG.1)).await;
    let look = async || {
        let rows =
            installation.databases.rows("saps", "select words::text as words, st_x(location) as x, team from protected.tickets").await?;
        let here = rows.iter().any(|row| row["words"].as_str().is_some_and(|words| words.contains(CANARY)) && !row["x"].is_null());
        Ok(Seen::when(here, || format!("{} rows", rows.len())))
    };
    installation.wait_until("the police see the words and the place", SOON, look).await?;
    Ok(vec![first.sid, second.sid])
}

/// A municipal report through the same machines: afterwards they have done all that came before it.
async fn report_something_else(installation: &Installation) -> Result<()> {
    let twilio = &installation.twilio;
    twilio.send_message(Inbound::text(OTHER, SENDER, "There is a huge pothole in our road")).await;
    installation.wait_until_told(OTHER, 0, "they are asked for the place", |_| true).await?;
    twilio.send_message(Inbound::pin(OTHER, SENDER, KATLEHONG.0, KATLEHONG.1)).await;
    installation.wait_until_told(OTHER, 1, "they are told a tracking number", |body| !numbers(body).is_empty()).await?;
    let look = async || {
        let rows = installation.databases.number("trust_engine", "select count(*) from tickets").await?;
        Ok(Seen::when(rows == 1, || format!("{rows} tickets")))
    };
    installation.wait_until("the other ticket, and no more, is in PostGIS", SOON, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disclosure_is_in_nothing_municipal_and_in_the_polices_view() -> Result<()> {
    let Some(installation) = Installation::start(Plan::new("canary", 1)).await? else { return Ok(()) };
    let engine = installation.run_ready("all").await?;
    let sids = disclose(&installation).await?;
    report_something_else(&installation).await?;
    let first: MessageSid = sids.first().context("no message")?.parse()?;
    let ticket = TicketId::of(&first).to_string();
    let needles: Vec<&str> = sids.iter().map(String::as_str).chain([CANARY, DIGITS, &ticket]).collect();
    let found = |text: &str| needles.iter().find(|needle| text.contains(**needle)).map(|needle| (*needle).to_owned());

    let topics = &installation.topics;
    for topic in CATALOGUE {
        let records = topics.read(topic.spec.name)?;
        let whole: Vec<String> = records.iter().map(|record| opened(record, &topics.key_ring)).collect();
        match topic.spec.lane {
            Lane::Municipal => whole.iter().for_each(|text| assert_eq!(found(text), None, "in {}", topic.spec.name)),
            // Sealed, but there: so the search does find what is there to be found.
            Lane::Intake | Lane::Protected => {
                let plain: Vec<String> = records
                    .iter()
                    .map(|record| String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned())
                    .collect();
                assert!(plain.iter().all(|text| !text.contains(CANARY) && !text.contains(DIGITS)), "unsealed in {}", topic.spec.name);
                if matches!(topic.spec.name, "messages" | "protected-commands" | "protected-tickets") {
                    assert!(whole.iter().any(|text| text.contains(CANARY)), "not in {}", topic.spec.name);
                }
            }
        }
    }
    for searched in installation.databases.search(&needles).await? {
        assert_eq!(
            searched.found,
            searched.relation == "protected.tickets" || searched.relation == "protected.deliveries" && searched.found,
            "{searched:?}"
        );
    }
    assert_eq!(found(&installation.processes.logs()?), None, "in a log line");
    assert_eq!(found(&engine.metrics().await?), None, "in a metric");
    for role in OTHERS {
        // The owner of the tables may ask and is shown nothing; the others may not even ask.
        let shown = installation.databases.rows(role, "select * from protected.tickets").await.unwrap_or_default();
        assert!(shown.is_empty(), "{role} reads the police's table");
    }
    Ok(())
}
