//! Dead letters of the sink. They are appended before the batch is committed, under an id that says what they
//! are about: if the process stops in between, the next attempt appends the same letters.

use serde::Deserialize;
use topics::catalogue::{IntakeDeadLetters, MunicipalDeadLetters, ProtectedDeadLetters, Topic, Use, spec};
use topics::codec::record::{Address, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::Sealed;
use topics::records::dead_letters::{DeadClass, DeadLetter, Original, Source, StageName};
use topics::values::ids::EventId;
use topics::values::lane::Lane;
use topics::values::text::BadText;

use super::Sink;
use crate::batch::StoreError;

impl Sink {
    /// Makes a dead letter of a record, which `table` cannot take. A dead letter that is itself
    /// at fault is only logged: it stays in its topic.
    pub(super) async fn dead_letter(
        &self,
        record: &Incoming,
        table: &'static str,
        class: DeadClass,
        place: Option<(u32, u32)>,
        why: &str,
    ) -> Result<(), StoreError> {
        let (topic, partition, offset) = (record.topic.as_str(), record.partition, record.offset);
        let Some(topic_spec) = spec(topic).filter(|spec| spec.used_as != Use::DeadLetters) else {
            tracing::error!(topic, partition, offset, table, %class, why, "a dead letter has no row");
            return Ok(());
        };
        // An offset counts what there is: in the police lane the letter itself says where it stood.
        let shown = (topic_spec.lane != Lane::Protected).then_some((partition, offset)).unzip();
        tracing::warn!(topic, partition = shown.0, offset = shown.1, table, %class, why, "a record became a dead letter");
        let letter = match topic_spec.lane {
            Lane::Municipal => self.letter::<MunicipalDeadLetters>(record, table, class, place),
            Lane::Intake => self.letter::<IntakeDeadLetters>(record, table, class, place),
            Lane::Protected => self.letter::<ProtectedDeadLetters>(record, table, class, place),
        };
        self.dead.append(letter?).await.map_err(|error| StoreError::Away(error.to_string()))
    }

    fn letter<T: Topic<Record = DeadLetter>>(
        &self,
        record: &Incoming,
        table: &'static str,
        class: DeadClass,
        place: Option<(u32, u32)>,
    ) -> Result<Outgoing, StoreError> {
        let id = letter_id(record, table);
        let envelope = match record.envelope() {
            Ok(parent) => parent.child(id, record.time),
            Err(_) => Envelope::root(id, record.time),
        };
        let letter = DeadLetter {
            at: record.time,
            edition: edition(record),
            source: Source {
                topic: name(&record.topic)?,
                partition: record.partition,
                offset: record.offset,
            },
            stage: name(table)?,
            class,
            place,
            record: Sealed(Original::of(record.key.as_deref(), record.value.as_deref(), &record.headers)),
        };
        // Dead letters have as many partitions as what they come from.
        encode::<T>(&self.ring, "sink", &envelope, Address::Partition(record.partition), key(record), &letter)
            .map_err(|error| StoreError::Fatal(error.to_string()))
    }
}

/// A hash of where it comes from; of the bytes where the record has no id of its own.
fn letter_id(record: &Incoming, table: &str) -> EventId {
    let (key, value) =
        (record.key.as_deref().unwrap_or_default(), record.value.as_deref().unwrap_or_default());
    match record.header("ce_id") {
        Some(id) => EventId::of(&[b"dead-letter", id.as_bytes(), b"sink", table.as_bytes()]),
        None => EventId::of(&[b"dead-letter", key, value, b"sink", table.as_bytes()]),
    }
}

/// The original's key where it has a known form, else a hash of it.
fn key(record: &Incoming) -> String {
    match record.key_text().and_then(|key| key.parse::<EventId>().ok()) {
        Some(key) => key.to_string(),
        None => EventId::of(&[b"dead-letter-key", record.key.as_deref().unwrap_or_default()]).to_string(),
    }
}

/// The names of all topics and tables are of the form.
fn name(text: &str) -> Result<StageName, StoreError> {
    text.parse().map_err(|error: BadText| StoreError::Fatal(error.to_string()))
}

/// The edition that the record names, as far as it can be read.
fn edition(record: &Incoming) -> u32 {
    #[derive(Deserialize)]
    struct Named {
        edition: u32,
    }
    record
        .value
        .as_deref()
        .and_then(|value| serde_json::from_slice::<Named>(value).ok())
        .map_or(0, |named| named.edition)
}
