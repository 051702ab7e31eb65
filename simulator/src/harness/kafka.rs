//! Topics as a reader with all keys sees them, and records as anyone may write them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use topics::catalogue::Topic;
use topics::codec::headers::{HeaderName, header_name};
use topics::codec::record::{Envelope, Incoming, Outgoing};
use topics::codec::sealing::KeyRing;
use topics::codec::task_row::TaskRow;
use topics::values::time::Time;

/// The topics of an installation, read and written with all keys.
#[derive(Clone)]
pub struct Topics {
    /// Bootstrap servers of Kafka.
    pub brokers: String,
    /// Prefix of all topic names.
    pub prefix: String,
    /// How many partitions logs and stores have.
    pub partitions: u32,
    /// The keys of all lanes.
    pub key_ring: Arc<KeyRing>,
}

/// How long the broker may take for anything that is asked of it here.
pub(super) const BROKER: Duration = Duration::from_secs(30);

/// A record with its meaning.
#[derive(Clone, Debug)]
pub struct Decoded<R> {
    /// The record as it was read from Kafka.
    pub incoming: Incoming,
    /// The envelope, decoded from the headers.
    pub envelope: Envelope,
    /// The decoded value, with sealed fields opened.
    pub record: R,
}

/// A record as anybody may write it.
#[derive(Clone, Debug, Default)]
pub struct Raw<'a> {
    /// Its topic, without the prefix.
    pub topic: &'a str,
    /// The partition to write to.
    pub partition: u32,
    /// The key of the record.
    pub key: &'a str,
    /// The headers of the record, by name.
    pub headers: Vec<(&'a str, Cow<'a, str>)>,
    /// The value of the record, as bytes.
    pub value: Vec<u8>,
}

impl<'a> Raw<'a> {
    /// A record in the form that is sent to the broker, which a test may then damage.
    pub fn of(record: &'a Outgoing) -> Self {
        Self {
            topic: record.topic,
            partition: record.partition,
            key: &record.key,
            headers: record.headers.iter().map(|(name, value)| (*name, value.clone())).collect(),
            value: record.value.clone().unwrap_or_default(),
        }
    }
}

impl Topics {
    /// A topic's name with the installation's prefix.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// All committed records of a topic, by partition and offset, from the first to the last at this moment.
    ///
    /// # Errors
    /// The broker does not give them.
    pub fn read(&self, topic: &str) -> Result<Vec<Incoming>> {
        read(&self.brokers, &self.prefix, topic, &BTreeMap::new())
    }

    /// Whether a topic holds a committed record at or after the offset that `next` names for its partition (0
    /// if it names none). The end of a partition does not show that, because markers of transactions take
    /// offsets too.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn has_more(&self, topic: &str, next: &BTreeMap<u32, i64>) -> Result<bool> {
        Ok(!read(&self.brokers, &self.prefix, topic, next)?.is_empty())
    }

    /// All committed records of topic `T` but tombstones and task rows, opened and decoded.
    ///
    /// # Errors
    /// A record cannot be decoded: says which.
    pub fn decoded<T: Topic>(&self) -> Result<Vec<Decoded<T::Record>>> {
        let records = self.read(T::SPEC.name)?;
        let plain = records.into_iter().filter(|record| record.value.is_some() && !is_task_row(record));
        plain.map(|incoming| self.decode::<T>(incoming)).collect()
    }

    /// The last record of each key of the store `T`, opened and decoded.
    ///
    /// # Errors
    /// A record cannot be decoded: says which.
    pub fn store<T: Topic>(&self) -> Result<BTreeMap<String, T::Record>> {
        let mut last = BTreeMap::new();
        for record in self.read(T::SPEC.name)? {
            let key = record.key_text().unwrap_or_default().to_owned();
            if is_task_row(&record) {
                continue;
            }
            match record.value {
                Some(_) => last.insert(key, self.decode::<T>(record)?.record),
                None => last.remove(&key),
            };
        }
        Ok(last)
    }

    /// The task's row of each partition of the store `topic`.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn task_rows(&self, topic: &str) -> Result<BTreeMap<u32, TaskRow>> {
        let rows = self.read(topic)?.into_iter().filter(is_task_row);
        rows.map(|row| Ok((row.partition, serde_json::from_slice(row.value.as_deref().unwrap_or_default())?)))
            .collect()
    }

    fn decode<T: Topic>(&self, incoming: Incoming) -> Result<Decoded<T::Record>> {
        let source = format!("{} {}@{}", T::SPEC.name, incoming.partition, incoming.offset);
        let (envelope, record) = incoming.decode::<T>(&self.key_ring).with_context(|| source)?;
        Ok(Decoded { incoming, envelope, record })
    }

    /// A producer of its own: acknowledged by all replicas, idempotent.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn producer(&self) -> Result<FutureProducer> {
        Ok(self
            .client()
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("linger.ms", "0")
            .create()?)
    }

    /// Appends a record outside of any transaction. Returns its offset.
    ///
    /// # Errors
    /// The broker does not take it.
    pub async fn append(&self, raw: Raw<'_>) -> Result<i64> {
        let value = raw.value.clone();
        send(&self.producer()?, &self.name(raw.topic), raw, Some(&value)).await
    }

    /// Appends a record in the form that the program's connectors use. Returns its offset.
    ///
    /// # Errors
    /// The broker does not take it.
    pub async fn send(&self, producer: &FutureProducer, record: Outgoing) -> Result<i64> {
        let Outgoing { topic, partition, key, headers, value } = record;
        let raw = Raw { topic, partition, key: &key, headers, value: Vec::new() };
        send(producer, &self.name(topic), raw, value.as_deref()).await
    }

    /// The offset after the last committed record of each partition of a topic.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn ends(&self, topic: &str) -> Result<BTreeMap<u32, i64>> {
        let consumer = self.reader("read_committed")?;
        let topic = self.name(topic);
        let partitions = partitions_of(&consumer, &topic)?;
        partitions
            .into_iter()
            .map(|partition| {
                Ok((u32::try_from(partition)?, consumer.fetch_watermarks(&topic, partition, BROKER)?.1))
            })
            .collect()
    }

    /// A consumer that asks for the ends of topics as a reader of this isolation level sees them.
    pub(super) fn reader(&self, isolation: &str) -> Result<BaseConsumer> {
        let mut config = self.client();
        Ok(config.set("group.id", "tests-reader").set("isolation.level", isolation).create()?)
    }

    /// A configuration for a client of the broker.
    pub fn client(&self) -> ClientConfig {
        client(&self.brokers)
    }

    /// The committed offsets of the consumer group `group` (without the prefix) in `topic`, by partition.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn committed(&self, group: &str, topic: &str) -> Result<BTreeMap<u32, i64>> {
        let consumer: BaseConsumer = self.client().set("group.id", self.name(group)).create()?;
        let topic = self.name(topic);
        let mut asked = TopicPartitionList::new();
        for partition in 0..self.partitions {
            asked.add_partition(&topic, i32::try_from(partition)?);
        }
        let answer = consumer.committed_offsets(asked, BROKER)?;
        let offsets = answer
            .elements()
            .into_iter()
            .filter_map(|one| Some((u32::try_from(one.partition()).ok()?, one.offset().to_raw()?)));
        Ok(offsets.filter(|(_, offset)| *offset >= 0).collect())
    }
}

