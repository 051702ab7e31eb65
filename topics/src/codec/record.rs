//! Records on the wire: JSON values under CloudEvents headers (Kafka protocol binding, binary mode).

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use crate::catalogue::{Topic, TopicSpec};
use crate::codec::headers::HeaderName;
use crate::codec::kinds::Kinds;
use crate::codec::partition::partition_of;
use crate::codec::sealing::{KeyRing, SealError, in_scope};
use crate::records::dead_letters::DeadClass;
use crate::values::ids::{EventId, TraceParent};
use crate::values::time::Time;

/// The version of all schemas. Older versions can still be read; a record with a newer one is dead-lettered.
pub const SCHEMA_VERSION: u16 = 1;

/// The version of all schemas as a header has it.
pub const SCHEMA_VERSION_TEXT: &str = "1";

/// The header of a record that was dead-lettered and appended again; its value is the id of the review. Such
/// a record was appended in a transaction, even if its first writer uses none.
pub const REPLAYED_HEADER: &str = "replayed-by";

/// The header of a replayed record that has the time at which it was appended first, as far as its dead
/// letter tells it: what a resident reported then is not reported at the time of the replay.
pub const FIRST_APPENDED_HEADER: &str = "first-appended-at";

/// What precedes the name of a stage or connector in the header `ce_source`.
const SOURCE: &str = "/trust-engine/";

/// What the headers of a record contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The id of the record (CloudEvents `id`).
    pub id: EventId,
    /// When the described event happened, in the time of the log that led to it.
    pub time: Time,
    /// The trace context that the record belongs to.
    pub trace: TraceParent,
}

impl Envelope {
    /// The envelope of a record that no other record led to.
    pub fn root(id: EventId, time: Time) -> Self {
        let trace = TraceParent::root(&id);
        Self { id, time, trace }
    }

    /// The envelope of a record with this id that the record of `self` led to.
    pub fn child(&self, id: EventId, time: Time) -> Self {
        let trace = self.trace.child(&id);
        Self { id, time, trace }
    }

    /// The envelope of the `ordinal`-th record that `stage` made of the record of `self`.
    pub fn derived(&self, stage: &str, ordinal: u32, time: Time) -> Self {
        self.child(EventId::derived(&self.id, stage, ordinal), time)
    }
}

/// A record to be written to the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The topic's name, without the installation's prefix.
    pub topic: &'static str,
    /// The number of the partition, from 0.
    pub partition: u32,
    /// The key of the record.
    pub key: String,
    /// The names and values of the record's headers.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The value of the record; missing for a tombstone.
    pub value: Option<Vec<u8>>,
}

impl Outgoing {
    /// The approximate number of bytes that the record takes on the wire.
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        self.key.len() + headers + self.value.as_ref().map_or(0, Vec::len) + 16
    }

    /// The record as readers see it once the broker has appended it at `offset`, with the broker's `time`.
    pub fn appended(self, offset: i64, time: Time) -> Incoming {
        Incoming {
            topic: self.topic.to_owned(),
            partition: self.partition,
            offset,
            time,
            key: Some(self.key.into_bytes()),
            headers: self
                .headers
                .into_iter()
                .map(|(name, value)| (Cow::Borrowed(name), value.into_owned()))
                .collect(),
            value: self.value,
        }
    }
}

/// The partition that a record is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// The partition of its key, among this many.
    ByKey(u32),
    /// The partition of this number.
    Partition(u32),
}

/// A record could not be written: the key ring lacks a key for its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record of topic {topic} cannot be sealed: {error}")]
pub struct EncodeError {
    /// The name of the topic that the record was for.
    pub topic: &'static str,
    /// Why a sealed field could not be written.
    pub error: SealError,
}

/// Writes a record of topic `T`. `stage` is the name of the writer; `key` is the record's key.
///
/// # Errors
/// The ring has no key for the topic's sealed fields.
pub fn encode<T: Topic>(
    ring: &Arc<KeyRing>,
    stage: &str,
    envelope: &Envelope,
    address: Address,
    key: String,
    record: &T::Record,
) -> Result<Outgoing, EncodeError> {
    let (value, failed) = in_scope(ring, T::SPEC.seal, &envelope.id, || json(record));
    let value = value
        .map_err(|_| EncodeError { topic: T::SPEC.name, error: failed.unwrap_or(SealError::Damaged) })?;
    let headers = headers(T::SPEC, T::kind(record), stage, envelope);
    Ok(Outgoing {
        topic: T::SPEC.name,
        partition: addressed_partition(address, &key),
        key,
        headers,
        value: Some(value),
    })
}

/// A record or a row as JSON. Most have less than a kilobyte, so the text is rarely moved while it grows.
///
/// # Errors
/// A field cannot be written.
pub fn json(record: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(1024);
    serde_json::to_writer(&mut json, record)?;
    Ok(json)
}

/// The headers of a record of the topic `spec`.
pub(crate) fn headers(
    spec: &TopicSpec,
    kind: &str,
    stage: &str,
    envelope: &Envelope,
) -> Vec<(&'static str, Cow<'static, str>)> {
    vec![
        ("ce_specversion", "1.0".into()),
        ("ce_id", envelope.id.as_str().to_owned().into()),
        ("ce_type", [spec.name, ".", kind].concat().into()),
        ("ce_source", [SOURCE, stage].concat().into()),
        ("ce_time", envelope.time.to_string().into()),
        ("content-type", "application/json".into()),
        ("schema-version", SCHEMA_VERSION_TEXT.into()),
        ("traceparent", envelope.trace.as_str().to_owned().into()),
    ]
}

