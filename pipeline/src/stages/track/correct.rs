//! Corrections by a person: the ticket is routed and stamped again, counting from the time of the report.

use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::Refusal;
use topics::records::tickets::Ticket;
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Language, PlaceSource, Severity};

use super::place;
use crate::rules::edition::Edition;
use crate::rules::geography::{PinVerdict, judge};
use crate::rules::holds;

/// The corrected values; `None` keeps the value of the ticket.
pub struct Correction {
    /// The corrected category of the ticket.
    pub category: Option<Category>,
    /// The corrected severity of the ticket.
    pub severity: Option<Severity>,
    /// The corrected language of the resident.
    pub language: Option<Language>,
    /// The corrected place of the matter.
    pub point: Option<Sealed<Point>>,
}

/// Applies a correction to the ticket.
pub fn apply(edition: &Edition, now: Time, ticket: &mut Ticket, right: Correction) -> Result<(), Refusal> {
    let point = right.point.map(|point| point.0);
    if point.is_some_and(|point| !matches!(judge(point.latitude, point.longitude), PinVerdict::Plausible(_)))
    {
        return Err(Refusal::NotAPlace);
    }
    let facts = ticket.facts.clone();
    let at = ticket.point.0;
    ticket.facts.category = right.category.unwrap_or(facts.category);
    ticket.facts.severity = right.severity.unwrap_or(facts.severity);
    ticket.facts.language = right.language.unwrap_or(facts.language);
    ticket.point = Sealed(point.or(at));
    let moved = ticket.point.0 != at;
    if ticket.facts == facts && !moved {
        return Err(Refusal::NothingToDo);
    }
    if moved {
        ticket.facts.place_source = PlaceSource::Staff;
        ticket.facts.place_precision_m = None;
    }
    if moved || ticket.facts.category != facts.category {
        place::route(edition, now, ticket);
    }
    if moved || ticket.facts.category != facts.category || ticket.facts.severity != facts.severity {
        holds::stamp(edition, ticket);
    }
    Ok(())
}
