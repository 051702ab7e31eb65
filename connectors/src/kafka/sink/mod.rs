//! Feeds the database of a sink. One group reads all topics of the sink, in rounds of batches; the database
//! itself keeps the offsets. A partition that has an alarm is set aside: it is paused and tried again every
//! minute, and the others are read on.

mod aside;
mod check;
mod database;
mod partitions;
mod report;
mod round;
mod topic_reader;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::{Duration, Instant};

use topics::catalogue::spec;
use topics::codec::record::Incoming;

use crate::batch::{Batch, Mark, RoundResult, SinkDatabase};
use crate::health::PartHealth;
use crate::kafka::client::group::Rebalance;
use crate::kafka::client::log_ends::{SETTLED, TopicPartition};
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::sink::aside::WriteFailure;
use crate::kafka::sink::check::{SinkPosition, disagreements, unreadable_from};
use crate::kafka::sink::database::PatientDatabase;
use crate::kafka::sink::partitions::SinkPartitions;
use crate::kafka::sink::report::SinkReport;
use crate::kafka::sink::round::RecordsByPartition;
use crate::kafka::sink::topic_reader::TopicReader;
use crate::kafka::{Installation, LogError};
use crate::metrics::SinkMetrics;

/// Feeds one database from Kafka until it is asked to stop.
pub struct SinkConsumer {
    reader: TopicReader,
    database: PatientDatabase,
    partitions: SinkPartitions,
    report: Rc<SinkReport>,
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
        let report = Rc::new(SinkReport::new(name, metrics, health));
        Ok(Self {
            reader: TopicReader::new(installation, name)?,
            database: PatientDatabase { database, runtime, report: report.clone(), stop: stop.clone() },
            partitions: SinkPartitions::default(),
            report,
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
        self.report.show_stopping();
        self.reader.leave();
        match ran.unwrap_or_else(|_| Err(LogError::Alarm(format!("{} panicked", self.report.name)))) {
            // The database writes a batch as a whole or not at all: the batch is read again after the start.
            Err(LogError::Stopped) => Ok(()),
            ended => ended,
        }
    }

    fn work(&mut self) -> Result<(), LogError> {
        self.database.ask(|database| database.check())?;
        // Whether the database was filled from these logs and not from others of the same names.
        let marks = self.database.ask(|database| database.marks())?;
        self.partitions.disagreements = disagreements(self.reader.installation(), marks)?;
        self.reader.subscribe(self.database.topics())?;
        while !self.stop.is_requested() {
            let round = self.reader.poll()?;
            self.follow_group()?;
            self.write(round.records)?;
            if round.is_out_of_range {
                // The client does not say which partition: a log may have been truncated and have grown
                // again.
                let all = std::mem::take(&mut self.partitions.positions);
                self.begin_again(all.into_keys().collect())?;
            }
            let due = self.partitions.aside.take_due();
            self.begin_again(due)?;
            self.report.show_age(None);
            self.show_lag()?;
        }
        // Retention may delete the control records that the logs end with before the next start.
        for topic in self.database.topics() {
            self.look_at_ends(topic, Duration::ZERO)?;
        }
        Ok(())
    }

    /// Follows rebalances; new partitions begin at the database's offset.
    fn follow_group(&mut self) -> Result<(), LogError> {
        let changes = self.reader.changes();
        if changes.is_empty() {
            return Ok(());
        }
        for change in changes {
            match change {
                Rebalance::Failed(why) => {
                    return Err(LogError::Alarm(format!(
                        "{}: the group's change could not be followed: {why}",
                        self.report.name
                    )));
                }
                // A partition that was revoked and assigned again between two polls is paused: all are sought
                // again.
                Rebalance::Revoked(_) => {
                    for (topic, partition) in std::mem::take(&mut self.partitions.positions).into_keys() {
                        self.report.metrics.forget_lag(topic, partition);
                    }
                }
                Rebalance::Assigned(_) => {}
            }
        }
        let new = self.partitions.follow(&self.reader.assigned()?);
        self.begin(new)
    }

    /// Reads these partitions from the database's offsets on, or sets them aside.
    fn begin(&mut self, partitions: Vec<TopicPartition>) -> Result<(), LogError> {
        let mut readable = Vec::new();
        for topic_partition in partitions {
            match self.partitions.disagreements.get(&topic_partition).cloned() {
                Some(why) => self.set_aside(topic_partition, why)?,
                None => readable.push(topic_partition),
            }
        }
        self.seek(readable)?;
        self.report.show_aside(&self.partitions.aside);
        Ok(())
    }

    /// Resumes partitions at the database's offsets; one whose log does not hold its offset is set aside. If
    /// the database has nothing of a partition, it begins where the log begins.
    fn seek(&mut self, partitions: Vec<TopicPartition>) -> Result<(), LogError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let positions = positions(&self.database.ask(|database| database.marks())?);
        let mut starts = BTreeMap::new();
        for (topic_partition, (first, end)) in self.reader.ends().ranges(partitions.into_iter())? {
            let at = positions.get(&topic_partition).cloned().unwrap_or_default();
            if let Some(why) = unreadable_from(topic_partition, &at, first, end) {
                self.set_aside(topic_partition, why)?;
                continue;
            }
            starts.insert(topic_partition, at.next.max(first));
            self.partitions.positions.insert(topic_partition, at.next);
        }
        self.reader.resume_at(&starts)
    }

