//! stamp: sets the deadlines of an assigned report and writes the command that opens its ticket. It is a
//! function of the assignment and the edition that the assignment names, like `route`.

use topics::codec::sealing::Sealed;
use topics::records::assignments::{Assigned, AssignedAddendum};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, Open};
use topics::values::vocabulary::Role;

use crate::rules::edition::Edition;

/// The name of the stage in counts and dead letters.
pub const STAMP: &str = "stamp";

/// Creates the command that opens the ticket, with its deadlines.
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
            &[],
        ),
        point: Sealed(assigned.account.point),
    }
}

/// Creates the command that tells the ticket of an addendum; it says what was added, without the words.
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
            has_words: !account.words.is_empty(),
            point: account.point.map(Sealed),
            basis: account.place_basis,
            routing: assigned.routing.clone(),
        },
    }
}

#[cfg(test)]
mod tests;
