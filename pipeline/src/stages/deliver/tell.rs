//! The findings about a delivery that are sent to the conversation of its recipient. The police lane sends
//! none.

use topics::catalogue::Messages;
use topics::codec::sealing::Sealed;
use topics::records::deliveries::{Delivery, OutgoingMessage};
use topics::records::messages::{Finding, FromDelivery, Message};
use topics::values::ids::{CitizenId, MessageSid};
use topics::values::lane::Lane;

use super::STAGE;
use crate::engine::step::Step;

/// Writes a finding to the conversation of `recipient`, in the municipal lane only.
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

/// Tells the conversation that Twilio has `row` as `sid`, so that a reply to it can be matched to its ticket.
/// Written once for each id of the message, and so at most 72 times a second per sender.
pub fn sent(step: &mut Step<'_, Delivery>, lane: Lane, row: &OutgoingMessage, sid: &MessageSid) {
    if let Some(ticket) = row.ticket.clone().filter(|_| row.sid.as_ref() != Some(sid)) {
        conversation(step, lane, row.letter.citizen.clone(), Finding::Sent { ticket, sid: sid.clone() });
    }
}
