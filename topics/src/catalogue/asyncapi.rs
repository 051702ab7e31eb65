//! The taps as an AsyncAPI 3 document: the topics that analysts may read, and what is in their records.
//!
//! Everything in it comes from the catalogue and the record types, including their comments. The schemas are
//! JSON Schema draft 7, which AsyncAPI's own schema format builds on.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::catalogue::schemas::by_kind;
use crate::catalogue::{CATALOGUE, Cleanup, Described, TopicSpec};
use crate::codec::record::SCHEMA_VERSION;

const SCHEMAS: &str = "#/components/schemas/";
/// The version of AsyncAPI's binding for Kafka.
const BINDING: &str = "0.5.0";

/// The document for an installation whose topics have `prefix`, with `partitions` each.
pub fn asyncapi(prefix: &str, partitions: u32) -> Value {
    let mut generator = SchemaSettings::draft07()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let taps: Vec<_> = CATALOGUE.iter().filter(|topic| topic.spec.is_tap()).collect();
    let records: Vec<_> = taps.iter().map(|topic| (topic.subschema)(&mut generator)).collect();
    let mut schemas = generator.take_definitions(true);
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for (topic, record) in taps.iter().zip(records) {
        let name = topic.spec.name;
        let of_record = record
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|target| target.strip_prefix(SCHEMAS))
            .unwrap_or_default();
        let whole = schemas.remove(of_record).unwrap_or_default();
        for (kind, payload) in by_kind(topic.kinds, &whole) {
            messages.insert(format!("{name}.{kind}"), message(topic.spec, kind, payload));
        }
        channels.insert(name.to_owned(), channel(topic, prefix, partitions));
        operations.insert(format!("send-{name}"), operation(topic.spec));
    }
    schemas.insert("Headers".to_owned(), headers());
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "trust-engine: taps",
            "version": format!("{SCHEMA_VERSION}.0.0"),
            "description": "Topics of Kafka that analysts may read. Read them read_committed: \
             what a transaction has not committed did not happen. \
             Records are JSON under CloudEvents headers (Kafka protocol binding, binary mode); \
             their time is the broker's (LogAppendTime). A text under `x-class: sealed` is encrypted \
             and opens with a key that analysts do not have.",
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    })
}

fn channel(topic: &Described, prefix: &str, partitions: u32) -> Value {
    let spec = topic.spec;
    let name = topic.spec.name;
    let address = format!("{prefix}{name}");
    let messages: Map<String, Value> = topic
        .kinds
        .iter()
        .map(|kind| ((*kind).to_owned(), json!({ "$ref": format!("#/components/messages/{name}.{kind}") })))
        .collect();
    json!({
        "address": address,
        "title": name,
        "description": format!("{} {}", spec.what, kept(spec)),
        "messages": messages,
        "bindings": { "kafka": {
            "topic": address,
            "partitions": spec.partitions(partitions),
            "topicConfiguration": configuration(spec),
            "bindingVersion": BINDING,
        } },
    })
}

/// How long records are kept, and what a reader finds after an absence.
fn kept(spec: &TopicSpec) -> String {
    match spec.cleanup {
        Cleanup::Delete(days) => format!("Kept for {days} days."),
        Cleanup::Compact if spec.is_store() => "Compacted: the last record of each key stays, \
            and one without a value says that the key is forgotten; \
            a reader that was away sees the last state and not those before. Keys that begin \
            with `~` hold the place of the task that writes the partition: leave them out."
            .to_owned(),
        Cleanup::Compact => "Compacted: the last record of each key stays.".to_owned(),
    }
}

/// The settings of the topic that AsyncAPI can express.
fn configuration(spec: &TopicSpec) -> Value {
    let known = spec.settings().into_iter().filter_map(|(name, value)| match name {
        "cleanup.policy" => Some((name.to_owned(), json!([value]))),
        "retention.ms" | "max.message.bytes" => Some((name.to_owned(), value.parse::<u64>().ok()?.into())),
        _ => None,
    });
    Value::Object(known.collect())
}

fn operation(spec: &TopicSpec) -> Value {
    json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/{}", spec.name) },
        "summary": spec.what,
    })
}

fn message(spec: &TopicSpec, kind: &str, payload: Value) -> Value {
    let name = format!("{}.{kind}", spec.name);
    let told = payload.get("description").cloned().unwrap_or_else(|| spec.what.into());
    json!({
        "name": name,
        "title": kind,
        "summary": told,
        "contentType": "application/json",
        "headers": { "allOf": [
            { "$ref": format!("{SCHEMAS}Headers") },
            { "type": "object", "properties": { "ce_type": { "const": name } } },
        ] },
        "payload": payload,
        "correlationId": {
            "description": "Records that one message of a resident led to, machine after machine, \
             bear one trace id: its second field.",
            "location": "$message.header#/traceparent",
        },
        "bindings": { "kafka": {
            "key": { "type": "string", "description": spec.key },
            "bindingVersion": BINDING,
        } },
    })
}

/// The schema of the headers of every record: CloudEvents 1.0, the schemas' version and the trace.
fn headers() -> Value {
    let text =
        |pattern: &str, what: &str| json!({ "type": "string", "pattern": pattern, "description": what });
    json!({
        "type": "object",
        "description": "The headers of a record, all texts.",
        "required": [
            "ce_specversion",
            "ce_id",
            "ce_type",
            "ce_source",
            "ce_time",
            "content-type",
            "schema-version",
            "traceparent"
        ],
        "properties": {
            "ce_specversion": { "const": "1.0" },
            "ce_id": {
                "type": "string",
                "description": "Names the record: Twilio's MessageSid or a UUID where it all began, \
                 else a hash of what led to it. The same after a replay, \
                 so a reader that sees it twice has read the same record twice.",
            },
            "ce_type": text("^[a-z-]+\\.[a-z_]+$", "The topic of the record and its kind, with a dot between."),
            "ce_source": text("^/trust-engine/[a-z-]+$", "The stage that wrote it."),
            "ce_time": { "type": "string", "format": "date-time", "description": "The time of the log that \
             led to it." },
            "content-type": { "const": "application/json" },
            "schema-version": text("^[0-9]+$", "Grows when readers must change; \
             fields may be added under the same version."),
            "traceparent": text("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", "The trace that the record belongs to, as W3C Trace Context writes it."),
        },
    })
}
