//! A record that goes no further, wrapped whole.

use topics::dead_letters::{DeadClass, DeadLetter, Original, Source, StageName};
use topics::ids::EventId;
use topics::record::{Envelope, Incoming};
use topics::sealing::Sealed;
use topics::time::Time;

/// The dead letter of `record`.
pub fn of(record: &Incoming, at: Time, edition: u32, stage: &str, class: DeadClass, place: Option<(u32, u32)>) -> DeadLetter {
    DeadLetter {
        at,
        edition,
        source: Source { topic: StageName::of(&record.topic), partition: record.partition, offset: record.offset },
        stage: StageName::of(stage),
        class,
        place,
        record: Sealed(Original::of(record.key.as_deref(), record.value.as_deref(), &record.headers)),
    }
}

/// The envelope of a record that has none of its own: named by what it holds, so that a replay names it the same.
pub fn envelope_of(record: &Incoming) -> Envelope {
    let time = record.time.millis().to_be_bytes();
    let parts = [b"record".as_slice(), &time, record.key.as_deref().unwrap_or_default(), record.value.as_deref().unwrap_or_default()];
    Envelope::root(EventId::of(&parts), record.time)
}
