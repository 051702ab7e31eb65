//! The wire format of the task's own row, which is in the store's topic under a reserved key and is not
//! sealed.

use topics::catalogue::TopicSpec;
use topics::codec::record::{DecodeError, Incoming, Outgoing, SCHEMA_VERSION_TEXT};
use topics::codec::task_row::{TaskRow, task_row_key};
use topics::records::dead_letters::DeadClass;

/// Encodes the task row of `partition` for the store `spec`.
pub fn write(spec: &'static TopicSpec, partition: u32, row: &TaskRow) -> Outgoing {
    let headers = vec![
        ("ce_specversion", "1.0".into()),
        ("ce_type", format!("{}.task", spec.name).into()),
        ("ce_time", row.time.to_string().into()),
        ("content-type", "application/json".into()),
        ("schema-version", SCHEMA_VERSION_TEXT.into()),
    ];
    Outgoing {
        topic: spec.name,
        partition,
        key: task_row_key(partition),
        headers,
        value: serde_json::to_vec(row).ok(),
    }
}

/// Decodes a task row that [`write()`] encoded.
///
/// # Errors
/// Fails if the record is not a task row.
pub fn read(record: &Incoming) -> Result<TaskRow, DecodeError> {
    let undecodable = DecodeError::Record { class: DeadClass::Undecodable, json_position: None };
    serde_json::from_slice(record.value.as_deref().unwrap_or_default()).map_err(|_| undecodable)
}
