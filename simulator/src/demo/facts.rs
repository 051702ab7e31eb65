//! The facts of the day from every side: residents, Twilio, topics and tables.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Deserialize;
use topics::catalogue::{
    Assignments, Breaches, Deliveries, Messages, Notifications, Reports, TicketCommands, TicketEvents,
    Tickets,
};
use topics::codec::task_row::Counts;
use topics::records::assignments::Assignment;
use topics::records::deliveries::Delivery;
use topics::records::messages::Message;
use topics::records::notifications::Notification;
use topics::records::reports::Report;
use topics::records::ticket_commands::TicketCommand;
use topics::records::ticket_events::Event;
use topics::values::vocabulary::Level;

use super::day::DemoDay;
use super::settings::DemoAddresses;
use crate::harness::kafka::Topics;
use crate::harness::postgres::rows;
use crate::residents::play::Story;
use crate::twilio::SimulatedTwilio;
use crate::twilio::ledger::AcceptedCall;
use crate::twilio::report::LedgerSummary;

/// The counts of a day from all sides: topics, tables, metrics and Twilio.
pub struct DemoFacts {
    pub(super) took: std::time::Duration,
    pub(super) stories: Vec<Story>,
    /// The ids of the staff's commands.
    pub(super) commands: Vec<String>,
    pub(super) twilio: LedgerSummary,
    pub(super) taken: Vec<AcceptedCall>,
    pub(super) log: LogFacts,
    pub(super) tables: TableFacts,
    pub(super) protected: ProtectedFacts,
}

