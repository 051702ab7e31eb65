//! Messages that are refused because of the account or the sender, and whose own fault it is after all: they
//! are refused again and again while other messages get through.

use topics::records::deliveries::{Blamed, Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::lane::Lane;
use topics::values::time::Time;

use super::circuit::{self, FaultSign};
use super::{life, permits, queue, retry, row};
use crate::engine::effect::FaultOf;
use crate::engine::step::Step;

/// How often a message may be refused alone before it fails.
const MAX_ALONE: u32 = 3;

/// Applies a refusal because of `fault`: opens its circuit, or keeps it open, and puts the message back.
///
/// A message that was permitted later and got through shows that the account and the sender are in order:
/// then the circuit stays as it is, and the refusal counts against the message. It also counts if no other
/// message was refused until one got through and closed the circuit (see `alone.rs`). Where others were
/// refused, too, the fault was not the message's, even if that happens again and again. The message fails
/// once it was alone more than [`MAX_ALONE`] times. Until then it waits, so that other messages are tried.
/// One that is not worth sending any more fails if others got through since the refusal before.
///
/// A channel fails for some messages and not for others while it is in trouble. So a message that it refuses
/// alone opens no circuit and is repeated like one that met a limit, for as long as it is worth sending.
pub fn refused(
    step: &mut Step<'_, Delivery>,
    lane: Lane,
    mut row: OutgoingMessage,
    fault: FaultOf,
    heard: FaultSign,
) {
    let through = last_through(step, &row, fault, heard);
    let is_in_order = through > permits::permitted_at(&row);
    let was_in_order = row.blamed.is_some_and(|blamed| through > Some(blamed.at));
    let alone = row.blamed.map_or(0, |blamed| blamed.alone) + u32::from(is_in_order);
    row.blamed = Some(Blamed { at: step.now, alone });
    if fault == FaultOf::Channel && (is_in_order || was_in_order) {
        return retry::later(step, row);
    }
    let pause = if is_in_order {
        retry::delay(step.edition.rules().retry_s, alone.saturating_sub(1))
    } else {
        circuit::open(step, lane, fault, &row, heard);
        circuit::pause(step, fault)
    };
    let is_too_old = (is_in_order || was_in_order) && life::ends_at(&row) <= step.now;
    if alone > MAX_ALONE || is_too_old {
        return row::end(step, row, DeliveryStatus::Failed);
    }
    queue::again(step, row, Some(pause));
}

/// When the last call was permitted that shows that there was no `fault`.
fn last_through(
    step: &Step<'_, Delivery>,
    row: &OutgoingMessage,
    fault: FaultOf,
    heard: FaultSign,
) -> Option<Time> {
    let sender = match fault {
        FaultOf::Account | FaultOf::Credentials | FaultOf::Channel => None,
        FaultOf::Sender => Some(row.letter.from.as_str()),
    };
    match heard {
        FaultSign::Refusal => step.index().last_accepted(sender),
        FaultSign::Receipt => step.index().last_confirmed(sender),
    }
}
