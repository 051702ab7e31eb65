//! The tables: which record of which topic becomes which row.

mod assignments;
mod audit;
mod breaches;
mod dead_letters;
mod deliveries;
mod protected;
mod reviews;
mod tickets;
mod unscreened;
mod values;
mod words;

use std::sync::Arc;

use topics::catalogue::{
    Breaches, Deliveries, IntakeDeadLetters, IntakeReviews, MunicipalDeadLetters, MunicipalReviews,
    ProtectedDeadLetters, ProtectedDeliveries, ProtectedReviews, ProtectedTickets, Reports, TicketEvents,
    Tickets, Topic, TopicName, UnscreenedMessages,
};
use topics::codec::record::{DecodeError, Envelope, Incoming};
use topics::codec::sealing::KeyRing;
use topics::records::dead_letters::DeadClass;

use self::assignments::AssignmentRow;
use self::audit::AuditRow;
use self::breaches::BreachRow;
use self::dead_letters::{DeadLetterRow, SealedDeadLetterRow};
use self::deliveries::DeliveryRow;
use self::protected::ProtectedTicketRow;
use self::reviews::ReviewRow;
use self::tickets::TicketRow;
use self::unscreened::UnscreenedRow;
use self::values::{account, big, int};
use self::words::WordsRow;
use super::rows::{AnyTableRows, TableRow, TableRows};
use crate::batch::SinkError;

/// A record that cannot be decoded, so it has no row.
pub(super) struct Undecodable {
    /// Its index among the records that were read.
    pub source: usize,
    /// Why it cannot be decoded.
    pub class: DeadClass,
    /// The position in its JSON: line and column.
    pub json_position: Option<(u32, u32)>,
}

/// The records of a batch as rows of the tables, and those that could not be decoded.
#[derive(Default)]
pub(super) struct DecodedRecords {
    /// The rows of each table.
    pub sheets: Vec<Box<dyn AnyTableRows>>,
    /// The records that cannot be decoded.
    pub undecodable: Vec<Undecodable>,
}

/// Reads the records of `topic`.
///
/// # Errors
/// The key ring lacks the key that they are sealed with, or the topic has no table.
pub(super) fn read(
    topic: &str,
    ring: &Arc<KeyRing>,
    records: &[&Incoming],
) -> Result<DecodedRecords, SinkError> {
    let without_table = || SinkError::Fatal(format!("no table is filled from the topic {topic}"));
    let name = TopicName::of(topic).ok_or_else(without_table)?;
    let mut reader = TopicReader { ring, records, reading: DecodedRecords::default() };
    match name {
        TopicName::Reports => reader.one::<Reports, _>("ticket_words", "ticket_words", WordsRow::of)?,
        TopicName::Tickets => reader.one::<Tickets, _>("tickets", "tickets", TicketRow::of)?,
        TopicName::TicketEvents => reader.ticket_events()?,
        TopicName::Breaches => reader.one::<Breaches, _>("breaches", "breaches", BreachRow::of)?,
        TopicName::Deliveries => reader.one::<Deliveries, _>("deliveries", "deliveries", DeliveryRow::of)?,
        TopicName::MunicipalDeadLetters => {
            reader.one::<MunicipalDeadLetters, _>("dead_letters", "dead_letters", DeadLetterRow::of)?;
        }
        TopicName::UnscreenedMessages => {
            reader.one::<UnscreenedMessages, _>("unscreened", "intake.unscreened", UnscreenedRow::of)?;
        }
        TopicName::IntakeDeadLetters => reader.one::<IntakeDeadLetters, _>(
            "intake_dead_letters",
            "intake.dead_letters",
            SealedDeadLetterRow::of,
        )?,
        TopicName::ProtectedTickets => {
            let table = "protected.tickets";
            reader.one::<ProtectedTickets, _>("protected_tickets", table, ProtectedTicketRow::of)?;
        }
        TopicName::ProtectedDeliveries => {
            let table = "protected.deliveries";
            reader.one::<ProtectedDeliveries, _>("protected_deliveries", table, DeliveryRow::of)?;
        }
        TopicName::ProtectedDeadLetters => reader.one::<ProtectedDeadLetters, _>(
            "protected_dead_letters",
            "protected.dead_letters",
            SealedDeadLetterRow::of,
        )?,
        TopicName::MunicipalReviews => {
            let table = "dead_letter_reviews";
            reader.one::<MunicipalReviews, _>(table, table, ReviewRow::of)?;
        }
        TopicName::IntakeReviews => {
            let table = "intake.dead_letter_reviews";
            reader.one::<IntakeReviews, _>("intake_dead_letter_reviews", table, ReviewRow::of)?;
        }
        TopicName::ProtectedReviews => {
            let table = "protected.dead_letter_reviews";
            reader.one::<ProtectedReviews, _>("protected_dead_letter_reviews", table, ReviewRow::of)?;
        }
        // pipeline/tests/changes/main.rs gives the reason for each.
        TopicName::Messages
        | TopicName::Conversations
        | TopicName::Assignments
        | TopicName::TicketCommands
        | TopicName::Notifications
        | TopicName::Editions
        | TopicName::ProtectedCommands
        | TopicName::ProtectedNotifications => return Err(without_table()),
    }
    Ok(reader.reading)
}

