//! The records of a scene in words, for its transcript.

use topics::records::messages::{FromTicket, Message, Notice};
use topics::records::ticket_events::{Absentee, Event, FieldChange, TicketEvent};
use topics::values::calendar::Day;
use topics::values::ladder::StandIn;
use topics::values::text::Code;
use topics::values::time::Time;

use super::scene::{HOUR, MINUTE, start};

/// Hours, minutes and seconds since the scene began.
pub fn since(at: Time) -> String {
    let seconds = at.since(start()).as_secs();
    format!("{:02}:{:02}:{:02}", seconds / HOUR, seconds / MINUTE % 60, seconds % 60)
}

/// An event in words.
pub fn event_line(event: &TicketEvent) -> String {
    let what = match &event.event {
        Event::Opened {} => "opened".to_owned(),
        Event::Applied { action, .. } => format!("applied {action}"),
        Event::Refused { action, refusal, .. } => format!("refused {action}: {refusal}"),
        Event::Warned { clock } => format!("warned {clock}"),
        Event::Breached { clock } => format!("breached {clock}"),
        Event::Escalated { reason } => format!("escalated {reason}"),
        Event::Stepped { clock, step, offset, action, stand_in, .. } => {
            format!("step {step} at {offset} of {clock}: {action}{}", reached(event, *stand_in))
        }
        Event::Automated { automation, effect, stand_in } => {
            format!("automation {automation}: {effect}{}", reached(event, *stand_in))
        }
        Event::HandedOn { team, until } => format!("handed on{}", of_team(team.as_ref(), *until)),
        Event::Unattended { team, until } => format!("unattended{}", of_team(team.as_ref(), *until)),
        Event::Attended {} => "attended".to_owned(),
        Event::LadderChanged {} => "ladder changed".to_owned(),
        Event::Rerouted {} => "rerouted".to_owned(),
        Event::Moved { clock, closed, opened, .. } => {
            let days = |days: &[Day]| days.iter().map(|day| format!(" {day}")).collect::<String>();
            format!("moved {clock}, closed{}, opened{}", days(closed), days(opened))
        }
        Event::Resumed {} => "resumed".to_owned(),
        Event::Restamped {} => "restamped".to_owned(),
        Event::AutoClosed {} => "auto closed".to_owned(),
        Event::Disarmed {} => "disarmed".to_owned(),
    };
    let by = event.actor.name.as_ref().map_or_else(|| event.actor.role.to_string(), ToString::to_string);
    let mut parts = vec![format!("v{} r{} {what} by {by}", event.version, event.revision)];
    parts.extend(event.changes.iter().map(change_text));
    if let Some(fact) = &event.assignment {
        let team = fact.team.as_ref().map_or("-", |team| team.as_str());
        let person = fact.assigned_to.as_ref().map_or("-", |person| person.as_str());
        parts.push(format!("assigned to {team}/{person} by {} for {}", fact.assigned_by, fact.reason));
    }
    parts.extend(event.absent.iter().map(absence));
    if let Some(note) = &event.note {
        parts.push(format!("\"{}\"", note.0));
    }
    wrapped(&parts)
}

/// The people whom something reached, and who they are if the recipient does not exist.
fn reached(event: &TicketEvent, stand_in: Option<StandIn>) -> String {
    let people = event.reached.iter().map(|login| format!(" {login}")).collect::<String>();
    people + &stand_in.map_or_else(String::new, |stand_in| format!(" ({stand_in} stands in)"))
}

/// The team that is not there, and until when.
fn of_team(team: Option<&Code>, until: Option<Day>) -> String {
    let until = until.map_or_else(String::new, |day| format!(" until {day}"));
    team.map_or_else(String::new, |code| format!(" since {code} is not there{until}"))
}

/// A person who is absent, and who stands in.
fn absence(absentee: &Absentee) -> String {
    let until = absentee.until.map_or_else(String::new, |day| format!(" until {day}"));
    let stand_in = absentee.stand_in.as_ref().map_or("nobody", |login| login.as_str());
    format!("{} is absent{until}, {stand_in} stands in", absentee.login)
}

/// The width of a line of an event, without its time.
const LONGEST_LINE: usize = 86;

/// The parts of an event, on as many lines as they need.
fn wrapped(parts: &[String]) -> String {
    let mut text = String::new();
    let mut width = 0;
    for part in parts {
        if width > 0 && width + part.len() > LONGEST_LINE {
            text.push_str("\n            ");
            width = 0;
        }
        let separator = if text.is_empty() { "" } else { "| " };
        let space = if width > 0 { " " } else { "" };
        text.push_str(&format!("{space}{separator}{part}"));
        width += space.len() + separator.len() + part.len();
    }
    text
}

fn change_text(change: &FieldChange) -> String {
    let value = serde_json::to_value(change).unwrap();
    let text = |name: &str| match &value[name] {
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::String(text) => text.parse::<Time>().map_or_else(|_| text.clone(), since),
        other => other.to_string(),
    };
    format!("{} {} > {}", value["field"].as_str().unwrap(), text("old"), text("new"))
}

/// A message to the resident in words.
pub fn message_line(message: &Message) -> String {
    let Message::FromTicket(from) = message else { panic!("a ticket says nothing else") };
    let FromTicket { status, version, notice, .. } = from.as_ref();
    let what = match notice {
        Notice::Opened { severity, resolution_due_at, queue } => {
            let queue = queue.map_or("no", |queue| queue.as_str());
            format!("opened, {severity}, {queue} queue, due {}", since(*resolution_due_at))
        }
        Notice::Status { outcome } => {
            format!("status{}", outcome.map_or_else(String::new, |outcome| format!(", {outcome}")))
        }
        Notice::Delayed {} => "delayed".to_owned(),
        Notice::Held { reason, until } => format!("held for {reason} until {}", since(*until)),
        Notice::Promised {} => {
            format!("promised, due {}", from.resolution_due_at.map_or_else(String::new, since))
        }
        Notice::Reply { text } => format!("reply, {:?}", text.as_str()),
        Notice::Answered { refused, .. } => {
            refused.map_or_else(|| "answered".to_owned(), |refusal| format!("answered, {refusal}"))
        }
    };
    format!("  to resident: {what} ({status}, v{version})")
}
