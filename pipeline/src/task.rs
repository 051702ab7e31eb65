//! A task: one partition of one log with its chain of stages and its store; bytes in, bytes out. The Kafka runner and the
//! in-memory driver drive the same one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use topics::catalogue::{Lane, Topic};
use topics::control::Control;
use topics::dead_letters::{DeadClass, StageName};
use topics::ids::EventId;
use topics::partition::partition_of;
use topics::record::{Address, DecodeError, EncodeError, Envelope, Incoming, Outgoing, encode, tombstone};
use topics::task_row::{TaskRow, task_row_key};
use topics::time::Time;

use crate::dead_letter;
use crate::edition::{Edition, Editions};
use crate::effect::Effect;
use crate::machine::Machine;
use crate::step::{Harvest, Reject, Step, Surroundings};
use crate::store::{Entity, Savepoint, Store};
use crate::task_row;

/// The largest record that a stage may write, in bytes: below the broker's own limit of 1 MiB with its overhead.
pub const LARGEST_RECORD: usize = 1_000_000;
/// How many other entities' due times one record fires; what remains waits for the next tick, which follows at once.
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

    /// Puts the log's next record aside as a dead letter without any stage seeing it.
    ///
    /// # Errors
    /// The task cannot go on; drop the transaction and stop.
    fn put_aside(&mut self, record: &Incoming, class: DeadClass) -> Result<(), Fault>;

    /// The records that the steps led to since the last call.
    fn outputs(&mut self) -> Vec<Outgoing>;

    /// The changed rows of the store and the task's own row, to be written as the last of a transaction.
    ///
    /// # Errors
    /// A row cannot be sealed.
    fn close(&mut self, transactional_id: &str) -> Result<Vec<Outgoing>, Fault>;

    /// The transaction is committed: keeps its changes and hands out what the world may now be asked.
    fn commit(&mut self) -> Vec<Effect>;

    /// The transaction is aborted: everything is as before it.
    fn roll_back(&mut self);

    /// Takes a record of the store, oldest first, before the first step.
    ///
    /// # Errors
    /// It is not a row that a task wrote.
    fn restore(&mut self, record: &Incoming) -> Result<(), Fault>;

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
    around: Surroundings,
    editions: Editions,
    store: Store<M::Entity>,
    row: TaskRow,
    committed: TaskRow,
    harvest: Harvest,
    /// How many due times this record has fired so far: names what they lead to.
    fired: u32,
}

struct Before {
    store: Savepoint,
    outputs: usize,
    effects: usize,
    serial: u64,
}

impl<M: Machine> MachineTask<M> {
    /// A task at the beginning of its log, with edition 0.
    pub fn new(machine: M, around: Surroundings) -> Self {
        let (row, committed) = (TaskRow::default(), TaskRow::default());
        Self {
            machine,
            around,
            editions: Editions::default(),
            store: Store::default(),
            row,
            committed,
            harvest: Harvest::default(),
            fired: 0,
        }
    }

    /// Its store, to look at.
    pub const fn store(&self) -> &Store<M::Entity> {
        &self.store
    }

