//! The accounts: the same thing, counted on two sides. Where they differ, something was lost, doubled or made
//! up.

use std::collections::BTreeSet;
use std::fmt;

use super::facts::{DeliveryRow, Facts};
use crate::residents::answers::numbers;

/// One thing on two sides.
pub struct Account {
    /// What is counted.
    pub what: String,
    /// On the one side, and on the other.
    pub sides: (u64, u64),
    /// What else is wrong, where the numbers are not all there is to it.
    pub but: Option<String>,
}

impl Account {
    fn new(what: &str, left: usize, right: usize) -> Self {
        Self { what: what.to_owned(), sides: (left as u64, right as u64), but: None }
    }

    /// Two sets that must be the same, name by name.
    fn same(what: &str, left: &BTreeSet<String>, right: &BTreeSet<String>) -> Self {
        let differ = left.symmetric_difference(right).count();
        let but = (differ > 0).then(|| format!("{differ} stand on one side only"));
        Self { but, ..Self::new(what, left.len(), right.len()) }
    }

    /// A thing that must not be.
    fn none(what: &str, found: usize) -> Self {
        Self::new(what, found, 0)
    }

    /// Whether both sides agree.
    pub fn adds_up(&self) -> bool {
        self.sides.0 == self.sides.1 && self.but.is_none()
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (left, right) = self.sides;
        let sign = if self.adds_up() { "  " } else { "!!" };
        let but = self.but.as_ref().map_or(String::new(), |but| format!(" ({but})"));
        write!(f, "{sign} {left:>6} {right:>6}  {}{but}", self.what)
    }
}

/// All accounts of a day.
pub fn of(facts: &Facts) -> Vec<Account> {
    let mut accounts = residents(facts);
    accounts.extend(stages(facts));
    accounts.extend(tickets(facts));
    accounts.extend(messages_out(facts));
    accounts.push(Account::none("records that could not be processed: none", facts.log.dead_letters));
    accounts.push(Account::none("the protected lane is well", usize::from(!facts.protected.well)));
    accounts
}

fn residents(facts: &Facts) -> Vec<Account> {
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
        Account::same("messages of residents = messages on the log", &sent, &facts.log.heard),
        Account::none("messages of residents that were not acknowledged: none", unacknowledged),
        Account::none("residents who waited for an answer in vain: none", in_vain),
        Account::none(
            "residents told that it is closed and never that it is resolved, which nothing held up: none",
            untold.count(),
        ),
        Account::same("tracking numbers that residents were told = tickets in PostGIS", &told, &rows),
    ]
}

/// Whether news of this ticket were given up for newer ones before they were sent.
fn was_overtaken(facts: &Facts, number: &str) -> bool {
    let is_its = |row: &DeliveryRow| {
        let of = |id: &String| {
            facts.tables.tickets.iter().any(|ticket| ticket.id == *id && ticket.tracking_number == number)
        };
        row.status == "superseded" && row.ticket.as_ref().is_some_and(of)
    };
    facts.tables.deliveries.iter().any(is_its)
}

fn stages(facts: &Facts) -> Vec<Account> {
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
        accounts.push(Account {
            sides: (heard, got),
            ..Account::new(&format!("{what} = what {name} got"), 0, 0)
        });
    }
    for (machine, stage, counts) in &facts.log.counts {
        let what = format!("{machine}: what {stage} got = forwarded + filtered + rejected");
        let out = counts.forwarded + counts.filtered + counts.rejected;
        accounts.push(Account { sides: (counts.received, out), ..Account::new(&what, 0, 0) });
    }
    accounts
}

fn tickets(facts: &Facts) -> Vec<Account> {
    let log = &facts.log;
    let rows: BTreeSet<String> = facts.tables.tickets.iter().map(|row| row.id.clone()).collect();
    let escalated: BTreeSet<String> =
        facts.tables.tickets.iter().filter(|row| row.escalated).map(|row| row.id.clone()).collect();
    let answers: usize = log.applied.values().chain(log.refused.values()).sum();
    let staff = facts.commands.iter().filter(|command| log.asked.contains(*command)).count();
    let breaches = facts.tables.breaches.iter().filter(|row| row.level == "breach").count();
    vec![
        Account::same("reports = assignments", &log.reports, &log.assignments),
        Account::same("assignments = tickets asked for", &log.assignments, &log.opened),
        Account::same("tickets asked for = tickets on the log", &log.opened, &log.tickets),
        Account::same("tickets on the log = tickets in PostGIS", &log.tickets, &rows),
        Account::new("commands of the staff = commands on the log", facts.commands.len(), staff),
        Account::new("commands to tickets = events that answer them", log.asked.len(), answers),
        Account::new("deadlines missed on the log = in PostGIS", log.breaches, breaches),
        Account::same("tickets escalated on the log = in PostGIS", &log.escalated, &escalated),
    ]
}

fn messages_out(facts: &Facts) -> Vec<Account> {
    let rows = &facts.tables.deliveries;
    let listed: BTreeSet<String> = rows.iter().map(|row| row.notification.clone()).collect();
    let sids: Vec<&String> = rows.iter().filter_map(|row| row.sid.as_ref()).collect();
    let known = |sid: &String| sids.contains(&sid);
    let municipal = facts.taken.iter().filter(|message| known(&message.sid));
    let strangers = facts
        .taken
        .iter()
        .filter(|message| !known(&message.sid) && !facts.protected.sids.contains(&message.sid))
        .count();
    let differ = rows.iter().filter(|row| !agrees(row, facts)).count();
    vec![
        Account::same(
            "messages asked for = deliveries on the log",
            &facts.log.notified,
            &facts.log.deliveries,
        ),
        Account::same("deliveries on the log = deliveries in PostGIS", &facts.log.deliveries, &listed),
        Account::new(
            "deliveries with an id of Twilio's = those that Twilio has",
            sids.len(),
            municipal.count(),
        ),
        Account::none("messages at Twilio that nobody knows of (doubled): none", strangers),
        Account::none("deliveries whose state at Twilio is another: none", differ),
    ]
}

/// Whether the table and Twilio say the same of a message.
fn agrees(row: &DeliveryRow, facts: &Facts) -> bool {
    let at_twilio = row.sid.as_ref().and_then(|sid| facts.taken.iter().find(|message| message.sid == *sid));
    match (row.status.as_str(), at_twilio) {
        (status @ ("sent" | "delivered" | "read"), Some(message)) => message.status.as_str() == status,
        ("failed", Some(message)) => message.code.is_some(),
        ("failed" | "superseded" | "not_sent", None) => true,
        _ => false,
    }
}
