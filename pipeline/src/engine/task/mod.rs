//! A task: one partition of one log with its chain of stages and its store, bytes in and bytes out. The Kafka
//! runner and the in-memory driver run the same tasks.

mod read;
mod stage;
mod state;
mod steps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use topics::catalogue::Topic;
use topics::codec::record::{DecodeError, EncodeError, Incoming, Outgoing};
use topics::codec::task_row::{TaskRow, task_row_key};
use topics::records::control::Control;
use topics::records::dead_letters::DeadClass;
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::engine::dead_letter::cause_of;
use crate::engine::effect::Effect;
use crate::engine::machine::Machine;
use crate::engine::step::TaskContext;
use crate::engine::store::Store;
use crate::engine::task_row;
use crate::rules::edition::Edition;

pub use stage::StageTask;
use state::TaskState;

/// The maximum number of other entities whose due times fire in one step. The remaining ones wait for the
/// next tick, which follows immediately.
const MAX_FIRED: usize = 1_000;
/// The number of due times of one entity that may fire in one step before the entity is disarmed as an
/// endless loop.
const MAX_FIRED_OF_ONE: usize = 32;
/// The maximum number of entities that one step reconsiders because of a new edition.
const MAX_RECONSIDERED: usize = 500;

/// The result of a step that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The record has been processed, and the task's position is after it.
    Done,
    /// The record needs this edition and has not been processed: add the edition and step again.
    NeedsEdition(u32),
}

/// The reason why a task cannot continue. The open transaction must not be committed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A record cannot be decoded because a key is missing.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A record cannot be encoded because a key to seal it is missing.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The store's topic contains a record that its task did not write.
    #[error(
        "store {topic}, partition {partition}, offset {offset}: not a row that a task wrote ({error}); \
         the store is damaged or of another program"
    )]
    Store {
        /// The name of the store's topic.
        topic: &'static str,
        /// The partition of the record.
        partition: u32,
        /// The offset of the record.
        offset: i64,
        /// The reason why the record could not be read.
        error: DecodeError,
    },
}

/// What the Kafka runner and the in-memory driver need of a task, independent of its machine.
pub trait Task: Send {
    /// Processes the next record of the log.
    ///
    /// # Errors
    /// Returns a fault if the task cannot continue: abort the transaction and stop the task.
    fn step(&mut self, record: &Incoming) -> Result<Progress, Fault>;

    /// Writes the next record of the log as a dead letter without running any stage on it. Ticks and edition
    /// notices are still applied to the task.
    ///
    /// # Errors
    /// Returns a fault if the task cannot continue, as [`Task::step`] does: abort the transaction and stop
    /// the task. A key that is missing is such a fault, because the record can be processed once the key is
    /// there.
    fn dead_letter(&mut self, record: &Incoming, class: DeadClass) -> Result<(), Fault>;

    /// Takes the records that the steps have written since the last call.
    fn outputs(&mut self) -> Vec<Outgoing>;

    /// The changed rows of the store and the task's own row, which are the last records of a transaction.
    fn close(&mut self, transactional_id: &str) -> Vec<Outgoing>;

    /// Records that the transaction is committed: keeps its changes and returns the effects that may now be
    /// carried out.
    fn commit(&mut self) -> Vec<Effect>;

    /// Undoes all changes of the open transaction after an abort.
    fn roll_back(&mut self);

    /// Restores one record of the store's topic. Called for all of them, oldest first, before the first step.
    ///
    /// # Errors
    /// Returns a fault if the record is not a row that a task wrote.
    fn restore(&mut self, record: &Incoming) -> Result<(), Fault>;

    /// Starts at `offset`; called before the first step. Log positions before it hold nothing to process.
    fn begin_at(&mut self, offset: i64);

    /// Moves the position to `offset`, in the open transaction: the log holds no record before it that the
    /// task has not processed, only control records and those of aborted transactions.
    fn skip_to(&mut self, offset: i64);

    /// Adds an edition, which steps may use from now on.
    fn add_edition(&mut self, edition: Arc<Edition>);

    /// The task's row: its position, edition and counts, including changes of the open transaction.
    fn row(&self) -> &TaskRow;

    /// The number of entities in the task's store.
    fn entities(&self) -> usize;

    /// The time at which the task next needs a tick, or `None` if nothing is due.
    fn next_due(&self) -> Option<Time>;
}

/// The task of a machine, for one partition of its log.
pub struct MachineTask<M: Machine> {
    machine: M,
    store: Store<M::Entity>,
    state: TaskState,
    /// The number of due times that this record has fired so far; part of the ids of the records that they
    /// write.
    fired: u32,
}

