//! Explains a ticket to staff from its own record: the reasons for its municipality, team, deadlines and
//! tier.

use std::time::Duration;

use topics::records::assignments::Routing;
use topics::records::editions::LadderStep;
use topics::records::tickets::{ClockState, Ticket};
use topics::values::text::ActorName;
use topics::values::time::Time;
use topics::values::vocabulary::{
    AssignmentReason, Clock, EscalationReason, MunicipalityRule, PlaceSource, PolicySource, Queue, TeamRule,
};

use crate::rules::absences;
use crate::rules::calendar::WorkingTime;
use crate::rules::edition::Edition;
use crate::rules::ladders;

/// The explanation in several lines of text; `edition` is the one that routed the ticket, and `present` the
/// one by which it was last written.
pub fn explain(ticket: &Ticket, edition: &Edition, present: &Edition) -> String {
    let Ticket { facts, routing, status, .. } = ticket;
    let number = &facts.tracking_number;
    let lines = [
        format!(
            "Ticket {number} ({}): {}, {}, {status}, reported at {}.",
            ticket.ticket, facts.category, facts.severity, facts.reported_at
        ),
        format!("Place: {}", place(ticket)),
        format!("Municipality: {}", municipality(routing, edition)),
        format!("Team: {}", team(ticket)),
        format!("Promise: {}, in edition {}.", policy(ticket.policy), ticket.policy_edition),
        format!("Response: {}", clock(&ticket.response, facts.reported_at)),
        format!("Resolution: {}", clock(&ticket.resolution, facts.reported_at)),
        format!("Tier: {}", tier(ticket)),
    ];
    let hold = hold(ticket);
    let ladder = ladder(ticket, present);
    let calendar = calendar(ticket, present).map_or_else(String::new, |line| format!("\n{line}"));
    let absent = absent(ticket, present);
    let disarmed = ticket.disarmed_at.map(|at| {
        format!("\nA due time failed at {at} and is switched off until a person changes the ticket.")
    });
    lines.join("\n") + &absent + &ladder + &calendar + &hold + &disarmed.unwrap_or_default()
}

/// The absences of those whom the ticket is assigned to, escalates to, or would reach in their place.
fn absent(ticket: &Ticket, present: &Edition) -> String {
    let staff = present.staff_of(&ticket.routing, ticket.at);
    let mut people: Vec<&ActorName> = Vec::new();
    for login in [ticket.routing.assigned_to.as_ref(), staff.lead, staff.manager].into_iter().flatten() {
        let mut next = Some(login);
        while let Some(login) = next.filter(|login| !people.contains(login)) {
            people.push(login);
            let absence = absences::member(staff.staff, login).and_then(|member| member.absence.as_ref());
            next = absence.and_then(|absence| absence.delegate.as_ref());
        }
    }
    let line = |login: &&ActorName| {
        let absence = absences::member(staff.staff, login)?.absence.as_ref()?;
        let until = absence.until.map_or_else(String::new, |day| format!(" until {day}"));
        let delegate = absence.delegate.as_ref();
        let stand_in = delegate.map_or("the lead or a manager", |login| login.as_str());
        Some(format!("\nAbsent: {login} is absent from {}{until}, {stand_in} stands in.", absence.from))
    };
    let people: String = people.iter().filter_map(line).collect();
    let team = ticket.routing.team.as_ref().and_then(|code| present.team(code));
    let team = team.map_or_else(String::new, |team| match team.unavailable {
        _ if !team.is_active => format!("\nAbsent: team {} is switched off.", team.code),
        Some(days) => {
            let until = days.until.map_or_else(String::new, |day| format!(" until {day}"));
            format!("\nAbsent: team {} is unavailable from {}{until}.", team.code, days.from)
        }
        None => String::new(),
    });
    let unattended = ticket.unattended_since.map_or_else(String::new, |at| {
        format!(
            "\nUnattended since {at}: it stays with those who are not there, since a person chose them or \
             nobody stands in."
        )
    });
    people + &team + &unattended
}

