//! Reads the records of a topic that were appended since some time, up to its present end.

use std::collections::BTreeMap;

use rdkafka::Offset;
use topics::catalogue::TopicSpec;
use topics::codec::record::Incoming;
use topics::values::time::Time;

use crate::kafka::client::partition_reader::{offset_at, partition_reader, scan};
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT};

/// Hands `take` the committed records of `topic` since `since`.
pub(super) fn each_since(
    installation: &Installation,
    topic: &'static TopicSpec,
    since: Time,
    mut take: impl FnMut(&Incoming),
) -> Result<(), LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let name = installation.topic(topic.name);
    let mut from = BTreeMap::new();
    for partition in 0..topic.partitions(installation.partitions) {
        if let Some(offset) = offset_at(&consumer, &name, partition, since)? {
            from.insert(partition, Offset::Offset(offset));
        }
    }
    scan(installation, &consumer, topic.name, from, REQUEST_TIMEOUT, |record| {
        take(record);
        Ok(())
    })
}
