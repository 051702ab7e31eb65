//! The parts of a step: the due times of the record's entity, the record itself, then the due times of other
//! entities. Each part runs as an attempt that is undone if it fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use topics::catalogue::Topic;
use topics::codec::record::{
    Address, DecodeError, EncodeError, Envelope, Incoming, Outgoing, encode, tombstone,
};
use topics::codec::task_row::LastRecord;
use topics::records::control::Control;
use topics::records::dead_letters::DeadClass;
use topics::values::ids::EventId;
use topics::values::time::Time;

use super::read::read;
use super::{Fault, MAX_FIRED, MAX_FIRED_OF_ONE, MAX_RECONSIDERED, MachineTask};
use crate::engine::machine::Machine;
use crate::engine::step::{LARGEST_RECORD, Reject, Step};
use crate::engine::store::{Entity, Savepoint};

/// Switches off the due times of an entity in its row.
///
/// # Errors
/// The entity is due at once even then.
fn mark_disarmed<E: Entity>(step: &mut Step<'_, E>, entity: &str) -> Result<(), Reject> {
    let Some(mut marked) = step.get(entity).cloned() else { return Ok(()) };
    marked.disarm(step.now);
    if marked.due().is_some_and(|due| due <= step.now) {
        return Err(Reject(DeadClass::DueFailed));
    }
    step.put(entity, marked);
    Ok(())
}

/// Writes that the due times of an entity are switched off, or removes an entity where that failed.
fn end_disarming<M: Machine>(
    machine: &M,
    step: &mut Step<'_, M::Entity>,
    entity: &str,
    disarmed: Result<(), DeadClass>,
) {
    match disarmed {
        Ok(()) => machine.disarmed(step, entity),
        Err(_) => step.remove(entity),
    }
}

struct Before {
    store: Savepoint,
    outputs: usize,
    effects: usize,
    serial: u64,
}

impl<M: Machine> MachineTask<M> {
    fn before(&self) -> Before {
        Before {
            store: self.store.savepoint(),
            outputs: self.state.outputs.records.len(),
            effects: self.state.outputs.effects.len(),
            serial: self.state.outputs.serial,
        }
    }

    fn undo(&mut self, before: &Before) {
        self.store.roll_back_to(before.store);
        self.state.outputs.records.truncate(before.outputs);
        self.state.outputs.effects.truncate(before.effects);
        self.state.outputs.serial = before.serial;
    }