struct TopicReader<'a> {
    ring: &'a Arc<KeyRing>,
    records: &'a [&'a Incoming],
    reading: DecodedRecords,
}

impl TopicReader<'_> {
    /// Reads a topic that feeds one table; `row` makes a row of a record, or returns `None` for one that the
    /// table does not show.
    fn one<T: Topic, R: TableRow>(
        &mut self,
        name: &'static str,
        table: &'static str,
        row: fn(&Incoming, &Envelope, T::Record) -> Option<R>,
    ) -> Result<(), SinkError> {
        let mut rows = Vec::with_capacity(self.records.len());
        self.each::<T>(|source, record, envelope, value| {
            rows.extend(row(record, &envelope, value).map(|row| (source, row)))
        })?;
        self.reading.sheets.push(Box::new(TableRows::new(name, table, rows)));
        Ok(())
    }

    fn ticket_events(&mut self) -> Result<(), SinkError> {
        let mut assignments = Vec::new();
        let mut audit = Vec::with_capacity(self.records.len());
        self.each::<TicketEvents>(|source, _, envelope, event| {
            assignments.extend(AssignmentRow::of(&envelope, &event).map(|row| (source, row)));
            audit.push((source, AuditRow::of(&envelope, event)));
        })?;
        self.reading.sheets.push(Box::new(TableRows::new(
            "ticket_assignments",
            "ticket_assignments",
            assignments,
        )));
        self.reading.sheets.push(Box::new(TableRows::new("audit_logs", "audit_logs", audit)));
        Ok(())
    }

    /// Decodes every record but tombstones, which delete nothing here, and the rows of tasks
    /// (`~<partition>`).
    fn each<T: Topic>(
        &mut self,
        mut take: impl FnMut(usize, &Incoming, Envelope, T::Record),
    ) -> Result<(), SinkError> {
        for (source, record) in self.records.iter().enumerate() {
            if record.value.is_none() || record.key.as_deref().is_some_and(|key| key.starts_with(b"~")) {
                continue;
            }
            match record.decode::<T>(self.ring) {
                Ok((envelope, value)) => take(source, record, envelope, value),
                Err(DecodeError::Record { class, json_position }) => {
                    self.reading.undecodable.push(Undecodable { source, class, json_position })
                }
                Err(error @ DecodeError::WrongKey(_)) => {
                    let topic = T::SPEC.name;
                    let why = error.to_string();
                    return Err(SinkError::Partition { topic, partition: record.partition, why });
                }
            }
        }
        Ok(())
    }
}