/// Appends a record with this value; without one it deletes the record of its key.
async fn send(producer: &FutureProducer, topic: &str, raw: Raw<'_>, value: Option<&[u8]>) -> Result<i64> {
    let headers = raw.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value.as_bytes()) })
    });
    let mut record =
        FutureRecord::to(topic).partition(i32::try_from(raw.partition)?).key(raw.key).headers(headers);
    record.payload = value;
    let delivered = producer.send(record, BROKER).await.map_err(|(error, _)| error)?;
    Ok(delivered.offset)
}

fn is_task_row(record: &Incoming) -> bool {
    record.key_text().is_some_and(|key| key.starts_with('~'))
}

pub(super) fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("enable.auto.commit", "false");
    config
}

/// All committed records of `prefix` + `topic`, in each partition from the offset that `next` names, or from
/// the first if it names none.
fn read(brokers: &str, prefix: &str, topic: &str, next: &BTreeMap<u32, i64>) -> Result<Vec<Incoming>> {
    let full = format!("{prefix}{topic}");
    let consumer: BaseConsumer = client(brokers)
        .set("group.id", "tests-reader")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "10")
        .create()?;
    let partitions = partitions_of(&consumer, &full)?;
    let mut wanted = TopicPartitionList::new();
    for partition in &partitions {
        let start = u32::try_from(*partition).ok().and_then(|partition| next.get(&partition));
        wanted.add_partition_offset(
            &full,
            *partition,
            start.map_or(Offset::Beginning, |offset| Offset::Offset(*offset)),
        )?;
    }
    consumer.assign(&wanted)?;
    let mut open = partitions;
    let mut records = Vec::new();
    let started = Instant::now();
    while !open.is_empty() {
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => records.push(incoming(&message, topic)),
            Some(Err(KafkaError::PartitionEOF(partition))) => drop(open.remove(&partition)),
            Some(Err(error)) => bail!("reading {full}: {error}"),
            None if started.elapsed() > BROKER => {
                bail!("the end of {full} was not reached in {BROKER:?}: an open transaction?")
            }
            None => {}
        }
    }
    records.sort_by_key(|record| (record.partition, record.offset));
    Ok(records)
}

pub(super) fn partitions_of(consumer: &BaseConsumer, topic: &str) -> Result<BTreeSet<i32>> {
    let metadata = consumer.fetch_metadata(Some(topic), BROKER)?;
    let found = metadata.topics().iter().find(|one| one.name() == topic).filter(|one| one.error().is_none());
    Ok(found
        .with_context(|| format!("there is no topic {topic}"))?
        .partitions()
        .iter()
        .map(|one| one.id())
        .collect())
}

/// The name and the value of a header; nothing if its value is missing or not UTF-8.
fn name_and_text(header: Header<'_, &[u8]>) -> Option<(HeaderName, String)> {
    Some((header_name(header.key), std::str::from_utf8(header.value?).ok()?.to_owned()))
}

fn incoming(message: &BorrowedMessage<'_>, topic: &str) -> Incoming {
    let headers = message.headers().map(|headers| headers.iter().filter_map(name_and_text).collect());
    Incoming {
        topic: topic.to_owned(),
        partition: u32::try_from(message.partition()).unwrap_or(u32::MAX),
        offset: message.offset(),
        time: Time::from_millis(message.timestamp().to_millis().unwrap_or(0)),
        key: message.key().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
        value: message.payload().map(<[u8]>::to_vec),
    }
}
