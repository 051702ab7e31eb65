//! Checks reference data before it becomes an edition: references between features, and the promised times.

use std::collections::BTreeSet;

use topics::records::editions::{Calendar, PlaceName, Policy, Reference, Rules};
use topics::values::text::Code;
use topics::values::vocabulary::Hours;

use crate::rules::absences;
use crate::rules::automations;
use crate::rules::calendar::time_zone;
use crate::rules::flaws::{BadReference, Flaw, ReferenceFeature};
use crate::rules::geography::{PinVerdict, judge};
use crate::rules::ladders;

/// Checks everything except the shapes. The lists must be sorted by code.
pub fn reference(reference: &Reference) -> Result<(), BadReference> {
    unique(&reference.municipalities, |municipality| &municipality.code, ReferenceFeature::municipality)?;
    unique(&reference.wards, |ward| &ward.code, ReferenceFeature::ward)?;
    unique(&reference.teams, |team| &team.code, ReferenceFeature::team)?;
    unique(&reference.places, |place| &place.code, ReferenceFeature::place)?;
    let known = |code: &Code| {
        let found = reference.municipalities.binary_search_by(|municipality| municipality.code.cmp(code));
        found.map(|_| ()).map_err(|_| Flaw::UnknownMunicipality(code.clone()))
    };
    for ward in &reference.wards {
        known(&ward.municipality).map_err(|flaw| BadReference::new(ReferenceFeature::ward(ward), flaw))?;
    }
    for team in &reference.teams {
        let checked = match &team.municipality {
            None if team.is_saps => Ok(()),
            None => Err(Flaw::NoMunicipality),
            Some(_) if team.is_saps => Err(Flaw::PoliceWithMunicipality),
            Some(code) => known(code),
        };
        checked.map_err(|flaw| BadReference::new(ReferenceFeature::team(team), flaw))?;
    }
    calendars(reference, known)?;
    for place in &reference.places {
        let checked = known(&place.municipality).and_then(|()| named(place));
        checked.map_err(|flaw| BadReference::new(ReferenceFeature::place(place), flaw))?;
    }
    let mut scopes = BTreeSet::new();
    for policy in reference.policies.iter().filter(|policy| policy.is_active) {
        let checked = known(&policy.municipality).and_then(|()| promise(reference, policy));
        checked.map_err(|flaw| BadReference::new(ReferenceFeature::policy(policy), flaw))?;
        if !scopes.insert((&policy.municipality, policy.category, policy.severity)) {
            return Err(BadReference::new(ReferenceFeature::policy(policy), Flaw::Twice));
        }
    }
    let mut complaints = ladders::check::complaints(reference);
    complaints.extend(automations::complaints(reference));
    complaints.extend(absences::complaints(reference));
    if let Some(first) = complaints.into_iter().next() {
        return Err(first);
    }
    rules(&reference.rules).map_err(|flaw| BadReference::new(ReferenceFeature::Rules, flaw))
}

fn unique<T, C: Eq>(
    sorted: &[T],
    code: fn(&T) -> &C,
    feature: fn(&T) -> ReferenceFeature,
) -> Result<(), BadReference> {
    let mut neighbours = sorted.iter().zip(sorted.iter().skip(1));
    match neighbours.find(|(one, next)| code(one) == code(next)) {
        Some((twice, _)) => Err(BadReference::new(feature(twice), Flaw::Twice)),
        None => Ok(()),
    }
}

fn named(place: &PlaceName) -> Result<(), Flaw> {
    let [longitude, latitude] = place.point;
    match judge(latitude, longitude) {
        PinVerdict::OutOfRange => Err(Flaw::OffTheEarth),
        _ if place.name.trim().is_empty() => Err(Flaw::NoName),
        _ => Ok(()),
    }
}

/// Checks the calendars, and the days on which they are closed.
fn calendars(reference: &Reference, known: impl Fn(&Code) -> Result<(), Flaw>) -> Result<(), BadReference> {
    unique(&reference.calendars, |calendar| &calendar.municipality, ReferenceFeature::calendar)?;
    unique(&reference.holidays, |holiday| &holiday.day, ReferenceFeature::holiday)?;
    for calendar in &reference.calendars {
        let checked = known(&calendar.municipality).and_then(|()| open(calendar));
        checked.map_err(|flaw| BadReference::new(ReferenceFeature::calendar(calendar), flaw))?;
    }
    let mut days = BTreeSet::new();
    for day in &reference.closing_days {
        known(&day.municipality)
            .map_err(|flaw| BadReference::new(ReferenceFeature::closing_day(day), flaw))?;
        if !days.insert((&day.municipality, day.day)) {
            return Err(BadReference::new(ReferenceFeature::closing_day(day), Flaw::Twice));
        }
    }
    Ok(())
}

fn open(calendar: &Calendar) -> Result<(), Flaw> {
    if time_zone(&calendar.time_zone).is_none() {
        return Err(Flaw::UnknownTimeZone(calendar.time_zone.clone()));
    }
    if calendar.week().iter().all(Option::is_none) { Err(Flaw::NeverOpen) } else { Ok(()) }
}

/// The longest promise in working hours: at 8 hours a day it takes four years.
const LONGEST_WORKING_S: u64 = 365 * 24 * 3600;

fn promise(reference: &Reference, policy: &Policy) -> Result<(), Flaw> {
    if policy.severity.is_some() && policy.category.is_none() {
        return Err(Flaw::SeverityAlone);
    }
    if policy.hours == Hours::WorkingHours {
        let calendars = &reference.calendars;
        if calendars.binary_search_by(|known| known.municipality.cmp(&policy.municipality)).is_err() {
            return Err(Flaw::NoCalendar);
        }
        if policy.response_s.max(policy.resolution_s) > LONGEST_WORKING_S {
            return Err(Flaw::TooManyWorkingHours);
        }
    }
    times(policy.response_s, policy.resolution_s, policy.warning_pct)
}

fn rules(rules: &Rules) -> Result<(), Flaw> {
    times(rules.response_s, rules.resolution_s, rules.warning_pct)
}

fn times(response_s: u64, resolution_s: u64, warning_pct: u8) -> Result<(), Flaw> {
    if response_s == 0 || resolution_s == 0 {
        return Err(Flaw::ZeroTime);
    }
    if (1..=99).contains(&warning_pct) { Ok(()) } else { Err(Flaw::NotAPercentage) }
}
