//! The task of a stage that runs in a consumer group of its own. It processes one partition of a tap and has
//! no store: the consumer group keeps its position, and each record names the edition that applies to it.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use topics::catalogue::Topic;
use topics::codec::record::{DecodeError, Envelope, Incoming, Outgoing};
use topics::codec::task_row::TaskRow;
use topics::records::dead_letters::DeadClass;
use topics::values::time::Time;

use super::read::read;
use super::{Fault, Progress, Task};
use crate::engine::dead_letter::{self, cause_of};
use crate::engine::effect::Effect;
use crate::engine::stage::{NoEntity, Stage};
use crate::engine::step::{Step, StepOutputs, TaskContext};
use crate::engine::store::Store;
use crate::rules::edition::{Edition, Editions};

/// The task of a stage without a store, for one partition of a tap.
pub struct StageTask<S: Stage> {
    context: TaskContext,
    editions: Editions,
    store: Store<NoEntity>,
    /// The position of the task. Its edition is always the newest one loaded, so no edition notice is ever
    /// due.
    row: TaskRow,
    committed: TaskRow,
    /// The number of the edition that the last record named.
    named: u32,
    step_outputs: StepOutputs,
    stage: PhantomData<fn(S)>,
}

impl<S: Stage> StageTask<S> {
    /// Creates a task at the beginning of its log, with edition 0.
    pub fn new(around: TaskContext) -> Self {
        Self {
            context: around,
            editions: Editions::default(),
            store: Store::default(),
            row: TaskRow::default(),
            committed: TaskRow::default(),
            named: 0,
            step_outputs: StepOutputs::default(),
            stage: PhantomData,
        }
    }

    fn advance(&mut self, record: &Incoming) {
        self.row.next_offset = record.offset + 1;
        self.row.time = record.time;
    }

    /// Runs the chain of stages on a record; if it fails, all its outputs and counts are removed.
    fn apply(
        &mut self,
        edition: &Edition,
        cause: &Envelope,
        key: &str,
        read: &<S::Log as Topic>::Record,
    ) -> Result<(), DeadClass> {
        let (outputs, counts) = (self.step_outputs.records.len(), self.step_outputs.counts.clone());
        let mut step = Step {
            now: self.row.time,
            edition,
            context: &self.context,
            cause: cause.clone(),
            store: &mut self.store,
            outputs: &mut self.step_outputs,
            ordinals: Default::default(),
        };
        let worked = catch_unwind(AssertUnwindSafe(|| S::apply(&mut step, key, cause, read)));
        let outcome = match worked {
            Err(_) => Err(DeadClass::Panicked),
            Ok(()) if self.step_outputs.is_too_large(outputs) => Err(DeadClass::TooLarge),
            Ok(()) => Ok(()),
        };
        if outcome.is_err() {
            self.step_outputs.records.truncate(outputs);
            self.step_outputs.counts = counts;
        }
        outcome
    }

    /// Writes a dead letter for the record. `edition` is the edition that the record names, or 0 if it names
    /// none.
    fn reject(
        &mut self,
        record: &Incoming,
        cause: &Envelope,
        edition: u32,
        class: DeadClass,
        place: Option<(u32, u32)>,
    ) -> Result<(), Fault> {
        let stage = S::STAGES.first().copied().unwrap_or_default();
        let letter = dead_letter::of(record, self.row.time, edition, stage, class, place);
        self.step_outputs.records.push(dead_letter::outgoing::<S::DeadLetters>(
            &self.context,
            record,
            cause,
            &letter,
        )?);
        self.step_outputs.count_rejected(stage);
        Ok(())
    }
}

impl<S: Stage> Task for StageTask<S> {
    fn step(&mut self, record: &Incoming) -> Result<Progress, Fault> {
        if record.offset < self.row.next_offset {
            return Ok(Progress::Done);
        }
        match read::<S::Log>(&self.context, record, |_| false) {
            Ok((cause, read)) => {
                let number = S::edition(&read);
                let Some(edition) = self.editions.get(number).cloned() else {
                    return Ok(Progress::NeedsEdition(number));
                };
                self.advance(record);
                self.named = number;
                if let Err(class) = self.apply(&edition, &cause, record.key_text().unwrap_or_default(), &read)
                {
                    self.reject(record, &cause, number, class, None)?;
                }
            }
            Err(DecodeError::Record { class, place }) => {
                self.advance(record);
                self.reject(record, &cause_of(record), 0, class, place)?;
            }
            Err(wrong_key) => return Err(wrong_key.into()),
        }
        self.step_outputs.settle()?;
        Ok(Progress::Done)
    }

    fn put_aside(&mut self, record: &Incoming, class: DeadClass) -> Result<(), Fault> {
        if record.offset < self.row.next_offset {
            return Ok(());
        }
        self.advance(record);
        let edition =
            read::<S::Log>(&self.context, record, |_| true).map_or(0, |(_, read)| S::edition(&read));
        self.reject(record, &cause_of(record), edition, class, None)
    }

    fn outputs(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.step_outputs.records)
    }

    fn close(&mut self, _: &str) -> Vec<Outgoing> {
        self.row.counts = self.step_outputs.counts_by_name();
        Vec::new()
    }

    fn commit(&mut self) -> Vec<Effect> {
        self.committed = self.row.clone();
        self.editions.let_go_before(self.named);
        Vec::new()
    }

    fn roll_back(&mut self) {
        self.row = self.committed.clone();
        self.step_outputs = StepOutputs::as_of(&self.row, S::STAGES);
    }

    fn restore(&mut self, _: &Incoming) -> Result<(), Fault> {
        Ok(())
    }

    fn begin_at(&mut self, offset: i64) {
        self.row.next_offset = offset;
        self.committed.next_offset = offset;
    }

    fn skip_to(&mut self, offset: i64) {
        self.row.next_offset = self.row.next_offset.max(offset);
    }

    fn add_edition(&mut self, edition: Arc<Edition>) {
        self.editions.add(edition);
        self.row.edition = self.editions.newest();
        self.committed.edition = self.row.edition;
    }

    fn row(&self) -> &TaskRow {
        &self.row
    }

    fn entities(&self) -> usize {
        0
    }

    fn next_due(&self) -> Option<Time> {
        None
    }
}
