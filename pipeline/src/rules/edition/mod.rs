//! An edition in memory: reference data by number, checked and made ready for the stages.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use topics::records::editions::{Emergency, Municipality, Reference, Rules, Team};
use topics::values::text::Code;

use crate::rules::geography::places::Map;
use crate::rules::policy::Policies;

mod check;
pub mod describe;
pub mod diff;
#[cfg(test)]
mod tests;

pub use check::{BadReference, Feature, Flaw};

/// A numbered, immutable set of reference data.
#[derive(Default)]
pub struct Edition {
    /// Its number; 0 is built in.
    pub number: u32,
    /// The data, in the order of codes, without the shapes: they are in the map.
    pub(crate) reference: Reference,
    places: Map,
    policies: Policies,
}

impl Edition {
    /// Makes an edition ready for the stages.
    ///
    /// # Errors
    /// The data contradicts itself, or a shape is none.
    pub fn new(number: u32, mut reference: Reference) -> Result<Self, BadReference> {
        reference.municipalities.sort_by(|a, b| a.code.cmp(&b.code));
        reference.wards.sort_by(|a, b| a.code.cmp(&b.code));
        reference.teams.sort_by(|a, b| a.code.cmp(&b.code));
        check::reference(&reference)?;
        let places = Map::new(&mut reference)?;
        let policies = Policies::new(&reference.policies);
        Ok(Self { number, reference, places, policies })
    }

    /// Edition 0: no places, no teams, the system's defaults.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// How long things take.
    pub const fn rules(&self) -> &Rules {
        &self.reference.rules
    }

    /// Numbers to call in an emergency.
    pub const fn emergency(&self) -> &Emergency {
        &self.reference.emergency
    }

    /// The municipality of this code; its boundary is not in it.
    pub fn municipality(&self, code: &Code) -> Option<&Municipality> {
        let place = self.reference.municipalities.binary_search_by(|known| known.code.cmp(code)).ok()?;
        self.reference.municipalities.get(place)
    }

    /// The team of this code, active or not; its service area is not in it.
    pub fn team(&self, code: &Code) -> Option<&Team> {
        let place = self.reference.teams.binary_search_by(|known| known.code.cmp(code)).ok()?;
        self.reference.teams.get(place)
    }

    /// Who is responsible where.
    pub(crate) const fn places(&self) -> &Map {
        &self.places
    }

    /// What is promised.
    pub(crate) const fn policies(&self) -> &Policies {
        &self.policies
    }
}

impl fmt::Debug for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edition({})", self.number)
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

    /// Lets go of what a task at edition `number` needs no more: it only goes forward. The one before stays,
    /// since records that others wrote before they moved on name it; so does 0, which nobody publishes.
    pub fn let_go_before(&mut self, number: u32) {
        let before = self.0.range(..number).next_back().map_or(0, |(before, _)| *before);
        self.0.retain(|kept, _| *kept == 0 || *kept >= before);
    }
}
