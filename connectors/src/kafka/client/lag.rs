//! The lag of partitions, requested from the broker for one partition at a time, each every few seconds.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};

use crate::kafka::client::convert;

/// How often the lag of each partition is measured.
const EVERY: Duration = Duration::from_secs(5);
/// The timeout of a request for the lag, short so that a slow broker does not delay processing.
const PATIENCE: Duration = Duration::from_millis(200);

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

/// How many records (control records included) lie between `next` and the last stable offset; `None` if the
/// broker does not answer in time.
pub(crate) fn behind<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: u32,
    next: i64,
) -> Option<u64> {
    let (_, end) = consumer.fetch_watermarks(topic, convert::native(partition), PATIENCE).ok()?;
    Some(u64::try_from(end - next).unwrap_or(0))
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
