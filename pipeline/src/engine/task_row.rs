//! The task's row on the wire: in the store's topic under a key of its own, open.

use topics::catalogue::TopicSpec;
use topics::codec::record::{DecodeError, Incoming, Outgoing, SCHEMA_VERSION};
use topics::codec::task_row::{TaskRow, task_row_key};
use topics::records::dead_letters::DeadClass;

/// Writes the row of `partition` of the store `spec`.
pub fn write(spec: &'static TopicSpec, partition: u32, row: &TaskRow) -> Outgoing {
    let headers = vec![
        ("ce_specversion", "1.0".to_owned()),
        ("ce_type", format!("{}.task", spec.name)),
        ("ce_time", row.time.to_string()),
        ("content-type", "application/json".to_owned()),
        ("schema-version", SCHEMA_VERSION.to_string()),
    ];
    Outgoing {
        topic: spec.name,
        partition,
        key: task_row_key(partition),
        headers,
        value: serde_json::to_vec(row).ok(),
    }
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// It is something else.
pub fn read(record: &Incoming) -> Result<TaskRow, DecodeError> {
    let undecodable = DecodeError::Record { class: DeadClass::Undecodable, place: None };
    serde_json::from_slice(record.value.as_deref().unwrap_or_default()).map_err(|_| undecodable)
}
