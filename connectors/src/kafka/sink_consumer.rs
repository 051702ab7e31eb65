//! Feeds a store outside of Kafka. One group reads all of its topics, in rounds of batches; the store itself
//! keeps the offsets.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::{Use, spec};
use topics::codec::record::Incoming;
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::batch::{Batch, BatchOutcome, BatchStore, Mark, StoreError};
use crate::clock::present;
use crate::health::PartHealth;
use crate::kafka::client::convert;
use crate::kafka::client::group::{Membership, Rebalance, close, leave, report, resume_at};
use crate::kafka::client::lag::{EndCheck, LagSchedule, SETTLED, lag, log_end};
use crate::kafka::client::partition_reader::{first_records, partition_reader};
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::{Installation, LogError, ReaderContext, ends};
use crate::metrics::SinkMetrics;

/// The most records of one round of batches.
const MAX_RECORDS: usize = 20_000;
/// The longest time from the first record of a round to its end.
const MAX_TIME: Duration = Duration::from_millis(50);
/// A round is collected for at least this long: it costs a transaction, however few its records.
const PACE: Duration = Duration::from_millis(20);
/// How long to wait before a request to a store that is unavailable is retried.
const AWAY: Duration = Duration::from_millis(500);
/// How often to log that the store is still unavailable.
const LOG_INTERVAL: Duration = Duration::from_secs(10);
/// How long the broker may take to show the last records of a topic.
const COMPARE: Duration = Duration::from_secs(60);

