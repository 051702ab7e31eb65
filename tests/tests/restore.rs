//! What a new owner of a partition reads before it processes records.

use anyhow::Result;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use simulator::clock::Checked;
use simulator::harness::process::Engine;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::tickets::WantedTicket;
use topics::catalogue::Tickets;

/// Sends commands that open tickets, and waits until the store holds all tickets.
async fn open(installation: &TestInstallation, numbers: std::ops::Range<u32>) -> Result<()> {
    let topics = &installation.topics;
    let producer = topics.producer()?;
    let all = numbers.end;
    for number in numbers {
        topics.send(&producer, WantedTicket::now(number).open(topics)?).await?;
    }
    let look = async || {
        let held = topics.store::<Tickets>()?.len();
        Ok(Checked::when(held == all as usize, || format!("{held} of {all} tickets")))
    };
    installation.wait_until("all tickets are in the store", SOON, look).await
}

/// Opens a transaction of another producer in each partition of the store's topic. Records that the machine
/// commits after it cannot be read until that transaction has ended.
fn transactions_left_open(installation: &TestInstallation) -> Result<BaseProducer> {
    let topics = &installation.topics;
    let mut config = topics.client();
    config.set("transactional.id", topics.name("another-producer")).set("transaction.timeout.ms", "120000");
    let producer: BaseProducer = config.create()?;
    producer.init_transactions(SOON)?;
    producer.begin_transaction()?;
    let topic = topics.name("tickets");
    for partition in 0..topics.partitions {
        let record = BaseRecord::to(&topic)
            .partition(i32::try_from(partition)?)
            .key("uncommitted")
            .payload("never committed");
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(SOON)?;
    Ok(producer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_under_another_producers_open_transaction_loses_nothing() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("restore", 2)).await? else { return Ok(()) };
    let first: Engine = installation.run_ready("tickets").await?;
    open(&installation, 0..20).await?;
    let other_producer = transactions_left_open(&installation)?;
    // These records are committed after the other producer's, so a reader of committed records does not see
    // them yet.
    let topics = &installation.topics;
    let producer = topics.producer()?;
    for number in 20..40 {
        topics.send(&producer, WantedTicket::now(number).open(topics)?).await?;
    }
    let look = async || {
        let done: i64 = topics.committed("tickets", "ticket-commands")?.values().sum();
        let asked: i64 = topics.ends("ticket-commands")?.values().sum();
        Ok(Checked::when(done >= asked, || format!("{done} of {asked} records")))
    };
    installation
        .wait_until("the machine has committed above the other producer's records", SOON, look)
        .await?;
    first.kill();
    let second = installation.run("tickets")?;
    producer.flush(SOON)?;
    other_producer.abort_transaction(SOON)?;
    second.ready().await?;
    open(&installation, 40..60).await?;
    // Every ticket was opened once. With an incomplete store, tickets would have been opened again, or
    // commands refused because their ticket is unknown.
    let rows = topics.task_rows("tickets")?;
    let received: u64 = rows
        .values()
        .filter_map(|row| row.counts.get(&"track".parse().ok()?))
        .map(|counts| counts.received)
        .sum();
    assert_eq!(received, 60);
    Ok(())
}
