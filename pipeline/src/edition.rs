//! An edition in memory: reference data by number, made ready for the stages.

use std::collections::BTreeMap;
use std::sync::Arc;

use topics::editions::{Reference, Rules};

/// A numbered, immutable set of reference data.
#[derive(Debug, Default)]
pub struct Edition {
    /// Its number; 0 is built in.
    pub number: u32,
    /// The data.
    pub reference: Reference,
}

impl Edition {
    /// Makes an edition ready for the stages.
    pub fn new(number: u32, reference: Reference) -> Self {
        Self { number, reference }
    }

    /// Edition 0: no places, no teams, the system's defaults.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// How long things take.
    pub const fn rules(&self) -> &Rules {
        &self.reference.rules
    }
}

/// The editions that a task has at hand.
#[derive(Clone, Debug)]
pub struct Editions(BTreeMap<u32, Arc<Edition>>);

impl Default for Editions {
    fn default() -> Self {
        Self(BTreeMap::from([(0, Arc::new(Edition::built_in()))]))
    }
}

impl Editions {
    /// Adds an edition; a number that is there already stays as it is.
    pub fn add(&mut self, edition: Arc<Edition>) {
        self.0.entry(edition.number).or_insert(edition);
    }

    /// The edition of this number.
    pub fn get(&self, number: u32) -> Option<&Arc<Edition>> {
        self.0.get(&number)
    }

    /// The newest of them.
    pub fn newest(&self) -> u32 {
        self.0.last_key_value().map_or(0, |(number, _)| *number)
    }
}
