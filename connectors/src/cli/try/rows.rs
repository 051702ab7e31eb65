//! What the topics of the installation say, read as far as they are written: tickets, conversations, requests
//! for messages and refused commands. Of the police lane only the language and class of a message to the
//! resident are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use pipeline::engine::driver::Driver;
use topics::catalogue::{Conversations, Notifications, ProtectedNotifications, TicketEvents, Tickets, Topic};
use topics::codec::record::{DecodeError, Incoming};
use topics::codec::sealing::KeyRing;
use topics::records::conversations::Conversation;
use topics::records::notifications::Notification;
use topics::records::ticket_actions::Refusal;
use topics::records::ticket_events::Event;
use topics::records::tickets::Ticket;
use topics::values::ids::{EventId, NotificationId, TicketId};
use topics::values::vocabulary::{Class, Language};

/// New records with their keys; a tombstone has no record.
type NewRows<R> = Vec<(String, Option<R>)>;

/// The rows of the installation as they are now.
pub struct InstallationRows {
    ring: Arc<KeyRing>,
    partitions: u32,
    read: BTreeMap<(&'static str, u32), usize>,
    /// All tickets that have not expired.
    pub tickets: BTreeMap<TicketId, Ticket>,
    /// The tickets in the order in which they were opened.
    pub opened: Vec<TicketId>,
    /// The resident of each ticket, by the key of the conversation.
    pub owners: BTreeMap<TicketId, String>,
    /// The conversations by their keys.
    pub conversations: BTreeMap<String, Conversation>,
    /// The language and class of each message to a resident.
    pub notified: BTreeMap<NotificationId, (Language, Class)>,
    /// The commands that were refused.
    pub refused: BTreeMap<EventId, Refusal>,
}

impl InstallationRows {
    /// The rows of an installation with these keys and partitions, before anything is read.
    pub fn new(ring: Arc<KeyRing>, partitions: u32) -> Self {
        Self {
            ring,
            partitions,
            read: BTreeMap::new(),
            tickets: BTreeMap::new(),
            opened: Vec::new(),
            owners: BTreeMap::new(),
            conversations: BTreeMap::new(),
            notified: BTreeMap::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Reads what was written since the last call. Returns the tickets that were written, in their order.
    pub fn read(&mut self, driver: &Driver) -> Result<Vec<TicketId>, DecodeError> {
        for (key, row) in self.news::<Conversations>(driver)? {
            let Some(row) = row else {
                self.conversations.remove(&key);
                continue;
            };
            self.owners.extend(row.state.tickets.keys().map(|ticket| (ticket.clone(), key.clone())));
            self.conversations.insert(key, row);
        }
        let mut notified = self.news::<Notifications>(driver)?;
        notified.extend(self.news::<ProtectedNotifications>(driver)?);
        for (_, record) in notified {
            if let Some(Notification::Notify(notify)) = record {
                self.notified.insert(notify.notification, (notify.language, notify.class));
            }
        }
        for (_, event) in self.news::<TicketEvents>(driver)? {
            if let Some(Event::Refused { command, refusal, .. }) = event.map(|event| event.event) {
                self.refused.insert(command, refusal);
            }
        }
        let written = self.news::<Tickets>(driver)?;
        Ok(self.keep_tickets(written))
    }

    fn keep_tickets(&mut self, written: NewRows<Ticket>) -> Vec<TicketId> {
        let mut changed = Vec::new();
        for (key, row) in written {
            let Some(row) = row else {
                self.tickets.retain(|id, _| id.as_str() != key);
                continue;
            };
            let id = row.ticket.clone();
            if !self.opened.contains(&id) {
                self.opened.push(id.clone());
            }
            if !changed.contains(&id) {
                changed.push(id.clone());
            }
            self.tickets.insert(id, row);
        }
        changed
    }

    /// The new records of a topic with their keys, without the rows of tasks.
    fn news<T: Topic>(&mut self, driver: &Driver) -> Result<NewRows<T::Record>, DecodeError> {
        let mut news = Vec::new();
        for partition in 0..self.partitions {
            let records = driver.records(T::SPEC.name, partition);
            let read = self.read.insert((T::SPEC.name, partition), records.len()).unwrap_or(0);
            for record in records.iter().skip(read) {
                let Some(key) = record.key_text().filter(|key| !key.starts_with('~')) else { continue };
                news.push((key.to_owned(), decoded::<T>(record, &self.ring)?));
            }
        }
        Ok(news)
    }
}

fn decoded<T: Topic>(record: &Incoming, ring: &Arc<KeyRing>) -> Result<Option<T::Record>, DecodeError> {
    if record.value.is_none() {
        return Ok(None);
    }
    record.decode::<T>(ring).map(|(_, record)| Some(record))
}
