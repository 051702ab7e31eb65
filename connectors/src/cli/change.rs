//! `change`: appends a command to a ticket's log and waits for the event that answers it.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use connectors::append::Append;
use connectors::config::Config;
use connectors::kafka::admin::ticket_reader::AnswerReader;
use connectors::kafka::client::appender::Appender;
use pipeline::rules::geography::{PinVerdict, judge};
use topics::catalogue::TicketCommands;
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::records::ticket_events::Event;
use topics::values::ids::{EventId, TicketId};
use topics::values::point::Point;
use topics::values::text::{ActorName, Code};
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{Category, HoldReason, Language, Outcome, Role, Severity, Status};

use super::part::Part;

/// How long the answer may take before it counts as missing.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, ValueEnum)]
enum As {
    Staff,
    Manager,
}

/// Asks for a change of a ticket.
#[derive(Args)]
pub struct ChangeArguments {
    /// The ticket's id, or its tracking number.
    ticket: String,
    /// The login of the person who asks for the change.
    #[arg(long)]
    actor: ActorName,
    /// The role in which the person asks for the change.
    #[arg(long, value_enum, default_value = "staff")]
    role: As,
    /// The revision that the person has seen; by default the present revision of the ticket.
    #[arg(long)]
    revision: Option<u32>,
    /// The new status: open, in_progress, escalated, resolved, closed.
    #[arg(long)]
    status: Option<Status>,
    /// Why the ticket is closed: duplicate, referred or invalid.
    #[arg(long)]
    outcome: Option<Outcome>,
    /// The reason for the change, as a text.
    #[arg(long)]
    reason: Option<String>,
    /// The code of the team that gets the ticket.
    #[arg(long)]
    team: Option<Code>,
    /// The name of the member of staff that the ticket is assigned to.
    #[arg(long)]
    assign: Option<ActorName>,
    /// A note for colleagues.
    #[arg(long)]
    note: Option<String>,
    /// A reply to the resident.
    #[arg(long)]
    reply: Option<String>,
    /// Holds the ticket: waiting_for_resident, waiting_for_parts, other_body, weather, outage. The time for
    /// the resolution stands still, and the resident is told why and until when.
    #[arg(long, requires = "until")]
    hold: Option<HoldReason>,
    /// When the hold ends by itself, such as 2026-11-30T08:00:00+02:00.
    #[arg(long, requires = "hold")]
    until: Option<Time>,
    /// Ends the hold of the ticket.
    #[arg(long)]
    resume: bool,
    /// The right category: water, roads, electricity, waste, sanitation, other.
    #[arg(long)]
    category: Option<Category>,
    /// The right severity: low, medium, high, critical.
    #[arg(long)]
    severity: Option<Severity>,
    /// The resident's language (en, zu, af, ...).
    #[arg(long)]
    language: Option<Language>,
    /// The right place: degrees north, then east, as -26.333,28.152.
    #[arg(long, value_parser = place, allow_hyphen_values = true)]
    place: Option<Point>,
}

/// Reads a place, and refuses coordinates that are out of range.
fn place(text: &str) -> Result<Point, String> {
    let degrees = |text: &str| text.trim().parse::<f64>().ok().filter(|degrees| degrees.is_finite());
    let (north, east) = text
        .split_once(',')
        .and_then(|(north, east)| Some((degrees(north)?, degrees(east)?)))
        .ok_or("write it as -26.333,28.152")?;
    match judge(north, east) {
        PinVerdict::Plausible(point) => Ok(point),
        PinVerdict::Swapped(_) => {
            Err("degrees north come first: it looks as if they were swapped".to_owned())
        }
        PinVerdict::SignLost(_) => Err(
            "degrees north come first and are negative in South Africa: it looks as if a minus were missing"
                .to_owned(),
        ),
        PinVerdict::NullIsland | PinVerdict::OutOfRange | PinVerdict::Abroad => {
            Err("it is not in South Africa".to_owned())
        }
    }
}

