//! `dead_letters`, `intake.dead_letters` and `protected.dead_letters`: what could not be processed. The
//! municipal table is a list; the others hold the record, sealed as it is in the topic.

use serde::Deserialize;
use topics::codec::record::{Envelope, Incoming};
use topics::records::dead_letters::DeadLetter;

use super::int;
use crate::postgis::sink::columns::{At, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(DeadLetterRow {
    ce_id: String,
    at: At,
    stage: String,
    class: &'static str,
    source_topic: String,
    source_partition: i32,
    source_offset: i64,
    place_line: Option<i64>,
    place_column: Option<i64>,
    edition: i64,
});

impl TableRow for DeadLetterRow {
    const CONFLICT: Conflict = Conflict::Append("ce_id");

    fn key(&self) -> &str {
        &self.ce_id
    }
}

impl DeadLetterRow {
    /// The row of a dead letter.
    pub fn of(_: &Incoming, envelope: &Envelope, letter: DeadLetter) -> Option<Self> {
        Some(Self {
            ce_id: envelope.id.to_string(),
            at: At(letter.at),
            stage: letter.stage.to_string(),
            class: letter.class.as_str(),
            source_topic: letter.source.topic.to_string(),
            source_partition: int(letter.source.partition),
            source_offset: letter.source.offset,
            place_line: letter.place.map(|(line, _)| i64::from(line)),
            place_column: letter.place.map(|(_, column)| i64::from(column)),
            edition: i64::from(letter.edition),
        })
    }
}

table_row!(SealedDeadLetterRow {
    ce_id: String,
    at: At,
    stage: String,
    class: &'static str,
    source_topic: String,
    source_partition: i32,
    source_offset: i64,
    place_line: Option<i64>,
    place_column: Option<i64>,
    edition: i64,
    record: String,
});

impl TableRow for SealedDeadLetterRow {
    const CONFLICT: Conflict = Conflict::Append("ce_id");

    fn key(&self) -> &str {
        &self.ce_id
    }
}

/// The sealed part as it is written.
#[derive(Deserialize)]
struct Written {
    record: String,
}

impl SealedDeadLetterRow {
    /// The row of a dead letter, with its sealed record.
    pub fn of(written: &Incoming, envelope: &Envelope, letter: DeadLetter) -> Option<Self> {
        let Written { record } = serde_json::from_slice(written.value.as_deref()?).ok()?;
        let open = DeadLetterRow::of(written, envelope, letter)?;
        Some(Self {
            ce_id: open.ce_id,
            at: open.at,
            stage: open.stage,
            class: open.class,
            source_topic: open.source_topic,
            source_partition: open.source_partition,
            source_offset: open.source_offset,
            place_line: open.place_line,
            place_column: open.place_column,
            edition: open.edition,
            record,
        })
    }
}
