//! An example of a record: what it means, what is on the wire, and how the one becomes the other.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use topics::catalogue::{Topic, TopicSpec};
use topics::codec::record::{Address, DecodeError, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::KeyRing;
use topics::values::ids::EventId;

use crate::values::at;

/// Keys for tests alone: with fixed keys sealed fields are the same bytes every time.
pub static RING: LazyLock<Arc<KeyRing>> = LazyLock::new(|| {
    let text = "intake-1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,\
                municipal-1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=,\
                protected-1:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";
    Arc::new(text.parse().unwrap())
});

/// What a record read as.
pub struct Reading {
    /// Whether it means what the example says.
    pub means_the_same: bool,
    /// The record after it was decoded and encoded again.
    pub again: Outgoing,
}

/// Reads a record of an example's topic.
type Read = dyn Fn(&Incoming) -> Result<Reading, DecodeError>;

/// An example of one kind of a topic's records.
pub struct Example {
    /// What it tells of.
    pub name: &'static str,
    /// The topic of the record.
    pub spec: &'static TopicSpec,
    /// The kind of the record, the last part of its CloudEvents type.
    pub kind: &'static str,
    /// It, on the wire.
    pub written: Outgoing,
    /// Reads a record of its topic and compares.
    pub read: Box<Read>,
}

/// The example `name` of topic `T`: `record`, written by `stage` to the partition of `key` among 12.
pub fn example<T: Topic>(name: &'static str, stage: &str, key: impl ToString, record: T::Record) -> Example
where
    T::Record: PartialEq + 'static,
{
    let id = EventId::of(&[b"golden", T::SPEC.name.as_bytes(), name.as_bytes()]);
    let written =
        encode::<T>(&RING, stage, &Envelope::root(id, at(0)), Address::ByKey(12), key.to_string(), &record)
            .unwrap();
    written_example::<T>(name, written, record)
}

/// The example `name` of topic `T`, written already.
pub fn written_example<T: Topic>(name: &'static str, written: Outgoing, record: T::Record) -> Example
where
    T::Record: PartialEq + 'static,
{
    let kind = T::kind(&record);
    let read = move |incoming: &Incoming| {
        let (envelope, decoded) = incoming.decode::<T>(&RING)?;
        let stage = incoming.header("ce_source").unwrap().strip_prefix("/trust-engine/").unwrap();
        let place = Address::Partition(incoming.partition);
        let key = incoming.key_text().unwrap().to_owned();
        let again = encode::<T>(&RING, stage, &envelope, place, key, &decoded).unwrap();
        Ok(Reading { means_the_same: decoded == record, again })
    };
    Example { name, spec: T::SPEC, kind, written, read: Box::new(read) }
}

/// A record as a golden file has it.
#[derive(Deserialize)]
pub struct Golden {
    /// The name of the example, which says what the record is about.
    pub name: String,
    /// The key of the Kafka record.
    pub key: String,
    /// The partition that the record is written to.
    pub partition: u32,
    /// The headers of the Kafka record, by name.
    pub headers: BTreeMap<String, String>,
    /// Its value, byte for byte.
    pub value: Box<RawValue>,
    /// The same for people: what is sealed is open and says so.
    pub plain: Value,
}

impl Golden {
    /// The record as a consumer gets it.
    pub fn incoming(&self, spec: &TopicSpec) -> Incoming {
        Incoming {
            topic: spec.name.to_owned(),
            partition: self.partition,
            offset: 0,
            time: at(0),
            key: Some(self.key.clone().into_bytes()),
            headers: self.headers.clone().into_iter().map(|(name, value)| (name.into(), value)).collect(),
            value: Some(self.value.get().as_bytes().to_vec()),
        }
    }

    /// Its value as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(self.value.get()).unwrap()
    }
}

/// The text of a golden file: the value on one line, byte for byte; all else to be read by people.
pub fn page(examples: &[&Example]) -> String {
    let records: Vec<String> = examples.iter().map(|example| entry(example.name, &example.written)).collect();
    format!("[\n{}\n]\n", records.join(",\n"))
}

fn entry(name: &str, record: &Outgoing) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let headers: Vec<String> = record
        .headers
        .iter()
        .map(|(name, value)| format!("      {}: {}", quoted(name), quoted(value)))
        .collect();
    let value = std::str::from_utf8(record.value.as_ref().unwrap()).unwrap();
    let plain = serde_json::to_string_pretty(&opened(serde_json::from_str(value).unwrap())).unwrap();
    format!(
        "  {{\n    \"name\": {},\n    \"key\": {},\n    \"partition\": {},\n    \"headers\": {{\n{}\n    \
         }},\n    \"value\": {value},\n    \"plain\": {}\n  }}",
        quoted(name),
        quoted(&record.key),
        record.partition,
        headers.join(",\n"),
        plain.replace('\n', "\n    "),
    )
}

/// `value` with each sealed text replaced by `{"sealed": what it holds}`.
pub fn opened(value: Value) -> Value {
    match value {
        Value::Object(map) => map.into_iter().map(|(name, value)| (name, opened(value))).collect(),
        Value::Array(list) => list.into_iter().map(opened).collect(),
        Value::String(text) => match RING.open(&text) {
            Ok(plain) => serde_json::json!({ "sealed": serde_json::from_slice::<Value>(&plain).unwrap() }),
            Err(_) => Value::String(text),
        },
        other => other,
    }
}
