//! The staff of the municipalities: they see tickets as the desk's role does, and change them as a desk does,
//! by commands. Some teams are prompt and write to the resident; some act only when it has escalated, and
//! click twice; some act only when it is too late.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rdkafka::producer::FutureProducer;
use serde::Deserialize;
use topics::catalogue::TicketCommands;
use topics::codec::record::{Address, Envelope, Outgoing, encode};
use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::values::ids::TicketId;
use topics::values::text::ActorName;
use topics::values::time::Time;
use topics::values::vocabulary::{Role, Status};

use crate::clock::now_ms;
use crate::harness::kafka::Topics;
use crate::harness::postgres::rows;

/// How fast and how correctly a team works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// Starts work immediately, and writes to the resident.
    Prompt,
    /// Starts work when the ticket has escalated, and gives each command twice: the second one is refused.
    Slow,
    /// Starts work long after the ticket should have been resolved.
    Late,
}

impl Manner {
    /// The diligence of the team with this code, which is always the same.
    pub fn of(team: &str) -> Self {
        match team.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 5 {
            0 => Self::Late,
            1 | 2 => Self::Slow,
            _ => Self::Prompt,
        }
    }
}

/// What the staff see of a ticket.
#[derive(Clone, Debug, Deserialize)]
pub struct DeskTicket {
    id: String,
    status: Status,
    assigned_team: String,
    assigned_to: Option<String>,
    role: Role,
    revision: u32,
    tier: u8,
    resolution_breached: bool,
    /// How much of the time between the first look and the resolution's deadline has passed, in percent.
    worked_pct: i64,
}

/// Tickets that need an action of the staff.
const OPEN_TICKETS: &str = "select id, status, assigned_team, assigned_to, coalesce(staff.role, 'staff') \
    as role, revision, tier,
           resolution_breached_at is not null as resolution_breached,
           case when first_responded_at is null then 0
                else (100 * extract(epoch from now() - first_responded_at)
                      / greatest(1, extract(epoch from resolution_due_at - created_at)))::bigint end \
                      as worked_pct
      from tickets left join staff on staff.login = assigned_to
     where status in ('open', 'in_progress', 'escalated') and assigned_team is not null
     order by created_at";

/// The share of the resolution time that the first inspection takes.
const WORK_PCT: i64 = 25;

/// What a prompt team writes.
const ON_THE_WAY: &str = "Our team is on its way.";

/// What a member of staff does with a ticket next, if anything.
fn next(ticket: &DeskTicket) -> Option<Status> {
    let acts = match Manner::of(&ticket.assigned_team) {
        Manner::Prompt => true,
        Manner::Slow => ticket.tier > 0,
        Manner::Late => ticket.resolution_breached,
    };
    match ticket.status {
        Status::Open | Status::Escalated if acts => Some(Status::InProgress),
        Status::InProgress if ticket.worked_pct >= WORK_PCT || ticket.resolution_breached => {
            Some(Status::Resolved)
        }
        _ => None,
    }
}

/// The databases and topics that the staff work with.
#[derive(Clone)]
pub struct Office {
    /// The database, as the desk's role.
    pub database_url: String,
    /// The topics that they write to.
    pub topics: Topics,
}

/// The staff of all teams, who work through the open tickets.
pub struct Staff {
    office: Office,
    producer: FutureProducer,
    /// The revision of each ticket on which they acted last: one command for each.
    acted: BTreeMap<String, u32>,
    /// The ids of the commands that they gave.
    pub commands: Vec<String>,
}

impl Staff {
    /// Connects the staff to database and topics.
    ///
    /// # Errors
    /// The broker's client cannot be made.
    pub fn new(office: Office) -> Result<Self> {
        let producer = office.topics.producer()?;
        Ok(Self { office, producer, acted: BTreeMap::new(), commands: Vec::new() })
    }

