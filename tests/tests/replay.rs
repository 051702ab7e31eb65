//! The same log gives the same bytes: a machine that has lost everything but its log writes the same records
//! again, also with stages of its chain cut out.
#![allow(clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use chance::Chance;
use pipeline::topology::topology;
use simulator::clock::{Checked, wait_until};
use simulator::harness::kafka::Topics;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::residents::places::PLACES;
use simulator::residents::texts::ResidentTexts;
use simulator::twilio::inbound::Inbound;
use tests::fixtures::{SOON, WATER_REPORT, pin};
use tests::tickets::{WantedTicket, change, status};
use topics::catalogue::cut::Cut;
use topics::catalogue::{Breaches, TicketCommands};
use topics::codec::headers::HeaderName;
use topics::codec::record::Incoming;
use topics::codec::sealing::Sealed;
use topics::records::ticket_commands::Action;
use topics::values::vocabulary::{Clock, Language, Level, Status};

/// A record that stages wrote: partition, key, headers, value.
type WrittenRecord = (u32, Option<Vec<u8>>, Vec<(HeaderName, String)>, Option<Vec<u8>>);

/// The records that these stages wrote into a topic, and how many times each. The order is not compared,
/// because two tasks that write to one partition have no guaranteed order.
fn written(topics: &Topics, topic: &str, stages: &[&str]) -> Result<BTreeMap<WrittenRecord, usize>> {
    let mut written = BTreeMap::new();
    let by = |record: &Incoming| {
        record
            .header("ce_source")
            .and_then(|source| source.strip_prefix("/trust-engine/"))
            .unwrap_or_default()
            .to_owned()
    };
    for record in topics.read(topic)?.into_iter().filter(|record| stages.contains(&by(record).as_str())) {
        *written.entry((record.partition, record.key, record.headers, record.value)).or_default() += 1;
    }
    Ok(written)
}

fn shown((partition, key, headers, value): &WrittenRecord) -> String {
    let text =
        |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    format!("partition {partition}: {} {headers:?} {}", text(key), text(value))
}

/// Waits until the machine has read its log to the end.
async fn drained(topics: &Topics, log: &str, store: &str) -> Result<()> {
    wait_until("the log is read to its end", SOON, async || {
        let next = topics
            .task_rows(store)?
            .into_iter()
            .map(|(partition, row)| (partition, row.next_offset))
            .collect();
        Ok(Checked::when(!topics.has_more(log, &next)?, || format!("{next:?}")))
    })
    .await
}

/// Resets the machine and runs it again from the first record. Each record that it wrote must then be there
/// twice.
async fn replays(
    installation: &TestInstallation,
    part: &str,
    log: &str,
    store: &str,
    taps: &[&str],
    stages: &[&str],
) -> Result<()> {
    replays_cut(installation, Cut::Nowhere, (part, log, store), taps, stages).await
}

