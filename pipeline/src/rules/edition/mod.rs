//! An edition in memory: reference data by number, checked and made ready for the stages.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use topics::records::assignments::Routing;
use topics::records::editions::{Emergency, Municipality, PlaceName, Reference, Rules, StaffMember, Team};
use topics::records::ticket_commands::Deadlines;
use topics::values::text::Code;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, HoldReason, Hours, PolicySource, Severity};

use crate::rules::automations::Automations;
use crate::rules::calendar::{Calendars, Stretch, WorkingTime};
use crate::rules::gazetteer::Gazetteer;
use crate::rules::geography::period::day_of;
use crate::rules::geography::places::Map;
use crate::rules::hold_times;
use crate::rules::ladders::Ladders;
use crate::rules::policy::{Policies, Promise};
use crate::rules::recipients::StaffOfTeam;

mod check;
pub mod describe;
pub mod diff;
#[cfg(test)]
mod tests;

use crate::rules::flaws::BadReference;

/// A numbered, immutable set of reference data.
#[derive(Default)]
pub struct Edition {
    /// The number of the edition; 0 is built in.
    pub number: u32,
    /// The data in the order of codes, without the shapes, which are in the map, and without the named
    /// places, which are in the gazetteer.
    pub(crate) reference: Reference,
    places: Map,
    gazetteer: Gazetteer,
    policies: Policies,
    calendars: Calendars,
    ladders: Ladders,
    automations: Automations,
}

impl Edition {
    /// Makes an edition ready for the stages.
    ///
    /// # Errors
    /// The data contradicts itself, or a shape is invalid.
    pub fn new(number: u32, mut reference: Reference) -> Result<Self, BadReference> {
        reference.municipalities.sort_by(|a, b| a.code.cmp(&b.code));
        reference.wards.sort_by(|a, b| a.code.cmp(&b.code));
        reference.teams.sort_by(|a, b| a.code.cmp(&b.code));
        reference.places.sort_by(|a, b| a.code.cmp(&b.code));
        reference.calendars.sort_by(|a, b| a.municipality.cmp(&b.municipality));
        reference.closing_days.sort_by(|a, b| (&a.municipality, a.day).cmp(&(&b.municipality, b.day)));
        reference.holidays.sort_by_key(|holiday| holiday.day);
        reference.staff.sort_by(|a, b| a.login.cmp(&b.login));
        check::reference(&reference)?;
        let places = Map::new(&mut reference)?;
        let policies = Policies::new(&reference.policies);
        let calendars = Calendars::new(&reference.calendars, &reference.closing_days, &reference.holidays);
        let ladders = Ladders::new(&reference.ladders);
        let automations = Automations::new(&reference.automations);
        let gazetteer = Gazetteer::new(named_on_board(&mut reference));
        Ok(Self { number, reference, places, gazetteer, policies, calendars, ladders, automations })
    }

    /// Edition 0: no places, no teams, the system's defaults.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// The durations of the rules.
    pub const fn rules(&self) -> &Rules {
        &self.reference.rules
    }

    /// The emergency numbers that residents are given.
    pub const fn emergency(&self) -> &Emergency {
        &self.reference.emergency
    }

    /// The municipality of this code, without its boundary.
    pub fn municipality(&self, code: &Code) -> Option<&Municipality> {
        let index = self.reference.municipalities.binary_search_by(|known| known.code.cmp(code)).ok()?;
        self.reference.municipalities.get(index)
    }

    /// The team of this code, active or not, without its service area.
    pub fn team(&self, code: &Code) -> Option<&Team> {
        let index = self.reference.teams.binary_search_by(|known| known.code.cmp(code)).ok()?;
        self.reference.teams.get(index)
    }

    /// How long a hold for this reason may last, in seconds.
    pub fn hold_limit_s(&self, reason: HoldReason) -> u64 {
        hold_times::limit_s(&self.reference.hold_limits, reason)
    }

    /// The map of responsibilities.
    pub(crate) const fn places(&self) -> &Map {
        &self.places
    }