    /// Goes through all open tickets once and does what is needed. Returns the number of commands.
    ///
    /// # Errors
    /// The database or the broker does not answer.
    pub async fn look(&mut self) -> Result<usize> {
        let mut count = 0;
        for row in rows(&self.office.database_url, OPEN_TICKETS).await? {
            let ticket: DeskTicket = serde_json::from_value(row).context("a ticket as the desk sees it")?;
            let Some(to) = next(&ticket) else { continue };
            if self.acted.get(&ticket.id).is_some_and(|revision| *revision >= ticket.revision) {
                continue;
            }
            self.change(&ticket, to).await?;
            self.acted.insert(ticket.id, ticket.revision);
            count += 1;
        }
        Ok(count)
    }

    async fn change(&mut self, ticket: &DeskTicket, to: Status) -> Result<()> {
        let manner = Manner::of(&ticket.assigned_team);
        let status = Action::Status { to, outcome: None, reason: None };
        self.send(ticket, Some(ticket.revision), status.clone()).await?;
        if manner == Manner::Slow {
            self.send(ticket, Some(ticket.revision), status).await?;
        }
        if manner == Manner::Prompt && to == Status::InProgress {
            self.send(ticket, None, Action::Reply { text: Sealed(ON_THE_WAY.to_owned()) }).await?;
        }
        Ok(())
    }

    /// Sends a command about `ticket` in the name of the person who is assigned to it.
    async fn send(&mut self, ticket: &DeskTicket, revision: Option<u32>, action: Action) -> Result<()> {
        let id = uuid::Uuid::new_v4().to_string();
        let record = command(&self.office, ticket, revision, action, &id)?;
        self.office.topics.send(&self.producer, record).await?;
        self.commands.push(id);
        Ok(())
    }
}

fn command(
    office: &Office,
    ticket: &DeskTicket,
    revision: Option<u32>,
    action: Action,
    id: &str,
) -> Result<Outgoing> {
    let name: ActorName = ticket.assigned_to.as_deref().unwrap_or("desk").parse()?;
    let now = Time::from_millis(now_ms());
    let ticket_id: TicketId = ticket.id.parse()?;
    let actor = Actor { role: ticket.role, name: Some(name) };
    let change = Change { ticket: ticket_id, at: now, actor, revision, expected_status: None, action };
    let envelope = Envelope::root(id.parse()?, now);
    let address = Address::ByKey(office.topics.partitions);
    Ok(encode::<TicketCommands>(
        &office.topics.key_ring,
        "desk",
        &envelope,
        address,
        ticket.id.clone(),
        &TicketCommand::Change(Box::new(change)),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_demo_has_teams_of_every_manner() {
        let municipalities = ["CPT", "EKU", "ETH"];
        let teams = ["WATER-NORTH", "WATER-SOUTH", "ROADS", "ELECTRICITY", "WASTE", "SANITATION", "DESK"];
        let manners: BTreeSet<Manner> = municipalities
            .iter()
            .flat_map(|one| teams.iter().map(move |team| Manner::of(&format!("{one}-{team}"))))
            .collect();
        assert_eq!(manners.len(), 3);
    }

    #[test]
    fn a_late_team_acts_only_after_the_breach() {
        let team = ["A", "B", "C", "D", "E", "F", "G", "H"]
            .into_iter()
            .find(|team| Manner::of(team) == Manner::Late)
            .unwrap();
        let ticket = |status, resolution_breached| DeskTicket {
            id: String::new(),
            status,
            assigned_team: team.to_owned(),
            assigned_to: None,
            role: Role::Staff,
            revision: 0,
            tier: 1,
            resolution_breached,
            worked_pct: 0,
        };
        assert_eq!(next(&ticket(Status::Open, false)), None);
        assert_eq!(next(&ticket(Status::Escalated, true)), Some(Status::InProgress));
        assert_eq!(next(&ticket(Status::InProgress, true)), Some(Status::Resolved));
    }
}