/// Feeds one store from Kafka until it is asked to stop.
pub struct SinkConsumer {
    name: &'static str,
    installation: Installation,
    store: Box<dyn BatchStore>,
    runtime: tokio::runtime::Handle,
    consumer: BaseConsumer<Membership>,
    /// The next offset of each assigned partition, as the store has it.
    positions: BTreeMap<(&'static str, u32), i64>,
    /// The time of the oldest record that waits for the store.
    oldest: Option<Time>,
    turns: LagSchedule,
    end_check: EndCheck,
    /// When the last records of each partition arrived.
    heard: BTreeMap<(&'static str, u32), Instant>,
    metrics: SinkMetrics,
    health: PartHealth,
    stop: Shutdown,
}

impl SinkConsumer {
    /// Makes a consumer in the group `name`.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn new(
        name: &'static str,
        installation: Installation,
        store: Box<dyn BatchStore>,
        runtime: tokio::runtime::Handle,
        metrics: SinkMetrics,
        health: PartHealth,
        stop: Shutdown,
    ) -> Result<Self, LogError> {
        let mut config = installation.client();
        config.set("group.id", installation.topic(name));
        config.set("partition.assignment.strategy", "cooperative-sticky");
        config.set("session.timeout.ms", "6000").set("heartbeat.interval.ms", "500");
        config.set("enable.auto.commit", "false").set("enable.auto.offset.store", "false");
        config.set("isolation.level", "read_committed");
        // The store decides at which offset a partition begins. A log without that offset is an alarm.
        config.set("auto.offset.reset", "error");
        config.set("fetch.wait.max.ms", "100").set("queued.max.messages.kbytes", "32768");
        let consumer = config
            .create_with_context(Membership::default())
            .map_err(LogError::client("making a consumer"))?;
        Ok(Self {
            name,
            end_check: EndCheck::new(&installation),
            heard: BTreeMap::new(),
            installation,
            store,
            runtime,
            consumer,
            positions: BTreeMap::new(),
            oldest: None,
            turns: LagSchedule::new(),
            metrics,
            health,
            stop,
        })
    }

    /// Feeds the store until it is asked to stop, then gives up its partitions at once.
    ///
    /// # Errors
    /// The client or the store cannot go on.
    pub fn run(mut self) -> Result<(), LogError> {
        // A panic must not unwind through a consumer that may hang in closing.
        let ran = catch_unwind(AssertUnwindSafe(|| self.work()));
        self.health.not_ready("is stopping");
        leave(&self.consumer);
        close(self.consumer);
        match ran.unwrap_or_else(|_| Err(LogError::Alarm(format!("{} panicked", self.name)))) {
            // The store writes a batch as a whole or not at all: the batch is read again after the start.
            Err(LogError::Stopped) => Ok(()),
            ended => ended,
        }
    }

    fn work(&mut self) -> Result<(), LogError> {
        self.compare()?;
        let names: Vec<String> =
            self.store.topics().iter().map(|name| self.installation.topic(name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.consumer.subscribe(&names).map_err(LogError::client("subscribing"))?;
        while !self.stop.is_requested() {
            let batch = self.poll()?;
            self.follow_group()?;
            self.write(batch)?;
            self.oldest = None;
            self.show_age();
            self.show_lag()?;
        }
        Ok(())
    }

    /// Shows how many records a partition is behind, one at a time. If only control records remain, the
    /// position moves past them.
    fn show_lag(&mut self) -> Result<(), LogError> {
        let turn = self.turns.due(self.positions.len());
        let Some((&(topic, partition), &next)) = turn.and_then(|turn| self.positions.iter().nth(turn)) else {
            return Ok(());
        };
        let Some(end) = log_end(&self.consumer, &self.installation.topic(topic), partition) else {
            return Ok(());
        };
        self.metrics.lag(topic, partition, lag(next, end));
        // The end was asked for first, so a topic that is clear now was clear up to that end.
        let is_settled = self.heard.get(&(topic, partition)).is_none_or(|heard| heard.elapsed() > SETTLED);
        if end > next && is_settled && self.end_check.is_clear(topic, partition, next) {
            self.write_round(vec![Batch { topic, partition, start: next, end, records: Vec::new() }])?;
        }
        Ok(())
    }

    /// Makes sure that the store was filled from this log and not from one of the same name.
    fn compare(&self) -> Result<(), LogError> {
        self.ask(|| self.store.check())?;
        let reader = partition_reader(&self.installation, "reader", "read_committed")?;
        let mut by_topic: BTreeMap<String, Vec<Mark>> = BTreeMap::new();
        for mark in self.ask(|| self.store.marks())? {
            by_topic.entry(mark.topic.clone()).or_default().push(mark);
        }
        for (topic, marks) in by_topic {
            self.compare_topic(&reader, &topic, &marks)?;
        }
        Ok(())
    }

    fn compare_topic(
        &self,
        reader: &BaseConsumer<ReaderContext>,
        topic: &str,
        marks: &[Mark],
    ) -> Result<(), LogError> {
        let name = self.installation.topic(topic);
        let mut log_ends = BTreeMap::new();
        let mut from = BTreeMap::new();
        for mark in marks {
            let (low, end) = ends(reader, &name, mark.partition)?;
            log_ends.insert(mark.partition, end);
            if let Some(last) = mark.last_offset.filter(|last| (low..end).contains(last)) {
                from.insert(mark.partition, last);
            }
        }
        let found = first_records(&self.installation, reader, topic, from, COMPARE)?;
        for mark in marks {
            let end = log_ends.get(&mark.partition).copied().unwrap_or(0);
            mark.agrees(end, found.get(&mark.partition))
                .map_err(|error| LogError::Alarm(error.to_string()))?;
        }
        Ok(())
    }

    fn poll(&self) -> Result<BTreeMap<(String, u32), Vec<Incoming>>, LogError> {
        let mut batch: BTreeMap<(String, u32), Vec<Incoming>> = BTreeMap::new();
        let mut records = 0;
        let mut began = Instant::now();
        loop {
            let wait =
                if records == 0 { Duration::from_millis(100) } else { PACE.saturating_sub(began.elapsed()) };
            match self.consumer.poll(wait) {
                None => return Ok(batch),
                Some(Err(error)) => report(error)?,
                Some(Ok(message)) => {
                    if records == 0 {
                        began = Instant::now();
                    }
                    records += 1;
                    let record = convert::incoming(&message, &self.installation.prefix);
                    batch.entry((record.topic.clone(), record.partition)).or_default().push(record);
                }
            }
            if records >= MAX_RECORDS || (records > 0 && began.elapsed() > MAX_TIME) {
                return Ok(batch);
            }
        }
    }

    /// Follows rebalances; new partitions begin at the store's offset.
    fn follow_group(&mut self) -> Result<(), LogError> {
        let changes = self.consumer.context().changes();
        if changes.is_empty() {
            return Ok(());
        }
        for change in changes {
            match change {
                Rebalance::Failed(why) => {
                    return Err(LogError::Alarm(format!(
                        "{}: the group's change could not be followed: {why}",
                        self.name
                    )));
                }
                // A partition that was revoked and assigned again between two polls is paused: all are sought
                // again.
                Rebalance::Revoked(_) => {
                    for (topic, partition) in std::mem::take(&mut self.positions).into_keys() {
                        self.metrics.forget_lag(topic, partition);
                    }
                }
                Rebalance::Assigned(_) => {}
            }
        }
        self.place()
    }

    /// Seeks each newly assigned partition to the store's offset, and forgets those that were revoked.
    fn place(&mut self) -> Result<(), LogError> {
        let assignment = self.consumer.assignment().map_err(LogError::client("asking for the assignment"))?;
        let mut ours = BTreeMap::new();
        let mut new = BTreeMap::new();
        for element in assignment.elements() {
            let name = element.topic().strip_prefix(&self.installation.prefix).unwrap_or(element.topic());
            let (Some(spec), Ok(partition)) = (spec(name), u32::try_from(element.partition())) else {
                continue;
            };
            match self.positions.get(&(spec.name, partition)) {
                Some(position) => ours.insert((spec.name, partition), *position),
                None => new
                    .insert((spec.name, partition), self.ask(|| self.store.position(spec.name, partition))?),
            };
        }
        self.seek(&new)?;
        ours.extend(new);
        self.positions = ours;
        self.health.ready();
        self.metrics.vitals().up(true);
        Ok(())
    }

    /// Resumes partitions at these offsets. If the store has nothing of a partition, it begins where the log
    /// begins.
    fn seek(&self, to: &BTreeMap<(&'static str, u32), i64>) -> Result<(), LogError> {
        let mut list = TopicPartitionList::new();
        for ((topic, partition), position) in to {
            let name = self.installation.topic(topic);
            let (low, _) = ends(&self.consumer, &name, *partition)?;
            if *position > 0 && *position < low && !is_only_a_control_record(topic, *position, low) {
                return Err(self.deleted_unread(topic, *partition, *position, low));
            }
            let added = list.add_partition_offset(
                &name,
                convert::native(*partition),
                Offset::Offset((*position).max(low)),
            );
            added.map_err(LogError::client("placing a partition"))?;
        }
        resume_at(&self.consumer, &list)
    }

    /// The alarm of a partition whose records were deleted before the store had them. For the protected lane
    /// it has no offsets: they would count its records.
    fn deleted_unread(&self, topic: &str, partition: u32, position: i64, low: i64) -> LogError {
        let offsets = match spec(topic).map(|spec| spec.lane) {
            Some(Lane::Municipal) => {
                format!(" (the log begins at offset {low}, the tables are at {position})")
            }
            _ => String::new(),
        };
        LogError::Alarm(format!(
            "{}: records of {topic}, partition {partition}, were deleted before they were in the \
             tables{offsets}; find the cause, then \
             run: trust-engine sink adopt",
            self.name
        ))
    }

    fn write(&mut self, batch: BTreeMap<(String, u32), Vec<Incoming>>) -> Result<(), LogError> {
        let ours = |((topic, partition), mut records): ((String, u32), Vec<Incoming>)| {
            let topic = spec(&topic)?.name;
            let start = *self.positions.get(&(topic, partition))?;
            records.retain(|record| record.offset >= start);
            let end = records.last()?.offset + 1;
            Some(Batch { topic, partition, start, end, records })
        };
        let round: Vec<Batch> = batch.into_iter().filter_map(ours).collect();
        let now = Instant::now();
        self.heard.extend(round.iter().map(|batch| ((batch.topic, batch.partition), now)));
        self.write_round(round)
    }

    fn write_round(&mut self, round: Vec<Batch>) -> Result<(), LogError> {
        self.oldest = round.iter().filter_map(|batch| batch.records.first()).map(|record| record.time).min();
        if round.is_empty() {
            return Ok(());
        }
        self.show_age();
        let began = Instant::now();
        match self.ask(|| self.store.write(&round))? {
            BatchOutcome::Done => {
                self.metrics.round(began.elapsed());
                for batch in round {
                    self.metrics.records(batch.topic, batch.records.len() as u64);
                    self.positions.insert((batch.topic, batch.partition), batch.end);
                }
            }
            BatchOutcome::Fenced => {
                tracing::warn!(
                    sink = self.name,
                    "another process writes a partition of ours: asks the store where it is"
                );
                self.metrics.fenced();
                let mut found = BTreeMap::new();
                for Batch { topic, partition, .. } in round {
                    found.insert((topic, partition), self.ask(|| self.store.position(topic, partition))?);
                }
                self.seek(&found)?;
                self.positions.extend(found);
            }
        }
        Ok(())
    }

    /// Shows how old the oldest record is that waits for the store.
    fn show_age(&self) {
        self.metrics.vitals().oldest_age(self.oldest.map_or(Duration::ZERO, |time| present().since(time)));
    }

    /// Asks the store until it answers; requests are retried during an outage.
    fn ask<'a, T>(&'a self, question: impl Fn() -> crate::batch::StoreFuture<'a, T>) -> Result<T, LogError> {
        let mut said: Option<Instant> = None;
        loop {
            match self.runtime.block_on(question()) {
                Ok(answer) => {
                    if said.is_some() {
                        tracing::info!(sink = self.name, "the store answers again");
                        self.health.ready();
                    }
                    return Ok(answer);
                }
                Err(StoreError::Fatal(why)) => return Err(LogError::Alarm(why)),
                Err(StoreError::Away(why)) => {
                    if said.is_none_or(|said| said.elapsed() > LOG_INTERVAL) {
                        tracing::warn!(
                            sink = self.name,
                            why,
                            "the store does not answer: waits, and asks again every half second"
                        );
                        self.health.not_ready("waits for the store");
                        said = Some(Instant::now());
                    }
                    if self.stop.is_requested() {
                        return Err(LogError::Stopped);
                    }
                    self.show_age();
                    std::thread::sleep(AWAY);
                }
            }
        }
    }
}

/// Whether all that was deleted at and after `position` was the control record of the transaction before it.
/// Stages write in transactions only; records that were dead-lettered may have been appended outside of one.
fn is_only_a_control_record(topic: &str, position: i64, low: i64) -> bool {
    low == position + 1 && spec(topic).is_some_and(|spec| spec.used_as != Use::DeadLetters)
}