/// The same comparison in a topic set that was cut meanwhile, with a group for each stage that is cut out.
async fn replays_cut(
    installation: &TestInstallation,
    cut: Cut,
    (part, log, store): (&str, &str, &str),
    taps: &[&str],
    stages: &[&str],
) -> Result<()> {
    let topics = &installation.topics;
    let before: Vec<BTreeMap<WrittenRecord, usize>> =
        taps.iter().map(|tap| written(topics, tap, stages)).collect::<Result<_>>()?;
    let forgotten = async || Ok(topics.forget(part, store).await.map_or_else(Checked::not_yet, Checked::Yes));
    installation.wait_until("the group is empty and forgotten", SOON, forgotten).await?;
    let made = async || {
        Ok(installation
            .run_to_end(&["topics", "create", "--cut", cut.as_str()])
            .await
            .map_or_else(Checked::not_yet, Checked::Yes))
    };
    installation.wait_until("the store is built again", SOON, made).await?;
    let engine = installation.run_ready(part).await?;
    let mut cut_out = Vec::new();
    for stage in topology(cut).filter(|machine| machine.store.is_none()) {
        cut_out.push((stage, installation.run_ready(stage.name).await?));
    }
    drained(topics, log, store).await?;
    for (stage, _) in &cut_out {
        let look = async || {
            let next = topics.committed(stage.name, stage.log.name)?;
            Ok(Checked::when(!topics.has_more(stage.log.name, &next)?, || {
                format!("{} is at {next:?}", stage.name)
            }))
        };
        wait_until("what is cut out has read to the end", SOON, look).await?;
    }
    for engine in cut_out.into_iter().map(|(_, engine)| engine).chain([engine]) {
        engine.stop().await?;
    }
    for (tap, before) in taps.iter().zip(before) {
        assert!(!before.is_empty(), "nothing was written to {tap}");
        let twice: BTreeMap<WrittenRecord, usize> =
            before.into_iter().map(|(record, times)| (record, 2 * times)).collect();
        let after = written(topics, tap, stages)?;
        let other: Vec<String> = after
            .iter()
            .filter(|(record, times)| twice.get(record) != Some(times))
            .map(|(one, _)| shown(one))
            .collect();
        assert!(after == twice, "{tap}: not written twice, byte for byte:\n{}", other.join("\n"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_conversations_writes_the_same_bytes() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("replay-conversations", 2)).await? else {
        return Ok(());
    };
    let engine = installation.run_ready("all").await?;
    let twilio = &installation.twilio;
    let texts = [
        WATER_REPORT,
        "ugesi uhambile kusukela izolo, isitaladi sonke simnyama",
        "vullis is al twee weke nie verwyder nie, die sakke is stukkend",
    ];
    for (number, text) in texts.into_iter().enumerate() {
        let resident = format!("whatsapp:+2700000040{number}");
        twilio.send_message(Inbound::text(&resident, SENDER, text)).await;
        installation.wait_until_told(&resident, 0, "they are asked for the place", |_| true).await?;
        twilio.send_message(pin(&resident)).await;
        installation
            .wait_until_told(&resident, 1, "they are told a tracking number", |body| {
                !numbers(body).is_empty()
            })
            .await?;
    }
    drained(&installation.topics, "messages", "conversations").await?;
    engine.stop().await?;
    let taps = ["reports", "assignments", "ticket-commands", "notifications"];
    replays(
        &installation,
        "conversations",
        "messages",
        "conversations",
        &taps,
        &["converse", "announce", "route", "stamp"],
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_reports_with_route_and_stamp_cut_out_is_the_same_bytes() -> Result<()> {
    const RESIDENTS: usize = 60;
    let Some(installation) = TestInstallation::start(Plan::new("replay-cut", 3)).await? else {
        return Ok(());
    };
    let engine = installation.run_ready("all").await?;
    let texts = ResidentTexts::read();
    let mut chance = Chance::new(7);
    for number in 0..RESIDENTS {
        let place = PLACES[number % PLACES.len()].middle;
        let language = [Language::En, Language::Zu, Language::Af][number % 3];
        let resident = format!("whatsapp:+2700001{number:04}");
        let say = async |inbound| installation.twilio.send_message(inbound).await;
        say(Inbound::text(&resident, SENDER, &texts.pick(language, "water", &mut chance))).await;
        // Some points are at sea, outside of all municipalities.
        let longitude = if number % 10 == 9 { place.longitude - 20.0 } else { place.longitude };
        say(Inbound::pin(&resident, SENDER, place.latitude, longitude)).await;
        say(Inbound::photo(&resident, SENDER, "it gets worse")).await;
    }
    let topics = &installation.topics;
    drained(topics, "messages", "conversations").await?;
    drained(topics, "ticket-commands", "tickets").await?;
    drained(topics, "messages", "conversations").await?;
    engine.stop().await?;
    let kinds: BTreeMap<String, usize> =
        topics.read("assignments")?.iter().fold(BTreeMap::new(), |mut kinds, record| {
            *kinds.entry(record.header("ce_type").unwrap_or_default().to_owned()).or_default() += 1;
            kinds
        });
    assert!(kinds.len() == 2 && kinds.values().all(|count| *count >= RESIDENTS / 2), "{kinds:?}");
    let taps = ["reports", "assignments", "ticket-commands", "notifications"];
    let machine = ("conversations", "messages", "conversations");
    replays_cut(&installation, Cut::Both, machine, &taps, &["converse", "announce", "route", "stamp"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_tickets_with_their_breaches_writes_the_same_bytes() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("replay-tickets", 2)).await? else {
        return Ok(());
    };
    let topics = &installation.topics;
    let engine = installation.run_ready("tickets").await?;
    let producer = topics.producer()?;
    for number in 0..60 {
        // Every third ticket is due while the test runs, and the staff work on every second one.
        let wanted = if number % 3 == 0 {
            WantedTicket::due(number, Duration::from_secs(2), Duration::from_secs(4))
        } else {
            WantedTicket::now(number)
        };
        topics.send(&producer, wanted.open(topics)?).await?;
        if number % 2 == 0 {
            let note = Action::Note { note: Sealed("somebody looks at it".to_owned()) };
            topics.send(&producer, change(topics, &wanted.id()?, note)?).await?;
            topics.send(&producer, change(topics, &wanted.id()?, status(Status::InProgress))?).await?;
        }
    }
    let look = async || {
        let breaches = topics.decoded::<Breaches>()?;
        // The deadline of the resolution is the last one of each ticket.
        let missed = breaches
            .iter()
            .filter(|one| (one.record.clock, one.record.level) == (Clock::Resolution, Level::Breach))
            .count();
        Ok(Checked::when(missed == 20, || format!("{missed} of 20 resolutions missed")))
    };
    installation.wait_until("all deadlines have passed", SOON, look).await?;
    drained(topics, "ticket-commands", "tickets").await?;
    engine.stop().await?;
    assert!(topics.decoded::<TicketCommands>()?.len() > 120);
    replays(
        &installation,
        "tickets",
        "ticket-commands",
        "tickets",
        &["ticket-events", "breaches"],
        &["track", "detect", "escalate"],
    )
    .await
}
