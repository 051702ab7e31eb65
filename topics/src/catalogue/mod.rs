//! The catalogue: one table of all topics, from which they are created, checked, described and typed.

pub mod asyncapi;
pub mod cut;
pub mod schemas;
use schemars::{JsonSchema, Schema, SchemaGenerator, schema_for};

use crate::codec::kinds::{Kinds, kinds};
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
use crate::records::reviews::Review;
use crate::records::ticket_commands::TicketCommand;
use crate::records::ticket_events::TicketEvent;
use crate::records::tickets::Ticket;
use crate::records::unscreened::Unscreened;

use crate::values::lane::Lane;

/// How the machines use a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Tasks read it as their input, in order.
    Log,
    /// Tasks keep their state in it; only they read it, when they start.
    Store,
    /// A store that readers may read too: the last record of each key is its present state.
    StoreAndTap,
    /// Machines write it, and others read it.
    Tap,
    /// Reference data in numbered editions.
    Reference,
    /// Records that could not be processed, or what people did with them.
    DeadLetters,
}

/// How long a topic's records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// Records are deleted after this many days.
    Delete(u32),
    /// The last record of each key is kept.
    Compact,
}

/// The properties of a topic: a row of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// The topic's name, without the installation's prefix.
    pub name: &'static str,
    /// What the topic contains.
    pub what: &'static str,
    /// What the key of its records is.
    pub key: &'static str,
    /// How the machines use it.
    pub used_as: Use,
    /// How long its records are kept.
    pub cleanup: Cleanup,
    /// The lane whose readers may read it.
    pub lane: Lane,
    /// The lane whose key seals its sealed fields.
    pub seal: Lane,
    /// Whether it has a single partition in every installation.
    pub single: bool,
}

/// A topic as a type, which says what may be written to it.
pub trait Topic {
    /// The type of its records.
    type Record: Kinds + JsonSchema;
    /// The topic's row of the catalogue.
    const SPEC: &'static TopicSpec;
    /// The kinds of its records.
    const KINDS: &'static [&'static str] = <Self::Record as Kinds>::KINDS;
    /// The kind of `record`.
    fn kind(record: &Self::Record) -> &'static str {
        record.kind()
    }
}

/// A topic with its kinds and schema.
pub struct Described {
    /// The topic's row of the catalogue.
    pub spec: &'static TopicSpec,
    /// The kinds of its records.
    pub kinds: &'static [&'static str],
    /// The JSON Schema of its values.
    pub schema: fn() -> Schema,
    /// The same schema as a part of a larger document.
    pub subschema: fn(&mut SchemaGenerator) -> Schema,
}

