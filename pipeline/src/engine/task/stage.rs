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
use super::state::TaskState;
use super::{Fault, Progress, Task};
use crate::engine::dead_letter::cause_of;
use crate::engine::effect::Effect;
use crate::engine::stage::{NoEntity, Stage};
use crate::engine::step::{Step, TaskContext};
use crate::engine::store::Store;
use crate::rules::edition::Edition;

/// The task of a stage without a store, for one partition of a tap.
pub struct StageTask<S: Stage> {
    store: Store<NoEntity>,
    /// The edition of its row is always the newest one loaded, so no edition notice is ever due.
    state: TaskState,
    /// The number of the edition that the last record of the open transaction named.
    named: u32,
    /// The same as of the last commit.
    committed_named: u32,
    stage: PhantomData<fn(S)>,
}

impl<S: Stage> StageTask<S> {
    /// Creates a task at the beginning of its log, with edition 0.
    pub fn new(context: TaskContext) -> Self {
        Self {
            store: Store::default(),
            state: TaskState::new(context, S::STAGES),
            named: 0,
            committed_named: 0,
            stage: PhantomData,
        }
    }

    /// Moves the position past the record. The time is the record's own and not the latest so far: nothing
    /// but the position outlasts a restart, so the latest time would depend on where the task was restarted.
    fn advance(&mut self, record: &Incoming) {
        self.state.row.next_offset = record.offset + 1;
        self.state.row.time = record.time;
        self.state.appended_at = record.first_appended_at();
    }

    /// Runs the chain of stages on a record; if it fails, all its outputs and counts are removed.
    fn apply(
        &mut self,
        edition: &Edition,
        cause: &Envelope,
        key: &str,
        read: &<S::Log as Topic>::Record,
    ) -> Result<(), DeadClass> {
        let outputs = self.state.outputs.records.len();
        let counts = self.state.outputs.counts.clone();
        let mut step = Step {
            now: self.state.row.time,
            appended_at: self.state.appended_at,
            edition,
            edition_at: self.state.edition_at(),
            context: &self.state.context,
            cause: cause.clone(),
            store: &mut self.store,
            outputs: &mut self.state.outputs,
            ordinals: Default::default(),
        };
        let worked = catch_unwind(AssertUnwindSafe(|| S::apply(&mut step, key, cause, read)));
        let outcome = match worked {
            Err(_) => Err(DeadClass::Panicked),
            Ok(()) if self.state.outputs.is_too_large(outputs) => Err(DeadClass::TooLarge),
            Ok(()) => Ok(()),
        };
        if outcome.is_err() {
            self.state.outputs.records.truncate(outputs);
            self.state.outputs.counts = counts;
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
        json_position: Option<(u32, u32)>,
    ) -> Result<(), Fault> {
        Ok(self.state.reject::<S::DeadLetters>(record, cause, edition, class, json_position)?)
    }
}

impl<S: Stage> Task for StageTask<S> {
    fn step(&mut self, record: &Incoming) -> Result<Progress, Fault> {
        if self.state.is_processed(record) {
            return Ok(Progress::Done);
        }
        match read::<S::Log>(&self.state.context, record, |_| false) {
            Ok((cause, read)) => {
                let number = S::edition(&read);
                let Some(edition) = self.state.editions.get(number).cloned() else {
                    return Ok(Progress::NeedsEdition(number));
                };
                self.advance(record);
                self.named = number;
                if let Err(class) = self.apply(&edition, &cause, record.key_text().unwrap_or_default(), &read)
                {
                    self.reject(record, &cause, number, class, None)?;
                }
            }
            Err(DecodeError::Record { class, json_position }) => {
                self.advance(record);
                self.reject(record, &cause_of(record), 0, class, json_position)?;
            }
            Err(wrong_key) => return Err(wrong_key.into()),
        }
        self.state.outputs.settle()?;
        Ok(Progress::Done)
    }

    fn dead_letter(&mut self, record: &Incoming, class: DeadClass) -> Result<(), Fault> {
        if self.state.is_processed(record) {
            return Ok(());
        }
        let edition = match read::<S::Log>(&self.state.context, record, |_| true) {
            Ok((_, read)) => S::edition(&read),
            Err(DecodeError::Record { .. }) => 0,
            Err(wrong_key) => return Err(wrong_key.into()),
        };
        self.advance(record);
        self.reject(record, &cause_of(record), edition, class, None)
    }

    fn outputs(&mut self) -> Vec<Outgoing> {
        self.state.take_outputs()
    }

    fn close(&mut self, _: &str) -> Vec<Outgoing> {
        self.state.row.counts = self.state.outputs.counts_by_name();
        Vec::new()
    }

    fn commit(&mut self) -> Vec<Effect> {
        self.state.committed = self.state.row.clone();
        self.committed_named = self.named;
        self.state.editions.drop_before(self.named);
        Vec::new()
    }

    fn roll_back(&mut self) {
        self.state.roll_back();
        self.named = self.committed_named;
    }

    fn restore(&mut self, _: &Incoming) -> Result<(), Fault> {
        Ok(())
    }

    fn begin_at(&mut self, offset: i64) {
        self.state.begin_at(offset);
    }

    fn skip_to(&mut self, offset: i64) {
        self.state.skip_to(offset);
    }

    fn add_edition(&mut self, edition: Arc<Edition>) {
        self.state.editions.add(edition);
        self.state.row.edition = self.state.editions.newest();
        self.state.committed.edition = self.state.row.edition;
    }

    fn row(&self) -> &TaskRow {
        &self.state.row
    }

    fn entities(&self) -> usize {
        0
    }

    fn next_due(&self) -> Option<Time> {
        None
    }
}
