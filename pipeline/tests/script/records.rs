//! The records that others write into the installation of a script: the webhook, the desk, tickets and
//! deliveries.

use std::sync::Arc;

use topics::catalogue::{Messages, TicketCommands};
use topics::codec::partition::partition_of;
use topics::codec::record::{Address, Envelope, Outgoing, encode};
use topics::codec::sealing::{KeyRing, Sealed};
use topics::records::messages::{Finding, FromDelivery, FromResident, FromTicket, Message, Notice};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::values::ids::{CitizenId, EventId, MessageSid, Pepper, TicketId};
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{Category, Outcome, Role, Status};

use super::PARTITIONS;
use super::words::duration;

/// Who writes a message of a resident into the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The webhook, since the resident wrote.
    Webhook,
    /// The desk, since the resident called.
    Desk,
}

/// A resident's message, as the webhook or the desk writes it.
pub fn message(
    ring: &Arc<KeyRing>,
    citizen: CitizenId,
    now: Time,
    (sid, writer): (MessageSid, Writer),
    form: Vec<(String, String)>,
) -> Outgoing {
    let envelope = Envelope::root(EventId::from(&sid), now);
    let entered_at_desk = writer == Writer::Desk;
    let message =
        Message::FromResident(FromResident { sid, received_at: now, form: Sealed(form), entered_at_desk });
    let key = citizen.to_string();
    let source = if entered_at_desk { "desk" } else { "whatsapp" };
    encode::<Messages>(ring, source, &envelope, Address::ByKey(PARTITIONS), key, &message).unwrap()
}

/// News of a ticket that no conversation knows.
pub fn stray_notice(ring: &Arc<KeyRing>, pepper: &Pepper, now: Time) -> Outgoing {
    let stray = FromTicket {
        ticket: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        at: now,
        edition: 1,
        tracking_number: TrackingNumber::issue(pepper, 1, 0, PARTITIONS),
        category: Category::Water,
        municipality: None,
        status: Status::Closed,
        version: 9,
        resolution_due_at: None,
        notice: Notice::Status { outcome: None },
    };
    let envelope = Envelope::root(EventId::of(&[b"stray"]), now);
    let key = stray.ticket.to_string();
    let message = Message::FromTicket(Box::new(stray));
    encode::<Messages>(ring, "track", &envelope, Address::Partition(0), key, &message).unwrap()
}

/// A change that the desk asks for: the word of a status, `reply` and a text, `hold` with a reason and a
/// time, or `resume`. `number` makes it unique.
pub fn change(ring: &Arc<KeyRing>, ticket: &TicketId, now: Time, number: u32, text: &str) -> Outgoing {
    let words: Vec<&str> = text.splitn(3, ' ').collect();
    let action = match words.as_slice() {
        ["reply", ..] => Action::Reply { text: Sealed(text.trim_start_matches("reply ").to_owned()) },
        ["hold", reason, time] => {
            let until = now + duration(time);
            Action::Hold { reason: reason.parse().unwrap(), until, length_s: None, note: None }
        }
        ["resume"] => Action::Resume { note: None },
        _ => {
            let to: Status = text.parse().unwrap();
            let outcome = (to == Status::Closed).then_some(Outcome::Duplicate);
            Action::Status { to, outcome, reason: None }
        }
    };
    let change = Change {
        ticket: ticket.clone(),
        at: now,
        actor: Actor { role: Role::Staff, name: Some("sipho".parse().unwrap()) },
        revision: None,
        expected_status: None,
        action,
    };
    let envelope = Envelope::root(EventId::of(&[b"staff", &number.to_be_bytes()]), now);
    let command = TicketCommand::Change(Box::new(change));
    let key = ticket.to_string();
    encode::<TicketCommands>(ring, "desk", &envelope, Address::ByKey(PARTITIONS), key, &command).unwrap()
}

/// The finding of a delivery that a resident cannot be written to.
pub fn unreachable(ring: &Arc<KeyRing>, recipient: CitizenId, now: Time) -> Outgoing {
    let address = Address::Partition(partition_of(recipient.as_str().as_bytes(), PARTITIONS));
    let finding = Finding::Unreachable { code: 63024 };
    let found = FromDelivery { at: now, edition: 1, recipient: Sealed(recipient), finding };
    let envelope = Envelope::root(EventId::of(&[b"delivery"]), now);
    let message = Message::FromDelivery(found);
    encode::<Messages>(ring, "deliver", &envelope, address, "x".to_owned(), &message).unwrap()
}
