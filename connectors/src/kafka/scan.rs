//! Reads partitions to their end as it is now.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::record::Incoming;

use super::{Installation, LogError, Quiet, said, wire};

/// Hands `take` all that the consumer sees of these partitions, each from its offset on and in its order. The consumer says
/// where a partition ends (`enable.partition.eof`); a broker that is silent for longer than `patience` is an alarm.
pub(super) fn scan(
    installation: &Installation,
    consumer: &BaseConsumer<Quiet>,
    topic: &'static str,
    mut from: BTreeMap<u32, Offset>,
    patience: Duration,
    mut take: impl FnMut(&Incoming) -> Result<(), LogError>,
) -> Result<(), LogError> {
    let name = installation.topic(topic);
    let doing = || LogError::client(format!("reading {name}"));
    let mut list = TopicPartitionList::new();
    for (partition, offset) in &from {
        list.add_partition_offset(&name, wire::native(*partition), *offset).map_err(doing())?;
    }
    consumer.assign(&list).map_err(doing())?;
    let mut heard = Instant::now();
    while let Some(first) = from.keys().next().copied() {
        if heard.elapsed() > patience {
            let seconds = patience.as_secs();
            return Err(LogError::Alarm(format!("the broker sent nothing of {topic}, partition {first}, for {seconds} s")));
        }
        match consumer.poll(Duration::from_millis(100)) {
            None => continue,
            Some(Err(KafkaError::PartitionEOF(partition))) => from.retain(|open, _| wire::native(*open) != partition),
            Some(Err(error)) => {
                said::error(&error, topic);
                continue;
            }
            Some(Ok(message)) => take(&wire::incoming(&message, &installation.prefix))?,
        }
        heard = Instant::now();
    }
    Ok(())
}
