//! The task's row: in every store, under the key `~<partition>`, written in every transaction. It says how
//! far the task is; the store's other rows are in exactly that state.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::record::{Incoming, REPLAYED_HEADER};
use crate::records::dead_letters::StageName;
use crate::values::time::Time;

/// How far a task has processed its log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskRow {
    /// The offset of the next record to read.
    pub next_offset: i64,
    /// The time of the log: the latest timestamp of all records so far.
    pub time: Time,
    /// The edition in force.
    pub edition: u32,
    /// When the edition came into force, in the time of the log; missing before the first one, and in rows of
    /// older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition_at: Option<Time>,
    /// How many serial numbers (of tickets or deliveries) were issued.
    pub serial: u64,
    /// A new edition asks for a pass over the store: the id after which that pass continues, empty at its
    /// start and missing when it is complete.
    #[schemars(regex(pattern = r"^([0-9a-f]{32})?$"))]
    pub cursor: Option<String>,
    /// The transactional id of the process that wrote the row, `<chain>.<host>.<slot>`: its successor aborts
    /// the transaction that it left open.
    #[schemars(regex(pattern = r"^([A-Za-z0-9._-]*[a-z]\.[A-Za-z0-9._-]+\.[0-9]{1,4})?$"))]
    pub transactional_id: String,
    /// What each stage did with the records that it received.
    pub counts: BTreeMap<StageName, Counts>,
    /// The last record that the task has processed; missing before the first one, and in rows of older
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_record: Option<LastRecord>,
    /// The last decision of an operator about the time of the log; missing if none was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_decision: Option<TimeDecision>,
}

impl TaskRow {
    /// The time that `record` counts as: the broker's timestamp, unless an operator decided otherwise.
    pub fn time_of(&self, record: &Incoming) -> Time {
        match &self.time_decision {
            Some(decision) if record.offset < decision.before_offset => record.time.min(decision.time),
            _ => record.time,
        }
    }
}

/// The decision of an operator that a clock was wrong: the time of the log was set, and the records that were
/// in the log by then count as appended no later than that. A replay with this row gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimeDecision {
    /// When the decision was taken, which is the time that the log was set to.
    pub time: Time,
    /// Records at lower offsets count as appended no later than `time`.
    pub before_offset: i64,
    /// The transactional id of the command that recorded it, `time.<host>.0`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]*[a-z]\.[A-Za-z0-9._-]+\.[0-9]{1,4}$"))]
    pub given_by: String,
}

/// The last record that a task has processed: enough to notice later that the log was truncated or created
/// again, and to tell a control record that was deleted from a record that was deleted unread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastRecord {
    /// The offset of the record.
    pub offset: i64,
    /// The time at which the broker appended the record.
    pub time: Time,
    /// The stage or connector that wrote the record, or [`REPLAY`]. Stages and replays write in transactions
    /// only: a record of the same transaction or its control record follows.
    pub source: StageName,
}

/// The writer of records that were dead-lettered and appended again.
pub const REPLAY: &str = "replay";

impl LastRecord {
    /// What a task remembers of `record`.
    pub fn of(record: &Incoming) -> Self {
        let is_replayed = record.header(REPLAYED_HEADER).is_some();
        let source = if is_replayed { REPLAY } else { record.source() };
        Self { offset: record.offset, time: record.time, source: StageName::of(source) }
    }
}

/// What a stage did with the records that it received: received = forwarded + filtered + rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// The number of records that the stage received.
    pub received: u64,
    /// The number of records that led to further records or a change of the store.
    pub forwarded: u64,
    /// The number of records that needed no processing.
    pub filtered: u64,
    /// The number of records that were dead-lettered.
    pub rejected: u64,
}

/// The key of the task's row of `partition`.
pub fn task_row_key(partition: u32) -> String {
    format!("~{partition}")
}
