//! What became of each message that was acknowledged, and of each command, since some time. A message and
//! what it led to belong to one trace; a dead letter names the address of its record.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::topology::topology;
use serde::Deserialize;
use topics::catalogue::cut::Cut;
use topics::catalogue::{
    IntakeDeadLetters, Messages, MunicipalDeadLetters, Notifications, ProtectedCommands,
    ProtectedNotifications, Reports, TicketCommands, TicketEvents, Topic, UnscreenedMessages,
};
use topics::codec::record::Incoming;
use topics::records::dead_letters::{DeadClass, Source};
use topics::values::ids::EventId;
use topics::values::time::Time;

use super::check::Check;
use super::spans::each_since;
use crate::clock::present;
use crate::kafka::client::partition_reader::partition_reader;
use crate::kafka::client::transaction::committed;
use crate::kafka::{Installation, LogError};

/// A record and what it led to are in their topics within this time, unless a machine stands still.
const SETTLED_S: u64 = 60;
/// The most missing things that are named.
const NAMED: usize = 20;

/// The lanes that are compared and accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckedLanes {
    /// All of them.
    All,
    /// All but the police lane: what is said of its machines counts their records.
    WithoutPolice,
}

/// The messages of a span by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Accounts {
    /// They reported something that became a ticket.
    pub tickets: usize,
    /// They were added to a ticket, or changed one.
    pub parts: usize,
    /// A person looks at them, since no program could read them.
    pub unscreened: usize,
    /// They were answered: a step of a conversation.
    pub steps: usize,
    /// They are kept in their conversation and led to nothing yet: the first of several that belong
    /// together, a repeated delivery, a message beyond the limit of a flood.
    pub kept: usize,
    /// They went to the police lane; missing without its key, and then they are among `steps`.
    pub protected: Option<usize>,
    /// They are dead letters.
    pub dead_letters: usize,
    /// The conversation has not read them yet.
    pub waiting: usize,
}

/// What a message led to, the most telling last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum LedTo {
    Step,
    Unscreened,
    Part,
    Ticket,
    Protected,
    DeadLetter,
}

/// Where a record is: topic, partition and offset.
type RecordAddress = (String, u32, i64);

/// A command in the log of tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Command {
    id: String,
    address: RecordAddress,
    ticket: String,
    opens: bool,
    at: Time,
}

/// Everything that is needed of a span.
#[derive(Default)]
pub(super) struct Span {
    /// The messages: their address, trace, and whether the conversation has read them.
    messages: Vec<(RecordAddress, String, bool)>,
    /// What each trace led to.
    led_to: BTreeMap<String, BTreeSet<LedTo>>,
    /// The addresses of the records that are dead letters.
    dead: BTreeSet<RecordAddress>,
    /// The reports: trace, ticket and time.
    reports: Vec<(String, String, Time)>,
    commands: Vec<Command>,
    /// The tickets that were opened, and the commands that were answered, by their events.
    opened: BTreeSet<String>,
    answered: BTreeMap<String, usize>,
    /// The offsets that the machine of tickets reads next.
    tickets_next: BTreeMap<u32, i64>,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
    ticket: Option<String>,
    command: Option<EventId>,
}

#[derive(Deserialize)]
struct DeadLetterFacts {
    source: Source,
    class: DeadClass,
}