macro_rules! catalogue {
    ($(
        #[doc = $doc:literal]
        $name:ident, $text:literal, $record:ty, $key:literal, $used:ident, $cleanup:expr, $lane:ident,
        $seal:ident $(, $single:ident)?;
    )+) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}
            impl Topic for $name {
                type Record = $record;
                const SPEC: &'static TopicSpec = &TopicSpec {
                    name: $text,
                    what: $doc.trim_ascii(),
                    key: $key,
                    used_as: Use::$used,
                    cleanup: $cleanup,
                    lane: Lane::$lane,
                    seal: Lane::$seal,
                    single: catalogue!(@single $($single)?),
                };
            }
        )+

        /// The topics as values: a `match` without a wildcard decides about each of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum TopicName { $(#[doc = $doc] $name),+ }

        impl TopicName {
            /// The topic called `name`, without the installation's prefix.
            pub fn of(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$name),)+
                    _ => None,
                }
            }
        }

        /// All topics in the order of the table.
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
    TicketCommands, "ticket-commands", TicketCommand, "ticket",
        Log, Cleanup::Delete(35), Municipal, Municipal;
    /// The store of tickets: each as it is.
    Tickets, "tickets", Ticket, "ticket", StoreAndTap, Cleanup::Compact, Municipal, Municipal;
    /// What happens to tickets: commands applied or refused, warnings, breaches, escalations, assignments.
    TicketEvents, "ticket-events", TicketEvent, "ticket", Tap, Cleanup::Delete(365), Municipal, Municipal;
    /// Warnings and breaches of the promised times.
    Breaches, "breaches", Breach, "ticket", Tap, Cleanup::Delete(365), Municipal, Municipal;
    /// The log of deliveries.
    Notifications, "notifications", Notification, "sender number", Log, Cleanup::Delete(7), Intake, Intake;
    /// The store of deliveries: how far each message to a resident has come.
    Deliveries, "deliveries", Delivery, "notification", StoreAndTap, Cleanup::Compact, Municipal, Intake;
    /// Reference data in numbered editions: boundaries, wards, teams, policies.
    Editions, "editions", EditionRecord, "edition/<n>, hash/part, cut or fingerprint/<secret>",
        Reference, Cleanup::Compact, Municipal, Municipal, single;
    /// The log of protected reports.
    ProtectedCommands, "protected-commands", ProtectedCommand, "ticket",
        Log, Cleanup::Delete(35), Protected, Protected;
    /// The store of protected reports.
    ProtectedTickets, "protected-tickets", ProtectedTicket, "ticket",
        StoreAndTap, Cleanup::Compact, Protected, Protected;
    /// The log of the police lane's deliveries.
    ProtectedNotifications, "protected-notifications", Notification, "sender number",
        Log, Cleanup::Delete(7), Protected, Protected;
    /// The store of the police lane's deliveries.
    ProtectedDeliveries, "protected-deliveries", Delivery, "notification",
        StoreAndTap, Cleanup::Compact, Protected, Protected;
    /// What the police lane could not process.
    ProtectedDeadLetters, "protected-dead-letters", DeadLetter, "original",
        DeadLetters, Cleanup::Delete(90), Protected, Protected;
    /// What could not be processed.
    MunicipalDeadLetters, "dead-letters", DeadLetter, "original",
        DeadLetters, Cleanup::Delete(90), Municipal, Municipal;
    /// What the intake could not process.
    IntakeDeadLetters, "intake-dead-letters", DeadLetter, "original",
        DeadLetters, Cleanup::Delete(90), Intake, Intake;
    /// What people did with the dead letters of the police lane.
    ProtectedReviews, "protected-dead-letter-reviews", Review, "dead letter",
        DeadLetters, Cleanup::Delete(365), Protected, Protected, single;
    /// What people did with dead letters.
    MunicipalReviews, "dead-letter-reviews", Review, "dead letter",
        DeadLetters, Cleanup::Delete(365), Municipal, Municipal, single;
    /// What people did with the dead letters of the intake.
    IntakeReviews, "intake-dead-letter-reviews", Review, "dead letter",
        DeadLetters, Cleanup::Delete(365), Intake, Intake, single;
}

kinds!(Message {
    FromResident = "from_resident", FromTicket = "from_ticket", FromDelivery = "from_delivery",
    Edition = "edition", Tick = "tick",
});
kinds!(Conversation, "conversation");
kinds!(Unscreened, "unscreened");
kinds!(Report { Report = "report", Addendum = "addendum" });
kinds!(Assignment { Assignment = "assignment", Addendum = "addendum" });
kinds!(TicketCommand { Open = "open", Change = "change", Edition = "edition", Tick = "tick" });
kinds!(Ticket, "ticket");
kinds!(TicketEvent, "event");
kinds!(Breach, "breach");
kinds!(Notification {
    Notify = "notify", Stop = "stop", Start = "start", Outcome = "outcome", Receipt = "receipt",
    Edition = "edition", Tick = "tick",
});
kinds!(Delivery { Delivery = "delivery", Stopped = "stopped", Circuit = "circuit" });
kinds!(EditionRecord { Manifest = "manifest", Part = "part", Cut = "cut", Fingerprint = "fingerprint" });
kinds!(ProtectedCommand { Open = "open", Addendum = "addendum", Edition = "edition", Tick = "tick" });
kinds!(ProtectedTicket, "ticket");
kinds!(DeadLetter, "dead_letter");
kinds!(Review, "review");

/// The row of the topic called `name`.
pub fn spec(name: &str) -> Option<&'static TopicSpec> {
    CATALOGUE.iter().map(|topic| topic.spec).find(|spec| spec.name == name)
}

/// The largest record that a topic accepts: the broker's default, and more where a topic wraps complete
/// records of others.
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

    /// Whether it is for readers outside the police lane.
    pub const fn is_tap(&self) -> bool {
        matches!(self.used_as, Use::Tap | Use::StoreAndTap | Use::Reference)
            && !matches!(self.lane, Lane::Protected)
    }

    /// The only parties that may read it.
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

    /// The settings of the topic that the system relies on; the broker's defaults apply to all others.
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
                // A limit by size deletes records that were not read yet as soon as much arrives at once.
                settings.push(("retention.bytes", "-1".to_owned()));
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
