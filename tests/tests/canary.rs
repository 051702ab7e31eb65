//! A disclosure of violence goes to the police alone, at any time and in any form.
#![allow(clippy::indexing_slicing, reason = "a test may fail loudly")]

use anyhow::{Context, Result};
use simulator::clock::Checked;
use simulator::harness::postgres::Databases;
use simulator::harness::process::Engine;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::twilio::inbound::Inbound;
use tests::fixtures::{POTHOLE_REPORT, SOON, pin};
use tests::search::{opened, search};
use tests::tickets::{change, status};
use topics::catalogue::CATALOGUE;
use topics::values::ids::{MessageSid, TicketId};
use topics::values::lane::Lane;
use topics::values::vocabulary::Status;

/// Words that no text of the program contains.
const CANARY: &str = "kwikstertjie";
/// Residents who only disclose. The digits of their numbers are in no municipal data either.
const ALONE: [(&str, &str); 3] = [
    (
        "27000076543",
        "my boyfriend beat me again last night and said he will kill me, he calls me kwikstertjie, \
         please help",
    ),
    ("27000076544", "my man slaan my elke naweek kwikstertjie"),
    ("27000076545", "umyeni wami uyangishaya kwikstertjie"),
];
/// Residents who also report to their municipality. They disclose in the middle of a report, after it, when
/// they are asked to confirm, or with a photo.
const IN_THE_MIDDLE: &str = "whatsapp:+27000000302";
const ADDS: &str = "whatsapp:+27000000303";
const CONFIRMS: &str = "whatsapp:+27000000304";
const PHOTOGRAPHS: &str = "whatsapp:+27000000305";
/// A resident who discloses nothing.
const OTHER: &str = "whatsapp:+27000000301";
/// Roles that have no business in the police's schema.
const OTHERS: [&str; 6] = ["trust_engine", "sink", "dashboard_demo", "national", "public_reader", "desk"];

/// Sends a message and waits for the next answer. Returns the message's id and the answer.
async fn say(installation: &TestInstallation, message: Inbound) -> Result<(String, String)> {
    let from = message.from.clone();
    let known = installation.twilio.taken_for(&message.from).len();
    let sent = installation.twilio.send_message(message).await;
    let answer = installation.wait_until_told(&from, known, "they are answered", |_| true).await?;
    Ok((sent.sid, answer))
}

/// Discloses, and returns the message's id. The answer offers help and does not mention the disclosure.
async fn disclose(installation: &TestInstallation, message: Inbound) -> Result<String> {
    let (sid, help) = say(installation, message).await?;
    assert!(
        help.contains("10111") && help.contains("0800 428 428"),
        "the answer names no emergency numbers: {help}"
    );
    assert!(numbers(&help).is_empty(), "the answer names a tracking number");
    assert!(
        !help.to_lowercase().contains("violence") && !help.contains(CANARY),
        "the answer shows on a locked phone what it is about"
    );
    Ok(sid)
}

/// Sends a municipal report. Returns the id of its first message.
async fn report(installation: &TestInstallation, from: &str) -> Result<String> {
    let (sid, _) = say(installation, Inbound::text(from, SENDER, POTHOLE_REPORT)).await?;
    let (_, answer) = say(installation, pin(from)).await?;
    assert!(!numbers(&answer).is_empty(), "no tracking number: {answer}");
    Ok(sid)
}

