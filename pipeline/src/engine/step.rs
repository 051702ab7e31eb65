//! One step of a task as a stage sees it: the record's time, its part of the store, and somewhere to put what
//! follows.

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

/// The largest record that a stage may write, in bytes: below the broker's own limit of 1 MiB with its
/// overhead.
pub const LARGEST_RECORD: usize = 1_000_000;

/// A stage found that a record makes no sense: it becomes a dead letter, and nothing else comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject(pub DeadClass);

/// What a stage did with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageResult {
    /// It led on.
    Forwarded,
    /// Nothing more was needed.
    Filtered,
}

/// What all steps of a task need and none changes.
#[derive(Clone, Debug)]
pub struct TaskContext {
    /// The task's partition.
    pub partition: u32,
    /// How many partitions there are.
    pub partitions: u32,
    /// The keys that seal.
    pub ring: Arc<KeyRing>,
    /// The installation's secret.
    pub pepper: Pepper,
    /// Which stages are not chained to this task's, since they hear a topic themselves.
    pub cut: Cut,
}

/// What a step leads to.
#[derive(Default)]
pub(crate) struct StepOutputs {
    pub(crate) outputs: Vec<Outgoing>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) counts: BTreeMap<&'static str, Counts>,
    pub(crate) serial: u64,
    pub(crate) failed: Option<EncodeError>,
}

impl StepOutputs {
    /// Nothing yet, counting on from a task's row.
    pub(crate) fn as_of(row: &TaskRow, stages: &[&'static str]) -> Self {
        let counts = |stage: &&'static str| Some((*stage, *row.counts.get(&StageName::of(stage))?));
        Self { serial: row.serial, counts: stages.iter().filter_map(counts).collect(), ..Self::default() }
    }

    /// The counts as a task's row has them.
    pub(crate) fn counts_by_name(&self) -> BTreeMap<StageName, Counts> {
        self.counts.iter().map(|(stage, counts)| (StageName::of(stage), *counts)).collect()
    }

    /// Counts a record that `stage` got and that became a dead letter.
    pub(crate) fn count_rejected(&mut self, stage: &'static str) {
        let counts = self.counts.entry(stage).or_default();
        counts.received += 1;
        counts.rejected += 1;
    }

    /// Whether an output from this one on is larger than the log takes.
    pub(crate) fn is_too_large(&self, from: usize) -> bool {
        self.outputs.get(from..).unwrap_or_default().iter().any(|output| output.size() > LARGEST_RECORD)
    }

    /// What could not be sealed stops the task.
    pub(crate) fn settle(&mut self) -> Result<(), EncodeError> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

/// One step.
pub struct Step<'a, E: Entity> {
    /// The log's time.
    pub now: Time,
    /// The edition in force.
    pub edition: &'a Edition,
    /// Partition, keys and secret.
    pub context: &'a TaskContext,
    /// The record that leads to what follows.
    pub cause: Envelope,
    pub(crate) store: &'a mut Store<E>,
    pub(crate) outputs: &'a mut StepOutputs,
    /// How many records each stage has made of the cause.
    pub(crate) ordinals: BTreeMap<&'static str, u32>,
}

impl<E: Entity> Step<'_, E> {
    /// The entity of `key`.
    pub fn get(&self, key: &str) -> Option<&E> {
        self.store.get(key)
    }

    /// What finds entities other than by key.
    pub fn index(&self) -> &E::Index {
        self.store.index()
    }

    /// Sets the entity of `key`.
    pub fn put(&mut self, key: &str, entity: E) {
        self.store.set(key, Some(entity), &self.cause.id);
    }

    /// Removes the entity of `key`: a tombstone.
    pub fn remove(&mut self, key: &str) {
        self.store.set(key, None, &self.cause.id);
    }

    /// The next of the task's serial numbers, from 0; a replay gives the same.
    pub fn next_serial(&mut self) -> u64 {
        let serial = self.outputs.serial;
        self.outputs.serial += 1;
        serial
    }

    /// Says what `stage` did with one record that it got.
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

    /// Writes a record of topic `T` under `key`; returns its envelope, for the next stage to go on from.
    pub fn emit<T: Topic>(&mut self, stage: &'static str, key: impl Display, record: &T::Record) -> Envelope {
        let envelope = self.next_envelope(stage);
        self.emit_as::<T>(stage, envelope.clone(), Address::ByKey(self.context.partitions), key, record);
        envelope
    }

    /// Writes a record of topic `T` with an envelope and to an address of its own.
    pub fn emit_as<T: Topic>(
        &mut self,
        stage: &'static str,
        envelope: Envelope,
        address: Address,
        key: impl Display,
        record: &T::Record,
    ) {
        match encode::<T>(&self.context.ring, stage, &envelope, address, key.to_string(), record) {
            Ok(outgoing) => self.outputs.outputs.push(outgoing),
            Err(error) => self.outputs.failed = Some(error),
        }
    }

    /// Asks the world for something, once this step is committed.
    pub fn ask(&mut self, effect: Effect) {
        self.outputs.effects.push(effect);
    }

    /// The id of something that is named by itself rather than by what led to it, such as a fired clock.
    pub fn envelope_of(&self, parts: &[&[u8]]) -> Envelope {
        self.cause.child(EventId::of(parts), self.now)
    }
}
