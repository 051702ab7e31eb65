//! A machine: a chain of stages over one log, with one store. What the stages decide is theirs; in which
//! order records, due times and editions meet them is the
//! [`MachineTask`](crate::engine::task::MachineTask)'s, the same for all machines.

use topics::catalogue::Topic;
use topics::records::control::Control;

use crate::engine::step::{Reject, Step};
use crate::engine::store::{Entity, Store};

/// A chain of stages over one log, with one store.
pub trait Machine: Send {
    /// The log that it hears.
    type Log: Topic;
    /// The topic of its store.
    type Store: Topic<Record = Self::Entity>;
    /// What lives in its store.
    type Entity: Entity;
    /// The topic of what it cannot process.
    type DeadLetters: Topic<Record = topics::records::dead_letters::DeadLetter>;

    /// The stages in their order; the first answers for records that none could read.
    const STAGES: &'static [&'static str];

    /// What the record means to the task itself; none where it is for the stages.
    fn control(record: &<Self::Log as Topic>::Record) -> Option<Control>;

    /// Whether the record was addressed by partition, not by its key.
    fn is_addressed(_record: &<Self::Log as Topic>::Record) -> bool {
        false
    }

    /// The key of the entity that the record is for; `key` is the record's own.
    fn entity(
        &self,
        store: &Store<Self::Entity>,
        key: &str,
        record: &<Self::Log as Topic>::Record,
    ) -> Option<String>;

    /// Applies the record. `entity` is what [`Machine::entity`] said; its due times up to now have fired.
    ///
    /// # Errors
    /// The record makes no sense: it becomes a dead letter.
    fn apply(
        &self,
        step: &mut Step<'_, Self::Entity>,
        entity: Option<&str>,
        record: <Self::Log as Topic>::Record,
    ) -> Result<(), Reject>;

    /// Lets the earliest due time of the entity happen: afterwards its next one is later than now, or this is
    /// called again.
    fn fire(&self, step: &mut Step<'_, Self::Entity>, entity: &str);

    /// Says that a due time of the entity failed and that its due times are switched off: a person has to
    /// look.
    fn disarmed(&self, _step: &mut Step<'_, Self::Entity>, _entity: &str) {}

    /// Whether a new edition is a reason to look at every entity again.
    const RECONSIDERS: bool = false;

    /// Looks at an entity again because of a new edition.
    fn reconsider(&self, _step: &mut Step<'_, Self::Entity>, _entity: &str) {}
}