    fn first_stage() -> &'static str {
        M::STAGES.first().copied().unwrap_or("task")
    }

    fn before(&self) -> Before {
        Before {
            store: self.store.savepoint(),
            outputs: self.harvest.outputs.len(),
            effects: self.harvest.effects.len(),
            serial: self.harvest.serial,
        }
    }

    fn undo(&mut self, before: &Before) {
        self.store.roll_back_to(before.store);
        self.harvest.outputs.truncate(before.outputs);
        self.harvest.effects.truncate(before.effects);
        self.harvest.serial = before.serial;
    }

    /// Runs a piece of a step so that a panic or an output too large leaves no trace of it.
    fn attempt(&mut self, cause: Envelope, work: impl FnOnce(&M, &mut Step<'_, M::Entity>) -> Result<(), Reject>) -> Result<(), DeadClass> {
        let before = self.before();
        let counts = self.harvest.counts.clone();
        let edition = self.editions.get(self.row.edition).cloned().unwrap_or_default();
        let (machine, now) = (&self.machine, self.row.time);
        let mut step = Step {
            now,
            edition: &edition,
            around: &self.around,
            cause,
            store: &mut self.store,
            harvest: &mut self.harvest,
            ordinals: Default::default(),
        };
        let outcome = match catch_unwind(AssertUnwindSafe(|| work(machine, &mut step))) {
            Err(_) => Err(DeadClass::Panicked),
            Ok(Err(Reject(class))) => Err(class),
            Ok(Ok(())) => {
                let new = self.harvest.outputs.get(before.outputs..).unwrap_or_default();
                if new.iter().any(|output| output.size() > LARGEST_RECORD) { Err(DeadClass::TooLarge) } else { Ok(()) }
            }
        };
        if outcome.is_err() {
            self.undo(&before);
            self.harvest.counts = counts;
        }
        outcome
    }

    fn is_due(&self, entity: &str) -> bool {
        self.store.get(entity).and_then(Entity::due).is_some_and(|due| due <= self.row.time)
    }

    /// Lets everything of one entity happen that is due by now. What cannot happen is switched off, marked and buried.
    fn fire(&mut self, record: &Incoming, entity: &str, cause: &Envelope) -> Result<(), Fault> {
        let mut rounds = 0;
        while self.is_due(entity) {
            self.fired += 1;
            rounds += 1;
            let cause = cause.derived("due", self.fired, self.row.time);
            let fired = self.attempt(cause.clone(), |machine, step| {
                machine.fire(step, entity);
                Ok(())
            });
            if fired.is_err() || rounds == MOST_FIRED_OF_ONE {
                self.disarm(entity, &cause);
                self.bury(record, &cause, DeadClass::DueFailed, None)?;
            }
        }
        Ok(())
    }

    fn disarm(&mut self, entity: &str, cause: &Envelope) {
        let Some(mut marked) = self.store.get(entity).cloned() else { return };
        marked.disarm(self.row.time);
        // An entity that stays due although it is switched off would be fired for ever.
        let kept = marked.due().is_none().then_some(marked);
        self.store.set(entity, kept, &cause.id);
    }

    /// Lets what is due of others happen, up to a bound, and goes on with the pass that a new edition asked for.
    fn fire_others(&mut self, record: &Incoming, cause: &Envelope) -> Result<(), Fault> {
        for entity in self.store.due_at(self.row.time, MOST_FIRED) {
            self.fire(record, &entity, cause)?;
        }
        let Some(cursor) = self.row.cursor.take() else { return Ok(()) };
        let keys = self.store.keys_after(&cursor, MOST_RECONSIDERED);
        for entity in &keys {
            self.fired += 1;
            let cause = cause.derived("edition", self.fired, self.row.time);
            let looked = self.attempt(cause.clone(), |machine, step| {
                machine.reconsider(step, entity);
                Ok(())
            });
            if let Err(class) = looked {
                self.bury(record, &cause, class, None)?;
            }
        }
        self.row.cursor = if keys.len() == MOST_RECONSIDERED { keys.last().cloned() } else { None };
        Ok(())
    }

    fn bury(&mut self, record: &Incoming, cause: &Envelope, class: DeadClass, place: Option<(u32, u32)>) -> Result<(), Fault> {
        let stage = Self::first_stage();
        let letter = dead_letter::of(record, self.row.time, self.row.edition, stage, class, place);
        let known = record.key_text().filter(|key| key.parse::<topics::ids::TicketId>().is_ok());
        let key = known.map_or_else(|| EventId::of(&[b"key", record.key.as_deref().unwrap_or_default()]).to_string(), str::to_owned);
        let envelope = cause.derived("dead-letter", 0, self.row.time);
        let address = Address::ByKey(self.around.partitions);
        self.harvest.outputs.push(encode::<M::DeadLetters>(&self.around.ring, stage, &envelope, address, key, &letter)?);
        Ok(())
    }

    /// Makes the record a dead letter and counts it as rejected by the first stage.
    fn reject(&mut self, record: &Incoming, cause: &Envelope, class: DeadClass, place: Option<(u32, u32)>) -> Result<(), Fault> {
        let counts = self.harvest.counts.entry(Self::first_stage()).or_default();
        counts.received += 1;
        counts.rejected += 1;
        self.bury(record, cause, class, place)
    }

    fn advance(&mut self, record: &Incoming) {
        self.row.next_offset = record.offset + 1;
        self.row.time = self.row.time.max(record.time);
        self.fired = 0;
    }

    /// Decides what the record is: what its log carries, or a dead letter.
    fn read(&self, record: &Incoming) -> Result<(Envelope, <M::Log as Topic>::Record), DecodeError> {
        let (envelope, read) = record.decode::<M::Log>(&self.around.ring)?;
        let addressed = M::control(&read).is_some() || M::is_addressed(&read);
        if !addressed && partition_of(record.key.as_deref().unwrap_or_default(), self.around.partitions) != self.around.partition {
            return Err(DecodeError::Record { class: DeadClass::Misplaced, place: None });
        }
        Ok((envelope, read))
    }

    fn apply(&mut self, record: &Incoming, cause: &Envelope, read: <M::Log as Topic>::Record) -> Result<(), Fault> {
        let entity = self.machine.entity(&self.store, record.key_text().unwrap_or_default(), &read);
        if let Some(entity) = &entity {
            self.fire(record, entity, cause)?;
        }
        let applied = self.attempt(cause.clone(), |machine, step| machine.apply(step, entity.as_deref(), read));
        if let Err(class) = applied {
            self.reject(record, cause, class, None)?;
        }
        if let Some(entity) = &entity {
            self.fire(record, entity, cause)?;
        }
        Ok(())
    }

    fn harvest_of_row(&self) -> Harvest {
        let counts = |stage: &&'static str| Some((*stage, *self.row.counts.get(&StageName::of(stage))?));
        Harvest { serial: self.row.serial, counts: M::STAGES.iter().filter_map(counts).collect(), ..Harvest::default() }
    }

    fn settle(&mut self) -> Result<(), Fault> {
        match self.harvest.failed.take() {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
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
        let cause = record.envelope().unwrap_or_else(|_| dead_letter::envelope_of(record));
        let control = read.as_ref().ok().and_then(|(_, read)| M::control(read));
        if let Some(Control::Edition(number)) = control
            && number > self.row.edition
            && self.editions.get(number).is_none()
        {
            return Ok(Progress::NeedsEdition(number));
        }
        self.advance(record);
        match (control, read) {
            (Some(Control::Tick), _) => {}
            (Some(Control::Edition(number)), _) => {
                if number > self.row.edition {
                    self.row.edition = number;
                    self.row.cursor = M::RECONSIDERS.then(String::new);
                }
            }
            (None, Ok((envelope, read))) => self.apply(record, &envelope, read)?,
            (None, Err(DecodeError::Record { class, place })) => self.reject(record, &cause, class, place)?,
            (None, Err(wrong_key)) => return Err(wrong_key.into()),
        }
        self.fire_others(record, &cause)?;
        self.settle()?;
        Ok(Progress::Done)
    }

    fn put_aside(&mut self, record: &Incoming, class: DeadClass) -> Result<(), Fault> {
        self.advance(record);
        let cause = record.envelope().unwrap_or_else(|_| dead_letter::envelope_of(record));
        self.reject(record, &cause, class, None)
    }

    fn outputs(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.harvest.outputs)
    }

    fn close(&mut self, transactional_id: &str) -> Result<Vec<Outgoing>, Fault> {
        let stage = Self::first_stage();
        let address = Address::Partition(self.around.partition);
        let mut rows = Vec::new();
        for (key, entity, cause) in self.store.changes() {
            rows.push(match entity {
                None => tombstone::<M::Store>(address, key.to_owned()),
                Some(entity) => {
                    let id = EventId::of(&[b"row", M::Store::SPEC.name.as_bytes(), key.as_bytes(), cause.as_str().as_bytes()]);
                    encode::<M::Store>(&self.around.ring, stage, &Envelope::root(id, self.row.time), address, key.to_owned(), entity)?
                }
            });
        }
        self.row.serial = self.harvest.serial;
        self.row.counts = self.harvest.counts.iter().map(|(stage, counts)| (StageName::of(stage), *counts)).collect();
        self.row.transactional_id = transactional_id.to_owned();
        rows.push(task_row::write(M::Store::SPEC, self.around.partition, &self.row));
        Ok(rows)
    }

    fn commit(&mut self) -> Vec<Effect> {
        self.store.commit();
        self.committed = self.row.clone();
        std::mem::take(&mut self.harvest.effects)
    }

    fn roll_back(&mut self) {
        self.store.roll_back();
        self.row = self.committed.clone();
        self.harvest = self.harvest_of_row();
    }

    fn restore(&mut self, record: &Incoming) -> Result<(), Fault> {
        let damaged = |error| Fault::Store { topic: M::Store::SPEC.name, partition: record.partition, offset: record.offset, error };
        let key = record.key_text().unwrap_or_default();
        if key == task_row_key(self.around.partition) {
            self.row = task_row::read(record).map_err(damaged)?;
            self.committed = self.row.clone();
            self.harvest = self.harvest_of_row();
        } else if record.value.is_none() {
            self.store.restore(key, None);
        } else {
            let (_, entity) = record.decode::<M::Store>(&self.around.ring).map_err(damaged)?;
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
