//! The catalogue: all topics in one table. It creates them, checks them, describes them and types them.

pub mod asyncapi;
pub mod cut;
pub mod schemas;
use schemars::{JsonSchema, Schema, SchemaGenerator, schema_for};

use crate::codec::record::{Kinds, kinds};
use crate::records::assignments::Assignment;
use crate::records::breaches::Breach;
use crate::records::conversations::Conversation;
use crate::records::dead_letters::DeadLetter;
use crate::records::deliveries::Delivery;
use crate::records::editions::EditionRecord;
use crate::records::messages::Message;
use crate::records::notifications::Notification;
use crate::records::protected::{ProtectedCommand, ProtectedTicket};
use crate::records::reports::Report;
use crate::records::ticket_commands::TicketCommand;
use crate::records::ticket_events::TicketEvent;
use crate::records::tickets::Ticket;
use crate::records::unscreened::Unscreened;

use crate::values::lane::Lane;

/// What a topic is to the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Heard by tasks, in order.
    Log,
    /// The state of tasks: read by them alone, at the start.
    Store,
    /// The same, and for readers: each key's last record is how it is now.
    StoreAndTap,
    /// For readers.
    Tap,
    /// Numbered reference data.
    Reference,
    /// What could not be processed.
    DeadLetters,
}

/// How long a topic's records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// For so many days.
    Delete(u32),
    /// The last of each key.
    Compact,
}

/// A row of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name, without the installation's prefix.
    pub name: &'static str,
    /// What is in it.
    pub what: &'static str,
    /// What its key is.
    pub key: &'static str,
    /// What it is to the machines.
    pub used_as: Use,
    /// How long its records are kept.
    pub cleanup: Cleanup,
    /// Whose eyes it is for.
    pub lane: Lane,
    /// Which key seals its sealed fields.
    pub seal: Lane,
    /// Whether it has one partition whatever the installation's number is.
    pub single: bool,
}

/// A topic as a type: what may be written to it.
pub trait Topic {
    /// The type of its records; nothing else fits.
    type Record: Kinds + JsonSchema;
    /// Its row of the catalogue.
    const SPEC: &'static TopicSpec;
    /// The kinds of its records.
    const KINDS: &'static [&'static str] = <Self::Record as Kinds>::KINDS;
    /// The kind of `record`.
    fn kind(record: &Self::Record) -> &'static str {
        record.kind()
    }
}

/// A topic with its schema.
pub struct Described {
    /// Its row of the catalogue.
    pub spec: &'static TopicSpec,
    /// The kinds of its records.
    pub kinds: &'static [&'static str],
    /// The JSON Schema of its values.
    pub schema: fn() -> Schema,
    /// The same as a part of a document that holds others.
    pub subschema: fn(&mut SchemaGenerator) -> Schema,
}

macro_rules! catalogue {
    ($(#[doc = $doc:literal] $name:ident, $text:literal, $record:ty, $key:literal, $used:ident, $cleanup:expr, $lane:ident, $seal:ident $(, $single:ident)?;)+) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}
            impl Topic for $name {
                type Record = $record;
                const SPEC: &'static TopicSpec = &TopicSpec {
                    name: $text, what: $doc.trim_ascii(), key: $key, used_as: Use::$used, cleanup: $cleanup, lane: Lane::$lane, seal: Lane::$seal,
                    single: catalogue!(@single $($single)?),
                };
            }
        )+

        /// All topics.
        pub const CATALOGUE: &[Described] = &[
            $(Described {
                spec: $name::SPEC,
                kinds: $name::KINDS,
                schema: || schema_for!($record),
                subschema: |generator| generator.subschema_for::<$record>(),
            }),+
        ];
    };
    (@single) => { false };
    (@single single) => { true };
}

catalogue! {
    /// The log of conversations.
    Messages, "messages", Message, "citizen", Log, Cleanup::Delete(7), Intake, Intake;
    /// The store of conversations.
    Conversations, "conversations", Conversation, "citizen", Store, Cleanup::Compact, Intake, Intake;
    /// What the screen could not read: voice, photos without words, unknown languages.
    UnscreenedMessages, "unscreened", Unscreened, "message", Tap, Cleanup::Delete(35), Intake, Intake;
    /// What was understood of a report, and what its resident added later.
    Reports, "reports", Report, "ticket", Tap, Cleanup::Delete(35), Municipal, Municipal;
    /// Where each report and each addition was routed, and by which rule.
    Assignments, "assignments", Assignment, "ticket", Tap, Cleanup::Delete(35), Municipal, Municipal;
    /// The log of tickets.
    TicketCommands, "ticket-commands", TicketCommand, "ticket", Log, Cleanup::Delete(35), Municipal, Municipal;
    /// The store of tickets: each as it is.
    Tickets, "tickets", Ticket, "ticket", StoreAndTap, Cleanup::Compact, Municipal, Municipal;
    /// All that happens to tickets: each command applied or refused, each warning, breach, escalation and assignment.
    TicketEvents, "ticket-events", TicketEvent, "ticket", Tap, Cleanup::Delete(365), Municipal, Municipal;
    /// Warnings and breaches of the promised times.
    Breaches, "breaches", Breach, "ticket", Tap, Cleanup::Delete(365), Municipal, Municipal;
    /// The log of deliveries.
    Notifications, "notifications", Notification, "sender number", Log, Cleanup::Delete(7), Intake, Intake;
    /// The store of deliveries: how far each message to a resident has come.
    Deliveries, "deliveries", Delivery, "notification", StoreAndTap, Cleanup::Compact, Municipal, Intake;
    /// Reference data in numbered editions: boundaries, wards, teams, policies.
    Editions, "editions", EditionRecord, "edition/<n>, hash/part or cut", Reference, Cleanup::Compact, Municipal, Municipal, single;
    /// The log of protected reports.
    ProtectedCommands, "protected-commands", ProtectedCommand, "ticket", Log, Cleanup::Delete(35), Protected, Protected;
    /// The store of protected reports.
    ProtectedTickets, "protected-tickets", ProtectedTicket, "ticket", StoreAndTap, Cleanup::Compact, Protected, Protected;
    /// The log of the police lane's deliveries.
    ProtectedNotifications, "protected-notifications", Notification, "sender number", Log, Cleanup::Delete(7), Protected, Protected;
    /// The store of the police lane's deliveries.
    ProtectedDeliveries, "protected-deliveries", Delivery, "notification", StoreAndTap, Cleanup::Compact, Protected, Protected;
    /// What the police lane could not process.
    ProtectedDeadLetters, "protected-dead-letters", DeadLetter, "original", DeadLetters, Cleanup::Delete(90), Protected, Protected;
    /// What could not be processed.
    MunicipalDeadLetters, "dead-letters", DeadLetter, "original", DeadLetters, Cleanup::Delete(90), Municipal, Municipal;
    /// What the intake could not process.
    IntakeDeadLetters, "intake-dead-letters", DeadLetter, "original", DeadLetters, Cleanup::Delete(90), Intake, Intake;
}

