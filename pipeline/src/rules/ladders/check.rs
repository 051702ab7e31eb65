//! What can be wrong with ladders. Everything is found at once, so that a person corrects a file once.

use std::collections::BTreeSet;

use topics::records::editions::{LadderStep, Reference, StaffMember};
use topics::values::ladder::Recipient;
use topics::values::vocabulary::{Clock, StepAction};

use super::table::by_ladder;
use crate::rules::flaws::{BadReference, Flaw, ReferenceFeature};
use crate::rules::recipients;

/// The most steps that a ladder has.
pub const MOST_STEPS: u8 = 8;

/// All complaints about the ladders.
pub fn complaints(reference: &Reference) -> Vec<BadReference> {
    let of_step = |step| {
        let flaws = step_flaws(reference, step);
        flaws.into_iter().map(move |flaw| BadReference::new(ReferenceFeature::ladder_step(step), flaw))
    };
    let of_ladders = by_ladder(&reference.ladders).into_values().flat_map(|steps| ladder_flaws(&steps));
    reference.ladders.iter().flat_map(of_step).chain(of_ladders).collect()
}

/// The steps whose recipient does not exist. It is asked when an edition is published; one that was published
/// before may have such steps, and others stand in then.
pub fn unreached(reference: &Reference) -> Vec<BadReference> {
    let mut all = Vec::new();
    for step in &reference.ladders {
        let whom = step.whom.iter();
        let flaws =
            whom.flat_map(|whom| recipients::flaws(reference, &step.municipality, step.category, whom));
        all.extend(flaws.map(|flaw| BadReference::new(ReferenceFeature::ladder_step(step), flaw)));
    }
    all
}

/// What is wrong with one step.
fn step_flaws(reference: &Reference, step: &LadderStep) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if !reference.municipalities.iter().any(|known| known.code == step.municipality) {
        flaws.push(Flaw::UnknownMunicipality(step.municipality.clone()));
    }
    if step.severity.is_some() && step.category.is_none() {
        flaws.push(Flaw::SeverityAlone);
    }
    if !(1..=MOST_STEPS).contains(&step.step) {
        flaws.push(Flaw::StepNumber(step.step));
    }
    match &step.whom {
        None if needs_person(step.action) => flaws.push(Flaw::ReachesNobody(step.action)),
        Some(whom) if !whom.is_one_person() && is_assignment(step.action) => {
            flaws.push(Flaw::NotOnePerson(step.action));
        }
        Some(Recipient::Login(login)) => {
            let is_theirs =
                |member: &StaffMember| member.login == *login && member.municipality == step.municipality;
            if !reference.staff.iter().any(is_theirs) {
                flaws.push(Flaw::UnknownLogin(login.clone()));
            }
        }
        _ => {}
    }
    flaws
}

/// Whether the action reaches a member of staff.
const fn needs_person(action: StepAction) -> bool {
    match action {
        StepAction::Notify | StepAction::Assign | StepAction::Escalate => true,
        StepAction::RaiseSeverity | StepAction::TellResident => false,
    }
}

const fn is_assignment(action: StepAction) -> bool {
    matches!(action, StepAction::Assign | StepAction::Escalate)
}

/// What is wrong with the steps of one ladder together.
fn ladder_flaws(steps: &[&LadderStep]) -> Vec<BadReference> {
    let mut numbers = BTreeSet::new();
    let twice = steps.iter().filter(|step| !numbers.insert(step.step));
    let mut flaws: Vec<BadReference> =
        twice.map(|step| BadReference::new(ReferenceFeature::ladder_step(step), Flaw::Twice)).collect();
    for clock in Clock::BOTH {
        let mut of_clock = steps.iter().filter(|step| step.clock == clock);
        let reaches = |step: &&&LadderStep| step.at.is_after_deadline() && needs_person(step.action);
        let Some(first) = of_clock.clone().next() else { continue };
        if !of_clock.any(|step| reaches(&step)) {
            flaws.push(BadReference::new(ReferenceFeature::ladder(first), Flaw::MissedInSilence(clock)));
        }
    }
    flaws
}
