//! `dead-letters`, `intake-dead-letters` and `protected-dead-letters`: records that could not be processed,
//! complete and sealed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::headers::HeaderName;
use crate::codec::sealing::Sealed;
use crate::values::text::open_text;
use crate::values::time::Time;
use crate::values::vocabulary::words;

/// A record that could not be processed. Its key is the original's where that has a known form, else a hash
/// of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetter {
    /// When it was dead-lettered, in the time of the log that it came from.
    pub at: Time,
    /// The edition in force when it was dead-lettered.
    pub edition: u32,
    /// The topic, partition and offset of the original record.
    pub source: Source,
    /// The stage or connector that could not process it.
    pub stage: StageName,
    /// The kind of failure, by which dead letters are counted.
    pub class: DeadClass,
    /// Where its JSON is wrong, if that was the failure: line and column, from 1.
    #[serde(rename = "place")]
    pub json_position: Option<(u32, u32)>,
    /// The original record, complete.
    pub record: Sealed<Original>,
}

/// The topic, partition and offset that a record was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The name of the topic, without the installation's prefix.
    pub topic: StageName,
    /// The number of the partition, from 0.
    pub partition: u32,
    /// The offset within the partition.
    pub offset: i64,
}

/// A record with its original bytes, in base64.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Original {
    /// The key of the record in base64; missing if it had none.
    pub key: Option<String>,
    /// The value of the record in base64; missing if it had none.
    pub value: Option<String>,
    /// The names of the record's headers with their values, in order.
    pub headers: Vec<(String, String)>,
}

impl Original {
    /// Encodes the parts of a record.
    pub fn of(key: Option<&[u8]>, value: Option<&[u8]>, headers: &[(HeaderName, String)]) -> Self {
        Self {
            key: key.map(|key| STANDARD.encode(key)),
            value: value.map(|value| STANDARD.encode(value)),
            headers: headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
        }
    }
}

open_text!(
    /// The name of a stage, a topic or a table: small letters, dashes and underscores.
    StageName,
    "^[a-z][a-z_-]{0,39}$",
    |text| (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'-' | b'_'))
);

impl StageName {
    /// The name `text`, or `unknown` if `text` is not a valid name.
    pub fn of(text: &str) -> Self {
        text.parse().unwrap_or_else(|_| Self("unknown".to_owned()))
    }
}

words!(
    /// What went wrong with a record.
    DeadClass {
        /// It is not JSON of the form that its topic carries.
        Undecodable = "undecodable",
        /// Its kind or schema version is not known to this program.
        UnknownKind = "unknown_kind",
        /// A sealed field was changed after it was sealed.
        Damaged = "damaged",
        /// Its key does not belong to its partition.
        Misplaced = "misplaced",
        /// A stage found that it makes no sense.
        Rejected = "rejected",
        /// A stage panicked on it.
        Panicked = "panicked",
        /// What it led to is too large for the log.
        TooLarge = "too_large",
        /// A due time of an entity failed; the entity is marked.
        DueFailed = "due_failed",
        /// Its transaction could not be committed, alone and repeatedly.
        Uncommittable = "uncommittable",
        /// The table refused the row.
        RefusedByTable = "refused_by_table",
    }
);
