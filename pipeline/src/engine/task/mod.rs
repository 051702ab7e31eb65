//! A task: one partition of one log with its chain of stages and its store; bytes in, bytes out. The Kafka
//! runner and the in-memory driver drive the same one.

mod read;
mod stage;
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
use crate::engine::step::{StepOutputs, TaskContext};
use crate::engine::store::Store;
use crate::engine::task_row;
use crate::rules::edition::{Edition, Editions};

pub use stage::StageTask;

/// How many other entities' due times one record fires; what remains waits for the next tick, which follows
/// at once.
const MOST_FIRED: usize = 1_000;
/// How many due times of one entity may pass in one step before they count as endless.
const MOST_FIRED_OF_ONE: usize = 32;
/// How many entities one record looks at again because of a new edition.
const MOST_RECONSIDERED: usize = 500;

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The record is behind the task.
    Done,
    /// The record, and nothing before it, waits for this edition: add it and step again.
    NeedsEdition(u32),
}

/// Why a task cannot go on. Nothing may be committed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A record cannot be judged with the keys at hand.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A record cannot be sealed with the keys at hand.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The store's topic holds what its task did not write.
    #[error(
        "store {topic}, partition {partition}, offset {offset}: not a row that a task wrote ({error}); the store is damaged or of another program"
    )]
    Store {
        /// The store.
        topic: &'static str,
        /// Its partition.
        partition: u32,
        /// The record's offset.
        offset: i64,
        /// What is wrong with it.
        error: DecodeError,
    },
}

/// What drives a task, whatever its machine.
pub trait Task: Send {
    /// Takes the log's next record.
    ///
    /// # Errors
    /// The task cannot go on; drop the transaction and stop.
    fn step(&mut self, record: &Incoming) -> Result<Progress, Fault>;

    /// Puts the log's next record aside as a dead letter without any stage seeing it. Ticks and editions are
    /// only obeyed.
    ///
    /// # Errors
    /// The task cannot go on; drop the transaction and stop.
    fn put_aside(&mut self, record: &Incoming, class: DeadClass) -> Result<(), Fault>;

    /// The records that the steps led to since the last call.
    fn outputs(&mut self) -> Vec<Outgoing>;

    /// The changed rows of the store and the task's own row, to be written as the last of a transaction.
    fn close(&mut self, transactional_id: &str) -> Vec<Outgoing>;

    /// The transaction is committed: keeps its changes and hands out what the world may now be asked.
    fn commit(&mut self) -> Vec<Effect>;

    /// The transaction is aborted: everything is as before it.
    fn roll_back(&mut self);

    /// Takes a record of the store, oldest first, before the first step.
    ///
    /// # Errors
    /// It is not a row that a task wrote.
    fn restore(&mut self, record: &Incoming) -> Result<(), Fault>;

    /// Begins at this offset of its log, where its consumer group stands, before the first step. A task with
    /// a store is there already: its row says the same.
    fn begin_at(&mut self, _offset: i64) {}

    /// Adds an edition.
    fn add_edition(&mut self, edition: Arc<Edition>);

    /// How far the task is, the open transaction included.
    fn row(&self) -> &TaskRow;

    /// How many entities it holds.
    fn entities(&self) -> usize;

    /// When a tick is next of use.
    fn next_due(&self) -> Option<Time>;
}

/// The task of a machine.
pub struct MachineTask<M: Machine> {
    machine: M,
    context: TaskContext,
    editions: Editions,
    store: Store<M::Entity>,
    row: TaskRow,
    committed: TaskRow,
    harvest: StepOutputs,
    /// How many due times this record has fired so far: names what they lead to.
    fired: u32,
}

impl<M: Machine> MachineTask<M> {
    /// A task at the beginning of its log, with edition 0.
    pub fn new(machine: M, around: TaskContext) -> Self {
        let (row, committed) = (TaskRow::default(), TaskRow::default());
        Self {
            machine,
            context: around,
            editions: Editions::default(),
            store: Store::default(),
            row,
            committed,
            harvest: StepOutputs::default(),
            fired: 0,
        }
    }

