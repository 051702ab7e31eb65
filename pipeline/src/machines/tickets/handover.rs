//! A ticket whose team or person is not there, or is there again: it is handed on or flagged, with an event.

use topics::records::tickets::Ticket;
use topics::values::time::Time;

use super::TRACK;
use super::write::{self, Happening, write};
use crate::engine::step::Step;
use crate::stages::track::{self, Handover};

/// Hands the ticket on if that is necessary, since an absence or unavailability was due at this moment or an
/// edition came; returns the ticket after it.
pub(super) fn hand_on(step: &mut Step<'_, Ticket>, before: &Ticket, due_at: Option<Time>) -> Ticket {
    let mut after = before.clone();
    let Some(Handover { event, absent }) = track::hand_on(step.edition, step.now, &mut after) else {
        write::arm(step, before);
        return before.clone();
    };
    let envelope = match due_at {
        Some(at) => write::named(step, "handed-on", before, at),
        None => step.next_envelope(TRACK),
    };
    let happening = Happening { absent, ..Happening::of_system(TRACK, envelope, event) };
    write(step, happening, Some(before), after)
}
