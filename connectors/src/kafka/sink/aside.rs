//! The partitions of a sink that are set aside, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::kafka::LogError;
use crate::kafka::client::log_ends::TopicPartition;

/// A partition that is set aside is tried again after this long.
const RETRY: Duration = Duration::from_secs(60);

/// The assigned partitions that are not read because of their alarm.
#[derive(Default)]
pub(super) struct AsidePartitions(BTreeMap<TopicPartition, Aside>);

struct Aside {
    since: Instant,
    why: String,
}

impl AsidePartitions {
    pub(super) fn insert(&mut self, partition: TopicPartition, why: String) {
        self.0.insert(partition, Aside { since: Instant::now(), why });
    }

    pub(super) fn contains(&self, partition: &TopicPartition) -> bool {
        self.0.contains_key(partition)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets the partitions that are no longer assigned.
    pub(super) fn keep(&mut self, assigned: &BTreeSet<TopicPartition>) {
        self.0.retain(|partition, _| assigned.contains(partition));
    }

    /// Names the first partition that is set aside, and why; `None` if no partition is.
    pub(super) fn first(&self) -> Option<String> {
        let ((topic, partition), Aside { why, .. }) = self.0.first_key_value()?;
        Some(format!("partition {partition} of {topic} is set aside: {why}"))
    }

    /// Takes out the partitions that are to be tried again.
    pub(super) fn take_due(&mut self) -> BTreeSet<TopicPartition> {
        let is_due = |aside: &Aside| aside.since.elapsed() > RETRY;
        let due = self.0.iter().filter(|(_, aside)| is_due(aside)).map(|(partition, _)| *partition).collect();
        self.0.retain(|_, aside| !is_due(aside));
        due
    }
}

/// Why the database did not do what it was asked for.
pub(super) enum WriteFailure {
    /// The records of one partition cannot be written.
    Partition(TopicPartition, String),
    /// The sink cannot go on.
    Log(LogError),
}

impl From<WriteFailure> for LogError {
    fn from(refusal: WriteFailure) -> Self {
        match refusal {
            WriteFailure::Partition((topic, partition), why) => {
                Self::Alarm(format!("{topic}, partition {partition}: {why}"))
            }
            WriteFailure::Log(error) => error,
        }
    }
}
