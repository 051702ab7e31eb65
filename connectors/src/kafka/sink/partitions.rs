//! The partitions that are assigned to a sink: where each is, and which are set aside.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::kafka::client::log_ends::TopicPartition;
use crate::kafka::sink::aside::AsidePartitions;

/// The partitions that are assigned to a sink.
#[derive(Default)]
pub(super) struct SinkPartitions {
    /// The next offset of each partition that is read, as the database has it.
    pub(super) positions: BTreeMap<TopicPartition, i64>,
    /// Those that an alarm keeps from being read.
    pub(super) aside: AsidePartitions,
    /// Why the log of a partition is not the one that the database was filled from.
    pub(super) disagreements: BTreeMap<TopicPartition, String>,
    /// When the last records of each partition arrived.
    pub(super) heard: BTreeMap<TopicPartition, Instant>,
}

impl SinkPartitions {
    /// Forgets the partitions that are not assigned any more; those that are new.
    pub(super) fn follow(&mut self, assigned: &BTreeSet<TopicPartition>) -> Vec<TopicPartition> {
        self.positions.retain(|topic_partition, _| assigned.contains(topic_partition));
        self.aside.keep(assigned);
        let is_new = |topic_partition: &&TopicPartition| {
            !self.positions.contains_key(topic_partition) && !self.aside.contains(topic_partition)
        };
        assigned.iter().filter(is_new).copied().collect()
    }

    /// The partitions of a topic that are read, each with its position.
    pub(super) fn of(&self, topic: &'static str) -> BTreeMap<u32, i64> {
        let of_topic = self.positions.range((topic, 0)..=(topic, u32::MAX));
        of_topic.map(|((_, partition), position)| (*partition, *position)).collect()
    }

    /// How long ago the last records of a partition arrived; `None` if none have.
    pub(super) fn quiet_for(&self, topic_partition: TopicPartition) -> Option<Duration> {
        self.heard.get(&topic_partition).map(Instant::elapsed)
    }
}
