//! What a new owner of a partition reads before it goes on.

use anyhow::Result;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use simulator::clock::Progress;
use simulator::harness::process::Engine;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::tickets::WantedTicket;
use topics::catalogue::Tickets;

/// Asks for tickets and waits until the store holds all there are.
async fn open(installation: &TestInstallation, numbers: std::ops::Range<u32>) -> Result<()> {
    let topics = &installation.topics;
    let producer = topics.producer()?;
    let all = numbers.end;
    for number in numbers {
        topics.send(&producer, WantedTicket::now(number).open(topics)?).await?;
    }
    let look = async || {
        let held = topics.store::<Tickets>()?.len();
        Ok(Progress::when(held == all as usize, || format!("{held} of {all} tickets")))
    };
    installation.wait_until("all tickets are in the store", SOON, look).await
}

/// Each partition's transaction of another producer, left open in the store's topic: what the machine itself
/// commits above it is not to be read until the other producer's is over.
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
    // Committed above the other producer's records: a reader of committed records does not see these yet.
    let topics = &installation.topics;
    let producer = topics.producer()?;
    for number in 20..40 {
        topics.send(&producer, WantedTicket::now(number).open(topics)?).await?;
    }
    let look = async || {
        let done: i64 = topics.committed("tickets", "ticket-commands")?.values().sum();
        let asked: i64 = topics.ends("ticket-commands")?.values().sum();
        Ok(Progress::when(done >= asked, || format!("{done} of {asked} records")))
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
    // Every ticket was opened once: a store that had lost some would have opened them again, or refused to
    // know them.
    let rows = topics.task_rows("tickets")?;
    let received: u64 = rows
        .values()
        .filter_map(|row| row.counts.get(&"track".parse().ok()?))
        .map(|counts| counts.received)
        .sum();
    assert_eq!(received, 60);
    Ok(())
}
