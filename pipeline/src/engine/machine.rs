//! The contract of a machine: a chain of stages over one log, with one store. The stages make the decisions;
//! the order in which they get records, due times and editions is decided by
//! [`MachineTask`](crate::engine::task::MachineTask) and is the same for all machines.

use topics::catalogue::Topic;
use topics::records::control::Control;

use crate::engine::step::{Reject, Step};
use crate::engine::store::{Entity, Store};

/// A chain of stages over one log, with one store.
pub trait Machine: Send {
    /// The topic that the machine consumes.
    type Log: Topic;
    /// The topic of its store.
    type Store: Topic<Record = Self::Entity>;
    /// The entity type of its store.
    type Entity: Entity;
    /// The topic for records that it cannot process.
    type DeadLetters: Topic<Record = topics::records::dead_letters::DeadLetter>;

    /// The names of its stages in order. A record that cannot be decoded is counted as rejected by the first
    /// one.
    const STAGES: &'static [&'static str];

    /// The control record (a tick or an edition notice) that the task applies itself, or `None` for a record
    /// for the stages.
    fn control(record: &<Self::Log as Topic>::Record) -> Option<Control>;

    /// Whether the record is addressed to a partition directly instead of by its key.
    fn is_addressed(_record: &<Self::Log as Topic>::Record) -> bool {
        false
    }

    /// The key of the entity that the record is for, if any; `key` is the key of the record itself.
    fn entity(
        &self,
        store: &Store<Self::Entity>,
        key: &str,
        record: &<Self::Log as Topic>::Record,
    ) -> Option<String>;

    /// Applies the record. `entity` is the result of [`Machine::entity`]; its due times that have passed have
    /// already fired.
    ///
    /// # Errors
    /// Rejects a record that cannot be applied; it becomes a dead letter.
    fn apply(
        &self,
        step: &mut Step<'_, Self::Entity>,
        entity: Option<&str>,
        record: <Self::Log as Topic>::Record,
    ) -> Result<(), Reject>;

    /// Fires the earliest due time of the entity. It is called again until the next due time is later than
    /// now.
    fn fire(&self, step: &mut Step<'_, Self::Entity>, entity: &str);

    /// Reports that a due time of the entity failed and that its due times are switched off, so that a person
    /// looks at it.
    fn disarmed(&self, _step: &mut Step<'_, Self::Entity>, _entity: &str) {}

    /// Whether a new edition makes the task reconsider every entity.
    const RECONSIDERS: bool = false;

    /// Reconsiders one entity because of a new edition. What was due before the edition has fired. It may be
    /// called again for the same edition, and changes nothing then.
    fn reconsider(&self, _step: &mut Step<'_, Self::Entity>, _entity: &str) {}
}