/// All disclosures, in all forms. Returns the ids of their messages.
async fn all_disclose(installation: &TestInstallation) -> Result<Vec<String>> {
    let mut sids = Vec::new();
    for (digits, words) in ALONE {
        let person = format!("whatsapp:+{digits}");
        sids.push(disclose(installation, Inbound::text(&person, SENDER, words)).await?);
        sids.push(installation.twilio.send_message(pin(&person)).await.sid);
    }
    let hits = format!("my husband hits me {CANARY}");
    say(installation, Inbound::text(IN_THE_MIDDLE, SENDER, "There is no water in our street")).await?;
    sids.push(disclose(installation, Inbound::text(IN_THE_MIDDLE, SENDER, &hits)).await?);
    report(installation, ADDS).await?;
    sids.push(disclose(installation, Inbound::text(ADDS, SENDER, &hits)).await?);
    let first: MessageSid = report(installation, CONFIRMS).await?.parse()?;
    let topics = &installation.topics;
    let known = installation.twilio.taken_for(CONFIRMS).len();
    topics
        .send(&topics.producer()?, change(topics, &TicketId::of(&first), status(Status::Resolved))?)
        .await?;
    installation
        .wait_until_told(CONFIRMS, known, "they are asked to confirm", |body| body.contains("please confirm"))
        .await?;
    sids.push(
        disclose(installation, Inbound::text(CONFIRMS, SENDER, &format!("yes it is fixed but {hits}")))
            .await?,
    );
    let face = format!("see what my husband did to my eye, {hits}");
    sids.push(disclose(installation, Inbound::photo(PHOTOGRAPHS, SENDER, &face)).await?);
    Ok(sids)
}

/// Waits until the police see `reports` reports with the canary, three of them with a place, in this
/// database.
async fn police_see(installation: &TestInstallation, databases: &Databases, reports: usize) -> Result<()> {
    let look = async || {
        let rows = databases
            .rows("saps", "select words::text as words, st_x(location) as x from protected.tickets")
            .await?;
        let told = rows
            .iter()
            .filter(|row| row["words"].as_str().is_some_and(|words| words.contains(CANARY)))
            .count();
        let placed = rows.iter().filter(|row| !row["x"].is_null()).count();
        Ok(Checked::when(told == reports && placed >= ALONE.len(), || {
            format!("{} rows, {told} told, {placed} placed", rows.len())
        }))
    };
    installation.wait_until("the police see the words and the places", SOON, look).await
}

/// A municipal report through the same machines. When it has its ticket, they have processed all earlier
/// records.
async fn report_something_else(installation: &TestInstallation, tickets: i64) -> Result<()> {
    report(installation, OTHER).await?;
    let look = async || {
        let rows = installation.databases.number("trust_engine", "select count(*) from tickets").await?;
        Ok(Checked::when(rows == tickets, || format!("{rows} tickets")))
    };
    installation.wait_until("the municipal tickets, and no more, are in PostGIS", SOON, look).await
}

/// Searches every topic, with all keys, for words that must not be there.
fn search_topics(installation: &TestInstallation, found: impl Fn(&str) -> Option<String>) -> Result<()> {
    let topics = &installation.topics;
    for topic in CATALOGUE {
        let records = topics.read(topic.spec.name)?;
        let whole: Vec<String> = records.iter().map(|record| opened(record, &topics.key_ring)).collect();
        match topic.spec.lane {
            Lane::Municipal => {
                whole.iter().for_each(|text| assert_eq!(found(text), None, "in {}", topic.spec.name))
            }
            // The police lane has the words, sealed, so the search can find them.
            Lane::Intake | Lane::Protected => {
                let value =
                    |record: &topics::codec::record::Incoming| record.value.clone().unwrap_or_default();
                let plain: Vec<String> = records
                    .iter()
                    .map(|record| String::from_utf8_lossy(&value(record)).into_owned())
                    .collect();
                assert!(
                    plain.iter().all(|text| !text.contains(CANARY)
                        && !text.contains("+270000")
                        && !text.contains("%2B270000")),
                    "unsealed in {}",
                    topic.spec.name
                );
                if matches!(topic.spec.name, "messages" | "protected-commands" | "protected-tickets") {
                    assert!(whole.iter().any(|text| text.contains(CANARY)), "not in {}", topic.spec.name);
                }
            }
        }
    }
    Ok(())
}

