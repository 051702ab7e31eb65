//! The control records that every log carries beside its own kinds: ticks and editions. The broker orders
//! them with the other records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::TopicSpec;
use crate::codec::record::{Envelope, Outgoing, headers};
use crate::values::ids::EventId;
use crate::values::time::Time;

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

/// A control record for a partition of the log `spec`, in the same format for every log.
pub fn control_record(spec: &'static TopicSpec, partition: u32, control: Control, at: Time) -> Outgoing {
    let place = partition.to_be_bytes();
    let (kind, value, id) = match control {
        Control::Tick => {
            let millis = at.millis().to_be_bytes();
            (
                "tick",
                r#"{"kind":"tick"}"#.to_owned(),
                EventId::of(&[b"tick", spec.name.as_bytes(), &place, &millis]),
            )
        }
        Control::Edition(number) => {
            let value = format!(r#"{{"kind":"edition","number":{number}}}"#);
            (
                "edition",
                value,
                EventId::of(&[b"edition", spec.name.as_bytes(), &place, &number.to_be_bytes()]),
            )
        }
    };
    let envelope = Envelope::root(id, at);
    Outgoing {
        topic: spec.name,
        partition,
        key: kind.to_owned(),
        headers: headers(spec, kind, "runner", &envelope),
        value: Some(value.into_bytes()),
    }
}
