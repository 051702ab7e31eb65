//! The queue of the deliver stage: decides which message is sent next. It is a function of the rows alone and
//! is updated with every row.
//!
//! The messages of a recipient are sent one at a time, in the order in which they were requested. A recipient
//! has a turn while no message to them is in flight and their first message is not in back-off; a message
//! that was retried more than three times lets the others of its recipient pass while it waits. Turns are
//! ordered by class, then by age. An answer gives its class to the messages waiting before it, so that both
//! orders hold.

use std::collections::{BTreeMap, BTreeSet};

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::ids::{CitizenId, MessageSid, TicketId};
use topics::values::time::Time;
use topics::values::vocabulary::Class;

use super::{permits, retry};

/// The queues of a task: one for each sender in its partition.
#[derive(Default)]
pub struct Index {
    senders: BTreeMap<String, Sender>,
    /// The news of each ticket by serial number; the value is the key of the message while it is queued.
    news: BTreeMap<TicketId, BTreeMap<u64, Option<String>>>,
}

#[derive(Default)]
struct Sender {
    sending: usize,
    /// When the calls of the messages that Twilio accepted were permitted, and how many of each time.
    accepted: BTreeMap<Time, u32>,
    /// When the calls of the messages that a receipt has confirmed were permitted, and how many of each time.
    confirmed: BTreeMap<Time, u32>,
    turns: BTreeSet<QueuePosition>,
    recipients: BTreeMap<CitizenId, Recipient>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct QueuePosition {
    class: Class,
    serial: u64,
    citizen: CitizenId,
}

#[derive(Default)]
struct Recipient {
    waiting: BTreeMap<u64, Waiting>,
    answers: usize,
    in_flight: usize,
    sids: BTreeMap<u64, MessageSid>,
}

struct Waiting {
    key: String,
    is_backing_off: bool,
    lets_others_pass: bool,
    is_blamed: bool,
}

/// The order of messages as test calls.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum TestRank {
    /// It was not refused because of the account or the sender yet.
    Fresh(Class, u64),
    /// It was, and comes after the message that was refused last.
    After(u64),
    /// It was, and is this message or comes before it.
    Before(u64),
}

/// Whether the message is in flight, so that no other message may be sent to the recipient yet.
fn is_in_flight(row: &OutgoingMessage) -> bool {
    // An unknown outcome that is not looked up any more (no `next_at`) does not block the recipient.
    row.status == DeliveryStatus::Sending || row.status == DeliveryStatus::Unknown && row.next_at.is_some()
}

impl Index {
    /// The key of the message that this sender sends next, or `None` if none may be sent.
    pub fn next(&self, sender: &str) -> Option<&str> {
        let sender = self.senders.get(sender)?;
        let recipient = sender.recipients.get(&sender.turns.first()?.citizen)?;
        recipient.next().map(|(_, next)| next.key.as_str())
    }

    /// The key of the message that tests a circuit next, if it is one of `of`. Of all messages of `senders`
    /// that have a turn, one that was not blamed yet goes first, then the first after `refused`.
    pub fn next_test(
        &self,
        senders: impl Iterator<Item = String>,
        refused: Option<u64>,
        of: &str,
    ) -> Option<&str> {
        let first = |name: String| {
            let (rank, key) = self.senders.get(&name)?.tests(refused).min()?;
            Some((rank, name, key))
        };
        let (_, name, key) = senders.filter_map(first).min()?;
        (name == of).then_some(key)
    }

    /// When the last call was permitted whose message Twilio accepted: of `sender`, or of all senders.
    pub fn last_accepted(&self, sender: Option<&str>) -> Option<Time> {
        self.last(sender, |sender| &sender.accepted)
    }

    /// When the last call was permitted whose message a receipt has confirmed: of `sender`, or of all
    /// senders.
    pub fn last_confirmed(&self, sender: Option<&str>) -> Option<Time> {
        self.last(sender, |sender| &sender.confirmed)
    }