    /// Pauses a partition because of its alarm, so that the others are still read.
    fn set_aside(&mut self, topic_partition: TopicPartition, why: String) -> Result<(), LogError> {
        let (topic, partition) = topic_partition;
        tracing::error!(sink = self.report.name, topic, partition, why, "a partition is set aside");
        self.reader.pause(topic_partition)?;
        self.partitions.positions.remove(&topic_partition);
        self.report.metrics.forget_lag(topic, partition);
        self.partitions.aside.insert(topic_partition, why);
        self.report.show_aside(&self.partitions.aside);
        Ok(())
    }

    /// Compares these partitions with the database again, and reads on those that agree with it.
    fn begin_again(&mut self, partitions: BTreeSet<TopicPartition>) -> Result<(), LogError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let mut marks = self.database.ask(|database| database.marks())?;
        marks.retain(|mark| {
            partitions.iter().any(|(topic, partition)| mark.topic == *topic && mark.partition == *partition)
        });
        let found = disagreements(self.reader.installation(), marks)?;
        self.partitions.disagreements.retain(|topic_partition, _| !partitions.contains(topic_partition));
        self.partitions.disagreements.extend(found);
        self.begin(partitions.into_iter().collect())
    }

    fn write(&mut self, records: RecordsByPartition) -> Result<(), LogError> {
        let batches = records.into_iter();
        let batches =
            batches.filter_map(|((topic, partition), records)| self.batch(&topic, partition, records));
        let round: Vec<Batch> = batches.collect();
        let now = Instant::now();
        self.partitions.heard.extend(round.iter().map(|batch| ((batch.topic, batch.partition), now)));
        self.write_round(round)
    }

    /// The batch of a partition, from its position on; `None` if it is not assigned or has no such record.
    fn batch(&self, topic: &str, partition: u32, mut records: Vec<Incoming>) -> Option<Batch> {
        let topic = spec(topic)?.name;
        let start = *self.partitions.positions.get(&(topic, partition))?;
        records.retain(|record| record.offset >= start);
        let end = records.last()?.offset + 1;
        Some(Batch { topic, partition, start, end, records })
    }

    /// Writes a round. A partition whose records cannot be written is set aside, and the others are written.
    fn write_round(&mut self, mut round: Vec<Batch>) -> Result<(), LogError> {
        while !round.is_empty() {
            let began = Instant::now();
            match self.database.ask_for(self.report.oldest(&round), |database| database.write(&round)) {
                Ok(RoundResult::Done) => {
                    self.report.show_round(&round, began.elapsed());
                    self.note_written(round);
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

    fn note_written(&mut self, round: Vec<Batch>) {
        for batch in round {
            self.report.metrics.records(batch.topic, batch.records.len() as u64);
            self.partitions.positions.insert((batch.topic, batch.partition), batch.end);
        }
    }

    /// Another process writes a partition that this one reads: continues at the offset of the database.
    fn follow_other_owner(&mut self, round: &[Batch]) -> Result<(), LogError> {
        tracing::warn!(
            sink = self.report.name,
            "another process writes a partition of ours: asks the database for its offset"
        );
        self.report.metrics.fenced();
        self.seek(round.iter().map(|batch| (batch.topic, batch.partition)).collect())
    }

    /// Shows how many records the tables are behind, one topic at a time.
    fn show_lag(&mut self) -> Result<(), LogError> {
        let topics = self.database.topics();
        let turn = self.reader.lag_due(topics.len());
        let Some(topic) = turn.and_then(|turn| topics.get(turn)) else { return Ok(()) };
        self.look_at_ends(topic, SETTLED)
    }

    /// Shows the lag of a topic. Where only control records are left, the position moves past them, in those
    /// partitions whose last records arrived long enough ago.
    fn look_at_ends(&mut self, topic: &'static str, patience: Duration) -> Result<(), LogError> {
        let positions = self.partitions.of(topic);
        let is_quiet =
            |partition| self.partitions.quiet_for((topic, partition)).is_none_or(|quiet| quiet >= patience);
        let behind = self.reader.ends().lag_behind(topic, &positions, is_quiet);
        for (partition, records) in behind.lag {
            self.report.metrics.lag(topic, partition, records);
        }
        let mut round = Vec::new();
        for (partition, end) in behind.without_records {
            if let Some(start) = positions.get(&partition) {
                round.push(Batch { topic, partition, start: *start, end, records: Vec::new() });
            }
        }
        self.write_round(round)
    }
}

/// Where the database is in each partition that it has written something of.
fn positions(marks: &[Mark]) -> BTreeMap<TopicPartition, SinkPosition> {
    let named =
        marks.iter().filter_map(|mark| Some(((spec(&mark.topic)?.name, mark.partition), mark.into())));
    named.collect()
}
