//! The records that every log carries besides its own: time and reference data, ordered by the broker with the rest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Time passes: appended by the owner of a partition when a due time has come, and at least once a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tick {}

/// From this offset on the task decides by edition `number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EditionNotice {
    /// 0 is the built-in edition; editions only grow.
    pub number: u32,
}

/// What a record means to the task itself rather than to its stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Only its time matters.
    Tick,
    /// Reference data.
    Edition(u32),
}