/// The counts that come from the topics.
#[derive(Default)]
pub(super) struct LogFacts {
    /// Ids of residents' messages.
    pub(super) heard: BTreeSet<String>,
    /// The inputs of the first stage of conversations: posts of residents, repeated ones included, and
    /// findings of deliveries.
    pub(super) posts: u64,
    pub(super) findings: u64,
    /// The inputs of the second stage: notices of tickets.
    pub(super) notices: u64,
    pub(super) reports: BTreeSet<String>,
    pub(super) assignments: BTreeSet<String>,
    pub(super) opened: BTreeSet<String>,
    pub(super) tickets: BTreeSet<String>,
    /// Ids of commands to tickets, and how many events answer each.
    pub(super) asked: BTreeSet<String>,
    pub(super) applied: BTreeMap<String, usize>,
    pub(super) refused: BTreeMap<String, usize>,
    /// Tickets that an event says have escalated.
    pub(super) escalated: BTreeSet<String>,
    pub(super) breaches: usize,
    pub(super) notified: BTreeSet<String>,
    pub(super) deliveries: BTreeSet<String>,
    /// What each stage of each municipal machine did with its records.
    pub(super) counts: Vec<(&'static str, String, Counts)>,
    pub(super) dead_letters: usize,
}

/// The counts that come from the tables.
pub(super) struct TableFacts {
    pub(super) tickets: Vec<TicketFacts>,
    pub(super) breaches: Vec<BreachFacts>,
    pub(super) deliveries: Vec<DeliveryFacts>,
}

/// A ticket in its table.
#[derive(Deserialize)]
pub(super) struct TicketFacts {
    pub(super) id: String,
    pub(super) tracking_number: String,
    pub(super) municipality: Option<String>,
    pub(super) category: String,
    pub(super) status: String,
    pub(super) queue: Option<String>,
    pub(super) tier: u8,
    pub(super) escalated: bool,
    pub(super) breaches: usize,
}

/// A breach in its table.
#[derive(Deserialize)]
pub(super) struct BreachFacts {
    pub(super) clock: String,
    pub(super) level: String,
    /// How late it was recorded, after the deadline or after the ticket was opened.
    pub(super) late_ms: i64,
}

/// A sent message in its table.
#[derive(Deserialize)]
pub(super) struct DeliveryFacts {
    pub(super) notification: String,
    #[serde(default)]
    pub(super) ticket: Option<String>,
    pub(super) status: String,
    pub(super) sid: Option<String>,
}

/// What may be shown of the police lane: whether it works.
pub(super) struct ProtectedFacts {
    /// The ids that Twilio gave to its messages, to find out which of Twilio's messages are municipal.
    pub(super) sids: BTreeSet<String>,
    /// Whether all of its messages were sent and none was lost.
    pub(super) well: bool,
}

/// Gathers the counts of all sides after the day has ended.
///
/// # Errors
/// A server does not answer, or its answer cannot be read.
pub async fn gather(addresses: &DemoAddresses, twilio: &SimulatedTwilio, day: &DemoDay) -> Result<DemoFacts> {
    let asked = addresses.topics.clone();
    let log = tokio::task::spawn_blocking(move || log(&asked)).await??;
    Ok(DemoFacts {
        took: day.took,
        stories: day.stories.clone(),
        commands: day.commands.clone(),
        twilio: twilio.look(LedgerSummary::of),
        taken: twilio.taken(),
        log,
        tables: tables(addresses).await?,
        protected: protected(addresses).await?,
    })
}

fn log(topics: &Topics) -> Result<LogFacts> {
    let mut facts = LogFacts::default();
    for one in topics.decoded::<Messages>()? {
        match one.record {
            Message::FromResident(message) => {
                facts.posts += 1;
                facts.heard.insert(message.sid.to_string());
            }
            Message::FromDelivery(_) => facts.findings += 1,
            Message::FromTicket(_) => facts.notices += 1,
            Message::Edition(_) | Message::Tick(_) => {}
        }
    }
    for one in topics.decoded::<Reports>()? {
        if let Report::Report(report) = one.record {
            facts.reports.insert(report.ticket.to_string());
        }
    }
    for one in topics.decoded::<Assignments>()? {
        if let Assignment::Assignment(assigned) = one.record {
            facts.assignments.insert(assigned.ticket.to_string());
        }
    }
    for one in topics.decoded::<TicketCommands>()? {
        match one.record {
            TicketCommand::Open(open) => drop(facts.opened.insert(open.ticket.to_string())),
            TicketCommand::Change(_) => drop(facts.asked.insert(one.envelope.id.to_string())),
            TicketCommand::Edition(_) | TicketCommand::Tick(_) => {}
        }
    }
    for one in topics.decoded::<TicketEvents>()? {
        match one.record.event {
            Event::Applied { command, .. } => *facts.applied.entry(command.to_string()).or_default() += 1,
            Event::Refused { command, .. } => *facts.refused.entry(command.to_string()).or_default() += 1,
            Event::Escalated { .. } => drop(facts.escalated.insert(one.record.ticket.to_string())),
            _ => {}
        }
    }
    facts.tickets = topics.store::<Tickets>()?.into_keys().collect();
    facts.breaches =
        topics.decoded::<Breaches>()?.iter().filter(|one| one.record.level == Level::Breach).count();
    for one in topics.decoded::<Notifications>()? {
        if let Notification::Notify(notify) = one.record {
            facts.notified.insert(notify.notification.to_string());
        }
    }
    let rows = topics.store::<Deliveries>()?.into_values();
    facts.deliveries = rows
        .filter_map(
            |row| if let Delivery::Delivery(one) = row { Some(one.notification.to_string()) } else { None },
        )
        .collect();
    facts.counts = counts(topics)?;
    for topic in ["dead-letters", "intake-dead-letters"] {
        facts.dead_letters += topics.read(topic)?.len();
    }
    Ok(facts)
}

/// What each stage did, over all partitions; the police lane's stages publish no counts.
fn counts(topics: &Topics) -> Result<Vec<(&'static str, String, Counts)>> {
    let mut all = Vec::new();
    let open = pipeline::topology::TOPOLOGY
        .iter()
        .filter(|machine| machine.lane != topics::values::lane::Lane::Protected);
    for (machine, store) in open.filter_map(|machine| Some((machine, machine.store?))) {
        let mut stages: BTreeMap<String, Counts> = BTreeMap::new();
        for row in topics.task_rows(store.name)?.into_values() {
            for (stage, counts) in row.counts {
                let sum = stages.entry(stage.to_string()).or_default();
                sum.received += counts.received;
                sum.forwarded += counts.forwarded;
                sum.filtered += counts.filtered;
                sum.rejected += counts.rejected;
            }
        }
        all.extend(stages.into_iter().map(|(stage, counts)| (machine.name, stage, counts)));
    }
    Ok(all)
}

async fn tables(addresses: &DemoAddresses) -> Result<TableFacts> {
    let url = &addresses.owner;
    let tickets = "select id, tracking_number, municipality, category, status, queue, tier, \
        escalated_at is not null as escalated,
                          (response_breached_at is not null)::int + (resolution_breached_at is not \
                          null)::int as breaches
                     from tickets order by created_at";
    // A report whose place is never sent becomes a ticket late, and its deadline may have passed by then.
    let breaches = "select clock, level, (1000 * extract(epoch from seen_at - greatest(due_at, \
        opened.at)))::bigint as late_ms
                      from breaches
                      join (select entity_id, min(at) as at from audit_logs group by 1) as opened \
                      on opened.entity_id = breaches.ticket";
    Ok(TableFacts {
        tickets: typed(url, tickets).await?,
        breaches: typed(url, breaches).await?,
        deliveries: typed(url, "select notification, ticket, status, sid from deliveries").await?,
    })
}

async fn protected(addresses: &DemoAddresses) -> Result<ProtectedFacts> {
    let rows: Vec<DeliveryFacts> =
        typed(&addresses.saps, "select notification, status, sid from protected.deliveries").await?;
    let dead = rows_exist(addresses, "select 1 as one from protected.dead_letters limit 1").await?;
    Ok(ProtectedFacts {
        well: !dead
            && rows
                .iter()
                .all(|row| matches!(row.status.as_str(), "sent" | "delivered" | "read" | "superseded")),
        sids: rows.into_iter().filter_map(|row| row.sid).collect(),
    })
}

async fn rows_exist(addresses: &DemoAddresses, query: &str) -> Result<bool> {
    Ok(!rows(&addresses.saps, query).await?.is_empty())
}

async fn typed<T: serde::de::DeserializeOwned>(url: &str, query: &str) -> Result<Vec<T>> {
    rows(url, query).await?.into_iter().map(|row| Ok(serde_json::from_value(row)?)).collect()
}
