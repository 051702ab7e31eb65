//! How far behind partitions are: asked of the broker one at a time, each every few seconds, between other
//! work.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};

use crate::kafka::client::convert;

/// How often each partition is asked for.
const EVERY: Duration = Duration::from_secs(5);
/// How long an answer may take: a broker that is slow has other worries.
const PATIENCE: Duration = Duration::from_millis(200);

/// Whose turn it is, and when the last was.
pub(crate) struct LagSchedule {
    next: usize,
    last: Instant,
}

impl LagSchedule {
    pub(crate) fn new() -> Self {
        Self { next: 0, last: Instant::now() }
    }

    /// Which of so many partitions to ask for now, if one is due.
    pub(crate) fn due(&mut self, partitions: usize) -> Option<usize> {
        let apart = EVERY / u32::try_from(partitions).ok().filter(|count| *count > 0)?;
        (self.last.elapsed() >= apart).then(|| {
            self.last = Instant::now();
            self.next = (self.next + 1) % partitions;
            self.next
        })
    }
}

/// How many records (control records included) lie between `next` and the last stable offset; none where the
/// broker is slow.
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
