//! Commands that change the status of a ticket, as the table of transitions allows.

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_actions::Refusal;
use topics::records::tickets::Ticket;
use topics::values::time::Time;
use topics::values::vocabulary::{Clock, Outcome, Role, Status};

use super::{Applied, hand_on, renewal};
use crate::rules::clocks;
use crate::rules::edition::Edition;
use crate::rules::holds;
use crate::rules::life::{Condition, Initiator, way, ways};

/// The change of status that a command requests.
pub struct StatusRequest {
    /// The status that the command asks for.
    pub to: Status,
    /// The outcome with which the ticket is to be closed, if that is requested.
    pub outcome: Option<Outcome>,
    /// The reason in the words of the person who requests it.
    pub reason: Option<Sealed<String>>,
}

/// Changes the ticket to the requested status if the table has a row for it and its condition holds.
pub fn apply(
    edition: &Edition,
    now: Time,
    ticket: &mut Ticket,
    actor: &Actor,
    wish: StatusRequest,
) -> Result<Applied, Refusal> {
    let StatusRequest { to, outcome, reason } = wish;
    if ticket.status == to {
        return Err(Refusal::NothingToDo);
    }
    if ways(ticket.status, to).next().is_none() {
        return Err(Refusal::ForbiddenTransition);
    }
    let way = way(ticket.status, to, Initiator::of(actor.role)).ok_or(Refusal::ForbiddenRole)?;
    let rules = edition.rules();
    if outcome.is_some() && to != Status::Closed {
        return Err(Refusal::OutcomeUnexpected);
    }
    let outcome = match way.needs {
        Condition::Nothing => None,
        Condition::Reason if reason.as_ref().is_some_and(|words| !words.trim().is_empty()) => None,
        Condition::Reason => return Err(Refusal::ReasonMissing),
        Condition::Outcome(outcomes) => Some(one_of(outcomes, outcome)?),
        Condition::Recent => {
            let until = ticket.closed_at.map(|at| at + Duration::from_secs(rules.reopen_s));
            if until.is_none_or(|until| now >= until) {
                return Err(Refusal::TooLate);
            }
            None
        }
    };
    if to == Status::Escalated {
        return Ok(Applied { note: reason, escalate: true });
    }
    if !clocks::run_in(to) {
        holds::end(ticket, edition, now);
        if actor.role != Role::Resident {
            holds::note_last_minute(ticket, now);
        }
    }
    let stood_still = !clocks::run_in(ticket.status);
    clocks::enter(ticket, to, outcome, actor.role, now, rules);
    if stood_still {
        // Editions that came while its clocks stood still did not reconsider this ticket.
        renewal::reconsider(edition, now, ticket);
        renewal::restamp(edition, ticket);
        for clock in Clock::BOTH {
            renewal::recount(edition, ticket, clock, now);
        }
        hand_on(edition, now, ticket);
    }
    if matches!(to, Status::InProgress | Status::Resolved) && actor.role != Role::Resident {
        clocks::respond(ticket, now);
    }
    Ok(Applied { note: reason, escalate: false })
}

/// The given outcome if the table allows it, or the only possible one if none was given.
fn one_of(outcomes: &[Outcome], given: Option<Outcome>) -> Result<Outcome, Refusal> {
    match (given, outcomes) {
        (Some(given), _) if outcomes.contains(&given) => Ok(given),
        (None, [only]) => Ok(*only),
        _ => Err(Refusal::OutcomeMissing),
    }
}
