//! A clock that was wrong for a while: its timestamps move no log into the future, only the partition with
//! such a record waits, and an operator corrects it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::FutureRecord;
use simulator::clock::{Checked, now_ms, wait_until};
use simulator::harness::kafka::Topics;
use simulator::harness::process::Engine;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::tickets::WantedTicket;
use topics::catalogue::{Breaches, TicketCommands, Tickets, Topic};
use topics::codec::partition::partition_of;
use topics::codec::record::Outgoing;
use topics::codec::task_row::{TaskRow, task_row_key};
use topics::values::time::Time;
use topics::values::vocabulary::Level;

/// How far the clock was ahead.
const AHEAD: Duration = Duration::from_secs(30 * 3600);

/// Replaces the settings of the log of tickets: those of the catalogue, and `more`.
async fn set_log(topics: &Topics, more: &[(&str, &str)]) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> = topics.client().create()?;
    let name = topics.name(TicketCommands::SPEC.name);
    let mut settings: BTreeMap<String, String> =
        TicketCommands::SPEC.settings().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    settings.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let config =
        settings.iter().fold(AlterConfig::new(ResourceSpecifier::Topic(&name)), |config, (key, value)| {
            config.set(key, value)
        });
    for answer in admin.alter_configs(&[config], &AdminOptions::new()).await? {
        answer.map_err(|(_, code)| anyhow::anyhow!("{name} is not altered: {code}"))?;
    }
    let wanted = settings.get("message.timestamp.type").context("the catalogue sets the timestamp's type")?;
    // The controller has it; the broker follows.
    wait_until("the broker has the settings", SOON, async || {
        let described =
            admin.describe_configs([&ResourceSpecifier::Topic(&name)], &AdminOptions::new()).await?;
        let mut resources = described.iter().flatten();
        let now = resources.find_map(|topic| topic.get("message.timestamp.type")?.value.clone());
        Ok(Checked::when(now.as_ref() == Some(wanted), || format!("{now:?}")))
    })
    .await
}

/// Appends a record that has the timestamp of a broker whose clock is [`AHEAD`].
async fn append_ahead(topics: &Topics, record: Outgoing) -> Result<()> {
    let wrong =
        [("message.timestamp.type", "CreateTime"), ("message.timestamp.after.max.ms", "9223372036854775807")];
    set_log(topics, &wrong).await?;
    let name = topics.name(record.topic);
    let headers = record.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value.as_bytes()) })
    });
    let value = record.value.unwrap_or_default();
    let sent = FutureRecord::to(&name)
        .partition(i32::try_from(record.partition)?)
        .timestamp(now_ms() + i64::try_from(AHEAD.as_millis())?)
        .key(&record.key)
        .payload(&value)
        .headers(headers);
    topics.producer()?.send(sent, SOON).await.map_err(|(error, _)| error)?;
    set_log(topics, &[]).await
}

/// A ticket of a partition; its number is at least `from`.
fn ticket_of(topics: &Topics, partition: u32, from: u32, response: Duration) -> Result<WantedTicket> {
    let lies_there = |ticket: &WantedTicket| {
        ticket.id().is_ok_and(|id| partition_of(id.to_string().as_bytes(), topics.partitions) == partition)
    };
    let found =
        (from..from + 1_000).map(|number| WantedTicket::due(number, response, response * 7)).find(lies_there);
    found.context("no ticket of the partition")
}

const DAY: Duration = Duration::from_secs(86_400);

async fn open(installation: &TestInstallation, ticket: &WantedTicket) -> Result<()> {
    let topics = &installation.topics;
    topics.send(&topics.producer()?, ticket.open(topics)?).await.map(drop)
}

async fn stored(installation: &TestInstallation, ticket: &WantedTicket) -> Result<()> {
    let id = ticket.id()?.to_string();
    let look = async || {
        let is_there = installation.topics.store::<Tickets>()?.contains_key(&id);
        Ok(Checked::when(is_there, || "the ticket is not in the store".to_owned()))
    };
    installation.wait_until("a ticket is in the store", SOON, look).await
}

async fn one_set_aside(installation: &TestInstallation, engine: &Engine) -> Result<()> {
    let wanted = "trust_engine_runner_set_aside_partitions{chain=\"tickets\"} 1";
    let look = async || {
        // The process may still be starting.
        let Ok(metrics) = engine.metrics().await else {
            return Ok(Checked::not_yet("/metrics does not answer"));
        };
        Ok(Checked::when(metrics.contains(wanted), || "no partition is set aside".to_owned()))
    };
    installation.wait_until("one partition is set aside", SOON, look).await?;
    let metrics = engine.metrics().await?;
    anyhow::ensure!(metrics.contains("trust_engine_part_up{part=\"tickets\"} 0"), "{metrics}");
    anyhow::ensure!(engine.runs()?, "the others go on");
    Ok(())
}

/// The number of breaches, without warnings.
fn breached(topics: &Topics) -> Result<usize> {
    Ok(topics.decoded::<Breaches>()?.iter().filter(|one| one.record.level == Level::Breach).count())
}

