//! Installations that run for months: processes that are stopped for longer than the retention of the topics,
//! logs that lose records, topics that were created long before the first start. In the year that is played,
//! a broker with a retention of nothing deletes what the topics hold, with the control records at their ends,
//! and compacts stores every few seconds; the shorter tests ask the broker to delete records.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use pipeline::topology::TOPOLOGY;
use simulator::clock::Checked;
use simulator::harness::kafka::Raw;
use simulator::harness::neighbours::Neighbours;
use simulator::harness::process::Engine;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::twilio::inbound::Inbound;
use tests::fixtures::{POTHOLE_REPORT, SOON, pin};
use tests::tickets::WantedTicket;
use topics::catalogue::Tickets;
use topics::codec::partition::partition_of;

/// Publishes an edition with this response time.
async fn publish(installation: &TestInstallation, hours: u32) -> Result<()> {
    let file = installation.folder().join("policies.csv");
    std::fs::write(&file, format!("municipality,category,severity,response_hours\nEKU,,,{hours}\n"))?;
    installation.run_to_end(&["import", "policies", &file.to_string_lossy()]).await?;
    installation.run_to_end(&["publish"]).await.map(drop)
}

/// A resident reports, and receives a tracking number.
async fn report(installation: &TestInstallation, number: usize) -> Result<()> {
    let resident = format!("whatsapp:+2700000{number:04}");
    installation.twilio.send_message(Inbound::text(&resident, SENDER, POTHOLE_REPORT)).await;
    installation.wait_until_told(&resident, 0, "they are asked for the place", |_| true).await?;
    installation.twilio.send_message(pin(&resident)).await;
    let is_told = |body: &str| !numbers(body).is_empty();
    installation.wait_until_told(&resident, 1, "they are told a tracking number", is_told).await.map(drop)
}

async fn rows(installation: &TestInstallation, wanted: i64) -> Result<()> {
    let look = async || {
        let rows = installation.databases.number("trust_engine", "select count(*) from tickets").await?;
        Ok(Checked::when(rows == wanted, || format!("{rows} of {wanted} rows")))
    };
    installation.wait_until("every ticket is in PostGIS", SOON, look).await
}

/// The topics that a machine or a sink has records to read of. Control records do not count.
async fn unread(installation: &TestInstallation) -> Result<Vec<String>> {
    let topics = &installation.topics;
    let mut unread = Vec::new();
    for machine in TOPOLOGY.iter().filter(|machine| machine.store.is_some()) {
        if topics.has_more(machine.log.name, &topics.committed(machine.name, machine.log.name)?)? {
            unread.push(machine.log.name.to_owned());
        }
    }
    let mut positions: BTreeMap<String, BTreeMap<u32, i64>> = BTreeMap::new();
    let all = "select topic, partition, next from sink_offsets
               union all select topic, partition, next from protected.sink_offsets";
    for row in installation.databases.owner(all).await? {
        let number = |name: &str| row.get(name).and_then(serde_json::Value::as_i64).context("no number");
        let topic = row.get("topic").and_then(serde_json::Value::as_str).context("no topic")?;
        let partition = u32::try_from(number("partition")?)?;
        positions.entry(topic.to_owned()).or_default().insert(partition, number("next")?);
    }
    for (topic, next) in positions {
        if topics.has_more(&topic, &next)? {
            unread.push(topic);
        }
    }
    Ok(unread)
}

async fn all_read(installation: &TestInstallation) -> Result<()> {
    let look = async || {
        let unread = unread(installation).await?;
        Ok(Checked::when(unread.is_empty(), || unread.join(", ")))
    };
    installation.wait_until("every record is read", SOON, look).await
}