    /// Its store, to look at.
    pub const fn store(&self) -> &Store<M::Entity> {
        &self.store
    }
}

impl<M: Machine> Task for MachineTask<M> {
    fn step(&mut self, record: &Incoming) -> Result<Progress, Fault> {
        if record.offset < self.row.next_offset {
            return Ok(Progress::Done);
        }
        if self.editions.get(self.row.edition).is_none() {
            return Ok(Progress::NeedsEdition(self.row.edition));
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
            && number > self.row.edition
            && self.editions.get(number).is_none()
        {
            return Ok(Progress::NeedsEdition(number));
        }
        self.advance(record);
        match (control, read) {
            (Some(control), _) => self.apply_control(control),
            (None, Ok((_, read))) => self.apply(record, &cause, read)?,
            (None, Err(DecodeError::Record { class, place })) => self.reject(record, &cause, class, place)?,
            (None, Err(wrong_key)) => return Err(wrong_key.into()),
        }
        self.fire_others(record, &cause)?;
        self.harvest.settle()?;
        Ok(Progress::Done)
    }

    fn put_aside(&mut self, record: &Incoming, class: DeadClass) -> Result<(), Fault> {
        if record.offset < self.row.next_offset {
            return Ok(());
        }
        self.advance(record);
        if let Some(control) = self.read(record).ok().and_then(|(_, read)| M::control(&read)) {
            self.apply_control(control);
            return Ok(());
        }
        self.reject(record, &cause_of(record), class, None)
    }

    fn outputs(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.harvest.outputs)
    }

    fn close(&mut self, transactional_id: &str) -> Vec<Outgoing> {
        let mut rows = self.store.take_written();
        self.row.serial = self.harvest.serial;
        self.row.counts = self.harvest.counts_by_name();
        self.row.transactional_id = transactional_id.to_owned();
        rows.push(task_row::write(M::Store::SPEC, self.context.partition, &self.row));
        rows
    }

    fn commit(&mut self) -> Vec<Effect> {
        self.store.commit();
        self.committed = self.row.clone();
        self.editions.let_go_before(self.committed.edition);
        std::mem::take(&mut self.harvest.effects)
    }

    fn roll_back(&mut self) {
        self.store.roll_back();
        self.row = self.committed.clone();
        self.harvest = StepOutputs::as_of(&self.row, M::STAGES);
    }

    fn restore(&mut self, record: &Incoming) -> Result<(), Fault> {
        let damaged = |error| Fault::Store {
            topic: M::Store::SPEC.name,
            partition: record.partition,
            offset: record.offset,
            error,
        };
        let key = record.key_text().unwrap_or_default();
        if key == task_row_key(self.context.partition) {
            self.row = task_row::read(record).map_err(damaged)?;
            self.committed = self.row.clone();
            self.harvest = StepOutputs::as_of(&self.row, M::STAGES);
        } else if record.value.is_none() {
            self.store.restore(key, None);
        } else {
            let (_, entity) = record.decode::<M::Store>(&self.context.ring).map_err(|error| match error {
                DecodeError::WrongKey(_) => Fault::from(error),
                DecodeError::Record { .. } => damaged(error),
            })?;
            self.store.restore(key, Some(entity));
        }
        Ok(())
    }

    fn add_edition(&mut self, edition: Arc<Edition>) {
        self.editions.add(edition);
    }

    fn row(&self) -> &TaskRow {
        &self.row
    }

    fn entities(&self) -> usize {
        self.store.len()
    }

    fn next_due(&self) -> Option<Time> {
        if self.row.cursor.is_some() {
            return Some(self.row.time);
        }
        self.store.next_due().map(|(time, _)| time)
    }
}

impl<M: Machine> MachineTask<M> {
    /// Whose eyes its log is for.
    pub const fn lane() -> Lane {
        <M::Log as Topic>::SPEC.lane
    }
}
