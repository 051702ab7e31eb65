//! The record of a control message, in the format that every log shares.

use crate::catalogue::TopicSpec;
use crate::codec::record::{Envelope, Outgoing, headers};
use crate::records::control::Control;
use crate::values::ids::EventId;
use crate::values::time::Time;

/// A control record for a partition of the log `spec`, in the same format for every log.
pub fn control_record(spec: &'static TopicSpec, partition: u32, control: Control, at: Time) -> Outgoing {
    let partition_bytes = partition.to_be_bytes();
    let (kind, value, id) = match control {
        Control::Tick => {
            let millis = at.millis().to_be_bytes();
            (
                "tick",
                r#"{"kind":"tick"}"#.to_owned(),
                EventId::of(&[b"tick", spec.name.as_bytes(), &partition_bytes, &millis]),
            )
        }
        Control::Edition(number) => {
            let value = format!(r#"{{"kind":"edition","number":{number}}}"#);
            (
                "edition",
                value,
                EventId::of(&[b"edition", spec.name.as_bytes(), &partition_bytes, &number.to_be_bytes()]),
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