/// Waits until the metrics show that nothing is left to read, control records included.
async fn without_lag(installation: &TestInstallation, engine: &Engine) -> Result<()> {
    let look = async || {
        let metrics = engine.metrics().await?;
        let lags = metrics.lines().filter(|line| line.contains("_lag_records{"));
        let behind: Vec<&str> = lags.filter(|line| !line.ends_with(" 0")).collect();
        Ok(Checked::when(behind.is_empty(), || behind.join("; ")))
    };
    installation.wait_until("the lag of every log is 0", SOON, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_and_sinks_that_were_away_for_longer_than_the_retention_go_on() -> Result<()> {
    let Some(neighbours) = Neighbours::own_with_eager_retention("aged")? else { return Ok(()) };
    let installation = TestInstallation::start_on(neighbours, Plan::new("aged", 2)).await?;
    installation.topics.compact_eagerly().await?;
    // The topics are older than the first start: the notices of edition 0 are gone.
    installation.topics.expire().await?;
    let mut reports = 0;
    // Editions A, B, A, B: the same content is published again.
    for (round, hours) in [10, 20, 10, 20].into_iter().enumerate() {
        publish(&installation, hours).await?;
        let engine = installation.run_ready("all").await?;
        for _ in 0..3 {
            report(&installation, reports).await?;
            reports += 1;
        }
        rows(&installation, i64::try_from(reports)?).await?;
        all_read(&installation).await?;
        match round {
            0 => {
                without_lag(&installation, &engine).await?;
                engine.stop().await?;
            }
            // It moves its positions past the control records of the last transactions before it stops.
            2 => engine.stop().await?,
            // The positions are then before the control records of the last transactions.
            _ => engine.kill(),
        }
        installation.topics.expire().await?;
    }
    let engine = installation.run_ready("all").await?;
    report(&installation, reports).await?;
    rows(&installation, i64::try_from(reports + 1)?).await?;
    without_lag(&installation, &engine).await?;
    engine.stop().await?;
    let logs = installation.processes.logs()?;
    for alarm in ["set aside", "deleted", "not the one", "lost records"] {
        assert!(!logs.contains(alarm), "{alarm}:\n{logs}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sink_that_was_killed_after_a_dead_letter_goes_on_after_the_retention() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("dead-aged", 1)).await? else {
        return Ok(());
    };
    let topics = &installation.topics;
    let machine = installation.run_ready("tickets").await?;
    let sink = installation.run_ready("sink").await?;
    let ticket = WantedTicket::now(1).open(topics)?;
    topics.append(Raw { value: b"{ this is no JSON".to_vec(), ..Raw::of(&ticket) }).await?;
    let letters = async |wanted: i64| {
        let look = async || {
            let count = "select count(*) from dead_letters";
            let rows = installation.databases.number("trust_engine", count).await?;
            Ok(Checked::when(rows == wanted, || format!("{rows} of {wanted} rows")))
        };
        installation.wait_until("the dead letters are in PostGIS", SOON, look).await
    };
    letters(1).await?;
    // Its position is before the control record of the transaction that the dead letter belongs to.
    sink.kill();
    machine.stop().await?;
    let next = "select next from sink_offsets where topic = 'dead-letters'";
    let next = installation.databases.number("trust_engine", next).await?;
    assert_eq!(topics.ends("dead-letters")?.into_values().sum::<i64>(), next + 1, "the sink was too fast");
    topics.purge().await?;
    let machine = installation.run_ready("tickets").await?;
    let sink = installation.run_ready("sink").await?;
    topics.append(Raw { value: b"{ this is no JSON".to_vec(), ..Raw::of(&ticket) }).await?;
    letters(2).await?;
    machine.stop().await?;
    sink.stop().await?;
    let logs = installation.processes.logs()?;
    assert!(!logs.contains("set aside"), "{logs}");
    Ok(())
}

/// Tickets of one partition, from this number on.
fn tickets_of(
    installation: &TestInstallation,
    partition: u32,
    from: u32,
    count: usize,
) -> Result<Vec<WantedTicket>> {
    let partitions = installation.topics.partitions;
    let tickets = (from..).map(WantedTicket::now).filter_map(|ticket| {
        let id = ticket.id().ok()?;
        (partition_of(id.to_string().as_bytes(), partitions) == partition).then_some(ticket)
    });
    Ok(tickets.take(count).collect())
}

async fn open(installation: &TestInstallation, tickets: &[WantedTicket]) -> Result<()> {
    let topics = &installation.topics;
    let producer = topics.producer()?;
    for ticket in tickets {
        topics.send(&producer, ticket.open(topics)?).await?;
    }
    Ok(())
}

async fn stored(installation: &TestInstallation, wanted: usize) -> Result<()> {
    let look = async || {
        let held = installation.topics.store::<Tickets>()?.len();
        Ok(Checked::when(held == wanted, || format!("{held} of {wanted} tickets")))
    };
    installation.wait_until("the tickets are in the store", SOON, look).await
}

/// Waits until the process has logged that it set a partition aside, and why.
async fn set_aside(installation: &TestInstallation, engine: &Engine, why: &str) -> Result<()> {
    let look = async || {
        let logged = engine.logged()?;
        Ok(Checked::when(logged.contains("a partition is set aside") && logged.contains(why), || {
            "no partition is set aside".to_owned()
        }))
    };
    installation.wait_until("a partition is set aside", SOON, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_deleted_unread_set_their_partition_aside_and_the_others_go_on() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("unread", 2)).await? else { return Ok(()) };
    let engine = installation.run_ready("tickets").await?;
    let first = tickets_of(&installation, 0, 0, 5)?;
    let second = tickets_of(&installation, 1, 0, 5)?;
    open(&installation, &first).await?;
    open(&installation, &second).await?;
    stored(&installation, 10).await?;
    engine.stop().await?;
    // Three records are never read, because the machine is stopped for longer than the retention of its log.
    open(&installation, &tickets_of(&installation, 0, 1_000, 3)?).await?;
    installation.topics.purge().await?;
    let engine = installation.run("tickets")?;
    set_aside(&installation, &engine, "records were deleted unread").await?;
    open(&installation, &tickets_of(&installation, 0, 2_000, 2)?).await?;
    open(&installation, &tickets_of(&installation, 1, 2_000, 2)?).await?;
    stored(&installation, 12).await?;
    let metrics = engine.metrics().await?;
    assert!(metrics.contains("trust_engine_runner_set_aside_partitions{chain=\"tickets\"} 1"), "{metrics}");
    engine.stop().await?;
    let said = installation.run_to_end(&["topics", "adopt", "tickets"]).await?;
    assert!(said.contains("tickets: 1 of its partitions"), "{said}");
    let engine = installation.run_ready("tickets").await?;
    stored(&installation, 14).await?;
    engine.stop().await
}

/// Waits until the tables hold this many tickets, and the audit log the changes of this many.
async fn written(installation: &TestInstallation, tickets: i64, audited: i64) -> Result<()> {
    let look = async || {
        let count = async |query| installation.databases.number("trust_engine", query).await;
        let tables = count("select count(*) from tickets").await?;
        let audit = count("select count(distinct entity_id) from audit_logs").await?;
        Ok(Checked::when((tables, audit) == (tickets, audited), || {
            format!("{tables} tickets, {audit} audited")
        }))
    };
    installation.wait_until("the tickets are in the tables", SOON, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_deleted_unread_set_one_partition_of_a_sink_aside_and_the_sink_goes_on() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("unwritten", 2)).await? else { return Ok(()) };
    let machine = installation.run_ready("tickets").await?;
    let sink = installation.run_ready("sink").await?;
    open(&installation, &tickets_of(&installation, 0, 0, 5)?).await?;
    open(&installation, &tickets_of(&installation, 1, 0, 5)?).await?;
    written(&installation, 10, 10).await?;
    sink.stop().await?;
    // The events of three are deleted before the sink reads them; the tickets themselves are kept.
    open(&installation, &tickets_of(&installation, 0, 1_000, 3)?).await?;
    stored(&installation, 13).await?;
    installation.topics.purge().await?;
    let sink = installation.run("sink")?;
    set_aside(&installation, &sink, "were deleted before they were in the tables").await?;
    open(&installation, &tickets_of(&installation, 0, 2_000, 2)?).await?;
    open(&installation, &tickets_of(&installation, 1, 2_000, 2)?).await?;
    written(&installation, 17, 12).await?;
    let metrics = sink.metrics().await?;
    assert!(metrics.contains("trust_engine_sink_set_aside_partitions{sink=\"sink\"} 1"), "{metrics}");
    let why = sink.not_ready().await?;
    assert!(why.contains("partition 0 of ticket-events is set aside"), "{why}");
    sink.stop().await?;
    installation.run_to_end(&["sink", "adopt"]).await?;
    let sink = installation.run_ready("sink").await?;
    written(&installation, 17, 14).await?;
    // The topic is created again: the tables were not filled from this one.
    machine.stop().await?;
    sink.stop().await?;
    installation.topics.delete("ticket-events").await?;
    let made = async || {
        Ok(installation.run_to_end(&["topics", "create"]).await.map_or_else(Checked::not_yet, Checked::Yes))
    };
    installation.wait_until("the topic is created again", SOON, made).await?;
    let machine = installation.run_ready("tickets").await?;
    let sink = installation.run("sink")?;
    set_aside(&installation, &sink, "is not the one that the tables were filled from").await?;
    open(&installation, &tickets_of(&installation, 0, 3_000, 2)?).await?;
    written(&installation, 19, 14).await?;
    sink.stop().await?;
    machine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_lost_its_end_and_has_grown_again_is_noticed() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("truncated", 1)).await? else {
        return Ok(());
    };
    let engine = installation.run_ready("tickets").await?;
    open(&installation, &tickets_of(&installation, 0, 0, 5)?).await?;
    stored(&installation, 5).await?;
    engine.stop().await?;
    // Other records have the offsets of those that were read, as after an unclean election.
    installation.topics.delete("ticket-commands").await?;
    let made = async || {
        Ok(installation.run_to_end(&["topics", "create"]).await.map_or_else(Checked::not_yet, Checked::Yes))
    };
    installation.wait_until("the log is created again", SOON, made).await?;
    let lost: BTreeMap<u32, i64> = installation.topics.ends("ticket-commands")?;
    assert_eq!(lost.values().sum::<i64>(), 1, "the notice of edition 0 alone");
    let new = tickets_of(&installation, 0, 1_000, 20)?;
    open(&installation, &new).await?;
    let engine = installation.run("tickets")?;
    set_aside(&installation, &engine, "is not the one that was read there").await?;
    engine.stop().await?;
    installation.run_to_end(&["topics", "adopt", "tickets"]).await?;
    let engine = installation.run_ready("tickets").await?;
    stored(&installation, 25).await.context("every new ticket is opened, whichever offset it has")?;
    engine.stop().await
}
