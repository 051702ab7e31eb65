//! Health: which parts of this process are ready, and why the others are not. The parts say it, `/readyz`
//! tells it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The parts of this process and how each of them is. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, Option<String>>>>);

impl Health {
    /// Enters a part, not ready yet. A part that is entered again under the same name starts as not ready.
    pub fn part(&self, name: impl Into<String>) -> PartHealth {
        let part = PartHealth { health: self.clone(), name: name.into() };
        part.not_ready("is starting");
        part
    }

    /// The parts that are not ready, with the reason of each; empty where all are, or where there are none.
    pub fn not_ready(&self) -> Vec<(String, String)> {
        let parts = self.parts();
        parts.iter().filter_map(|(name, why)| why.as_ref().map(|why| (name.clone(), why.clone()))).collect()
    }

    fn parts(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        // A map of words is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part's say in the matter. Dropped with the part: one that ended is not ready any more.
#[derive(Debug)]
pub struct PartHealth {
    health: Health,
    name: String,
}

impl PartHealth {
    /// It does its work.
    pub fn ready(&self) {
        self.health.parts().insert(self.name.clone(), None);
    }

    /// It does not, because of `why`: words for an operator, without anything about a person.
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