/// Writes a tombstone of topic `T`.
pub fn tombstone<T: Topic>(address: Address, key: String) -> Outgoing {
    Outgoing {
        topic: T::SPEC.name,
        partition: addressed_partition(address, &key),
        key,
        headers: Vec::new(),
        value: None,
    }
}

fn addressed_partition(address: Address, key: &str) -> u32 {
    match address {
        Address::ByKey(partitions) => partition_of(key.as_bytes(), partitions),
        Address::Partition(partition) => partition,
    }
}

/// A record that was read from the broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    /// The topic's name, without the installation's prefix.
    pub topic: String,
    /// The number of the partition, from 0.
    pub partition: u32,
    /// The offset within the partition.
    pub offset: i64,
    /// The broker's timestamp of the record.
    pub time: Time,
    /// The key of the record; missing if it has none.
    pub key: Option<Vec<u8>>,
    /// The headers of the record, without those whose value is not UTF-8.
    pub headers: Vec<(HeaderName, String)>,
    /// The value of the record; missing for a tombstone.
    pub value: Option<Vec<u8>>,
}

/// Why a record could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The record is invalid and has to be dead-lettered.
    #[error("the record is {class}")]
    Record {
        /// What is wrong with the record.
        class: DeadClass,
        /// Where its JSON is wrong: line and column, from 1.
        json_position: Option<(u32, u32)>,
    },
    /// The key ring lacks a key, so the record cannot be judged; the configuration has to be corrected.
    #[error("the key ring does not hold the key that a record of topic {0} was sealed with; check KEY_RING")]
    WrongKey(String),
}

impl DecodeError {
    const fn of(class: DeadClass) -> Self {
        Self::Record { class, json_position: None }
    }
}

impl Incoming {
    /// The value of the header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The stage or connector that wrote the record, by its header `ce_source`; empty if it has none.
    pub fn source(&self) -> &str {
        self.header("ce_source").and_then(|source| source.strip_prefix(SOURCE)).unwrap_or_default()
    }

    /// When the broker appended the record; if it was replayed, when it appended the original.
    pub fn first_appended_at(&self) -> Time {
        let first = self.header(FIRST_APPENDED_HEADER).and_then(|time| time.parse().ok());
        first.filter(|_| self.header(REPLAYED_HEADER).is_some()).unwrap_or(self.time)
    }

    /// The key, if it is UTF-8.
    pub fn key_text(&self) -> Option<&str> {
        self.key.as_deref().and_then(|key| std::str::from_utf8(key).ok())
    }

    /// The contents of the record's headers.
    ///
    /// # Errors
    /// There is no `ce_id`, or it does not have a known format.
    pub fn envelope(&self) -> Result<Envelope, DecodeError> {
        let id: EventId = self
            .header("ce_id")
            .and_then(|id| id.parse().ok())
            .ok_or(DecodeError::of(DeadClass::Undecodable))?;
        let time = self.header("ce_time").and_then(|time| time.parse().ok()).unwrap_or(self.time);
        let trace = self
            .header("traceparent")
            .and_then(|trace| trace.parse().ok())
            .unwrap_or_else(|| TraceParent::root(&id));
        Ok(Envelope { id, time, trace })
    }

    /// Decodes this as a record of topic `T`.
    ///
    /// # Errors
    /// The record is not of this topic's type, or the ring lacks its key.
    pub fn decode<T: Topic>(&self, ring: &Arc<KeyRing>) -> Result<(Envelope, T::Record), DecodeError> {
        let envelope = self.envelope()?;
        let version: u16 = self
            .header("schema-version")
            .map_or(Some(SCHEMA_VERSION), |version| version.parse().ok())
            .unwrap_or(u16::MAX);
        let kind = self
            .header("ce_type")
            .and_then(|name| name.strip_prefix(T::SPEC.name))
            .and_then(|name| name.strip_prefix('.'));
        if version > SCHEMA_VERSION || kind.is_some_and(|kind| !T::KINDS.contains(&kind)) {
            return Err(DecodeError::of(DeadClass::UnknownKind));
        }
        let value = self.value.as_deref().ok_or(DecodeError::of(DeadClass::Undecodable))?;
        let record = decode_value(ring, T::SPEC, &envelope.id, value)?;
        Ok((envelope, record))
    }
}

fn decode_value<R: Kinds>(
    ring: &Arc<KeyRing>,
    spec: &TopicSpec,
    id: &EventId,
    value: &[u8],
) -> Result<R, DecodeError> {
    match in_scope(ring, spec.seal, id, || R::read(value)) {
        (Ok(record), _) => Ok(record),
        (Err(_), Some(SealError::WrongKey)) => Err(DecodeError::WrongKey(spec.name.to_owned())),
        (Err(_), Some(_)) => Err(DecodeError::of(DeadClass::Damaged)),
        (Err(error), None) => {
            let at = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            Err(DecodeError::Record {
                class: DeadClass::Undecodable,
                json_position: Some((at(error.line()), at(error.column()))),
            })
        }
    }
}