/// A new ticket of the partition is breached at its own deadline, not before and not much later.
async fn deadlines_are_right(installation: &TestInstallation, from: u32) -> Result<()> {
    let topics = &installation.topics;
    let before = breached(topics)?;
    let ticket = ticket_of(topics, 0, from, Duration::from_secs(6))?;
    open(installation, &ticket).await?;
    let id = ticket.id()?;
    let look = async || {
        let breaches = topics.decoded::<Breaches>()?;
        let ours = breaches.iter().find(|one| one.record.ticket == id && one.record.level == Level::Breach);
        Ok(ours.map_or_else(|| Checked::not_yet("no breach"), |one| Checked::Yes(one.record.clone())))
    };
    let breach = installation.wait_until("the ticket is breached", SOON, look).await?;
    assert_eq!(breach.due_at, ticket.reported_at + ticket.response);
    assert!(breach.seen_at >= breach.due_at && breach.seen_at.since(breach.due_at) < Duration::from_secs(10));
    assert_eq!(breached(topics)?, before + 1, "and no other one");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_from_the_future_keeps_its_partition_waiting_and_fires_nothing() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("future", 2)).await? else { return Ok(()) };
    let topics = &installation.topics;
    let engine = installation.run_ready("tickets").await?;
    let early = ticket_of(topics, 0, 0, DAY)?;
    open(&installation, &early).await?;
    stored(&installation, &early).await?;
    let stamped = ticket_of(topics, 0, 2_000, DAY)?;
    append_ahead(topics, stamped.open(topics)?).await?;
    let behind = ticket_of(topics, 0, 4_000, DAY)?;
    open(&installation, &behind).await?;
    one_set_aside(&installation, &engine).await?;
    assert!(engine.logged()?.contains("ahead of this host's clock"));

    let other = ticket_of(topics, 1, 0, DAY)?;
    open(&installation, &other).await?;
    stored(&installation, &other).await?;
    assert_eq!(topics.store::<Tickets>()?.len(), 2, "what is stamped ahead, and what follows it, waits");
    assert_eq!(breached(topics)?, 0);
    let shown = installation.run_to_end(&["time"]).await?;
    let ahead: Vec<&str> = shown.lines().filter(|line| line.contains("AHEAD")).collect();
    assert!(matches!(ahead[..], [line] if line.starts_with("tickets, partition 0: ")), "{shown}");
    let (status, _, said) = installation.output(&["time", "--bring-back", "tickets"]).await?;
    assert!(!status.success() && said.contains("stop them all"), "{said}");

    engine.stop().await?;
    let said = installation.run_to_end(&["time", "--bring-back", "tickets"]).await?;
    assert!(said.contains("the time of 1 of its partitions was brought back"), "{said}");
    let engine = installation.run_ready("tickets").await?;
    stored(&installation, &stamped).await?;
    stored(&installation, &behind).await?;
    assert_eq!(breached(topics)?, 0);
    deadlines_are_right(&installation, 6_000).await?;
    let shown = installation.run_to_end(&["time"]).await?;
    assert!(!shown.contains("AHEAD") && shown.contains("was brought back to"), "{shown}");
    engine.kill();
    // The decision is in the task's row: a restore follows it.
    let engine = installation.run_ready("tickets").await?;
    deadlines_are_right(&installation, 8_000).await?;
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_ahead_already_is_seen_at_the_start_and_brought_back() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("frozen", 2)).await? else { return Ok(()) };
    let topics = &installation.topics;
    let engine = installation.run_ready("tickets").await?;
    for partition in 0..2 {
        let ticket = ticket_of(topics, partition, 0, DAY)?;
        open(&installation, &ticket).await?;
        stored(&installation, &ticket).await?;
    }
    engine.stop().await?;
    // The state that an earlier version left, which accepted every time of a broker's clock.
    let row = topics.task_rows("tickets")?.remove(&0).context("no row")?;
    let row = TaskRow { time: Time::from_millis(now_ms()) + AHEAD, ..row };
    let record = Outgoing {
        topic: Tickets::SPEC.name,
        partition: 0,
        key: task_row_key(0),
        headers: Vec::new(),
        value: Some(serde_json::to_vec(&row)?),
    };
    topics.send(&topics.producer()?, record).await?;

    let engine = installation.run("tickets")?;
    one_set_aside(&installation, &engine).await?;
    assert!(engine.logged()?.contains("trust-engine time --bring-back tickets"));
    let waits = ticket_of(topics, 0, 2_000, DAY)?;
    open(&installation, &waits).await?;
    let other = ticket_of(topics, 1, 2_000, DAY)?;
    open(&installation, &other).await?;
    stored(&installation, &other).await?;
    assert_eq!(topics.store::<Tickets>()?.len(), 3);
    assert!(installation.run_to_end(&["time"]).await?.contains("AHEAD"));
    engine.stop().await?;
    installation.run_to_end(&["time", "--bring-back", "tickets"]).await?;
    let engine = installation.run_ready("tickets").await?;
    stored(&installation, &waits).await?;
    deadlines_are_right(&installation, 6_000).await?;
    assert_eq!(breached(topics)?, 1, "no ticket is born breached");
    engine.stop().await
}
