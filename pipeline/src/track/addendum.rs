//! The resident added something. The words and pictures lie in `reports`; here they are counted, and a place that was
//! missing is taken in.

use topics::assignments::Routing;
use topics::point::Point;
use topics::sealing::Sealed;
use topics::ticket_events::Refusal;
use topics::tickets::Ticket;
use topics::words::{PlaceSource, Queue};

/// What was added.
pub struct Added {
    /// How many photos or files.
    pub media: u32,
    /// Whether there were words.
    pub words: bool,
    /// A place.
    pub point: Option<Sealed<Point>>,
    /// Where that place lies.
    pub routing: Option<Routing>,
}

/// Takes in what was added. A place routes a ticket that had none; a ticket that has one keeps it.
pub fn apply(ticket: &mut Ticket, added: Added) -> Result<(), Refusal> {
    if added.media == 0 && !added.words && added.point.is_none() {
        return Err(Refusal::NothingToDo);
    }
    ticket.addenda += 1;
    let (Some(point), Some(routing)) = (added.point, added.routing) else { return Ok(()) };
    if ticket.routing.queue == Some(Queue::Unlocated) {
        ticket.point = Sealed(Some(point.0));
        ticket.facts.place_source = PlaceSource::Pin;
        ticket.routing = routing;
    }
    Ok(())
}