impl ChangeArguments {
    fn action(&self) -> anyhow::Result<Action> {
        let reason = self.reason.clone().map(Sealed);
        let mut wanted = Vec::new();
        if let Some(to) = self.status {
            wanted.push(Action::Status { to, outcome: self.outcome, reason: reason.clone() });
        }
        if let (Some(reason), Some(until)) = (self.hold, self.until) {
            wanted.push(Action::Hold {
                reason,
                until,
                length_s: None,
                note: self.reason.clone().map(Sealed),
            });
        }
        if self.resume {
            wanted.push(Action::Resume { note: self.reason.clone().map(Sealed) });
        }
        if self.team.is_some() || self.assign.is_some() {
            wanted.push(Action::Assign { team: self.team.clone(), assigned_to: self.assign.clone(), reason });
        }
        wanted.extend(self.note.clone().map(|note| Action::Note { note: Sealed(note) }));
        wanted.extend(self.reply.clone().map(|text| Action::Reply { text: Sealed(text) }));
        if self.category.is_some()
            || self.severity.is_some()
            || self.language.is_some()
            || self.place.is_some()
        {
            let Self { category, severity, language, .. } = *self;
            wanted.push(Action::Correct { category, severity, language, point: self.place.map(Sealed) });
        }
        match (wanted.pop(), wanted.is_empty()) {
            (Some(action), true) => Ok(action),
            _ => bail!(
                "say one thing that you want: --status; --team, --assign; --hold, --until; --resume; --category, \
                 --severity, \
                 --language, --place; --note; or --reply"
            ),
        }
    }
}

pub async fn run(config: &Config, arguments: ChangeArguments) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    let ring = config.require_key_ring()?;
    let action = arguments.action()?;
    super::wait_for_kafka(&installation).await;
    super::keys::compare(&installation, config, Part::Tickets).await?;
    let ticket = find(config, &arguments.ticket).await?;
    let command: EventId = uuid::Uuid::new_v4().to_string().parse().context("making the command's id")?;
    let now = connectors::clock::present();
    let role = match arguments.role {
        As::Staff => Role::Staff,
        As::Manager => Role::Manager,
    };
    let actor = Actor { role, name: Some(arguments.actor) };
    let change = Change {
        ticket: ticket.clone(),
        at: now,
        actor,
        revision: arguments.revision,
        expected_status: None,
        action,
    };
    let record = TicketCommand::Change(Box::new(change));
    let envelope = Envelope::root(command.clone(), now);
    let outgoing = encode::<TicketCommands>(
        ring,
        "desk",
        &envelope,
        Address::ByKey(installation.partitions),
        ticket.to_string(),
        &record,
    )?;
    let answers = AnswerReader::to(&installation, outgoing.partition)?;
    Appender::new(&installation)?.append(outgoing).await?;
    let ring = ring.clone();
    let answer =
        tokio::task::spawn_blocking(move || answers.wait_for(&ring, &command, ANSWER_TIMEOUT)).await??;
    let Some(event) = answer else {
        bail!(
            "no answer within {} s: the command is in the log and will be answered; is `run tickets` at \
             work?",
            ANSWER_TIMEOUT.as_secs()
        );
    };
    match event.event {
        Event::Refused { refusal, .. } => {
            super::print(format_args!("refused ({refusal}): {}", refusal.explain()))?;
            Ok(ExitCode::from(2))
        }
        _ => super::print(format_args!("applied: ticket {ticket} is at revision {}", event.revision)),
    }
}

/// The ticket's id: as given, or looked up by its tracking number in the table.
pub async fn find(config: &Config, text: &str) -> anyhow::Result<TicketId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let number = TrackingNumber::read(text).map_err(|_| {
        anyhow::anyhow!("{text} is neither a ticket's id nor a tracking number; check for a typing mistake")
    })?;
    let pool = connectors::postgis::connect(config.require_database_url()?.with_password(), 1)?;
    let found = connectors::postgis::ticket_of(&pool, &number).await?;
    found.with_context(|| {
        format!("no ticket has the number {number}; it may be too new for the table, try again")
    })
}
