//! One step of a task as a stage sees it: the time of the record, its part of the store, and the outputs that
//! it writes.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use topics::catalogue::Topic;
use topics::catalogue::cut::Cut;
use topics::codec::record::{Address, EncodeError, Envelope, Outgoing, encode};
use topics::codec::sealing::KeyRing;
use topics::codec::task_row::{Counts, TaskRow};
use topics::records::dead_letters::{DeadClass, StageName};
use topics::values::ids::{EventId, Pepper};
use topics::values::time::Time;

use crate::engine::effect::Effect;
use crate::engine::store::{Entity, Store};
use crate::rules::edition::Edition;

/// The largest record that a stage may write, in bytes. It is below the broker's limit of 1 MiB, which
/// includes overhead.
pub const LARGEST_RECORD: usize = 1_000_000;

/// The reason why a stage rejects a record: the record becomes a dead letter and has no other outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject(pub DeadClass);

/// What a stage did with a record, for the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageResult {
    /// The stage passed the record on or wrote an output.
    Forwarded,
    /// The record needed no further processing.
    Filtered,
}

/// What all steps of a task share and never change.
#[derive(Clone, Debug)]
pub struct TaskContext {
    /// The partition of the task.
    pub partition: u32,
    /// The number of partitions of the log.
    pub partitions: u32,
    /// The keys to open and seal records with.
    pub ring: Arc<KeyRing>,
    /// The installation's secret, from which pseudonyms are derived.
    pub pepper: Pepper,
    /// The stages that are not chained in this topic set because they consume a topic themselves.
    pub cut: Cut,
}

/// The outputs, effects and counts of a step.
#[derive(Default)]
pub(crate) struct StepOutputs {
    pub(crate) records: Vec<Outgoing>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) counts: BTreeMap<&'static str, Counts>,
    pub(crate) serial: u64,
    pub(crate) failed: Option<EncodeError>,
}

impl StepOutputs {
    /// Starts without outputs and continues the serial number and the counts of a task's row.
    pub(crate) fn as_of(row: &TaskRow, stages: &[&'static str]) -> Self {
        let counts = |stage: &&'static str| Some((*stage, *row.counts.get(&StageName::of(stage))?));
        Self { serial: row.serial, counts: stages.iter().filter_map(counts).collect(), ..Self::default() }
    }

    /// The counts by stage name, as a task's row contains them.
    pub(crate) fn counts_by_name(&self) -> BTreeMap<StageName, Counts> {
        self.counts.iter().map(|(stage, counts)| (StageName::of(stage), *counts)).collect()
    }

    /// Counts a record that `stage` received and that became a dead letter.
    pub(crate) fn count_rejected(&mut self, stage: &'static str) {
        let counts = self.counts.entry(stage).or_default();
        counts.received += 1;
        counts.rejected += 1;
    }

    /// Whether an output at or after index `from` is larger than [`LARGEST_RECORD`].
    pub(crate) fn is_too_large(&self, from: usize) -> bool {
        self.records.get(from..).unwrap_or_default().iter().any(|output| output.size() > LARGEST_RECORD)
    }

    /// Returns the first error in encoding an output, which stops the task.
    pub(crate) fn settle(&mut self) -> Result<(), EncodeError> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

/// One step of a task, as it is passed to a stage.
pub struct Step<'a, E: Entity> {
    /// The time of the log: the latest record time so far.
    pub now: Time,
    /// The time at which the broker appended this record, the first time if it was replayed: earlier than
    /// `now` then, and if a record before it has a later time.
    pub appended_at: Time,
    /// The edition in force for this step.
    pub edition: &'a Edition,
    /// Since when that edition is in force here, in the time of the log; `now` if it is not known.
    pub edition_at: Time,
    /// The partition, the keys and the secret of the task.
    pub context: &'a TaskContext,
    /// The envelope of the record that causes the outputs of this step.
    pub cause: Envelope,
    pub(crate) store: &'a mut Store<E>,
    pub(crate) outputs: &'a mut StepOutputs,
    /// The number of records that each stage has made of the cause, which distinguishes their ids.
    pub(crate) ordinals: BTreeMap<&'static str, u32>,
}

impl<E: Entity> Step<'_, E> {
    /// The entity of `key`, if the store has one.
    pub fn get(&self, key: &str) -> Option<&E> {
        self.store.get(key)
    }

    /// The index for finding entities other than by key.
    pub fn index(&self) -> &E::Index {
        self.store.index()
    }

    /// Sets the entity of `key`.
    pub fn put(&mut self, key: &str, entity: E) {
        self.store.set(key, Some(entity), &self.cause.id);
    }

    /// Removes the entity of `key`, which writes a tombstone.
    pub fn remove(&mut self, key: &str) {
        self.store.set(key, None, &self.cause.id);
    }

    /// The next serial number of the task, from 0; a replay gives the same numbers.
    pub fn next_serial(&mut self) -> u64 {
        let serial = self.outputs.serial;
        self.outputs.serial += 1;
        serial
    }

    /// Counts what `stage` did with one record that it received.
    pub fn count(&mut self, stage: &'static str, fate: StageResult) {
        let counts = self.outputs.counts.entry(stage).or_default();
        counts.received += 1;
        match fate {
            StageResult::Forwarded => counts.forwarded += 1,
            StageResult::Filtered => counts.filtered += 1,
        }
    }

    /// The envelope of the next record that `stage` makes of the cause.
    pub fn next_envelope(&mut self, stage: &'static str) -> Envelope {
        let ordinal = self.ordinals.entry(stage).or_default();
        let envelope = self.cause.derived(stage, *ordinal, self.now);
        *ordinal += 1;
        envelope
    }

    /// Writes a record of topic `T` under `key`; returns its envelope, which is the cause for the next stage.
    pub fn emit<T: Topic>(&mut self, stage: &'static str, key: impl Display, record: &T::Record) -> Envelope {
        let envelope = self.next_envelope(stage);
        self.emit_as::<T>(stage, envelope.clone(), Address::ByKey(self.context.partitions), key, record);
        envelope
    }

    /// Writes a record of topic `T` with a given envelope and address.
    pub fn emit_as<T: Topic>(
        &mut self,
        stage: &'static str,
        envelope: Envelope,
        address: Address,
        key: impl Display,
        record: &T::Record,
    ) {
        match encode::<T>(&self.context.ring, stage, &envelope, address, key.to_string(), record) {
            Ok(outgoing) => self.outputs.records.push(outgoing),
            Err(error) => self.outputs.failed = Some(error),
        }
    }

    /// Requests an effect, which is carried out once this step is committed.
    pub fn request(&mut self, effect: Effect) {
        self.outputs.effects.push(effect);
    }

    /// An envelope whose id is derived from `parts` instead of from the cause, such as for a fired clock.
    pub fn envelope_of(&self, parts: &[&[u8]]) -> Envelope {
        self.cause.child(EventId::of(parts), self.now)
    }
}