    /// The names of places in municipalities on board.
    pub const fn gazetteer(&self) -> &Gazetteer {
        &self.gazetteer
    }

    /// The active policies of the edition.
    pub(crate) const fn policies(&self) -> &Policies {
        &self.policies
    }

    /// The ladders of the edition.
    pub(in crate::rules) const fn ladders(&self) -> &Ladders {
        &self.ladders
    }

    /// The automations of the edition.
    pub const fn automations(&self) -> &Automations {
        &self.automations
    }

    /// The members of staff who work now, in the order of their logins.
    pub fn staff(&self) -> &[StaffMember] {
        &self.reference.staff
    }

    /// The people whom the tickets with this routing reach at this time.
    pub fn staff_of<'a>(&'a self, routing: &'a Routing, at: Time) -> StaffOfTeam<'a> {
        let team = routing.team.as_ref().and_then(|code| self.team(code));
        StaffOfTeam {
            staff: self.staff(),
            municipality: routing.municipality.as_ref(),
            team: routing.team.as_ref(),
            lead: team.and_then(|team| team.lead.as_ref()),
            manager: team.map_or(routing.manager.as_ref(), |team| team.manager.as_ref()),
            on: Some(day_of(at)),
        }
    }

    /// The working time of a municipality; missing if it has no calendar.
    pub fn calendar(&self, municipality: Option<&Code>) -> Option<&WorkingTime> {
        self.calendars.get(municipality?)
    }

    /// The deadlines of a report made at `from`: by the most specific active policy of its municipality, or
    /// by the system's promise. Every hour counts unless the policy says working hours; for critical tickets
    /// the calendar has to say so, too. The resolution stands still during the `holds`.
    pub fn deadlines(
        &self,
        municipality: Option<&Code>,
        category: Category,
        severity: Severity,
        from: Time,
        holds: &[Stretch],
    ) -> Deadlines {
        let special = municipality.and_then(|code| self.policies().most_specific(code, category, severity));
        let (policy, promise) = special.unwrap_or((PolicySource::System, Promise::of_system(self.rules())));
        let in_working_hours = |calendar: &&WorkingTime| {
            let is_critical = severity == Severity::Critical;
            promise.hours == Hours::WorkingHours && (!is_critical || calendar.critical == Hours::WorkingHours)
        };
        let calendar = self.calendar(municipality).filter(in_working_hours);
        let response = promise.deadline(from, promise.response, calendar, &[]);
        let resolution = promise.deadline(from, promise.resolution, calendar, holds);
        let last = response.due_at.max(resolution.due_at);
        let closed_days = calendar.map_or_else(Vec::new, |calendar| calendar.closed_days(from, last));
        Deadlines { policy, edition: self.number, response, resolution, closed_days }
    }
}

/// Takes the named places from the reference data, without those of municipalities that are not on board: a
/// report from there is not for this system to route.
fn named_on_board(reference: &mut Reference) -> Vec<PlaceName> {
    let municipalities = &reference.municipalities;
    let is_on_board = |code: &Code| {
        let found = municipalities.binary_search_by(|known| known.code.cmp(code));
        found.ok().and_then(|index| municipalities.get(index)).is_some_and(|known| known.onboarded)
    };
    let places = std::mem::take(&mut reference.places);
    places.into_iter().filter(|place| is_on_board(&place.municipality)).collect()
}

impl fmt::Debug for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edition({})", self.number)
    }
}

/// The editions that a task has loaded.
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

    /// The number of the newest edition.
    pub fn newest(&self) -> u32 {
        self.0.last_key_value().map_or(0, |(number, _)| *number)
    }

    /// Drops the editions that a task at edition `number` does not need any more: a task never goes back. The
    /// previous edition stays, because records that others wrote before they switched may name it; so does
    /// edition 0, which is never published.
    pub fn drop_before(&mut self, number: u32) {
        let before = self.0.range(..number).next_back().map_or(0, |(before, _)| *before);
        self.0.retain(|kept, _| *kept == 0 || *kept >= before);
    }
}
