//! A process can be killed at any instruction.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use simulator::clock::Checked;
use simulator::harness::kafka::Topics;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::tickets::{WantedTicket, send_steadily};
use topics::catalogue::{TicketEvents, Tickets};
use topics::records::ticket_events::Event;

/// The end of the store's topic, uncommitted records included, and its committed end.
struct Watch {
    topics: Topics,
    written: BaseConsumer,
    committed: BaseConsumer,
}

impl Watch {
    fn new(topics: &Topics) -> Result<Self> {
        let consumer = |level: &str| {
            topics.client().set("group.id", "tests-watch").set("isolation.level", level).create()
        };
        Ok(Self {
            topics: topics.clone(),
            written: consumer("read_uncommitted")?,
            committed: consumer("read_committed")?,
        })
    }

    /// Whether the store's topic holds records of a transaction that has not ended.
    fn is_open(&self) -> Result<bool> {
        let topic = self.topics.name("tickets");
        for partition in 0..i32::try_from(self.topics.partitions)? {
            let end = |consumer: &BaseConsumer| {
                consumer.fetch_watermarks(&topic, partition, SOON).map(|(_, end)| end)
            };
            // The committed end first: records that are committed between the two requests must not look
            // open.
            let committed = end(&self.committed)?;
            if end(&self.written)? > committed {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Kills the machine while it has written records that are not committed, and starts it again immediately.
///
/// The kill is timed for this moment, and then verified: the transaction is still open after the process has
/// died.
async fn kill_between_produce_and_offsets(
    installation: &TestInstallation,
    watch: &Watch,
) -> Result<Duration> {
    let started = Instant::now();
    let engine = installation.run("tickets")?;
    engine.ready().await?;
    loop {
        if started.elapsed() > SOON {
            bail!("no transaction was seen open in {SOON:?}");
        }
        if watch.is_open()? {
            engine.kill();
            if watch.is_open()? {
                return Ok(started.elapsed());
            }
            return Box::pin(kill_between_produce_and_offsets(installation, watch)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twice_between_produce_and_offsets_a_machine_does_everything_once() -> Result<()> {
    const TICKETS: u32 = 2_000;
    let Some(installation) = TestInstallation::start(Plan::new("kill", 2)).await? else { return Ok(()) };
    let topics = installation.topics.clone();
    let watch = Watch::new(&topics)?;
    let asking =
        tokio::spawn(send_steadily(topics.clone(), TICKETS, Duration::from_millis(10), WantedTicket::open));
    let first = kill_between_produce_and_offsets(&installation, &watch).await?;
    let second = kill_between_produce_and_offsets(&installation, &watch).await?;
    eprintln!("killed {first:?} after its start, and again {second:?} after the next");
    let last = installation.run_ready("tickets").await?;
    asking.await??;
    let look = async || {
        let held = topics.store::<Tickets>()?.len();
        Ok(Checked::when(held == TICKETS as usize, || format!("{held} of {TICKETS} tickets")))
    };
    installation.wait_until("all tickets are in the store", SOON, look).await?;
    let mut opened: BTreeMap<String, usize> = BTreeMap::new();
    for one in topics.decoded::<TicketEvents>()? {
        assert!(matches!(one.record.event, Event::Opened {}), "{:?}", one.record.event);
        *opened.entry(one.record.ticket.to_string()).or_default() += 1;
    }
    assert_eq!(opened.len(), TICKETS as usize);
    assert!(opened.values().all(|times| *times == 1), "a ticket was opened twice");
    assert_eq!(topics.read("dead-letters")?.len(), 0);
    last.stop().await
}
