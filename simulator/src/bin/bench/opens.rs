//! Appends commands directly to the log of tickets, to measure this machine alone.

use anyhow::Result;
use connectors::kafka::client::appender::Appender;
use simulator::clock::now_ms;
use simulator::harness::TestInstallation;
use simulator::harness::reports::{sid, ticket};
use topics::catalogue::TicketCommands;
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::Sealed;
use topics::records::assignments::Routing;
use topics::records::reports::ReportFacts;
use topics::records::ticket_commands::{Deadline, Deadlines, Open, TicketCommand};
use topics::values::ids::{EventId, Pepper};
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{
    Category, Language, MunicipalityRule, PlaceSource, PolicySource, Sentiment, Severity, TeamRule,
};

/// Opens the `n`-th ticket with a response deadline at `due`, far from all others.
pub fn open(installation: &TestInstallation, appender: &Appender, n: usize, due: Time) -> Result<()> {
    let now = Time::from_millis(now_ms());
    let far = Time::from_millis(now.millis() + 7 * 86_400_000);
    let facts = ReportFacts {
        tracking_number: TrackingNumber::issue(
            &Pepper::new(&[1; 32])?,
            n as u64,
            0,
            installation.topics.partitions,
        ),
        reported_at: now,
        language: Language::En,
        category: Category::Water,
        severity: Severity::Medium,
        sentiment: Sentiment::Neutral,
        place_source: PlaceSource::None,
        place_precision_m: None,
        reply_partition: 0,
        reopened_from: None,
    };
    let routing = Routing {
        municipality: Some("CPT".parse()?),
        municipality_rule: MunicipalityRule::Contains,
        ward: None,
        cell: None,
        team: Some("CPT-water".parse()?),
        team_rule: TeamRule::MunicipalityWide,
        assigned_to: None,
        manager: Some("manager".parse()?),
        distance_m: None,
        queue: None,
        edition: 1,
    };
    let deadlines = Deadlines {
        policy: PolicySource::System,
        edition: 1,
        response: Deadline { due_at: due, warn_at: far, working: None },
        resolution: Deadline { due_at: far, warn_at: far, working: None },
        closed_days: Vec::new(),
    };
    let ticket = ticket(n);
    let open =
        Open { ticket: ticket.clone(), at: now, edition: 1, facts, routing, deadlines, point: Sealed(None) };
    let envelope = Envelope::root(EventId::from(&sid(n)), now);
    let address = Address::ByKey(installation.topics.partitions);
    let record = TicketCommand::Open(Box::new(open));
    appender.append_and_forget(&encode::<TicketCommands>(
        &installation.topics.key_ring,
        "bench",
        &envelope,
        address,
        ticket.to_string(),
        &record,
    )?);
    Ok(())
}
