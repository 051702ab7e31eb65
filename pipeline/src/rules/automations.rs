//! Automations: what municipalities let the system do by itself. Which of them start, in which order, for
//! which tickets; and what can be wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use topics::records::editions::{Automation, Reference};
use topics::records::tickets::{QueueStay, Ticket};
use topics::values::automation::{Effect, Trigger};
use topics::values::ladder::Recipient;
use topics::values::text::Code;
use topics::values::time::Time;

use crate::rules::clocks;
use crate::rules::flaws::{BadReference, Flaw, ReferenceFeature};
use crate::rules::recipients;

/// The most automations that a municipality has.
pub const MOST: u8 = 100;

/// The automations of an edition, each municipality's in the order in which they are tried.
#[derive(Debug, Default)]
pub struct Automations(BTreeMap<Code, Vec<Automation>>);

impl Automations {
    /// Puts them in order.
    pub(in crate::rules) fn new(automations: &[Automation]) -> Self {
        let mut all: BTreeMap<Code, Vec<Automation>> = BTreeMap::new();
        for automation in automations {
            all.entry(automation.municipality.clone()).or_default().push(automation.clone());
        }
        for automations in all.values_mut() {
            automations.sort_by(|a, b| (a.position, &a.code).cmp(&(b.position, &b.code)));
        }
        Self(all)
    }

    /// Those of the municipality of a ticket, in order.
    pub fn of(&self, ticket: &Ticket) -> &[Automation] {
        let municipality = ticket.routing.municipality.as_ref();
        municipality.and_then(|code| self.0.get(code)).map_or(&[], Vec::as_slice)
    }
}

/// Whether what happened starts an automation.
pub fn starts(automation: &Automation, happened: Trigger) -> bool {
    match (automation.trigger, happened) {
        (Trigger::Reopened(None), Trigger::Reopened(_)) => true,
        (wanted, happened) => wanted == happened,
    }
}

/// The moment at which an automation is due that waits for a time in a queue; missing if it waits for
/// something else.
pub fn due_in(automation: &Automation, stay: &QueueStay) -> Option<Time> {
    match automation.trigger {
        Trigger::Queued(time) => Some(stay.since + time.duration()),
        _ => None,
    }
}

/// Begins, goes on or ends the ticket's stay in a queue, and finds when an automation is due next in it. It
/// is done with every write. An automation that comes with a new edition is tried at once if its time is
/// over.
pub fn arm(automations: &Automations, ticket: &mut Ticket, now: Time) {
    let Some(queue) = ticket.routing.queue.filter(|_| clocks::run_in(ticket.status)) else {
        ticket.queue_stay = None;
        return;
    };
    let present = ticket.queue_stay.filter(|stay| stay.queue == queue);
    let stay = present.unwrap_or(QueueStay { queue, since: now, tried_until: None, next_at: None });
    let due = automations.of(ticket).iter().filter_map(|automation| due_in(automation, &stay));
    let next_at = due.filter(|at| stay.tried_until.is_none_or(|tried| *at > tried)).min();
    ticket.queue_stay = Some(QueueStay { next_at, ..stay });
}

/// Whether an automation is for a ticket as it is now.
pub fn is_for(automation: &Automation, ticket: &Ticket, now: Time) -> bool {
    let Automation { category, severity, ward, team, language, place_source, older_than, .. } = automation;
    let facts = &ticket.facts;
    let age = now.since(facts.reported_at);
    holds(category.as_ref(), Some(&facts.category))
        && holds(severity.as_ref(), Some(&facts.severity))
        && holds(ward.as_ref(), ticket.routing.ward.as_ref())
        && holds(team.as_ref(), ticket.routing.team.as_ref())
        && holds(language.as_ref(), Some(&facts.language))
        && holds(place_source.as_ref(), Some(&facts.place_source))
        && older_than.is_none_or(|least| age >= least.duration())
}

fn holds<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
    wanted.is_none() || wanted == found
}

/// What starts an automation, for the documents.
pub const fn explain_trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Opened => "the ticket is opened; the resident is told of the ticket after its automations",
        Trigger::Changed => "a person or another automation changes the ticket, or the resident adds to it",
        Trigger::Note => "a note is written",
        Trigger::Held => "the ticket is held",
        Trigger::Reopened(None) => "the ticket is reopened, each time",
        Trigger::Reopened(Some(_)) => "the ticket is reopened for this time alone, here the second",
        Trigger::Queued(_) => {
            "the ticket has waited in a queue for this time, since no team or municipality takes it; once for \
             each stay"
        }
    }
}

/// What an automation does to a ticket, for the documents.
pub const fn explain_effect(effect: &Effect) -> &'static str {
    match effect {
        Effect::Escalate => {
            "escalated to the manager of its team, one tier higher, unless it is escalated already"
        }
        Effect::Assign(_) => "assigned to the person: `lead`, `manager` or `login:NAME`",
        Effect::Notify(_) => {
            "nothing but the event, which names the people; also `role:staff` and `role:manager`"
        }
        Effect::Severity(_) => "the severity, with the deadlines that it has from the report on",
        Effect::Tag(_) => "a word more among its tags",
    }
}

/// All complaints about the automations.
pub fn complaints(reference: &Reference) -> Vec<BadReference> {
    let mut codes = BTreeSet::new();
    let mut counts: BTreeMap<&Code, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for automation in &reference.automations {
        let mut flaws = flaws(reference, automation);
        if !codes.insert((&automation.municipality, &automation.code)) {
            flaws.push(Flaw::Twice);
        }
        let count = counts.entry(&automation.municipality).or_default();
        *count += 1;
        if *count == usize::from(MOST) + 1 {
            flaws.push(Flaw::TooManyAutomations(automation.municipality.clone()));
        }
        let feature = || ReferenceFeature::automation(automation);
        all.extend(flaws.into_iter().map(|flaw| BadReference::new(feature(), flaw)));
    }
    all
}