    /// Runs a part of a step. A panic, a reject, or an output or row that is too large undoes the whole part.
    fn attempt(
        &mut self,
        cause: Envelope,
        work: impl FnOnce(&M, &mut Step<'_, M::Entity>) -> Result<(), Reject>,
    ) -> Result<(), DeadClass> {
        let before = self.before();
        let counts = self.state.outputs.counts.clone();
        let edition = self.state.editions.get(self.state.row.edition).cloned().unwrap_or_default();
        let machine = &self.machine;
        let mut step = Step {
            now: self.state.row.time,
            appended_at: self.state.appended_at,
            edition: &edition,
            edition_at: self.state.edition_at(),
            context: &self.state.context,
            cause,
            store: &mut self.store,
            outputs: &mut self.state.outputs,
            ordinals: Default::default(),
        };
        let worked = catch_unwind(AssertUnwindSafe(|| work(machine, &mut step)));
        let outcome = match worked.unwrap_or(Err(Reject(DeadClass::Panicked))) {
            Err(Reject(class)) => Err(class),
            Ok(()) => {
                if self.state.outputs.is_too_large(before.outputs) {
                    Err(DeadClass::TooLarge)
                } else {
                    self.write_rows(before.store)
                }
            }
        };
        if outcome.is_err() {
            self.undo(&before);
            self.state.outputs.counts = counts;
        }
        outcome
    }

    /// Encodes the rows that were changed since `savepoint`. This is done within the attempt, so that a row
    /// that cannot be written fails only this part of the step.
    fn write_rows(&mut self, savepoint: Savepoint) -> Result<(), DeadClass> {
        for (key, cause) in self.store.unwritten(savepoint) {
            match catch_unwind(AssertUnwindSafe(|| self.row_of(&key, &cause))) {
                Err(_) => return Err(DeadClass::Panicked),
                Ok(Ok(row)) if row.size() > LARGEST_RECORD => return Err(DeadClass::TooLarge),
                Ok(Ok(row)) => self.store.written(&key, row),
                Ok(Err(error)) => self.state.outputs.failed = Some(error),
            }
        }
        Ok(())
    }

    fn row_of(&self, key: &str, cause: &EventId) -> Result<Outgoing, EncodeError> {
        let address = Address::Partition(self.state.context.partition);
        let Some(entity) = self.store.get(key) else {
            return Ok(tombstone::<M::Store>(address, key.to_owned()));
        };
        let id =
            EventId::of(&[b"row", M::Store::SPEC.name.as_bytes(), key.as_bytes(), cause.as_str().as_bytes()]);
        let envelope = Envelope::root(id, self.state.row.time);
        encode::<M::Store>(
            &self.state.context.ring,
            self.state.first_stage(),
            &envelope,
            address,
            key.to_owned(),
            entity,
        )
    }

    fn due_by(&self, entity: &str, end: Time) -> Option<Time> {
        self.store.get(entity).and_then(Entity::due).filter(|due| *due <= end)
    }

    /// Creates the cause of a change that a due time or an edition triggers. Its id contains the entity and
    /// the moment as well as the record, because the record may be in the log twice under one id (a webhook
    /// retry, a notice of two owners) and other entities may be due the second time. It starts a trace of its
    /// own, because the record may be unrelated to the entity, such as a private message that arrives when a
    /// report is due.
    fn own_cause(&mut self, cause: &Envelope, what: &str, entity: &str, at: i64) -> Envelope {
        self.fired += 1;
        let parts = [
            what.as_bytes(),
            cause.id.as_str().as_bytes(),
            entity.as_bytes(),
            &at.to_be_bytes(),
            &self.fired.to_be_bytes(),
        ];
        let id = EventId::of(&parts);
        Envelope::root(id, self.state.row.time)
    }

    /// Fires all due times of one entity that have passed. An entity that the pass of a new edition has not
    /// reached is reconsidered first, after what was due before the edition.
    fn fire(&mut self, record: &Incoming, entity: &str, cause: &Envelope) -> Result<(), Fault> {
        let is_behind = self.state.row.cursor.as_deref().is_some_and(|cursor| entity > cursor);
        if is_behind && self.store.get(entity).is_some() {
            self.fire_until(record, entity, cause, self.state.edition_at())?;
            // If it fails, the pass finds the entity again and writes the dead letter.
            let _ = self.reconsider(entity, cause);
        }
        self.fire_until(record, entity, cause, self.state.row.time)
    }

    /// Fires the due times of one entity that are no later than `end`. If one fails, the entity is disarmed
    /// and marked, and a dead letter is written.
    fn fire_until(
        &mut self,
        record: &Incoming,
        entity: &str,
        cause: &Envelope,
        end: Time,
    ) -> Result<(), Fault> {
        let mut rounds = 0;
        while let Some(due) = self.due_by(entity, end) {
            rounds += 1;
            let cause = self.own_cause(cause, "due", entity, due.millis());
            let fired = self.attempt(cause.clone(), |machine, step| {
                machine.fire(step, entity);
                Ok(())
            });
            if fired.is_err() || (rounds == MAX_FIRED_OF_ONE && self.due_by(entity, end).is_some()) {
                self.disarm(entity, &cause);
                self.dead_letter(record, &cause, DeadClass::DueFailed)?;
            }
        }
        Ok(())
    }

    /// Lets the edition in force reconsider an entity; returns what failed, and its cause.
    fn reconsider(&mut self, entity: &str, cause: &Envelope) -> Result<(), (DeadClass, Envelope)> {
        let cause = self.own_cause(cause, "edition", entity, i64::from(self.state.row.edition));
        let looked = self.attempt(cause.clone(), |machine, step| {
            machine.reconsider(step, entity);
            Ok(())
        });
        looked.map_err(|class| (class, cause))
    }

    /// Switches off the due times of an entity except its expiry. An entity that is due at once even then
    /// would fire forever, so it is removed.
    fn disarm(&mut self, entity: &str, cause: &Envelope) {
        let disarmed = self.attempt(cause.clone(), |_, step| mark_disarmed(step, entity));
        // An error here can be ignored: the mark in the row remains if the event cannot be written, and a
        // tombstone can always be written.
        let _ = self.attempt(cause.clone(), |machine, step| {
            end_disarming(machine, step, entity, disarmed);
            Ok(())
        });
    }

    /// Fires the due times of other entities, up to a limit, and continues the pass over all entities that a
    /// new edition started.
    pub(super) fn fire_others(&mut self, record: &Incoming, cause: &Envelope) -> Result<(), Fault> {
        for entity in self.store.due_at(self.state.row.time, MAX_FIRED) {
            self.fire(record, &entity, cause)?;
        }
        let Some(cursor) = self.state.row.cursor.take() else { return Ok(()) };
        let keys = self.store.keys_after(&cursor, MAX_RECONSIDERED);
        for entity in &keys {
            // What was missed before the edition stays missed.
            self.fire_until(record, entity, cause, self.state.edition_at())?;
            if let Err((class, cause)) = self.reconsider(entity, cause) {
                self.dead_letter(record, &cause, class)?;
            }
        }
        self.state.row.cursor = if keys.len() == MAX_RECONSIDERED { keys.last().cloned() } else { None };
        Ok(())
    }

    fn dead_letter(&mut self, record: &Incoming, cause: &Envelope, class: DeadClass) -> Result<(), Fault> {
        let edition = self.state.row.edition;
        Ok(self.state.dead_letter::<M::DeadLetters>(record, cause, edition, class, None)?)
    }

    /// Dead-letters the record and counts it as rejected by the first stage.
    pub(super) fn reject(
        &mut self,
        record: &Incoming,
        cause: &Envelope,
        class: DeadClass,
        json_position: Option<(u32, u32)>,
    ) -> Result<(), Fault> {
        let edition = self.state.row.edition;
        Ok(self.state.reject::<M::DeadLetters>(record, cause, edition, class, json_position)?)
    }

    pub(super) fn advance(&mut self, record: &Incoming) {
        self.state.row.next_offset = record.offset + 1;
        self.state.row.last_record = Some(LastRecord::of(record));
        self.state.appended_at = record.first_appended_at();
        self.state.row.time = self.state.row.time.max(self.state.row.time_of(record));
        self.fired = 0;
    }

    /// Decodes the record, or says why it becomes a dead letter.
    pub(super) fn read(
        &self,
        record: &Incoming,
    ) -> Result<(Envelope, <M::Log as Topic>::Record), DecodeError> {
        read::<M::Log>(&self.state.context, record, |read| {
            M::control(read).is_some() || M::is_addressed(read)
        })
    }

    pub(super) fn apply(
        &mut self,
        record: &Incoming,
        cause: &Envelope,
        read: <M::Log as Topic>::Record,
    ) -> Result<(), Fault> {
        let find = || self.machine.entity(&self.store, record.key_text().unwrap_or_default(), &read);
        let Ok(entity) = catch_unwind(AssertUnwindSafe(find)) else {
            return self.reject(record, cause, DeadClass::Panicked, None);
        };
        if let Some(entity) = &entity {
            self.fire(record, entity, cause)?;
        }
        let applied =
            self.attempt(cause.clone(), |machine, step| machine.apply(step, entity.as_deref(), read));
        if let Err(class) = applied {
            self.reject(record, cause, class, None)?;
        }
        if let Some(entity) = &entity {
            self.fire(record, entity, cause)?;
        }
        Ok(())
    }

    /// Applies an edition notice or a tick to the task itself.
    pub(super) fn apply_control(&mut self, control: Control) {
        if let Control::Edition(number) = control
            && number > self.state.row.edition
        {
            self.state.row.edition = number;
            self.state.row.edition_at = Some(self.state.row.time);
            self.state.row.cursor = M::RECONSIDERS.then(String::new);
        }
    }
}
