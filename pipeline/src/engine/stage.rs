//! A stage without a store: a function of a record and of the edition that the record names. It is chained to
//! the stage that writes its records, or cut out into a consumer group that reads them: the bytes are the
//! same, since what it writes is named after the record, carries the record's time and keeps its key.

use topics::catalogue::Topic;
use topics::codec::record::{Address, Envelope};
use topics::records::dead_letters::DeadLetter;
use topics::values::time::Time;

use crate::engine::step::{StageResult, Step};
use crate::engine::store::Entity;

/// A stage that needs no store.
pub trait Stage: 'static {
    /// What it hears: a tap, so there are no ticks and no editions in it.
    type Log: Topic;
    /// The topic of what it cannot process where it is cut out.
    type DeadLetters: Topic<Record = DeadLetter>;

    /// It, and the stages that are chained to it where nothing cuts them off.
    const STAGES: &'static [&'static str];

    /// The edition that the record names.
    fn edition(record: &<Self::Log as Topic>::Record) -> u32;

    /// Writes what follows from a record under this key and envelope, and lets the stages do so that are
    /// chained to it.
    fn apply<E: Entity>(
        step: &mut Step<'_, E>,
        key: &str,
        envelope: &Envelope,
        record: &<Self::Log as Topic>::Record,
    );
}

/// The envelope of what `stage` makes of the record of `envelope`: one record of each.
pub fn made_by(stage: &str, envelope: &Envelope) -> Envelope {
    envelope.derived(stage, 0, envelope.time)
}

/// Writes the one record that `stage` makes of a record; returns its envelope.
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

/// What lives in the store of a stage that has none.
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