kinds!(Message { FromResident = "from_resident", FromTicket = "from_ticket", FromDelivery = "from_delivery", Edition = "edition", Tick = "tick" });
kinds!(Conversation, "conversation");
kinds!(Unscreened, "unscreened");
kinds!(Report { Report = "report", Addendum = "addendum" });
kinds!(Assignment { Assignment = "assignment", Addendum = "addendum" });
kinds!(TicketCommand { Open = "open", Change = "change", Edition = "edition", Tick = "tick" });
kinds!(Ticket, "ticket");
kinds!(TicketEvent, "event");
kinds!(Breach, "breach");
kinds!(Notification { Notify = "notify", Stop = "stop", Start = "start", Outcome = "outcome", Receipt = "receipt", Edition = "edition", Tick = "tick" });
kinds!(Delivery { Delivery = "delivery", Stopped = "stopped", Circuit = "circuit" });
kinds!(EditionRecord { Manifest = "manifest", Part = "part", Cut = "cut" });
kinds!(ProtectedCommand { Open = "open", Addendum = "addendum", Edition = "edition", Tick = "tick" });
kinds!(ProtectedTicket, "ticket");
kinds!(DeadLetter, "dead_letter");

/// The row of the topic called `name`.
pub fn spec(name: &str) -> Option<&'static TopicSpec> {
    CATALOGUE.iter().map(|topic| topic.spec).find(|spec| spec.name == name)
}

/// The largest record that a topic takes: the broker's default, and more where others' records are wrapped
/// whole.
const LARGEST: u32 = 1_048_588;
const LARGEST_WRAPPED: u32 = 4_194_304;

impl TopicSpec {
    /// How many partitions it has in an installation of `partitions`.
    pub const fn partitions(&self, partitions: u32) -> u32 {
        if self.single { 1 } else { partitions }
    }

    /// Whether tasks keep their state in it.
    pub const fn is_store(&self) -> bool {
        matches!(self.used_as, Use::Store | Use::StoreAndTap)
    }

    /// Whether it is for readers outside of the police lane.
    pub const fn is_tap(&self) -> bool {
        matches!(self.used_as, Use::Tap | Use::StoreAndTap | Use::Reference)
            && !matches!(self.lane, Lane::Protected)
    }

    /// Who may read it; nobody else.
    pub const fn readers(&self) -> &'static str {
        match (self.lane, self.used_as) {
            (_, Use::Log | Use::Store) => "its machine",
            (Lane::Protected, Use::StoreAndTap) => "its machine, the police's sink, the police",
            (Lane::Protected, _) => "the police's sink, the police",
            (Lane::Intake, _) => "the sink, the intake",
            (Lane::Municipal, Use::StoreAndTap) => "its machine, the sink, analysts",
            (Lane::Municipal, Use::Reference) => "all machines, analysts",
            (Lane::Municipal, Use::DeadLetters) => "the sink, operators",
            (Lane::Municipal, _) => "the sink, analysts",
        }
    }

    /// The settings of the broker's topic that matter; everything else is the broker's.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let wraps = matches!(self.used_as, Use::DeadLetters | Use::Reference);
        let mut settings = vec![
            ("message.timestamp.type", "LogAppendTime".to_owned()),
            ("compression.type", "lz4".to_owned()),
            ("max.message.bytes", if wraps { LARGEST_WRAPPED } else { LARGEST }.to_string()),
        ];
        match self.cleanup {
            Cleanup::Delete(days) => {
                settings.push(("cleanup.policy", "delete".to_owned()));
                settings.push(("retention.ms", (u64::from(days) * 86_400_000).to_string()));
            }
            Cleanup::Compact => {
                settings.push(("cleanup.policy", "compact".to_owned()));
                settings.push(("min.cleanable.dirty.ratio", "0.2".to_owned()));
                settings.push(("segment.bytes", (64 << 20).to_string()));
            }
        }
        settings
    }
}
