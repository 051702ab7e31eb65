//! The contract of a stage without a store: a function of a record and of the edition that the record names.
//! Such a stage is chained to the stage that writes its input, or runs in a consumer group that reads that
//! input from a tap. Both ways write the same bytes, because an output takes its id, time and key from the
//! input record.

use topics::catalogue::Topic;
use topics::codec::record::{Address, Envelope};
use topics::records::dead_letters::DeadLetter;
use topics::values::time::Time;

use crate::engine::step::{StageResult, Step};
use crate::engine::store::Entity;

/// A stage without a store.
pub trait Stage: 'static {
    /// The topic that it consumes: a tap, which contains no ticks and no edition notices.
    type Log: Topic;
    /// The topic for records that it cannot process when it runs in its own consumer group.
    type DeadLetters: Topic<Record = DeadLetter>;

    /// The names of this stage and of the stages chained to it if nothing is cut.
    const STAGES: &'static [&'static str];

    /// The number of the edition that the record names.
    fn edition(record: &<Self::Log as Topic>::Record) -> u32;

    /// Writes the outputs for a record with this key and envelope, and runs the stages chained to this one.
    fn apply<E: Entity>(
        step: &mut Step<'_, E>,
        key: &str,
        envelope: &Envelope,
        record: &<Self::Log as Topic>::Record,
    );
}

/// The envelope of the output of `stage` for a record with this envelope. A stage writes one record per
/// input.
pub fn made_by(stage: &str, envelope: &Envelope) -> Envelope {
    envelope.derived(stage, 0, envelope.time)
}

/// Writes the one record that `stage` makes of its input; returns the envelope of the output.
pub fn write<T: Topic, E: Entity>(
    step: &mut Step<'_, E>,
    stage: &'static str,
    key: &str,
    from: &Envelope,
    record: &T::Record,
) -> Envelope {
    let envelope = made_by(stage, from);
    step.emit_as::<T>(stage, envelope.clone(), Address::ByKey(step.context.partitions), key, record);
    step.count(stage, StageResult::Forwarded);
    envelope
}

/// The entity type of a stage without a store; it has no values.
#[derive(Clone, Copy, Debug)]
pub enum NoEntity {}

impl Entity for NoEntity {
    type Index = ();

    fn due(&self) -> Option<Time> {
        match *self {}
    }

    fn disarm(&mut self, _: Time) {
        match *self {}
    }
}