impl Span {
    /// Reads the span. What a record led to is read after the record, so it is there if it ever will be.
    pub(super) fn read(installation: &Installation, since: Time, cut: Cut) -> Result<Self, LogError> {
        let mut span = Self::default();
        let conversations = next(installation, "conversations", Messages::SPEC.name)?;
        span.tickets_next = next(installation, "tickets", TicketCommands::SPEC.name)?;
        each_since(installation, Messages::SPEC, since, |record| {
            if is_kind(record, "from_resident") {
                let is_read = conversations.get(&record.partition).is_some_and(|next| record.offset < *next);
                span.messages.push((address(record), trace(record), is_read));
            }
        })?;
        each_since(installation, Reports::SPEC, since, |record| span.take_report(record))?;
        each_since(installation, TicketCommands::SPEC, since, |record| span.take_command(record))?;
        each_since(installation, TicketEvents::SPEC, since, |record| span.take_event(record))?;
        let others = [
            (Notifications::SPEC, LedTo::Step),
            (UnscreenedMessages::SPEC, LedTo::Unscreened),
            (ProtectedCommands::SPEC, LedTo::Protected),
            (ProtectedNotifications::SPEC, LedTo::Protected),
        ];
        for (topic, led_to) in others {
            each_since(installation, topic, since, |record| span.led_to(record, led_to))?;
        }
        for topic in [IntakeDeadLetters::SPEC, MunicipalDeadLetters::SPEC] {
            each_since(installation, topic, since, |record| span.take_letter(record))?;
        }
        // If a stage is cut out, what it has not read yet is no loss.
        for stage in topology(cut).filter(|machine| machine.store.is_none()) {
            let next = next(installation, stage.name, stage.log.name)?;
            let mut waiting = BTreeSet::new();
            each_since(installation, stage.log, since, |record| {
                if next.get(&record.partition).is_none_or(|next| record.offset >= *next) {
                    waiting.insert(trace(record));
                }
            })?;
            span.reports.retain(|(trace, _, _)| !waiting.contains(trace));
        }
        Ok(span)
    }

    fn led_to(&mut self, record: &Incoming, led_to: LedTo) {
        self.led_to.entry(trace(record)).or_default().insert(led_to);
    }

    fn take_report(&mut self, record: &Incoming) {
        let Some(Kind { kind, ticket: Some(ticket), .. }) = json(record) else { return };
        if kind == "report" {
            self.reports.push((trace(record), ticket, record.time));
            self.led_to(record, LedTo::Ticket);
        } else {
            self.led_to(record, LedTo::Part);
        }
    }

    fn take_command(&mut self, record: &Incoming) {
        let Some(Kind { kind, ticket: Some(ticket), .. }) = json(record) else { return };
        let Ok(envelope) = record.envelope() else { return };
        let opens = kind == "open";
        if !opens && kind != "change" {
            return;
        }
        self.led_to(record, if opens { LedTo::Ticket } else { LedTo::Part });
        let id = envelope.id.to_string();
        self.commands.push(Command { id, address: address(record), ticket, opens, at: record.time });
    }

    fn take_event(&mut self, record: &Incoming) {
        match json(record) {
            Some(Kind { kind, ticket: Some(ticket), .. }) if kind == "opened" => {
                self.opened.insert(ticket);
            }
            Some(Kind { command: Some(command), .. }) => {
                *self.answered.entry(command.to_string()).or_default() += 1;
            }
            _ => {}
        }
    }

    fn take_letter(&mut self, record: &Incoming) {
        let letter = record.value.as_deref().map(serde_json::from_slice::<DeadLetterFacts>);
        // A due time that failed says nothing of the record beside it.
        if let Some(Ok(DeadLetterFacts { source, class })) = letter
            && class != DeadClass::DueFailed
        {
            self.dead.insert((source.topic.to_string(), source.partition, source.offset));
        }
    }

    /// Accounts for the span: what is missing, and how many messages became what.
    pub(super) fn account(self, lanes: CheckedLanes) -> (Check, Accounts) {
        let accounts = self.accounts(lanes);
        let mut check = Check::new("accounts: every report has its ticket, every command one answer");
        let named: BTreeSet<&str> =
            self.commands.iter().filter(|one| one.opens).map(|one| one.ticket.as_str()).collect();
        let settled = |at: Time| present().since(at).as_secs() > SETTLED_S;
        for (_, ticket, at) in self.reports.iter().filter(|(_, _, at)| settled(*at)) {
            let is_there = named.contains(ticket.as_str());
            check.compare(
                (!is_there).then(|| format!("report of {at}: no command opens its ticket {ticket}")),
            );
        }
        for command in &self.commands {
            check.compare(self.unanswered(command));
        }
        let more = check.differences.len().saturating_sub(NAMED);
        if more > 0 {
            check.differences.truncate(NAMED);
            check.differences.push(format!("and {more} more"));
        }
        (check, accounts)
    }

