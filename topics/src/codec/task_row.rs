//! The task's row: in every store, under the key `~<partition>`, written in every transaction. It is the
//! authority on how far the task is; the store's other rows are exactly as of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::records::dead_letters::StageName;
use crate::values::time::Time;

/// How far a task is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskRow {
    /// The offset of the next record to read.
    pub next_offset: i64,
    /// The log's time: the latest of all records so far.
    pub time: Time,
    /// The edition in force.
    pub edition: u32,
    /// How many serial numbers (of tickets, of deliveries) were given out.
    pub serial: u64,
    /// The id after which the pass over the store that a new edition asked for goes on, empty at its start;
    /// none when it is over.
    #[schemars(regex(pattern = r"^([0-9a-f]{32})?$"))]
    pub cursor: Option<String>,
    /// The transactional id of the process that wrote it, `<chain>.<host>.<slot>`: its successor ends what
    /// it left open.
    #[schemars(regex(pattern = r"^([A-Za-z0-9._-]*[a-z]\.[A-Za-z0-9._-]+\.[0-9]{1,4})?$"))]
    pub transactional_id: String,
    /// What each stage did with what it got.
    pub counts: BTreeMap<StageName, Counts>,
}

/// What a stage did with what it got: in = forwarded + filtered + rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Records that it got.
    pub received: u64,
    /// Records that led on.
    pub forwarded: u64,
    /// Records that needed nothing more.
    pub filtered: u64,
    /// Records that became dead letters.
    pub rejected: u64,
}

/// The key of the task's row of `partition`.
pub fn task_row_key(partition: u32) -> String {
    format!("~{partition}")
}