/// The output of a process and of the commands that an operator runs.
async fn search_words(
    installation: &TestInstallation,
    engine: &Engine,
    sids: &[String],
    found: impl Fn(&str) -> Option<String>,
) -> Result<()> {
    let logs = installation.processes.logs()?;
    let metrics = engine.metrics().await?;
    assert_eq!(found(&logs), None, "in a log line");
    let of_the_police = |line: &&str| {
        line.contains("protected") && (line.contains("entities") || line.contains("next_offset"))
    };
    assert_eq!(logs.lines().find(of_the_police), None, "a log line counts");
    assert_eq!(found(&metrics), None, "in a metric");
    for line in metrics.lines().filter(|line| line.contains("protected")) {
        assert!(line.starts_with("trust_engine_part_"), "{line}");
    }
    // A protected report's id and one that does not exist: the same answer.
    let ticket = TicketId::of(&sids[0].parse()?).to_string();
    let unused_ticket = TicketId::of(&"SMffffffffffffffffffffffffffffffff".parse()?).to_string();
    let (status, out, err) = installation.output(&["explain", &ticket]).await?;
    assert!(!status.success());
    let (_, out_of_unused, err_of_unused) = installation.output(&["explain", &unused_ticket]).await?;
    let told =
        |text: String| text.lines().filter(|line| line.starts_with("trust-engine:")).collect::<String>();
    assert_eq!(
        told(format!("{out}{err}")).replace(&ticket, &unused_ticket),
        told(format!("{out_of_unused}{err_of_unused}"))
    );
    for command in [["topology"].as_slice(), &["topics", "check"], &["topics", "describe"], &["config"]] {
        assert_eq!(found(&installation.run_to_end(command).await?), None, "{command:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disclosure_is_in_nothing_municipal_and_in_the_polices_view() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("canary", 1)).await? else { return Ok(()) };
    let engine = installation.run_ready("all").await?;
    let sids = all_disclose(&installation).await?;
    police_see(&installation, &installation.databases, 7).await?;
    report_something_else(&installation, 3).await?;
    let tickets: Vec<String> =
        sids.iter().map(|sid| Ok(TicketId::of(&sid.parse()?).to_string())).collect::<Result<_>>()?;
    let digits = ALONE.map(|(digits, _)| digits);
    let needles: Vec<&str> =
        sids.iter().chain(&tickets).map(String::as_str).chain(digits).chain([CANARY]).collect();
    let found =
        |text: &str| needles.iter().find(|needle| text.contains(**needle)).map(|needle| (*needle).to_owned());
    search_topics(&installation, found)?;
    for searched in search(&installation.databases, &needles).await? {
        let is_the_polices = searched.relation == "protected.tickets";
        assert_eq!(
            searched.found,
            is_the_polices || searched.relation == "protected.deliveries" && searched.found,
            "{searched:?}"
        );
    }
    search_words(&installation, &engine, &sids, found).await?;
    // There is no gap either: the numbers are those of the municipal tickets.
    let row = installation.topics.task_rows("conversations")?.remove(&0).context("no task's row")?;
    assert_eq!(row.serial, 3, "a disclosure took a number");
    for role in OTHERS {
        // The owner of the tables may query them and sees no rows; the others may not query them.
        let shown =
            installation.databases.rows(role, "select * from protected.tickets").await.unwrap_or_default();
        assert!(shown.is_empty(), "{role} reads the police's table");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_polices_tables_may_lie_in_a_database_of_their_own() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("apart", 1)).await? else { return Ok(()) };
    let police = Databases::create(
        &installation.neighbours.database_url,
        &format!("{}_police", installation.databases.name()),
    )
    .await?;
    connectors::postgis::migrate(&police.url("trust_engine")).await?;
    let engine =
        installation.run_with("all", &[("PROTECTED_SINK_DATABASE_URL", &police.url("protected_sink"))])?;
    engine.ready().await?;
    for (digits, words) in ALONE {
        let person = format!("whatsapp:+{digits}");
        disclose(&installation, Inbound::text(&person, SENDER, words)).await?;
        installation.twilio.send_message(pin(&person)).await;
    }
    police_see(&installation, &police, ALONE.len()).await?;
    report_something_else(&installation, 1).await?;
    for searched in search(&installation.databases, &[CANARY, ALONE[0].0]).await? {
        assert!(!searched.found, "{searched:?}");
    }
    let rows = "select (select count(*) from protected.tickets) + (select count(*) from protected.deliveries)
                     + (select count(*) from protected.sink_offsets)";
    assert_eq!(
        installation.databases.number("postgres", rows).await?,
        0,
        "the municipal server holds something of the police"
    );
    engine.stop().await?;
    police.drop_database().await
}
