//! `dead_letters`, `intake.dead_letters` and `protected.dead_letters`: what could not be processed. The
//! municipal table is a list; the others also have the record, sealed as it is in the topic.

use std::borrow::Cow;

use serde::Deserialize;
use topics::codec::record::{Envelope, Incoming};
use topics::records::dead_letters::DeadLetter;

use super::int;
use crate::postgis::sink::columns::{At, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

/// Declares the row of a dead letter, with the columns that all tables of dead letters have and those that
/// are named here, each with the function that takes it from the record as it was written.
macro_rules! dead_letter_row {
    ($(#[$doc:meta])* $name:ident { $($column:ident: String = $read:path)? }) => {
        table_row!($(#[$doc])* $name {
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
            $($column: String)?
        });

        impl TableRow for $name {
            const CONFLICT: Conflict =
                Conflict::Append("ce_id, source_topic, source_partition, source_offset");

            fn key(&self) -> &str {
                &self.ce_id
            }

            /// A record that is replayed and fails again has the same id and another source.
            fn whole_key(&self) -> Cow<'_, str> {
                let Self { ce_id, source_topic, source_partition, source_offset, .. } = self;
                Cow::Owned(format!("{ce_id} {source_topic} {source_partition} {source_offset}"))
            }
        }

        impl $name {
            /// The row of a dead letter.
            pub fn of(_written: &Incoming, envelope: &Envelope, letter: DeadLetter) -> Option<Self> {
                Some(Self {
                    ce_id: envelope.id.to_string(),
                    at: At(letter.at),
                    stage: letter.stage.to_string(),
                    class: letter.class.as_str(),
                    source_topic: letter.source.topic.to_string(),
                    source_partition: int(letter.source.partition),
                    source_offset: letter.source.offset,
                    place_line: letter.json_position.map(|(line, _)| i64::from(line)),
                    place_column: letter.json_position.map(|(_, column)| i64::from(column)),
                    edition: i64::from(letter.edition),
                    $($column: $read(_written)?)?
                })
            }
        }
    };
}

dead_letter_row!(
    /// A dead letter without its record.
    DeadLetterRow {}
);
dead_letter_row!(
    /// A dead letter with its sealed record.
    SealedDeadLetterRow { record: String = sealed_record }
);

/// The original record in a dead letter, sealed as it was written.
fn sealed_record(written: &Incoming) -> Option<String> {
    #[derive(Deserialize)]
    struct Written {
        record: String,
    }
    let Written { record } = serde_json::from_slice(written.value.as_deref()?).ok()?;
    Some(record)
}
