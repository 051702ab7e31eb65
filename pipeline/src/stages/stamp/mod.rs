//! stamp: what is promised for an assigned report, as the command that opens its ticket. A function of the
//! assignment and the edition that it names, like `route`.

use topics::codec::sealing::Sealed;
use topics::records::assignments::{Assigned, AssignedAddendum};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, Open};
use topics::values::vocabulary::Role;

use crate::rules::edition::Edition;

/// The stage's name.
pub const STAMP: &str = "stamp";

/// The command that opens the ticket, with its deadlines.
pub fn stamp(assigned: &Assigned, edition: &Edition) -> Open {
    let facts = &assigned.facts;
    Open {
        ticket: assigned.ticket.clone(),
        at: assigned.at,
        edition: edition.number,
        facts: facts.clone(),
        routing: assigned.routing.clone(),
        deadlines: edition.deadlines(
            assigned.routing.municipality.as_ref(),
            facts.category,
            facts.severity,
            facts.reported_at,
        ),
        point: Sealed(assigned.account.point),
    }
}

/// The command that tells the ticket of an addendum: what it brought, not its words.
pub fn stamp_addendum(assigned: &AssignedAddendum) -> Change {
    let account = &assigned.addendum.account;
    Change {
        ticket: assigned.addendum.ticket.clone(),
        at: assigned.addendum.at,
        actor: Actor { role: Role::Resident, name: None },
        revision: None,
        expected_status: None,
        action: Action::Addendum {
            media: u32::try_from(account.media.len()).unwrap_or(u32::MAX),
            words: !account.words.is_empty(),
            point: account.point.map(Sealed),
            routing: assigned.routing.clone(),
        },
    }
}

#[cfg(test)]
mod tests;
