//! Commands in the log of tickets, as conversations append them: for tests of the later machines, with any
//! number of tickets and any deadlines.

use std::time::Duration;

use anyhow::Result;
use topics::catalogue::{Reports, TicketCommands};
use topics::codec::record::{Address, Envelope, Outgoing, encode};
use topics::codec::sealing::Sealed;
use topics::records::assignments::Routing;
use topics::records::reports::{Account, MunicipalReport, Report, ReportFacts};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, Deadline, Deadlines, Open, TicketCommand};
use topics::values::ids::{MessageSid, Pepper, TicketId};
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{
    Category, Language, MunicipalityRule, PlaceSource, PolicySource, Role, Sentiment, Severity, Status,
    TeamRule,
};

use simulator::clock::now_ms;
use simulator::harness::kafka::Topics;

use crate::fixtures::KATLEHONG;

/// A ticket that a test asks for.
#[derive(Clone, Copy, Debug)]
pub struct WantedTicket {
    /// Its number among the tickets of the test, from which its ids and texts are made.
    pub number: u32,
    /// When it was reported.
    pub reported_at: Time,
    /// The time from the report until a person must have responded.
    pub response: Duration,
    /// The time from the report until it must be resolved.
    pub resolution: Duration,
}

impl WantedTicket {
    /// A ticket reported now, whose deadlines are far away.
    pub fn now(number: u32) -> Self {
        let day = Duration::from_secs(86_400);
        Self { number, reported_at: Time::from_millis(now_ms()), response: day, resolution: 7 * day }
    }

    /// A ticket reported now, whose deadlines are these.
    pub fn due(number: u32, response: Duration, resolution: Duration) -> Self {
        Self { response, resolution, ..Self::now(number) }
    }

    /// The id of the message that the ticket begins with.
    ///
    /// # Errors
    /// There are none, since every number gives an id.
    pub fn sid(&self) -> Result<MessageSid> {
        Ok(format!("SM{:032x}", self.number).parse()?)
    }

    /// The id of the ticket, which is derived from its message.
    ///
    /// # Errors
    /// There are none, since every number gives an id.
    pub fn id(&self) -> Result<TicketId> {
        Ok(TicketId::of(&self.sid()?))
    }

    /// The command that opens the ticket.
    ///
    /// # Errors
    /// The ring has no key to seal with.
    pub fn open(&self, topics: &Topics) -> Result<Outgoing> {
        let deadline = |after: Duration| Deadline {
            due_at: self.reported_at + after,
            warn_at: self.reported_at + after * 4 / 5,
            working: None,
        };
        let ticket = self.id()?;
        let sid = self.sid()?;
        let open = Open {
            ticket: ticket.clone(),
            at: self.reported_at,
            edition: 0,
            facts: self.facts()?,
            routing: routing()?,
            deadlines: Deadlines {
                policy: PolicySource::System,
                edition: 0,
                response: deadline(self.response),
                resolution: deadline(self.resolution),
                closed_days: Vec::new(),
            },
            point: Sealed(Some(KATLEHONG)),
        };
        let envelope = Envelope::root((&sid).into(), self.reported_at);
        let command = TicketCommand::Open(Box::new(open));
        Ok(encode::<TicketCommands>(
            &topics.key_ring,
            "stamp",
            &envelope,
            Address::ByKey(topics.partitions),
            ticket.to_string(),
            &command,
        )?)
    }

    /// The report that leads to the ticket, as converse writes it by edition 1.
    ///
    /// # Errors
    /// The ring has no key to seal with.
    pub fn report(&self, topics: &Topics) -> Result<Outgoing> {
        let ticket = self.id()?;
        let account = Account {
            words: vec!["a pipe has burst".to_owned()],
            point: Some(KATLEHONG),
            ..Account::default()
        };
        let report = MunicipalReport {
            ticket: ticket.clone(),
            at: self.reported_at,
            edition: 1,
            facts: self.facts()?,
            account: Sealed(account),
        };
        let envelope = Envelope::root((&self.sid()?).into(), self.reported_at);
        let record = Report::Report(Box::new(report));
        Ok(encode::<Reports>(
            &topics.key_ring,
            "converse",
            &envelope,
            Address::ByKey(topics.partitions),
            ticket.to_string(),
            &record,
        )?)
    }

    fn facts(&self) -> Result<ReportFacts> {
        Ok(ReportFacts {
            tracking_number: TrackingNumber::issue(&Pepper::new(&[7; 32])?, u64::from(self.number), 0, 1),
            reported_at: self.reported_at,
            language: Language::En,
            category: Category::Water,
            severity: Severity::Medium,
            sentiment: Sentiment::Neutral,
            place_source: PlaceSource::Pin,
            place_precision_m: None,
            reply_partition: 0,
            reopened_from: None,
        })
    }
}

/// Sends the records that `make` gives for the tickets 0 to `count - 1`, one every `interval`.
///
/// # Errors
/// A record cannot be made, or the broker does not take it.
pub async fn send_steadily(
    topics: Topics,
    count: u32,
    interval: Duration,
    make: fn(&WantedTicket, &Topics) -> Result<Outgoing>,
) -> Result<()> {
    let producer = topics.producer()?;
    let mut pace = tokio::time::interval(interval);
    for number in 0..count {
        pace.tick().await;
        topics.send(&producer, make(&WantedTicket::now(number), &topics)?).await?;
    }
    Ok(())
}

fn routing() -> Result<Routing> {
    Ok(Routing {
        municipality: Some("EKU".parse()?),
        municipality_rule: MunicipalityRule::Contains,
        ward: Some("EKU-3".parse()?),
        cell: None,
        team: Some("EKU-WATER-SOUTH".parse()?),
        team_rule: TeamRule::ServiceArea,
        assigned_to: Some("eku-water-south-lead".parse()?),
        manager: Some("eku-water-manager".parse()?),
        distance_m: None,
        queue: None,
        edition: 0,
    })
}

/// A command of a member of staff about a ticket.
///
/// # Errors
/// The ring has no key to seal with.
pub fn change(topics: &Topics, ticket: &TicketId, action: Action) -> Result<Outgoing> {
    let id = uuid::Uuid::new_v4().to_string().parse()?;
    let now = Time::from_millis(now_ms());
    let actor = Actor { role: Role::Staff, name: Some("eku-water-south-lead".parse()?) };
    let change =
        Change { ticket: ticket.clone(), at: now, actor, revision: None, expected_status: None, action };
    let command = TicketCommand::Change(Box::new(change));
    let address = Address::ByKey(topics.partitions);
    Ok(encode::<TicketCommands>(
        &topics.key_ring,
        "desk",
        &Envelope::root(id, now),
        address,
        ticket.to_string(),
        &command,
    )?)
}

/// The action that changes the status.
pub const fn status(to: Status) -> Action {
    Action::Status { to, outcome: None, reason: None }
}