    fn last(&self, of: Option<&str>, times: impl Fn(&Sender) -> &BTreeMap<Time, u32>) -> Option<Time> {
        let senders = self.senders.iter().filter(|(name, _)| of.is_none_or(|of| of == *name));
        senders.filter_map(|(_, sender)| times(sender).last_key_value()).map(|(time, _)| *time).max()
    }

    /// The number of permitted calls of this sender that are not settled.
    pub fn sending(&self, sender: &str) -> usize {
        self.senders.get(sender).map_or(0, |sender| sender.sending)
    }

    /// The number of permitted calls of all senders that are not settled.
    pub fn sending_at_all(&self) -> usize {
        self.senders.values().map(|sender| sender.sending).sum()
    }

    /// The names of all senders that the task knows.
    pub fn senders(&self) -> Vec<String> {
        self.senders.keys().cloned().collect()
    }

    /// The key of the message with this serial number, if it waits. It looks at every recipient.
    pub fn waiting(&self, serial: u64) -> Option<&str> {
        let recipients = self.senders.values().flat_map(|sender| sender.recipients.values());
        let waiting = recipients.filter_map(|recipient| recipient.waiting.get(&serial));
        waiting.map(|waiting| waiting.key.as_str()).next()
    }

    /// Twilio's ids of the last `most` messages to a recipient, newest first.
    pub fn sids(&self, sender: &str, citizen: &CitizenId, most: usize) -> Vec<MessageSid> {
        let recipient = self.senders.get(sender).and_then(|sender| sender.recipients.get(citizen));
        recipient
            .map(|recipient| recipient.sids.values().rev().take(most).cloned().collect())
            .unwrap_or_default()
    }

    /// The keys of the queued news of a ticket that are older than `serial`.
    pub fn older_news(&self, ticket: &TicketId, serial: u64) -> Vec<String> {
        let news = self.news.get(ticket).into_iter().flat_map(|news| news.range(..serial));
        // A queued message has superseded all older ones, so going back from the newest finds all of them
        // within a step or two.
        news.rev().map_while(|(_, key)| key.clone()).collect()
    }

    /// Whether there is news of the ticket that is newer than `serial`.
    pub fn has_newer_news(&self, ticket: &TicketId, serial: u64) -> bool {
        self.news.get(ticket).and_then(|news| news.last_key_value()).is_some_and(|(last, _)| *last > serial)
    }

    /// Updates the queue after the row of `key` changed from `old` to `new`.
    pub(crate) fn replace(&mut self, key: &str, old: Option<&Delivery>, new: Option<&Delivery>) {
        if let Some(Delivery::Delivery(row)) = old {
            self.change(row, |sender, recipient| {
                sender.sending -= usize::from(row.status == DeliveryStatus::Sending);
                sender.forget_through(row);
                recipient.remove(row);
            });
            self.forget_news(row);
        }
        if let Some(Delivery::Delivery(row)) = new {
            self.change(row, |sender, recipient| {
                sender.sending += usize::from(row.status == DeliveryStatus::Sending);
                sender.add_through(row);
                recipient.add(key, row);
            });
            self.add_news(key, row);
        }
    }

    fn change(&mut self, row: &OutgoingMessage, change: impl FnOnce(&mut Sender, &mut Recipient)) {
        let from = &row.letter.from;
        let citizen = &row.letter.citizen;
        let sender = match self.senders.get_mut(from) {
            Some(sender) => sender,
            None => self.senders.entry(from.clone()).or_default(),
        };
        let mut recipient = sender.recipients.remove(citizen).unwrap_or_default();
        if let Some(turn) = recipient.turn(citizen) {
            sender.turns.remove(&turn);
        }
        change(sender, &mut recipient);
        if let Some(turn) = recipient.turn(citizen) {
            sender.turns.insert(turn);
        }
        if !recipient.is_empty() {
            sender.recipients.insert(citizen.clone(), recipient);
        } else if sender.recipients.is_empty() {
            self.senders.remove(from);
        }
    }

    fn add_news(&mut self, key: &str, row: &OutgoingMessage) {
        if let (Class::Status, Some(ticket)) = (row.class, &row.ticket) {
            let queued = (row.status == DeliveryStatus::Queued).then(|| key.to_owned());
            self.news.entry(ticket.clone()).or_default().insert(row.serial, queued);
        }
    }

