//! Dead letters: a record that cannot be processed, wrapped unchanged with the reason.

use topics::catalogue::Topic;
use topics::codec::record::{Address, EncodeError, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::Sealed;
use topics::records::dead_letters::{DeadClass, DeadLetter, Original, Source, StageName};
use topics::values::ids::{EventId, TicketId};
use topics::values::time::Time;

use crate::engine::step::TaskContext;

/// Creates the dead letter of `record`.
pub fn of(
    record: &Incoming,
    at: Time,
    edition: u32,
    stage: &str,
    class: DeadClass,
    json_position: Option<(u32, u32)>,
) -> DeadLetter {
    DeadLetter {
        at,
        edition,
        source: Source {
            topic: StageName::of(&record.topic),
            partition: record.partition,
            offset: record.offset,
        },
        stage: StageName::of(stage),
        class,
        json_position,
        record: Sealed(Original::of(record.key.as_deref(), record.value.as_deref(), &record.headers)),
    }
}

/// Encodes the dead letter for its topic `D`. It keeps the key of the original if that is the key of a
/// ticket.
///
/// # Errors
/// Fails if the ring has no key to seal the dead letter with.
pub fn outgoing<D: Topic<Record = DeadLetter>>(
    context: &TaskContext,
    record: &Incoming,
    cause: &Envelope,
    letter: &DeadLetter,
) -> Result<Outgoing, EncodeError> {
    let known = record.key_text().filter(|key| key.parse::<TicketId>().is_ok());
    let key = known.map_or_else(
        || EventId::of(&[b"key", record.key.as_deref().unwrap_or_default()]).to_string(),
        str::to_owned,
    );
    let envelope = cause.derived("dead-letter", 0, letter.at);
    encode::<D>(
        &context.ring,
        letter.stage.as_str(),
        &envelope,
        Address::ByKey(context.partitions),
        key,
        letter,
    )
}

/// The envelope that a dead letter of `record` is caused by: the record's own envelope if it can be read.
pub fn cause_of(record: &Incoming) -> Envelope {
    record.envelope().unwrap_or_else(|_| envelope_of(record))
}

/// An envelope for a record that has none. The id is derived from the content of the record, so a replay
/// gives the same id.
fn envelope_of(record: &Incoming) -> Envelope {
    let time = record.time.millis().to_be_bytes();
    let parts = [
        b"record".as_slice(),
        &time,
        record.key.as_deref().unwrap_or_default(),
        record.value.as_deref().unwrap_or_default(),
    ];
    Envelope::root(EventId::of(&parts), record.time)
}
