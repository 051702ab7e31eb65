//! The lag of partitions, requested from the broker for one partition at a time, each every few seconds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use topics::codec::record::Incoming;

use crate::kafka::client::convert;
use crate::kafka::client::partition_reader::{first_records, partition_reader};
use crate::kafka::{Installation, LogError, ReaderContext};

/// How often the lag of each partition is measured.
const EVERY: Duration = Duration::from_secs(5);
/// The timeout of a request for the lag, short so that a slow broker does not delay processing.
const WATERMARK_TIMEOUT: Duration = Duration::from_millis(200);
/// The least time between two checks of the ends of logs.
const CHECKS_APART: Duration = Duration::from_millis(500);
/// How long a check of a log's end may take.
const CHECK: Duration = Duration::from_secs(1);

/// Which partition was measured last, and when.
pub(crate) struct LagSchedule {
    next: usize,
    last: Instant,
}

impl LagSchedule {
    pub(crate) fn new() -> Self {
        Self { next: 0, last: Instant::now() }
    }

    /// The index of the partition, out of `partitions`, to measure now, if one is due.
    pub(crate) fn due(&mut self, partitions: usize) -> Option<usize> {
        let apart = EVERY / u32::try_from(partitions).ok().filter(|count| *count > 0)?;
        (self.last.elapsed() >= apart).then(|| {
            self.last = Instant::now();
            self.next = (self.next + 1) % partitions;
            self.next
        })
    }
}

/// The offset at which a partition ends for this consumer: that of the first open transaction, if there is
/// one; `None` if the broker does not answer in time.
pub(crate) fn log_end<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: u32,
) -> Option<i64> {
    consumer.fetch_watermarks(topic, convert::native(partition), WATERMARK_TIMEOUT).ok().map(|(_, end)| end)
}

/// How many offsets lie between a position and the end of the log.
pub(crate) fn lag(next: i64, end: i64) -> u64 {
    u64::try_from(end.saturating_sub(next)).unwrap_or(0)
}

/// A partition whose records have all been processed is looked at for control records after this long.
pub(crate) const SETTLED: Duration = Duration::from_secs(2);

/// Finds out whether the end of a log holds records, or only control records and aborted ones, which a
/// consumer skips silently: its position stays before them. Retention deletes them as it deletes
/// records, so a position that stays before them looks as if records had been deleted unread.
pub(crate) struct EndCheck {
    installation: Installation,
    reader: Option<BaseConsumer<ReaderContext>>,
    /// When the last check was made.
    last: Option<Instant>,
}

impl EndCheck {
    pub(crate) fn new(installation: &Installation) -> Self {
        Self { installation: installation.clone(), reader: None, last: None }
    }

    /// Whether no committed record of `topic` lies at or after `next`. An error counts as no, and so does a
    /// check that follows the last one too soon, since it keeps the caller from its work: it is repeated
    /// later.
    pub(crate) fn is_clear(&mut self, topic: &str, partition: u32, next: i64) -> bool {
        if self.last.is_some_and(|last| last.elapsed() < CHECKS_APART) {
            return false;
        }
        self.last = Some(Instant::now());
        match self.first_record(topic, partition, next) {
            Ok(found) => found.is_empty(),
            Err(error) => {
                tracing::warn!(topic, partition, %error, "the end of a log could not be checked yet");
                false
            }
        }
    }

    fn first_record(
        &mut self,
        topic: &str,
        partition: u32,
        next: i64,
    ) -> Result<BTreeMap<u32, Incoming>, LogError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(partition_reader(&self.installation, "reader", "read_committed")?),
        };
        first_records(&self.installation, reader, topic, BTreeMap::from([(partition, next)]), CHECK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_take_turns_within_the_time_of_one_round() {
        let mut turns = LagSchedule::new();
        assert_eq!((turns.due(0), turns.due(2)), (None, None));
        let mut asked = Vec::new();
        for _ in 0..3 {
            turns.last = Instant::now().checked_sub(EVERY / 2).unwrap();
            asked.extend(turns.due(2));
            assert_eq!(turns.due(2), None);
        }
        assert_eq!(asked, [1, 0, 1]);
    }
}
