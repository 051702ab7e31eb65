//! Dead letters of the sink. They are appended when all rows of their chunk are in the transaction, just
//! before it is committed: while PostgreSQL is not available none is appended, and a process that stops in
//! between appends the same one again after its start, under the same id, by which the table of dead letters
//! recognises it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use topics::catalogue::{IntakeDeadLetters, MunicipalDeadLetters, ProtectedDeadLetters, Topic, Use, spec};
use topics::codec::record::{Address, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::{KeyRing, Sealed};
use topics::records::dead_letters::{DeadClass, DeadLetter, Original, Source, StageName};
use topics::values::ids::EventId;
use topics::values::lane::Lane;
use topics::values::text::BadText;

use crate::append::Append;
use crate::batch::SinkError;

/// Why a record has no row.
pub(super) struct Failure<'a> {
    pub class: DeadClass,
    /// The position in its JSON: line and column.
    pub json_position: Option<(u32, u32)>,
    pub why: &'a str,
}

/// A dead letter of a record that a table cannot hold.
pub(super) struct TableDeadLetter {
    source: LetterSource,
    class: DeadClass,
    why: String,
    /// Whether a log line may name the record's offset. Outside the municipal lane, an offset reveals the
    /// number of records.
    shows_offset: bool,
    /// `None` if the record is itself a dead letter, which stays in its topic only.
    record: Option<Outgoing>,
}

/// The subject of a dead letter: a record, and the table that cannot hold it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LetterSource {
    topic: String,
    partition: u32,
    offset: i64,
    table: &'static str,
}

/// Makes and appends the dead letters of a sink.
pub(super) struct DeadLetterWriter {
    ring: Arc<KeyRing>,
    append: Arc<dyn Append>,
    /// Those of the present round that are appended already.
    appended: Mutex<BTreeSet<LetterSource>>,
}

impl DeadLetterWriter {
    /// Dead letters that are sealed with `ring`, and appended by `append`.
    pub fn new(ring: Arc<KeyRing>, append: Arc<dyn Append>) -> Self {
        Self { ring, append, appended: Mutex::default() }
    }

    fn appended(&self) -> MutexGuard<'_, BTreeSet<LetterSource>> {
        self.appended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The round is complete, or it is read again from elsewhere.
    pub fn forget_round(&self) {
        self.appended().clear();
    }

    /// Makes a dead letter of a record that `table` cannot hold.
    pub fn of(
        &self,
        record: &Incoming,
        table: &'static str,
        failure: Failure<'_>,
    ) -> Result<TableDeadLetter, SinkError> {
        let topic = spec(&record.topic);
        let lane = topic.filter(|spec| spec.used_as != Use::DeadLetters).map(|spec| spec.lane);
        let id = letter_id(record, table);
        let outgoing = match lane {
            Some(Lane::Municipal) => Some(self.encode::<MunicipalDeadLetters>(&id, record, table, &failure)?),
            Some(Lane::Intake) => Some(self.encode::<IntakeDeadLetters>(&id, record, table, &failure)?),
            Some(Lane::Protected) => Some(self.encode::<ProtectedDeadLetters>(&id, record, table, &failure)?),
            None => None,
        };
        Ok(TableDeadLetter {
            source: LetterSource {
                topic: record.topic.clone(),
                partition: record.partition,
                offset: record.offset,
                table,
            },
            class: failure.class,
            why: failure.why.to_owned(),
            shows_offset: topic.is_some_and(|spec| spec.lane == Lane::Municipal),
            record: outgoing,
        })
    }

    /// Appends those of `letters` that are not appended yet.
    pub async fn append(&self, letters: &[TableDeadLetter]) -> Result<(), SinkError> {
        for letter in letters {
            if self.appended().contains(&letter.source) {
                continue;
            }
            let TableDeadLetter { source, class, why, shows_offset, .. } = letter;
            let LetterSource { topic, table, .. } = source;
            let (partition, offset) = shows_offset.then_some((source.partition, source.offset)).unzip();
            match &letter.record {
                Some(record) => {
                    let appended = self.append.append(record.clone()).await;
                    appended.map_err(|error| SinkError::Away(error.to_string()))?;
                    tracing::warn!(topic, partition, offset, table, %class, why, "a record became a dead \
                        letter");
                }
                None => {
                    tracing::error!(topic, partition, offset, table, %class, why, "a dead letter has no row");
                }
            }
            self.appended().insert(letter.source.clone());
        }
        Ok(())
    }

    fn encode<T: Topic<Record = DeadLetter>>(
        &self,
        id: &EventId,
        record: &Incoming,
        table: &'static str,
        failure: &Failure<'_>,
    ) -> Result<Outgoing, SinkError> {
        let envelope = match record.envelope() {
            Ok(parent) => parent.child(id.clone(), record.time),
            Err(_) => Envelope::root(id.clone(), record.time),
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
            class: failure.class,
            json_position: failure.json_position,
            record: Sealed(Original::of(record.key.as_deref(), record.value.as_deref(), &record.headers)),
        };
        // The topic of dead letters has as many partitions as the topics that they come from.
        encode::<T>(&self.ring, "sink", &envelope, Address::Partition(record.partition), key(record), &letter)
            .map_err(|error| SinkError::Fatal(error.to_string()))
    }
}

/// A hash of the position of the record; if the record has no id, also of its bytes.
fn letter_id(record: &Incoming, table: &str) -> EventId {
    let key = record.key.as_deref().unwrap_or_default();
    let value = record.value.as_deref().unwrap_or_default();
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
fn name(text: &str) -> Result<StageName, SinkError> {
    text.parse().map_err(|error: BadText| SinkError::Fatal(error.to_string()))
}

/// The edition that the record names, as far as it can be read.
fn edition(record: &Incoming) -> u32 {
    #[derive(Deserialize)]
    struct WithEdition {
        edition: u32,
    }
    record
        .value
        .as_deref()
        .and_then(|value| serde_json::from_slice::<WithEdition>(value).ok())
        .map_or(0, |named| named.edition)
}
