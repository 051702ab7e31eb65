//! Reads what the commands of staff need: the event that answers a command, and the current state of a
//! ticket.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use topics::catalogue::{TicketEvents, Tickets, Topic};
use topics::codec::partition::partition_of;
use topics::codec::record::Incoming;
use topics::codec::sealing::KeyRing;
use topics::records::ticket_events::{Event, TicketEvent};
use topics::records::tickets::Ticket;
use topics::values::ids::{EventId, TicketId};

use crate::kafka::client::convert;
use crate::kafka::client::partition_reader::{partition_reader, scan};
use crate::kafka::{Installation, LogError, REQUEST_TIMEOUT, ends};

/// Reads the ticket events of one partition from its current end.
pub struct AnswerReader {
    consumer: BaseConsumer,
    prefix: String,
}

impl AnswerReader {
    /// Listens to the ticket events of `partition`: the partition of the command, since both are keyed by the
    /// ticket.
    ///
    /// # Errors
    /// The broker cannot be asked.
    pub fn to(installation: &Installation, partition: u32) -> Result<Self, LogError> {
        let consumer: BaseConsumer =
            installation.reader("read_committed").create().map_err(LogError::client("making a consumer"))?;
        let name = installation.topic(TicketEvents::SPEC.name);
        let native = convert::native(partition);
        let (_, end) = ends(&consumer, &name, partition)?;
        let mut from = TopicPartitionList::new();
        let added = from.add_partition_offset(&name, native, Offset::Offset(end));
        added.and_then(|()| consumer.assign(&from)).map_err(LogError::client("listening for the answer"))?;
        Ok(Self { consumer, prefix: installation.prefix.clone() })
    }

    /// The event that answers `command`; `None` if it does not arrive within `patience`.
    ///
    /// # Errors
    /// The answer cannot be read with these keys.
    pub fn wait_for(
        &self,
        ring: &Arc<KeyRing>,
        command: &EventId,
        patience: Duration,
    ) -> Result<Option<TicketEvent>, LogError> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            let Some(Ok(message)) = self.consumer.poll(Duration::from_millis(100)) else { continue };
            let Ok((_, event)) = convert::incoming(&message, &self.prefix).decode::<TicketEvents>(ring)
            else {
                continue;
            };
            if let Event::Applied { command: answered, .. } | Event::Refused { command: answered, .. } =
                &event.event
                && answered == command
            {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

/// What `read` makes of the last record of each ticket. Tickets that were deleted are left out.
///
/// # Errors
/// The broker cannot be asked, or a ticket cannot be read with these keys.
pub fn every_ticket<T>(
    installation: &Installation,
    ring: &Arc<KeyRing>,
    read: impl Fn(&Ticket) -> Option<T>,
) -> Result<Vec<T>, LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let from = (0..installation.partitions).map(|partition| (partition, Offset::Beginning)).collect();
    let mut found: BTreeMap<String, Option<T>> = BTreeMap::new();
    scan(installation, &consumer, Tickets::SPEC.name, from, REQUEST_TIMEOUT, |record| {
        keep_last(&mut found, record, ring, &read)
    })?;
    Ok(found.into_values().flatten().collect())
}

/// Keeps what `read` makes of a ticket's record, in place of what it made of an earlier one.
fn keep_last<T>(
    found: &mut BTreeMap<String, Option<T>>,
    record: &Incoming,
    ring: &Arc<KeyRing>,
    read: impl Fn(&Ticket) -> Option<T>,
) -> Result<(), LogError> {
    let Some(key) = record.key_text().filter(|key| key.parse::<TicketId>().is_ok()) else {
        return Ok(());
    };
    if record.value.is_none() {
        found.remove(key);
        return Ok(());
    }
    let ticket = record.decode::<Tickets>(ring);
    let (_, ticket) = ticket.map_err(|error| LogError::Alarm(format!("a ticket cannot be read: {error}")))?;
    found.insert(key.to_owned(), read(&ticket));
    Ok(())
}

/// The ticket by its last record; `None` if it has no record or was deleted.
///
/// # Errors
/// The broker cannot be asked, or the ticket cannot be read with these keys.
pub fn ticket(
    installation: &Installation,
    ring: &Arc<KeyRing>,
    id: &TicketId,
) -> Result<Option<Ticket>, LogError> {
    let consumer = partition_reader(installation, "reader", "read_committed")?;
    let partition = partition_of(id.as_str().as_bytes(), installation.partitions);
    let mut found = None;
    scan(
        installation,
        &consumer,
        Tickets::SPEC.name,
        BTreeMap::from([(partition, Offset::Beginning)]),
        REQUEST_TIMEOUT,
        |record| {
            if record.key_text() == Some(id.as_str()) {
                found = Some(record.clone()).filter(|record| record.value.is_some());
            }
            Ok(())
        },
    )?;
    let read = found.map(|record| record.decode::<Tickets>(ring).map(|(_, ticket)| ticket)).transpose();
    read.map_err(|error| LogError::Alarm(format!("the ticket cannot be read: {error}")))
}
