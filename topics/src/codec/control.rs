//! The records that every log carries besides its own: time and reference data, ordered by the broker with
//! the rest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::TopicSpec;
use crate::codec::record::{Envelope, Outgoing, headers};
use crate::values::ids::EventId;
use crate::values::time::Time;

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

/// The control record for a partition of the log `spec`: the same form in every log.
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
