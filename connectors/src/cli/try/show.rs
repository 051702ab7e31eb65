//! A turn for people: the replies, and what has changed of the tickets.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Arc;

use jiff::tz::TimeZone;
use pipeline::rules::edition::Edition;
use pipeline::rules::explain::explain;
use topics::records::tickets::Ticket;
use topics::values::ids::TicketId;
use topics::values::time::Time;

use super::session::{ReceivedMessage, SessionTurn, health};

/// South Africa is two hours ahead of UTC all year.
const HOURS_AHEAD: i8 = 2;

/// Whether the output is in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Colours for a terminal.
    Ansi,
    /// For a pipe or a file, or where NO_COLOR is set.
    Plain,
}

impl Colour {
    /// For standard output as it is. `no_color` is the variable NO_COLOR (<https://no-color.org>): set and
    /// not empty, it asks for no colour.
    pub fn of_stdout(no_color: Option<&str>) -> Self {
        let is_refused = no_color.is_some_and(|value| !value.is_empty());
        if std::io::stdout().is_terminal() && !is_refused { Self::Ansi } else { Self::Plain }
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

const BOLD: &str = "1";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const DIM: &str = "2";

/// What the output has shown, so that it shows of a ticket only what has changed.
pub struct Screen {
    colour: Colour,
    edition: Arc<Edition>,
    tickets: BTreeMap<TicketId, Vec<String>>,
    time: Time,
}

impl Screen {
    /// An empty screen for a session that starts at `time`.
    pub const fn new(colour: Colour, edition: Arc<Edition>, time: Time) -> Self {
        Self { colour, edition, tickets: BTreeMap::new(), time }
    }

    /// What is printed before the words of the resident of this name.
    pub fn prompt(&self, name: &str) -> String {
        self.colour.paint(BOLD, &format!("{name}> "))
    }

    /// What a turn led to, as lines that end with a line break.
    pub fn show(&mut self, turn: &SessionTurn) -> String {
        let mut text = String::new();
        if let Some(error) = &turn.error {
            let _ = writeln!(text, "  {}", self.colour.paint(RED, &format!("! {error}")));
        }
        for reply in &turn.replies {
            text.push_str(&self.reply(reply, turn.time));
        }
        for ticket in &turn.changed {
            text.push_str(&self.ticket(ticket));
        }
        if !turn.protected_ready {
            let _ = writeln!(text, "  the police lane is {}", health(turn.protected_ready));
        }
        if turn.time.since(self.time) >= MINUTE {
            let now = format!("it is {}", local(turn.time));
            let _ = writeln!(text, "  {}", self.colour.paint(DIM, &now));
        }
        self.time = turn.time;
        text
    }

    fn reply(&self, reply: &ReceivedMessage, now: Time) -> String {
        let ReceivedMessage { number, at, to, text, language, template, .. } = reply;
        let template = template.as_ref().map_or_else(String::new, |name| format!(", template {name}"));
        let to = to.as_ref().map_or_else(String::new, |name| format!(", to {name}"));
        let at = if now.since(*at) >= MINUTE { format!(", {}", local(*at)) } else { String::new() };
        let about = self.colour.paint(DIM, &format!("({language}{template}{to}{at})"));
        let text = text.replace('\n', "\n      ");
        format!("  [{number}] {} {about}\n", self.colour.paint(GREEN, &text))
    }

    /// The lines of a ticket that have changed; all of a new one.
    fn ticket(&mut self, ticket: &Ticket) -> String {
        let lines = lines(ticket, &self.edition);
        let known = self.tickets.insert(ticket.ticket.clone(), lines.clone());
        let is_new = |line: &&String| known.as_ref().is_none_or(|known| !known.contains(line));
        let mut text = String::new();
        for line in lines.iter().filter(is_new) {
            let line = match line.split_once(' ') {
                Some((word, rest)) => format!("{} {rest}", self.colour.paint(YELLOW, word)),
                None => line.clone(),
            };
            let _ = writeln!(text, "      {line}");
        }
        text
    }
}

const MINUTE: std::time::Duration = std::time::Duration::from_secs(60);

/// All that is shown of a ticket: why it is where it is and when it is due, and what the explanation leaves
/// out.
fn lines(ticket: &Ticket, edition: &Edition) -> Vec<String> {
    let mut lines: Vec<String> = explain(ticket, edition, edition).lines().map(in_south_africa).collect();
    lines.extend(ticket.outcome.map(|outcome| format!("Closed: {outcome}.")));
    lines.extend((ticket.addenda > 0).then(|| format!("Additions: {}.", ticket.addenda)));
    lines
}

/// Times of a line as people in South Africa read them.
fn in_south_africa(line: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches(['.', ',', ';']);
        let rest = word.get(bare.len()..).unwrap_or_default();
        bare.parse::<Time>().map_or_else(|_| word.to_owned(), |time| local(time) + rest)
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A time as people in South Africa read it.
pub fn local(time: Time) -> String {
    let zone = TimeZone::fixed(jiff::tz::offset(HOURS_AHEAD));
    match jiff::Timestamp::from_millisecond(time.millis()) {
        Ok(timestamp) => timestamp.to_zoned(zone).strftime("%-d %B %Y %H:%M").to_string(),
        Err(_) => time.to_string(),
    }
}
