//! The resident added something. Words, pictures and pins lie in `reports`, for the desk to read; here they
//! are counted, and a place that was missing is taken in.

use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::Refusal;
use topics::records::tickets::Ticket;
use topics::values::point::Point;
use topics::values::vocabulary::PlaceSource;

use super::place;
use crate::rules::edition::Edition;

/// What was added.
pub struct Added {
    /// How many photos or files.
    pub media: u32,
    /// Whether there were words.
    pub words: bool,
    /// A place.
    pub point: Option<Sealed<Point>>,
}

/// Takes in what was added. A place routes and stamps a ticket that had none; a ticket that has one keeps it,
/// and a person decides. Routing is done here, since the category is the ticket's: what came with the point
/// knows only where it lies.
pub fn apply(edition: &Edition, ticket: &mut Ticket, added: Added) -> Result<(), Refusal> {
    if added.media == 0 && !added.words && added.point.is_none() {
        return Err(Refusal::NothingToDo);
    }
    ticket.addenda = ticket.addenda.saturating_add(1);
    if let (Some(point), None) = (added.point, ticket.point.0) {
        ticket.point = Sealed(Some(point.0));
        ticket.facts.place_source = PlaceSource::Pin;
        place::route(edition, ticket);
        place::stamp(edition, ticket);
    }
    Ok(())
}
