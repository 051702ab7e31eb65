//! The ends of logs: how far a consumer is behind them, and whether they hold records that it has not read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::client::convert;
use crate::kafka::client::partition_reader::{first_records, partition_reader};
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ReaderContext, with_retries};

/// A partition of a topic, by the topic's name without prefix.
pub(crate) type TopicPartition = (&'static str, u32);

/// How often the lag of each topic is measured.
const EVERY: Duration = Duration::from_secs(5);
/// The timeout of a measurement, short so that a slow broker does not delay processing.
const MEASUREMENT_TIMEOUT: Duration = Duration::from_millis(200);
/// How long a check of the ends of a topic's logs may take.
const CHECK: Duration = Duration::from_secs(1);
/// A partition whose records have all been processed is checked for control records after this long.
pub(crate) const SETTLED: Duration = Duration::from_secs(2);

/// Measures the lag of several topics, one at a time, each every few seconds.
pub(crate) struct LagSchedule {
    next: usize,
    last: Instant,
}

impl LagSchedule {
    pub(crate) fn new() -> Self {
        Self { next: 0, last: Instant::now() }
    }

    /// The index of the topic, out of `topics`, to measure now, if one is due.
    pub(crate) fn due(&mut self, topics: usize) -> Option<usize> {
        let apart = EVERY / u32::try_from(topics).ok().filter(|count| *count > 0)?;
        (self.last.elapsed() >= apart).then(|| {
            self.last = Instant::now();
            self.next = (self.next + 1) % topics;
            self.next
        })
    }
}

/// Requests the ends of logs, as a consumer of committed records sees them, over a connection of its own: a
/// broker answers the requests of a connection in turn, so one that follows a fetch waits until the fetch is
/// answered, which takes `fetch.wait.max.ms` if nothing is new.
pub(crate) struct LogEnds {
    installation: Installation,
    reader: BaseConsumer<ReaderContext>,
}

/// How far a consumer is behind the logs of a topic, by partition.
#[derive(Default)]
pub(crate) struct ConsumerLag {
    /// The number of offsets between the position and the end of the log, for those that were measured.
    pub lag: BTreeMap<u32, u64>,
    /// The end of those logs that hold no committed record between the position and this end.
    pub without_records: BTreeMap<u32, i64>,
}

impl LogEnds {
    /// # Errors
    /// The client cannot be made.
    pub(crate) fn new(installation: &Installation) -> Result<Self, LogError> {
        let reader = partition_reader(installation, "reader", "read_committed")?;
        Ok(Self { installation: installation.clone(), reader })
    }

    /// The offset at which each partition of a topic ends: that of its first open transaction, if there is
    /// one. Empty if the broker does not answer in time.
    fn measure(&self, topic: &str, partitions: impl Iterator<Item = u32>) -> BTreeMap<u32, i64> {
        self.offsets(topic, partitions, Offset::End, MEASUREMENT_TIMEOUT).unwrap_or_default()
    }

    /// How far a consumer with these positions is behind the logs of a topic. Those logs that `is_checked`
    /// accepts are read where the consumer is behind, to see whether they hold records there.
    pub(crate) fn lag_behind(
        &self,
        topic: &str,
        positions: &BTreeMap<u32, i64>,
        is_checked: impl Fn(u32) -> bool,
    ) -> ConsumerLag {
        let ends = self.measure(topic, positions.keys().copied());
        let mut behind = ConsumerLag::default();
        let mut unread = BTreeMap::new();
        for (partition, end) in &ends {
            let next = positions.get(partition).copied().unwrap_or(*end);
            behind.lag.insert(*partition, lag(next, *end));
            if *end > next && is_checked(*partition) {
                unread.insert(*partition, next);
            }
        }
        // The ends were measured first, so a log without records now had none up to that end.
        for partition in self.without_records(topic, &unread) {
            if let Some(end) = ends.get(&partition) {
                behind.lag.insert(partition, 0);
                behind.without_records.insert(partition, *end);
            }
        }
        behind
    }

    /// The first and the next offset of each of these partitions.
    ///
    /// # Errors
    /// The broker does not answer, even after retries.
    pub(crate) fn ranges(
        &self,
        partitions: impl Iterator<Item = TopicPartition>,
    ) -> Result<BTreeMap<TopicPartition, (i64, i64)>, LogError> {
        let mut by_topic: BTreeMap<&'static str, Vec<u32>> = BTreeMap::new();
        for (topic, partition) in partitions {
            by_topic.entry(topic).or_default().push(partition);
        }
        let mut ranges = BTreeMap::new();
        for (topic, partitions) in by_topic {
            let offsets =
                |position| self.offsets(topic, partitions.iter().copied(), position, REQUEST_TIMEOUT);
            let firsts =
                with_retries(&format!("asking where {topic} begins"), || offsets(Offset::Beginning))?;
            let ends = with_retries(&format!("asking where {topic} ends"), || offsets(Offset::End))?;
            for (partition, first) in firsts {
                if let Some(end) = ends.get(&partition) {
                    ranges.insert((topic, partition), (first, *end));
                }
            }
        }
        Ok(ranges)
    }

    /// Those partitions of a topic, each with the next offset that is read, which hold no committed record
    /// from there on: only control records and aborted ones, which a consumer skips silently, so that its
    /// position stays before them. Retention deletes them as it deletes records, so a position that stays
    /// before them would look as if records had been deleted unread. An error counts as no.
    fn without_records(&self, topic: &str, next: &BTreeMap<u32, i64>) -> BTreeSet<u32> {
        let mut without: BTreeSet<u32> = next.keys().copied().collect();
        match first_records(&self.installation, &self.reader, topic, next.clone(), CHECK) {
            Ok(found) => without.retain(|partition| !found.contains_key(partition)),
            Err(error) => {
                tracing::warn!(topic, %error, "the ends of a topic's logs could not be checked yet");
                without.clear();
            }
        }
        without
    }

    fn offsets(
        &self,
        topic: &str,
        partitions: impl Iterator<Item = u32>,
        position: Offset,
        timeout: Duration,
    ) -> Result<BTreeMap<u32, i64>, KafkaError> {
        let name = self.installation.topic(topic);
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition_offset(&name, convert::native(partition), position)?;
        }
        if list.count() == 0 {
            return Ok(BTreeMap::new());
        }
        let mut offsets = BTreeMap::new();
        for element in self.reader.offsets_for_times(list, timeout)?.elements() {
            element.error()?;
            match (u32::try_from(element.partition()), element.offset()) {
                (Ok(partition), Offset::Offset(offset)) => offsets.insert(partition, offset),
                _ => return Err(KafkaError::OffsetFetch(RDKafkaErrorCode::UnknownPartition)),
            };
        }
        Ok(offsets)
    }
}

/// How many offsets lie between a position and the end of the log.
fn lag(next: i64, end: i64) -> u64 {
    u64::try_from(end.saturating_sub(next)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_take_turns_within_the_time_of_one_round() {
        let mut turns = LagSchedule::new();
        assert_eq!((turns.due(0), turns.due(2)), (None, None));
        let mut measured = Vec::new();
        for _ in 0..3 {
            turns.last = Instant::now().checked_sub(EVERY / 2).unwrap();
            measured.extend(turns.due(2));
            assert_eq!(turns.due(2), None);
        }
        assert_eq!(measured, [1, 0, 1]);
    }
}
