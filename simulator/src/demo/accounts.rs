//! The accounts: the same quantity, counted on two sides. If they differ, something was lost, duplicated or
//! invented.

use std::collections::BTreeSet;
use std::fmt;

use super::facts::{DeliveryFacts, DemoFacts};
use crate::residents::answers::numbers;

/// One quantity, counted on two sides.
pub struct CountCheck {
    /// What is counted, as the report prints it.
    pub what: String,
    /// The counts of the two sides.
    pub sides: (u64, u64),
    /// Errors that the numbers do not show.
    pub but: Option<String>,
}

impl CountCheck {
    fn new(what: &str, left: usize, right: usize) -> Self {
        Self { what: what.to_owned(), sides: (left as u64, right as u64), but: None }
    }

    /// Two sets that must be the same, name by name.
    fn same(what: &str, left: &BTreeSet<String>, right: &BTreeSet<String>) -> Self {
        let differ = left.symmetric_difference(right).count();
        let but = (differ > 0).then(|| format!("{differ} are on one side only"));
        Self { but, ..Self::new(what, left.len(), right.len()) }
    }

    /// A count that must be zero.
    fn none(what: &str, found: usize) -> Self {
        Self::new(what, found, 0)
    }

    /// Whether both sides agree.
    pub fn adds_up(&self) -> bool {
        self.sides.0 == self.sides.1 && self.but.is_none()
    }
}

impl fmt::Display for CountCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (left, right) = self.sides;
        let sign = if self.adds_up() { "  " } else { "!!" };
        let but = self.but.as_ref().map_or(String::new(), |but| format!(" ({but})"));
        write!(f, "{sign} {left:>6} {right:>6}  {}{but}", self.what)
    }
}

/// All accounts of a day.
pub fn of(facts: &DemoFacts) -> Vec<CountCheck> {
    let mut accounts = residents(facts);
    accounts.extend(stages(facts));
    accounts.extend(tickets(facts));
    accounts.extend(messages_out(facts));
    accounts.push(CountCheck::none("records that could not be processed: none", facts.log.dead_letters));
    accounts.push(CountCheck::none("the police lane is well", usize::from(!facts.protected.well)));
    accounts
}

fn residents(facts: &DemoFacts) -> Vec<CountCheck> {
    let sent: BTreeSet<String> = facts.stories.iter().flat_map(|story| story.sent.iter().cloned()).collect();
    let unacknowledged = facts.stories.iter().map(|story| story.unacknowledged).sum();
    let in_vain = facts.stories.iter().filter(|story| story.in_vain.is_some()).count();
    let told: BTreeSet<String> = facts
        .taken
        .iter()
        .flat_map(|message| numbers(&message.body))
        .map(|number| number.to_string())
        .collect();
    let rows: BTreeSet<String> = facts.tables.tickets.iter().map(|row| row.tracking_number.clone()).collect();
    let untold = facts
        .stories
        .iter()
        .filter_map(|story| story.overtaken.as_ref())
        .filter(|number| !was_overtaken(facts, number.as_str()));
    vec![
        CountCheck::same("messages of residents = messages on the log", &sent, &facts.log.heard),
        CountCheck::none("messages of residents that were not acknowledged: none", unacknowledged),
        CountCheck::none("residents who waited for an answer and got none: none", in_vain),
        CountCheck::none(
            "residents told that it is closed and never that it is resolved, which nothing held up: none",
            untold.count(),
        ),
        CountCheck::same("tracking numbers that residents were told = tickets in PostGIS", &told, &rows),
    ]
}

/// Whether news about this ticket was replaced by newer news before it was sent.
fn was_overtaken(facts: &DemoFacts, number: &str) -> bool {
    let is_its = |row: &DeliveryFacts| {
        let of = |id: &String| {
            facts.tables.tickets.iter().any(|ticket| ticket.id == *id && ticket.tracking_number == number)
        };
        row.status == "superseded" && row.ticket.as_ref().is_some_and(of)
    };
    facts.tables.deliveries.iter().any(is_its)
}

