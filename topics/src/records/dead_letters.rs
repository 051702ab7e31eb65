//! `dead-letters`, `intake-dead-letters`, `protected-dead-letters`: what could not be processed, whole and
//! sealed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::values::text::open_text;
use crate::values::time::Time;
use crate::values::vocabulary::words;

/// A record that went no further. Keyed like the original where its key has a known form, else by a hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetter {
    /// When, by the log it stood in.
    pub at: Time,
    /// The edition in force.
    pub edition: u32,
    /// Where it stood.
    pub source: Source,
    /// The part that could not go on with it.
    pub stage: StageName,
    /// What went wrong.
    pub class: DeadClass,
    /// Where in its JSON, if that was the matter: line and column, from 1.
    pub place: Option<(u32, u32)>,
    /// The record.
    pub record: Sealed<Original>,
}

/// Where a record stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Its topic, without the installation's prefix.
    pub topic: StageName,
    /// Its partition.
    pub partition: u32,
    /// Its offset.
    pub offset: i64,
}

/// A record as it was, in base64.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Original {
    /// Its key.
    pub key: Option<String>,
    /// Its value.
    pub value: Option<String>,
    /// Its headers.
    pub headers: Vec<(String, String)>,
}

impl Original {
    /// The record of these parts.
    pub fn of(key: Option<&[u8]>, value: Option<&[u8]>, headers: &[(String, String)]) -> Self {
        Self {
            key: key.map(|key| STANDARD.encode(key)),
            value: value.map(|value| STANDARD.encode(value)),
            headers: headers.to_vec(),
        }
    }
}

open_text!(
    /// The name of a stage, a topic or a table: small letters, dashes and underscores.
    StageName,
    "^[a-z][a-z_-]{0,39}$",
    |text| (1..=40).contains(&text.len()) && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'-' | b'_'))
);

impl StageName {
    /// The name `text`, or `unknown` where it is none.
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