/// The automations whose recipient does not exist. It is asked when an edition is published, as for ladders.
pub fn unreached(reference: &Reference) -> Vec<BadReference> {
    let of_one = |automation: &Automation| {
        let Automation { municipality, category, effect, .. } = automation;
        let flaws = match effect {
            Effect::Assign(whom) | Effect::Notify(whom) => {
                recipients::flaws(reference, municipality, *category, whom)
            }
            Effect::Escalate | Effect::Severity(_) | Effect::Tag(_) => Vec::new(),
        };
        let feature = || ReferenceFeature::automation(automation);
        flaws.into_iter().map(|flaw| BadReference::new(feature(), flaw)).collect::<Vec<_>>()
    };
    reference.automations.iter().flat_map(of_one).collect()
}

/// What is wrong with one automation by itself.
fn flaws(reference: &Reference, automation: &Automation) -> Vec<Flaw> {
    let Automation { municipality, position, ward, team, effect, .. } = automation;
    let mut flaws = Vec::new();
    if !reference.municipalities.iter().any(|known| known.code == *municipality) {
        flaws.push(Flaw::UnknownMunicipality(municipality.clone()));
    }
    if !(1..=MOST).contains(position) {
        flaws.push(Flaw::Position(*position));
    }
    if let Some(code) = ward {
        let is_theirs = |known: &topics::records::editions::Ward| {
            known.code == *code && known.municipality == *municipality
        };
        if !reference.wards.iter().any(is_theirs) {
            flaws.push(Flaw::UnknownWard(code.clone()));
        }
    }
    if let Some(code) = team {
        let is_theirs = |known: &topics::records::editions::Team| {
            known.code == *code && known.municipality.as_ref() == Some(municipality)
        };
        if !reference.teams.iter().any(is_theirs) {
            flaws.push(Flaw::UnknownTeam(code.clone()));
        }
    }
    if let Effect::Assign(Recipient::Login(login)) | Effect::Notify(Recipient::Login(login)) = effect {
        let is_theirs = |member: &topics::records::editions::StaffMember| {
            member.login == *login && member.municipality == *municipality
        };
        if !reference.staff.iter().any(is_theirs) {
            flaws.push(Flaw::UnknownLogin(login.clone()));
        }
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::edition::Edition;
    use crate::rules::geography::toy::reference;

    /// An automation of west from its code, trigger and effect.
    fn automation(code: &str, trigger: &str, effect: &str) -> Automation {
        Automation {
            municipality: "west".parse().unwrap(),
            code: code.parse().unwrap(),
            position: 1,
            trigger: trigger.parse().unwrap(),
            category: None,
            severity: None,
            ward: None,
            team: None,
            language: None,
            place_source: None,
            older_than: None,
            effect: effect.parse().unwrap(),
        }
    }

    #[test]
    fn everything_that_is_wrong_with_automations_is_said_at_once() {
        let fine = automation("fine", "opened", "tag:seen");
        let wrong = vec![
            fine.clone(),
            fine.clone(),
            Automation { position: 0, ..automation("first", "opened", "escalate") },
            Automation { position: 101, ..automation("last", "opened", "escalate") },
            Automation { ward: Some("east-1".parse().unwrap()), ..automation("ward", "held", "escalate") },
            Automation { team: Some("none".parse().unwrap()), ..automation("team", "note", "escalate") },
            automation("login", "changed", "assign:login:sipho"),
            Automation {
                municipality: "north".parse().unwrap(),
                ..automation("north", "opened", "escalate")
            },
        ];
        let reference = Reference { automations: wrong, ..reference() };
        let said: Vec<String> = complaints(&reference).iter().map(ToString::to_string).collect();
        let expected = [
            "automation fine of west: there are two of it",
            "automation first of west: its position is 0",
            "automation last of west: its position is 101",
            "automation ward of west: its municipality has no ward east-1",
            "automation team of west: its municipality has no team none",
            "automation login of west: there is no active member of staff sipho",
            "automation north of north: there is no municipality north",
        ];
        assert_eq!(said.len(), expected.len(), "{said:#?}");
        for start in expected {
            assert!(said.iter().any(|one| one.starts_with(start)), "{start}: {said:#?}");
        }
        assert!(Edition::new(1, reference).is_err());
    }

    #[test]
    fn a_municipality_has_at_most_a_hundred_automations() {
        let code =
            |n: u32| format!("rule-{}", char::from_u32(97 + n / 26).unwrap().to_string() + &n.to_string());
        let many = |count| (0..count).map(|n| automation(&code(n), "opened", "escalate")).collect();
        let flaws = |count| complaints(&Reference { automations: many(count), ..reference() }).len();
        assert_eq!((flaws(100), flaws(101), flaws(150)), (0, 1, 1));
    }

    #[test]
    fn the_nth_reopening_starts_what_waits_for_it_and_what_waits_for_any() {
        let starts_at = |trigger: &str, times| {
            starts(&automation("again", trigger, "escalate"), Trigger::Reopened(Some(times)))
        };
        assert!(starts_at("reopened", 1) && starts_at("reopened", 2));
        assert!(!starts_at("reopened:2", 1) && starts_at("reopened:2", 2) && !starts_at("changed", 2));
    }
}
