//! Feeds the database of a sink. One group reads all topics of the sink, in rounds of batches; the database
//! itself keeps the offsets. A partition that has an alarm is set aside: it is paused and tried again every
//! minute, and the others are read on.

mod aside;
mod check;
mod round;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::spec;
use topics::codec::record::Incoming;
use topics::values::time::Time;

use crate::batch::{Batch, RoundResult, SinkDatabase, SinkError};
use crate::clock::present;
use crate::health::PartHealth;
use crate::kafka::client::convert;
use crate::kafka::client::group::{Membership, Rebalance, close, leave, pause, resume_at};
use crate::kafka::client::log_ends::{LagSchedule, LogEnds, SETTLED, lag};
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::sink::aside::{AsidePartitions, WriteFailure};
use crate::kafka::sink::check::{TopicPartition, disagreements, unreadable_from};
use crate::kafka::sink::round::RecordsByPartition;
use crate::kafka::{Installation, LogError};
use crate::metrics::SinkMetrics;

/// How long to wait before a request to a database that is unavailable is retried.
const AWAY: Duration = Duration::from_millis(500);
/// How often to log that the database is still unavailable.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Feeds one database from Kafka until it is asked to stop.
pub struct SinkConsumer {
    name: &'static str,
    installation: Installation,
    database: Box<dyn SinkDatabase>,
    runtime: tokio::runtime::Handle,
    consumer: BaseConsumer<Membership>,
    /// The next offset of each assigned partition that is read, as the database has it.
    positions: BTreeMap<TopicPartition, i64>,
    /// The assigned partitions that an alarm keeps from being read.
    aside: AsidePartitions,
    /// Why the log of a partition is not the one that the database was filled from.
    disagreements: BTreeMap<TopicPartition, String>,
    /// Whether the position of some partition turned out not to be in its log.
    is_out_of_range: bool,
    /// The time of the oldest record that waits for the database.
    oldest: Option<Time>,
    lag_schedule: LagSchedule,
    ends: LogEnds,
    /// When the last records of each partition arrived.
    heard: BTreeMap<TopicPartition, Instant>,
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
        database: Box<dyn SinkDatabase>,
        runtime: tokio::runtime::Handle,
        metrics: SinkMetrics,
        health: PartHealth,
        stop: Shutdown,
    ) -> Result<Self, LogError> {
        let consumer = round::connect(&installation, name)?;
        Ok(Self {
            name,
            ends: LogEnds::new(&installation)?,
            heard: BTreeMap::new(),
            installation,
            database,
            runtime,
            consumer,
            positions: BTreeMap::new(),
            aside: AsidePartitions::default(),
            disagreements: BTreeMap::new(),
            is_out_of_range: false,
            oldest: None,
            lag_schedule: LagSchedule::new(),
            metrics,
            health,
            stop,
        })
    }

    /// Feeds the database until it is asked to stop, then gives up its partitions at once.
    ///
    /// # Errors
    /// The client or the database cannot go on.
    pub fn run(mut self) -> Result<(), LogError> {
        // A panic must not unwind through a consumer that may hang in closing.
        let ran = catch_unwind(AssertUnwindSafe(|| self.work()));
        self.health.not_ready("is stopping");
        leave(&self.consumer);
        close(self.consumer);
        match ran.unwrap_or_else(|_| Err(LogError::Alarm(format!("{} panicked", self.name)))) {
            // The database writes a batch as a whole or not at all: the batch is read again after the start.
            Err(LogError::Stopped) => Ok(()),
            ended => ended,
        }
    }

    fn work(&mut self) -> Result<(), LogError> {
        self.ask(|| self.database.check())?;
        // Whether the database was filled from these logs and not from others of the same names.
        self.disagreements = disagreements(&self.installation, self.ask(|| self.database.marks())?)?;
        let names: Vec<String> =
            self.database.topics().iter().map(|name| self.installation.topic(name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.consumer.subscribe(&names).map_err(LogError::client("subscribing"))?;
        while !self.stop.is_requested() {
            let round = round::poll(&self.consumer, &self.installation.prefix)?;
            self.is_out_of_range |= round.is_out_of_range;
            self.follow_group()?;
            self.write(round.records)?;
            self.check_again()?;
            self.oldest = None;
            self.show_age();
            self.show_lag()?;
        }
        Ok(())
    }

    /// Shows how many records the tables are behind, one topic at a time. Where only control records are left,
    /// the position moves past them.
    fn show_lag(&mut self) -> Result<(), LogError> {
        let topics = self.database.topics();
        let turn = self.lag_schedule.due(topics.len());
        let Some(topic) = turn.and_then(|turn| topics.get(turn)).copied() else { return Ok(()) };
        let ends = self.ends.measure(topic, self.partitions_of(topic).map(|(partition, _)| partition));
        let mut unread = BTreeMap::new();
        for (partition, next) in self.partitions_of(topic) {
            let Some(end) = ends.get(&partition) else { continue };
            self.metrics.lag(topic, partition, lag(next, *end));
            let heard = self.heard.get(&(topic, partition));
            if *end > next && heard.is_none_or(|heard| heard.elapsed() > SETTLED) {
                unread.insert(partition, next);
            }
        }
        let mut round = Vec::new();
        // The ends were measured first, so a log without records now had none up to that end.
        for partition in self.ends.without_records(topic, unread.clone()) {
            if let (Some(start), Some(end)) = (unread.get(&partition), ends.get(&partition)) {
                round.push(Batch { topic, partition, start: *start, end: *end, records: Vec::new() });
                self.metrics.lag(topic, partition, 0);
            }
        }
        self.write_round(round)
    }

    /// The assigned partitions of a topic, each with its position.
    fn partitions_of(&self, topic: &'static str) -> impl Iterator<Item = (u32, i64)> {
        self.positions
            .range((topic, 0)..=(topic, u32::MAX))
            .map(|((_, partition), position)| (*partition, *position))
    }

    /// Follows rebalances; new partitions begin at the database's offset.
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
        self.follow_assignment()
    }

    /// Seeks each newly assigned partition to the database's offset, and forgets those that were revoked.
    fn follow_assignment(&mut self) -> Result<(), LogError> {
        let assignment = self.consumer.assignment().map_err(LogError::client("asking for the assignment"))?;
        let assigned: BTreeSet<TopicPartition> = assignment
            .elements()
            .iter()
            .filter_map(|element| {
                let name = element.topic().strip_prefix(&self.installation.prefix).unwrap_or(element.topic());
                Some((spec(name)?.name, u32::try_from(element.partition()).ok()?))
            })
            .collect();
        self.positions.retain(|topic_partition, _| assigned.contains(topic_partition));
        self.aside.keep(&assigned);
        let is_new = |topic_partition: &TopicPartition| {
            !self.positions.contains_key(topic_partition) && !self.aside.contains(topic_partition)
        };
        let new: Vec<TopicPartition> = assigned.into_iter().filter(is_new).collect();
        self.begin(new)?;
        self.metrics.vitals().up(true);
        Ok(())
    }

    /// Reads these partitions from the database's offsets on, or sets them aside.
    fn begin(&mut self, partitions: Vec<TopicPartition>) -> Result<(), LogError> {
        let mut positions = BTreeMap::new();
        for (topic, partition) in partitions {
            match self.disagreements.get(&(topic, partition)).cloned() {
                Some(why) => self.set_aside((topic, partition), why)?,
                None => {
                    let position = self.ask(|| self.database.position(topic, partition))?;
                    positions.insert((topic, partition), position);
                }
            }
        }
        self.seek(positions)?;
        self.show_aside();
        Ok(())
    }

    /// Resumes partitions at these offsets; one whose log does not hold its offset is set aside. If the
    /// database has nothing of a partition, it begins where the log begins.
    fn seek(&mut self, to: BTreeMap<TopicPartition, i64>) -> Result<(), LogError> {
        let mut by_topic: BTreeMap<&'static str, BTreeMap<u32, i64>> = BTreeMap::new();
        for ((topic, partition), position) in to {
            by_topic.entry(topic).or_default().insert(partition, position);
        }
        let mut list = TopicPartitionList::new();
        for (topic, positions) in by_topic {
            let partitions: Vec<u32> = positions.keys().copied().collect();
            for (partition, (low, end)) in self.ends.ranges(topic, &partitions)? {
                let position = positions.get(&partition).copied().unwrap_or(0);
                if let Some(why) = unreadable_from((topic, partition), position, low, end) {
                    self.set_aside((topic, partition), why)?;
                    continue;
                }
                let name = self.installation.topic(topic);
                let start = Offset::Offset(position.max(low));
                list.add_partition_offset(&name, convert::native(partition), start)
                    .map_err(LogError::client("placing a partition"))?;
                self.positions.insert((topic, partition), position);
            }
        }
        resume_at(&self.consumer, &list)
    }

    /// Pauses a partition because of its alarm, so that the others are still read.
    fn set_aside(&mut self, topic_partition: TopicPartition, why: String) -> Result<(), LogError> {
        let (topic, partition) = topic_partition;
        tracing::error!(sink = self.name, topic, partition, why, "a partition is set aside");
        pause(&self.consumer, &self.installation.topic(topic), partition)?;
        self.positions.remove(&topic_partition);
        self.metrics.forget_lag(topic, partition);
        self.aside.insert(topic_partition, why);
        self.show_aside();
        Ok(())
    }

    /// Shows how many partitions are set aside, and that the sink is not ready while one is.
    fn show_aside(&self) {
        self.metrics.partitions_set_aside(self.aside.len());
        match self.aside.first() {
            None => self.health.ready(),
            Some(why) => self.health.not_ready(why),
        }
    }

    /// Tries partitions again that have been set aside for a while, and seeks all again if one turned out
    /// not to hold its position.
    fn check_again(&mut self) -> Result<(), LogError> {
        if std::mem::take(&mut self.is_out_of_range) {
            let positions = std::mem::take(&mut self.positions);
            self.seek(positions)?;
        }
        let due = self.aside.take_due();
        if due.is_empty() {
            return Ok(());
        }
        let mut marks = self.ask(|| self.database.marks())?;
        marks.retain(|mark| {
            due.iter().any(|(topic, partition)| mark.topic == *topic && mark.partition == *partition)
        });
        let found = disagreements(&self.installation, marks)?;
        self.disagreements.retain(|topic_partition, _| !due.contains(topic_partition));
        self.disagreements.extend(found);
        self.begin(due.into_iter().collect())
    }

    fn write(&mut self, records: RecordsByPartition) -> Result<(), LogError> {
        let batches = records.into_iter();
        let batches =
            batches.filter_map(|((topic, partition), records)| self.batch(&topic, partition, records));
        let round: Vec<Batch> = batches.collect();
        let now = Instant::now();
        self.heard.extend(round.iter().map(|batch| ((batch.topic, batch.partition), now)));
        self.write_round(round)
    }

    /// The batch of a partition, from its position on; `None` if it is not assigned or has no such record.
    fn batch(&self, topic: &str, partition: u32, mut records: Vec<Incoming>) -> Option<Batch> {
        let topic = spec(topic)?.name;
        let start = *self.positions.get(&(topic, partition))?;
        records.retain(|record| record.offset >= start);
        let end = records.last()?.offset + 1;
        Some(Batch { topic, partition, start, end, records })
    }

    /// Writes a round. A partition whose records cannot be written is set aside, and the others are written.
    fn write_round(&mut self, mut round: Vec<Batch>) -> Result<(), LogError> {
        self.oldest = round.iter().filter_map(|batch| batch.records.first()).map(|record| record.time).min();
        while !round.is_empty() {
            self.show_age();
            let began = Instant::now();
            match self.ask(|| self.database.write(&round)) {
                Ok(RoundResult::Done) => {
                    self.metrics.round(began.elapsed());
                    self.written(round);
                    return Ok(());
                }
                Ok(RoundResult::Fenced) => return self.follow_other_owner(&round),
                Err(WriteFailure::Partition(topic_partition, why)) => {
                    let before = round.len();
                    round.retain(|batch| (batch.topic, batch.partition) != topic_partition);
                    if round.len() == before {
                        return Err(WriteFailure::Partition(topic_partition, why).into());
                    }
                    self.set_aside(topic_partition, why)?;
                }
                Err(WriteFailure::Log(error)) => return Err(error),
            }
        }
        Ok(())
    }

    fn written(&mut self, round: Vec<Batch>) {
        for batch in round {
            self.metrics.records(batch.topic, batch.records.len() as u64);
            self.positions.insert((batch.topic, batch.partition), batch.end);
        }
    }

    /// Another process writes a partition that this one reads: continues at the offset of the database.
    fn follow_other_owner(&mut self, round: &[Batch]) -> Result<(), LogError> {
        tracing::warn!(
            sink = self.name,
            "another process writes a partition of ours: asks the database for its offset"
        );
        self.metrics.fenced();
        let mut found = BTreeMap::new();
        for Batch { topic, partition, .. } in round {
            found.insert((*topic, *partition), self.ask(|| self.database.position(topic, *partition))?);
        }
        self.seek(found)
    }

    /// Shows how old the oldest record is that waits for the database.
    fn show_age(&self) {
        self.metrics.vitals().oldest_age(self.oldest.map_or(Duration::ZERO, |time| present().since(time)));
    }

    /// Asks the database, and repeats the request during an outage.
    fn ask<'a, T>(
        &'a self,
        question: impl Fn() -> crate::batch::SinkFuture<'a, T>,
    ) -> Result<T, WriteFailure> {
        let mut said: Option<Instant> = None;
        loop {
            match self.runtime.block_on(question()) {
                Ok(answer) => {
                    if said.is_some() {
                        tracing::info!(sink = self.name, "the database answers again");
                        self.show_aside();
                    }
                    return Ok(answer);
                }
                Err(SinkError::Fatal(why)) => return Err(WriteFailure::Log(LogError::Alarm(why))),
                Err(SinkError::Partition { topic, partition, why }) => {
                    return Err(WriteFailure::Partition((topic, partition), why));
                }
                Err(SinkError::Away(why)) => {
                    if said.is_none_or(|said| said.elapsed() > LOG_INTERVAL) {
                        tracing::warn!(
                            sink = self.name,
                            why,
                            "the database does not answer: waits, and asks again every half second"
                        );
                        self.health.not_ready("waits for the database");
                        said = Some(Instant::now());
                    }
                    if self.stop.is_requested() {
                        return Err(WriteFailure::Log(LogError::Stopped));
                    }
                    self.show_age();
                    std::thread::sleep(AWAY);
                }
            }
        }
    }
}