impl<M: Machine> MachineTask<M> {
    /// Creates a task at the beginning of its log, with edition 0.
    pub fn new(machine: M, context: TaskContext) -> Self {
        Self { machine, store: Store::default(), state: TaskState::new(context, M::STAGES), fired: 0 }
    }

    /// The store of the task, for reading.
    pub const fn store(&self) -> &Store<M::Entity> {
        &self.store
    }
}

impl<M: Machine> Task for MachineTask<M> {
    fn step(&mut self, record: &Incoming) -> Result<Progress, Fault> {
        if self.state.is_processed(record) {
            return Ok(Progress::Done);
        }
        if self.state.editions.get(self.state.row.edition).is_none() {
            return Ok(Progress::NeedsEdition(self.state.row.edition));
        }
        let read = match self.read(record) {
            Err(DecodeError::WrongKey(topic)) => return Err(DecodeError::WrongKey(topic).into()),
            other => other,
        };
        let cause = match &read {
            Ok((envelope, _)) => envelope.clone(),
            Err(_) => cause_of(record),
        };
        let control = read.as_ref().ok().and_then(|(_, read)| M::control(read));
        if let Some(Control::Edition(number)) = control
            && number > self.state.row.edition
            && self.state.editions.get(number).is_none()
        {
            return Ok(Progress::NeedsEdition(number));
        }
        self.advance(record);
        match (control, read) {
            (Some(control), _) => self.apply_control(control),
            (None, Ok((_, read))) => self.apply(record, &cause, read)?,
            (None, Err(DecodeError::Record { class, json_position })) => {
                self.reject(record, &cause, class, json_position)?
            }
            (None, Err(wrong_key)) => return Err(wrong_key.into()),
        }
        self.fire_others(record, &cause)?;
        self.state.outputs.settle()?;
        Ok(Progress::Done)
    }

    fn dead_letter(&mut self, record: &Incoming, class: DeadClass) -> Result<(), Fault> {
        if self.state.is_processed(record) {
            return Ok(());
        }
        let control = match self.read(record) {
            Ok((_, read)) => M::control(&read),
            Err(DecodeError::Record { .. }) => None,
            Err(wrong_key) => return Err(wrong_key.into()),
        };
        self.advance(record);
        match control {
            Some(control) => self.apply_control(control),
            None => self.reject(record, &cause_of(record), class, None)?,
        }
        Ok(())
    }

    fn outputs(&mut self) -> Vec<Outgoing> {
        self.state.take_outputs()
    }

    fn close(&mut self, transactional_id: &str) -> Vec<Outgoing> {
        let mut rows = self.store.take_written();
        self.state.row.serial = self.state.outputs.serial;
        self.state.row.counts = self.state.outputs.counts_by_name();
        self.state.row.transactional_id = transactional_id.to_owned();
        rows.push(task_row::write(M::Store::SPEC, self.state.context.partition, &self.state.row));
        rows
    }

    fn commit(&mut self) -> Vec<Effect> {
        self.store.commit();
        self.state.committed = self.state.row.clone();
        self.state.editions.drop_before(self.state.committed.edition);
        std::mem::take(&mut self.state.outputs.effects)
    }

    fn roll_back(&mut self) {
        self.store.roll_back();
        self.state.roll_back();
    }

    fn restore(&mut self, record: &Incoming) -> Result<(), Fault> {
        let damaged = |error| Fault::Store {
            topic: M::Store::SPEC.name,
            partition: record.partition,
            offset: record.offset,
            error,
        };
        let key = record.key_text().unwrap_or_default();
        if key == task_row_key(self.state.context.partition) {
            self.state.restore(task_row::read(record).map_err(damaged)?);
        } else if record.value.is_none() {
            self.store.restore(key, None);
        } else {
            let (_, entity) =
                record.decode::<M::Store>(&self.state.context.ring).map_err(|error| match error {
                    DecodeError::WrongKey(_) => Fault::from(error),
                    DecodeError::Record { .. } => damaged(error),
                })?;
            self.store.restore(key, Some(entity));
        }
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
    }

    fn row(&self) -> &TaskRow {
        &self.state.row
    }

    fn entities(&self) -> usize {
        self.store.len()
    }

    fn next_due(&self) -> Option<Time> {
        if self.state.row.cursor.is_some() {
            return Some(self.state.row.time);
        }
        self.store.next_due().map(|(time, _)| time)
    }
}

impl<M: Machine> MachineTask<M> {
    /// The lane of the machine's log.
    pub const fn lane() -> Lane {
        <M::Log as Topic>::SPEC.lane
    }
}