/// The ladder that the ticket is on, with the time of each step; nothing where its municipality has none.
fn ladder(ticket: &Ticket, present: &Edition) -> String {
    let Some(ladder) = ladders::of(present, ticket) else { return String::new() };
    let step = |step: &LadderStep| {
        let done = if ladders::has_fired(ticket, step) { "; done" } else { "" };
        let whom = step.whom.as_ref().map_or_else(String::new, |whom| format!(" {whom}"));
        format!(
            "\n  Step {}: {}{whom} at {} of the {} deadline, {}{done}.",
            step.step,
            step.action,
            step.at,
            step.clock,
            ladders::time_of(present, ticket, step)
        )
    };
    let source = match ladder.source {
        PolicySource::Severity => "this municipality, category and severity",
        PolicySource::Category => "this municipality and category",
        PolicySource::Municipality | PolicySource::System => "this municipality",
    };
    let steps: String = ladder.steps().map(step).collect();
    let others = Clock::BOTH.iter().filter(|clock| !ladder.is_for(**clock));
    let others = others.map(|clock| {
        format!("\n  It has no step for the {clock} deadline, and escalates it to the team's manager.")
    });
    format!("\nLadder: that of {source}:{steps}{}", others.collect::<String>())
}

/// The present hold and those that have ended.
fn hold(ticket: &Ticket) -> String {
    let present = ticket.hold.as_ref().zip(ticket.held_since).map(|(hold, since)| {
        format!("\nHeld: since {since}, until {} at most, for {}, by {}.", hold.until, hold.reason, hold.by)
    });
    let past = ticket.past_holds.iter();
    let past =
        past.map(|hold| format!("\nWas held: from {} to {}, for {}.", hold.from, hold.to, hold.reason));
    let promised = ticket.resolution.without_holds_due_at;
    let promised = promised.map(|due_at| format!("\nWithout holds, it would be due at {due_at}."));
    present.into_iter().chain(past).chain(promised).collect()
}

/// Which hours count and which days did not, if deadlines are counted in working hours.
fn calendar(ticket: &Ticket, present: &Edition) -> Option<String> {
    ticket.response.working.or(ticket.resolution.working)?;
    let code = ticket.routing.municipality.as_ref()?;
    let calendar = present.calendar(Some(code));
    let hours = calendar.map_or_else(|| "it has no calendar any more".to_owned(), WorkingTime::describe);
    let days = ticket.closed_days.iter().map(|day| {
        let name = calendar.and_then(|calendar| calendar.closed(*day));
        name.map_or_else(|| day.to_string(), |name| format!("{day} ({name})"))
    });
    let days = days.collect::<Vec<_>>().join(", ");
    let days =
        if days.is_empty() { String::new() } else { format!("; days off until the deadlines: {days}") };
    Some(format!("Calendar of {code}: {hours}{days}."))
}

fn place(ticket: &Ticket) -> String {
    let how = match ticket.facts.place_source {
        PlaceSource::Pin => "a pin of the resident",
        PlaceSource::Coordinates => "degrees that the resident wrote",
        PlaceSource::Link => "a link to a map that the resident sent",
        PlaceSource::PlusCode => "a Plus Code that the resident wrote",
        PlaceSource::Name => "a name that the resident wrote and confirmed",
        PlaceSource::Staff => "a person set it",
        PlaceSource::None => "not known",
    };
    let precision = ticket.facts.place_precision_m;
    let precision = precision.map_or(String::new(), |metres| format!(", within about {metres} m"));
    let ward = ticket.routing.ward.as_ref().map_or("none", |ward| ward.as_str());
    format!("{how}{precision}; ward {ward}.")
}

fn municipality(routing: &Routing, edition: &Edition) -> String {
    let Some(code) = &routing.municipality else {
        let why = match routing.queue {
            Some(Queue::Unlocated) => "no place is known",
            _ => "its place lies in no boundary, nor within 50 km of one",
        };
        return format!("none, since {why}; it waits in a queue, edition {}.", routing.edition);
    };
    let name = edition.municipality(code).map_or(String::new(), |known| format!(" ({})", known.name));
    let why = match routing.municipality_rule {
        MunicipalityRule::Contains => "its boundary contains the place".to_owned(),
        MunicipalityRule::Border => {
            "the place lies on a border that it shares, and its code comes first".to_owned()
        }
        MunicipalityRule::Nearest => {
            format!("the place lies in no boundary, and this one is the nearest{}", away(routing))
        }
        MunicipalityRule::None => "a person set it".to_owned(),
    };
    let referred = if routing.queue == Some(Queue::Referred) {
        "; it is not on board, so the ticket is referred"
    } else {
        ""
    };
    format!("{code}{name}, since {why}{referred}; edition {}.", routing.edition)
}