    fn forget_news(&mut self, row: &OutgoingMessage) {
        if let (Class::Status, Some(ticket)) = (row.class, &row.ticket)
            && let Some(news) = self.news.get_mut(ticket)
        {
            news.remove(&row.serial);
            if news.is_empty() {
                self.news.remove(ticket);
            }
        }
    }
}

impl Sender {
    /// The messages that have a turn, with their rank as test calls.
    fn tests(&self, refused: Option<u64>) -> impl Iterator<Item = (TestRank, &str)> {
        self.turns.iter().filter_map(move |turn| self.test(turn, refused))
    }

    fn test(&self, turn: &QueuePosition, refused: Option<u64>) -> Option<(TestRank, &str)> {
        let (_, first) = self.recipients.get(&turn.citizen)?.next()?;
        let rank = if !first.is_blamed {
            TestRank::Fresh(turn.class, turn.serial)
        } else if Some(turn.serial) > refused {
            TestRank::After(turn.serial)
        } else {
            TestRank::Before(turn.serial)
        };
        Some((rank, first.key.as_str()))
    }

    fn add_through(&mut self, row: &OutgoingMessage) {
        let Some(at) = permits::permitted_at(row) else { return };
        if is_accepted(row) {
            *self.accepted.entry(at).or_default() += 1;
        }
        if is_confirmed(row) {
            *self.confirmed.entry(at).or_default() += 1;
        }
    }

    fn forget_through(&mut self, row: &OutgoingMessage) {
        let Some(at) = permits::permitted_at(row) else { return };
        if is_accepted(row) {
            forget(&mut self.accepted, at);
        }
        if is_confirmed(row) {
            forget(&mut self.confirmed, at);
        }
    }
}

fn forget(times: &mut BTreeMap<Time, u32>, at: Time) {
    let Some(count) = times.get_mut(&at) else { return };
    *count = count.saturating_sub(1);
    if *count == 0 {
        times.remove(&at);
    }
}

fn is_accepted(row: &OutgoingMessage) -> bool {
    row.status == DeliveryStatus::Sent || is_confirmed(row)
}

const fn is_confirmed(row: &OutgoingMessage) -> bool {
    matches!(row.status, DeliveryStatus::Delivered | DeliveryStatus::Read)
}

impl Recipient {
    /// The message that is sent next: the first one, unless it waits for a retry. One that was retried often
    /// lets the others pass.
    fn next(&self) -> Option<(&u64, &Waiting)> {
        let (serial, next) = self.waiting.iter().find(|(_, waiting)| !waiting.lets_others_pass)?;
        (!next.is_backing_off).then_some((serial, next))
    }

    fn turn(&self, citizen: &CitizenId) -> Option<QueuePosition> {
        let (serial, _) = self.next()?;
        let class = if self.answers > 0 { Class::Answer } else { Class::Status };
        (self.in_flight == 0).then(|| QueuePosition { class, serial: *serial, citizen: citizen.clone() })
    }

    fn add(&mut self, key: &str, row: &OutgoingMessage) {
        if row.status == DeliveryStatus::Queued {
            let is_backing_off = row.next_at.is_some();
            let is_blamed = row.blamed.is_some();
            let lets_others_pass = is_backing_off && row.retries > retry::HOLDS_RECIPIENT;
            let waiting = Waiting { key: key.to_owned(), is_backing_off, lets_others_pass, is_blamed };
            self.waiting.insert(row.serial, waiting);
            self.answers += usize::from(row.class == Class::Answer);
        }
        self.in_flight += usize::from(is_in_flight(row));
        if let Some(sid) = &row.sid {
            self.sids.insert(row.serial, sid.clone());
        }
    }

    fn remove(&mut self, row: &OutgoingMessage) {
        if self.waiting.remove(&row.serial).is_some() {
            self.answers -= usize::from(row.class == Class::Answer);
        }
        self.in_flight -= usize::from(is_in_flight(row));
        self.sids.remove(&row.serial);
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.in_flight == 0 && self.sids.is_empty()
    }
}