fn stages(facts: &DemoFacts) -> Vec<CountCheck> {
    let mut accounts = Vec::new();
    let heard = [
        (
            "converse",
            facts.log.posts + facts.log.findings,
            "posts of residents and findings of deliveries on the log",
        ),
        ("announce", facts.log.notices, "notices of tickets on the log"),
    ];
    for (name, heard, what) in heard {
        let got = facts
            .log
            .counts
            .iter()
            .find(|(_, stage, _)| stage == name)
            .map_or(0, |(_, _, counts)| counts.received);
        accounts.push(CountCheck {
            sides: (heard, got),
            ..CountCheck::new(&format!("{what} = what {name} got"), 0, 0)
        });
    }
    for (machine, stage, counts) in &facts.log.counts {
        let what = format!("{machine}: what {stage} got = forwarded + filtered + rejected");
        let out = counts.forwarded + counts.filtered + counts.rejected;
        accounts.push(CountCheck { sides: (counts.received, out), ..CountCheck::new(&what, 0, 0) });
    }
    accounts
}

fn tickets(facts: &DemoFacts) -> Vec<CountCheck> {
    let log = &facts.log;
    let rows: BTreeSet<String> = facts.tables.tickets.iter().map(|row| row.id.clone()).collect();
    let escalated: BTreeSet<String> =
        facts.tables.tickets.iter().filter(|row| row.escalated).map(|row| row.id.clone()).collect();
    let answers: usize = log.applied.values().chain(log.refused.values()).sum();
    let staff = facts.commands.iter().filter(|command| log.asked.contains(*command)).count();
    let breaches = facts.tables.breaches.iter().filter(|row| row.level == "breach").count();
    vec![
        CountCheck::same("reports = assignments", &log.reports, &log.assignments),
        CountCheck::same("assignments = tickets asked for", &log.assignments, &log.opened),
        CountCheck::same("tickets asked for = tickets on the log", &log.opened, &log.tickets),
        CountCheck::same("tickets on the log = tickets in PostGIS", &log.tickets, &rows),
        CountCheck::new("commands of the staff = commands on the log", facts.commands.len(), staff),
        CountCheck::new("commands to tickets = events that answer them", log.asked.len(), answers),
        CountCheck::new("deadlines missed on the log = in PostGIS", log.breaches, breaches),
        CountCheck::same("tickets escalated on the log = in PostGIS", &log.escalated, &escalated),
    ]
}

fn messages_out(facts: &DemoFacts) -> Vec<CountCheck> {
    let rows = &facts.tables.deliveries;
    let listed: BTreeSet<String> = rows.iter().map(|row| row.notification.clone()).collect();
    let sids: Vec<&String> = rows.iter().filter_map(|row| row.sid.as_ref()).collect();
    let known = |sid: &String| sids.contains(&sid);
    let municipal = facts.taken.iter().filter(|message| known(&message.sid));
    let unknown = facts
        .taken
        .iter()
        .filter(|message| !known(&message.sid) && !facts.protected.sids.contains(&message.sid))
        .count();
    let differ = rows.iter().filter(|row| !agrees(row, facts)).count();
    vec![
        CountCheck::same(
            "messages asked for = deliveries on the log",
            &facts.log.notified,
            &facts.log.deliveries,
        ),
        CountCheck::same("deliveries on the log = deliveries in PostGIS", &facts.log.deliveries, &listed),
        CountCheck::new(
            "deliveries with an id of Twilio's = those that Twilio has",
            sids.len(),
            municipal.count(),
        ),
        CountCheck::none("messages at Twilio that no delivery has (doubled): none", unknown),
        CountCheck::none("deliveries whose state at Twilio is another: none", differ),
    ]
}

/// Whether the table and Twilio say the same of a message.
fn agrees(row: &DeliveryFacts, facts: &DemoFacts) -> bool {
    let at_twilio = row.sid.as_ref().and_then(|sid| facts.taken.iter().find(|message| message.sid == *sid));
    match (row.status.as_str(), at_twilio) {
        (status @ ("sent" | "delivered" | "read"), Some(message)) => message.status.as_str() == status,
        ("failed", Some(message)) => message.code.is_some(),
        ("failed" | "superseded" | "not_sent", None) => true,
        _ => false,
    }
}
