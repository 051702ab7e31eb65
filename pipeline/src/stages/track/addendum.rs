//! Addenda: what the resident added to the ticket. The words, pictures and pins are in `reports`, where the
//! desk reads them; the ticket only counts them and takes a place if it had none.

use topics::codec::sealing::Sealed;
use topics::records::reports::PlaceBasis;
use topics::records::ticket_actions::Refusal;
use topics::records::tickets::Ticket;
use topics::values::point::Point;
use topics::values::time::Time;

use super::place;
use crate::rules::edition::Edition;
use crate::rules::holds;

/// The content of an addendum, as the ticket counts it.
pub struct Added {
    /// The number of photos or other files.
    pub media: u32,
    /// Whether the addendum contains words.
    pub has_words: bool,
    /// The place that was added, if any.
    pub point: Option<Sealed<Point>>,
    /// How it became known.
    pub basis: Option<PlaceBasis>,
}

/// Applies an addendum. A place routes and stamps a ticket that had none; a ticket that has a place keeps it,
/// and a person decides. Routing is done here because only the ticket has the category: the addendum only
/// says where the point lies.
pub fn apply(edition: &Edition, now: Time, ticket: &mut Ticket, added: Added) -> Result<(), Refusal> {
    if added.media == 0 && !added.has_words && added.point.is_none() {
        return Err(Refusal::NothingToDo);
    }
    ticket.addenda = ticket.addenda.saturating_add(1);
    if let (Some(point), None) = (added.point, ticket.point.0) {
        ticket.point = Sealed(Some(point.0));
        let basis = added.basis.unwrap_or(PlaceBasis::OF_OLD_RECORDS);
        ticket.facts.place_source = basis.source;
        ticket.facts.place_precision_m = basis.precision_m;
        place::route(edition, now, ticket);
        holds::stamp(edition, ticket);
    }
    Ok(())
}