    /// What is wrong with the answer to a command; `None` if nothing is, or if it was not read yet.
    fn unanswered(&self, command: &Command) -> Option<String> {
        let (topic, partition, offset) = &command.address;
        let is_read = self.tickets_next.get(partition).is_some_and(|next| offset < next);
        if !is_read || self.dead.contains(&command.address) {
            return None;
        }
        let answers = self.answered.get(&command.id).copied().unwrap_or(0);
        let address =
            format!("the command in {topic}, partition {partition}, offset {offset}, of {}", command.at);
        if command.opens && answers == 0 {
            let is_opened = self.opened.contains(&command.ticket);
            return (!is_opened).then(|| format!("{address} has opened no ticket {}", command.ticket));
        }
        match answers {
            0 => Some(format!("{address} has no event that answers it")),
            _ => None,
        }
    }

    fn accounts(&self, lanes: CheckedLanes) -> Accounts {
        let mut accounts =
            Accounts { protected: (lanes == CheckedLanes::All).then_some(0), ..Accounts::default() };
        for (address, trace, is_read) in &self.messages {
            let led_to = self.led_to.get(trace);
            let led_to = if self.dead.contains(address) {
                Some(LedTo::DeadLetter)
            } else {
                led_to.and_then(|all| all.last().copied())
            };
            let counter = match (led_to, &mut accounts.protected) {
                (Some(LedTo::DeadLetter), _) => &mut accounts.dead_letters,
                _ if !is_read => &mut accounts.waiting,
                (Some(LedTo::Ticket), _) => &mut accounts.tickets,
                (Some(LedTo::Part), _) => &mut accounts.parts,
                (Some(LedTo::Unscreened), _) => &mut accounts.unscreened,
                (Some(LedTo::Protected), Some(protected)) => protected,
                (Some(LedTo::Step | LedTo::Protected), _) => &mut accounts.steps,
                (None, _) => &mut accounts.kept,
            };
            *counter += 1;
        }
        accounts
    }
}

/// The offsets that the group `name` reads next.
fn next(installation: &Installation, name: &str, log: &str) -> Result<BTreeMap<u32, i64>, LogError> {
    let consumer = partition_reader(installation, name, "read_committed")?;
    committed(&consumer, &installation.topic(log), 0..installation.partitions)
}

fn address(record: &Incoming) -> RecordAddress {
    (record.topic.clone(), record.partition, record.offset)
}

/// The id of the record's trace; empty if it has none.
fn trace(record: &Incoming) -> String {
    let envelope = record.envelope().ok();
    let trace = envelope.as_ref().and_then(|envelope| envelope.trace.as_str().get(3..35));
    trace.unwrap_or_default().to_owned()
}

fn is_kind(record: &Incoming, kind: &str) -> bool {
    let named = record.header("ce_type").and_then(|named| named.rsplit_once('.'));
    named.is_some_and(|(_, named)| named == kind)
}

