//! The control records that every log carries beside its own: time and editions, in the broker's order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Moves the time of a log forward. The owner of a partition appends one when a due time has come, and at
/// least once a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tick {}

/// From this offset on the task uses edition `number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EditionNotice {
    /// The number of the edition; 0 is the built-in one. It never decreases.
    pub number: u32,
}

/// What a control record means to the task itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The record only moves the time of the log forward.
    Tick,
    /// The edition of this number takes effect.
    Edition(u32),
}
