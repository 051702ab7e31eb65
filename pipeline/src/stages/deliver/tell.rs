//! What the conversation with a recipient hears of a delivery. The police's lane tells nobody anything.

use topics::catalogue::Messages;
use topics::codec::sealing::Sealed;
use topics::records::deliveries::{Delivery, OutgoingMessage};
use topics::records::messages::{Finding, FromDelivery, Message};
use topics::values::ids::{CitizenId, MessageSid};
use topics::values::lane::Lane;

use super::STAGE;
use crate::engine::step::Step;

/// Tells the conversation with `recipient`.
pub fn conversation(step: &mut Step<'_, Delivery>, lane: Lane, recipient: CitizenId, finding: Finding) {
    if lane != Lane::Municipal {
        return;
    }
    let told = FromDelivery {
        at: step.now,
        edition: step.edition.number,
        recipient: Sealed(recipient.clone()),
        finding,
    };
    step.emit::<Messages>(STAGE, &recipient, &Message::FromDelivery(told));
}

/// Twilio has `row` as `sid`: a reply to it is about its ticket. Told once for each id that the message gets;
/// at most as often as messages are sent, 72 times a second and sender.
pub fn sent(step: &mut Step<'_, Delivery>, lane: Lane, row: &OutgoingMessage, sid: &MessageSid) {
    if let Some(ticket) = row.ticket.clone().filter(|_| row.sid.as_ref() != Some(sid)) {
        conversation(step, lane, row.letter.citizen.clone(), Finding::Sent { ticket, sid: sid.clone() });
    }
}
