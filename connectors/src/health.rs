//! Health: which parts of this process are ready, and why the others are not. The parts report it, and
//! `/readyz` shows it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The parts of this process and the state of each. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, Option<String>>>>);

impl Health {
    /// Enters a part, not ready yet. A part that is entered again under the same name starts as not ready.
    pub fn part(&self, name: impl Into<String>) -> PartHealth {
        let part = PartHealth { health: self.clone(), name: name.into() };
        part.not_ready("is starting");
        part
    }

    /// The parts that are not ready, each with the reason. Empty if all are ready or there are no parts.
    pub fn not_ready(&self) -> Vec<(String, String)> {
        let parts = self.parts();
        parts.iter().filter_map(|(name, why)| why.as_ref().map(|why| (name.clone(), why.clone()))).collect()
    }

    fn parts(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        // The map of texts is consistent even after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry in which one part reports its health. It is dropped with the part, and a part that has ended is
/// not ready.
#[derive(Debug)]
pub struct PartHealth {
    health: Health,
    name: String,
}

impl PartHealth {
    /// Reports that the part does its work.
    pub fn ready(&self) {
        self.health.parts().insert(self.name.clone(), None);
    }

    /// Reports that the part does not do its work, for the reason `why`: a text for operators that says
    /// nothing about a person.
    pub fn not_ready(&self, why: impl Into<String>) {
        self.health.parts().insert(self.name.clone(), Some(why.into()));
    }
}

impl Drop for PartHealth {
    fn drop(&mut self) {
        self.not_ready("has stopped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_is_ready_when_every_part_is_and_no_longer_when_one_ends() {
        let health = Health::default();
        let webhook = health.part("whatsapp");
        let tickets = health.part("tickets");
        webhook.ready();
        tickets.not_ready("restores partition 3");
        assert_eq!(health.not_ready(), [("tickets".to_owned(), "restores partition 3".to_owned())]);
        tickets.ready();
        assert!(health.not_ready().is_empty());
        drop(webhook);
        assert_eq!(health.not_ready(), [("whatsapp".to_owned(), "has stopped".to_owned())]);
    }
}
