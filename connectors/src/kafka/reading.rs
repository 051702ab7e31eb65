//! Reads partitions of a topic to their ends as they are now, without a group.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::TopicSpec;
use topics::record::Incoming;

use super::{Installation, LogError, OUTAGE, wire};

/// Reads what the consumer sees of each partition, from its offset in `from` on. The consumer must tell ends
/// (`enable.partition.eof`).
pub(super) fn read_to_end<C: ConsumerContext>(
    installation: &Installation,
    consumer: &BaseConsumer<C>,
    topic: &TopicSpec,
    mut from: BTreeMap<u32, Offset>,
    mut take: impl FnMut(&Incoming) -> Result<(), LogError>,
) -> Result<(), LogError> {
    let name = installation.topic(topic.name);
    let mut list = TopicPartitionList::new();
    for (partition, offset) in &from {
        let added = list.add_partition_offset(&name, wire::native(*partition), *offset);
        added.map_err(LogError::client(format!("reading {name}")))?;
    }
    consumer.assign(&list).map_err(LogError::client(format!("reading {name}")))?;
    let mut heard = Instant::now();
    while let Some(first) = from.keys().next().copied() {
        match consumer.poll(Duration::from_millis(100)) {
            None if heard.elapsed() > OUTAGE => {
                return Err(LogError::Alarm(format!("topic {name}, partition {first}: the broker sent nothing for 60 s")));
            }
            None => continue,
            Some(Err(KafkaError::PartitionEOF(partition))) => from.retain(|open, _| wire::native(*open) != partition),
            Some(Err(error)) => tracing::warn!(topic = name, %error, "reading to the end: the client reports"),
            Some(Ok(message)) => take(&wire::incoming(&message, &installation.prefix))?,
        }
        heard = Instant::now();
    }
    Ok(())
}