fn team(ticket: &Ticket) -> String {
    let routing = &ticket.routing;
    let Some(team) = &routing.team else {
        return "none: no team of the municipality is for this.".to_owned();
    };
    let why = match routing.team_rule {
        TeamRule::ServiceArea => "its service area contains the place, the smallest that does".to_owned(),
        TeamRule::NearestArea => {
            format!("no service area contains the place, and its own is the nearest{}", away(routing))
        }
        TeamRule::MunicipalityWide => "it works in the whole municipality on this".to_owned(),
        TeamRule::Default => "no team is for this, and it is the municipality's default".to_owned(),
        TeamRule::Manual | TeamRule::None => "a person chose it".to_owned(),
    };
    let why = if ticket.assignment_reason == AssignmentReason::TeamUnavailable {
        format!("{why}, and the team before is not there")
    } else {
        why
    };
    let person = routing.assigned_to.as_ref().map_or(String::new(), |login| format!("; assigned to {login}"));
    format!("{team}, since {why}{person}.")
}

fn away(routing: &Routing) -> String {
    routing.distance_m.map_or(String::new(), |metres| format!(" ({metres} m away)"))
}

const fn policy(source: PolicySource) -> &'static str {
    match source {
        PolicySource::Severity => "the policy of this municipality, category and severity",
        PolicySource::Category => "the policy of this municipality and category",
        PolicySource::Municipality => "the policy of this municipality",
        PolicySource::System => "the system's defaults, since no policy fits",
    }
}

fn clock(clock: &ClockState, reported_at: Time) -> String {
    let state = match (clock.met_at, clock.breached_at, clock.warned()) {
        (Some(met), Some(_), _) => format!("missed, then met at {met}"),
        (Some(met), None, _) => format!("met at {met}"),
        (None, Some(seen), _) => format!("missed, seen at {seen}"),
        (None, None, Some(warned)) => format!("open, the team was warned at {warned}"),
        (None, None, None) => format!("open, the team is warned at {}", clock.warn_at),
    };
    let promised = match clock.working {
        Some(promise) => {
            format!("{} of working time after {}", span(Duration::from_secs(promise.working_s)), promise.from)
        }
        None => match clock.given_at {
            Some(at) => format!("{} after it was reopened at {at}", span(clock.due_at.since(at))),
            None => format!("{} after the report", span(clock.due_at.since(reported_at))),
        },
    };
    format!("due at {}, {promised}; {state}.", clock.due_at)
}

fn tier(ticket: &Ticket) -> String {
    let missing =
        if ticket.manager_missing { "; no manager is known, so it stays with its team" } else { "" };
    let Some(at) = ticket.escalated_at else {
        let by = if ticket.tier == 0 { "" } else { "by a step of the ladder; " };
        return format!("{}, {by}not escalated{missing}.", ticket.tier);
    };
    let why = match ticket.escalation_reason {
        Some(EscalationReason::SlaResponseBreach) => "the team did not respond in time",
        Some(EscalationReason::SlaResolutionBreach) => "it was not resolved in time",
        Some(EscalationReason::Manual) | None => "a manager asked for it",
        Some(EscalationReason::Automation) => "an automation of the municipality said so",
        Some(EscalationReason::Ladder) => "a step of the ladder said so before the deadline",
    };
    format!("{}, first escalated at {at}; last because {why}{missing}.", ticket.tier)
}

/// A time span in hours, or in seconds where it is shorter than one.
pub(crate) fn span(span: Duration) -> String {
    let hours = span.as_secs_f64() / 3600.0;
    if hours < 1.0 { format!("{} s", span.as_secs()) } else { format!("{hours:.0} h") }
}