fn json(record: &Incoming) -> Option<Kind> {
    serde_json::from_slice(record.value.as_deref()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(topic: &str, offset: i64, trace: &str, value: &str) -> Incoming {
        let id = EventId::of(&[topic.as_bytes(), &offset.to_be_bytes()]);
        let trace = format!("00-{trace:0>32}-{:0>16}-01", "1");
        Incoming {
            topic: topic.to_owned(),
            offset,
            time: Time::from_millis(1_000),
            headers: vec![("ce_id".into(), id.to_string()), ("traceparent".into(), trace)],
            value: Some(value.as_bytes().to_vec()),
            ..Incoming::default()
        }
    }

    fn command(offset: i64, kind: &str, ticket: &str) -> Incoming {
        let value = format!(r#"{{"kind":"{kind}","ticket":"{ticket}"}}"#);
        record("ticket-commands", offset, "c", &value)
    }

    fn differences(span: Span) -> Vec<String> {
        span.account(CheckedLanes::WithoutPolice).0.differences
    }

    /// A span of three commands, all of which the machine of tickets has read.
    fn commands() -> Span {
        let mut span = Span { tickets_next: BTreeMap::from([(0, 9)]), ..Span::default() };
        span.take_command(&command(1, "open", "t1"));
        span.take_command(&command(2, "change", "t1"));
        span.take_command(&command(3, "tick", "t1"));
        span
    }

    #[test]
    fn every_command_has_an_event_or_a_dead_letter_or_was_not_read_yet() {
        let found = differences(commands());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("has opened no ticket t1") && found[1].contains("offset 2"), "{found:?}");

        let mut answered = commands();
        answered.take_event(&record("ticket-events", 1, "c", r#"{"kind":"opened","ticket":"t1"}"#));
        let id = answered.commands[1].id.clone();
        let event = format!(r#"{{"kind":"applied","ticket":"t1","command":"{id}"}}"#);
        answered.take_event(&record("ticket-events", 2, "c", &event));
        assert_eq!(differences(answered), Vec::<String>::new());

        let mut dead = commands();
        for (offset, class) in [(1, "rejected"), (2, "due_failed")] {
            let letter = format!(
                r#"{{"source":{{"topic":"ticket-commands","partition":0,"offset":{offset}}},"class":"{class}"}}"#
            );
            dead.take_letter(&record("dead-letters", offset, "c", &letter));
        }
        assert_eq!(differences(dead).len(), 1, "a due time that failed answers no command");
        assert!(differences(Span { tickets_next: BTreeMap::from([(0, 1)]), ..commands() }).is_empty());
    }

    #[test]
    fn a_report_without_the_command_that_opens_its_ticket_is_named() {
        let mut span = Span { tickets_next: BTreeMap::from([(0, 1)]), ..Span::default() };
        span.take_report(&record("reports", 1, "a", r#"{"kind":"report","ticket":"t1"}"#));
        span.take_report(&record("reports", 2, "b", r#"{"kind":"report","ticket":"t2"}"#));
        span.take_report(&record("reports", 3, "b", r#"{"kind":"addendum","ticket":"t3"}"#));
        span.take_command(&command(4, "open", "t1"));
        let found = differences(span);
        assert!(found.len() == 1 && found[0].contains("no command opens its ticket t2"), "{found:?}");
    }

    #[test]
    fn every_message_is_counted_once_by_the_most_telling_thing_that_it_led_to() {
        let mut span = Span::default();
        for (offset, is_read) in
            [(1, true), (2, true), (3, true), (4, true), (5, true), (6, true), (7, false)]
        {
            let message = record("messages", offset, &offset.to_string(), "{}");
            span.messages.push((address(&message), trace(&message), is_read));
        }
        let led = |offset: i64| record("x", 9, &offset.to_string(), "{}");
        for (offset, to) in [
            (1, LedTo::Step),
            (1, LedTo::Ticket),
            (2, LedTo::Part),
            (3, LedTo::Step),
            (4, LedTo::Step),
            (4, LedTo::Protected),
        ] {
            span.led_to(&led(offset), to);
        }
        span.dead.insert(("messages".to_owned(), 0, 5));
        let police = span.accounts(CheckedLanes::All);
        let expected = Accounts {
            tickets: 1,
            parts: 1,
            steps: 1,
            protected: Some(1),
            dead_letters: 1,
            kept: 1,
            waiting: 1,
            unscreened: 0,
        };
        assert_eq!(police, expected);
        // Without the key of the police lane nothing tells its messages from others that were answered.
        assert_eq!(
            span.accounts(CheckedLanes::WithoutPolice),
            Accounts { steps: 2, protected: None, ..expected }
        );
    }
}
