//! A machine for tests that does what its records say: a note on a ticket is a line of words, each of them an
//! action.

use std::sync::Arc;
use std::time::Duration;

use topics::catalogue::cut::Cut;
use topics::catalogue::{self, MunicipalDeadLetters, TicketCommands, TicketEvents};
use topics::codec::control::control_record;
use topics::codec::partition::partition_of;
use topics::codec::record::{Address, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::{KeyRing, Sealed};
use topics::records::control::Control;
use topics::records::conversations::{Conversation, Pace, State};
use topics::records::dead_letters::DeadClass;
use topics::records::notifications::OutgoingContent;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::records::ticket_events::{Event, TicketEvent};
use topics::values::ids::{EventId, MessageSid, NotificationId, Pepper, TicketId};
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::engine::effect::{Effect, Lookup};
use crate::engine::machine::Machine;
use crate::engine::step::{LARGEST_RECORD, Reject, StageResult, Step, TaskContext};
use crate::engine::store::Store;
use crate::engine::task::MachineTask;
use crate::stages::converse::new_state;

pub const STAGE: &str = "toy";
const PARTITIONS: u32 = 2;

#[derive(Clone, Copy, Debug, Default)]
pub struct Toy;

pub fn start() -> Time {
    "2026-03-02T06:00:00Z".parse().unwrap()
}

pub fn after(seconds: u64) -> Time {
    start() + Duration::from_secs(seconds)
}

pub fn ring() -> Arc<KeyRing> {
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    Arc::new(format!("municipal-1:{key},intake-1:{key}").parse().unwrap())
}

pub fn new_task() -> MachineTask<Toy> {
    new_task_with(ring())
}

/// A task that can open and seal records with these keys only.
pub fn new_task_with(ring: Arc<KeyRing>) -> MachineTask<Toy> {
    let pepper = Pepper::new(b"a pepper for tests only").unwrap();
    MachineTask::new(
        Toy,
        TaskContext { partition: 0, partitions: PARTITIONS, ring, pepper, cut: Cut::Nowhere },
    )
}

/// Keys that open nothing that [`ring`] has sealed.
pub fn other_ring() -> Arc<KeyRing> {
    let key = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
    Arc::new(format!("municipal-2:{key},intake-2:{key}").parse().unwrap())
}

fn tickets(partition: u32) -> impl Iterator<Item = TicketId> {
    let all = (0u32..).map(|n| TicketId::of(&format!("SM{n:032x}").parse::<MessageSid>().unwrap()));
    all.filter(move |ticket| partition_of(ticket.as_str().as_bytes(), PARTITIONS) == partition)
}

/// The key of the `n`-th entity, in partition 0.
pub fn entity(n: usize) -> String {
    tickets(0).nth(n).unwrap().to_string()
}

/// A key of partition 1.
pub fn elsewhere() -> String {
    tickets(1).next().unwrap().to_string()
}

pub fn incoming(offset: usize, time: Time, record: Outgoing) -> Incoming {
    record.appended(i64::try_from(offset).unwrap(), time)
}

/// A log that a test builds.
#[derive(Clone, Debug)]
pub struct TestLog(Vec<Incoming>, Time);

impl TestLog {
    pub fn new() -> Self {
        Self(Vec::new(), start())
    }

    pub fn records(&self) -> &[Incoming] {
        &self.0
    }

    pub fn at(mut self, time: Time) -> Self {
        self.1 = time;
        self
    }

    pub fn now(&self) -> Time {
        self.1
    }

    fn append(mut self, record: Outgoing) -> Self {
        self.0.push(incoming(self.0.len(), self.1, record));
        self
    }

    pub fn control(self, control: Control) -> Self {
        let record = control_record(<TicketCommands as catalogue::Topic>::SPEC, 0, control, self.1);
        self.append(record)
    }

    pub fn tick(self, at: Time) -> Self {
        self.at(at).control(Control::Tick)
    }

    /// Appends a record that tells the `n`-th entity what to do.
    pub fn say(self, n: usize, words: &str) -> Self {
        let record = command(n, words, self.0.len(), self.1);
        self.append(record)
    }

    /// Appends the last record again under its old id.
    pub fn again(mut self) -> Self {
        let last = self.0.last().unwrap().clone();
        self.0.push(Incoming { offset: last.offset + 1, time: self.1, ..last });
        self
    }
}

/// The record that tells the `n`-th entity what to do. Its id is made of `serial`.
pub fn command(n: usize, words: &str, serial: usize, at: Time) -> Outgoing {
    let action = Action::Note { note: Sealed(words.to_owned()) };
    let change = Change {
        ticket: entity(n).parse().unwrap(),
        at,
        actor: Actor::SYSTEM,
        revision: None,
        expected_status: None,
        action,
    };
    let envelope = Envelope::root(EventId::of(&[b"said", &serial.to_be_bytes()]), at);
    let command = TicketCommand::Change(Box::new(change));
    encode::<TicketCommands>(&ring(), "test", &envelope, Address::ByKey(PARTITIONS), entity(n), &command)
        .unwrap()
}

fn new_entity(now: Time) -> Conversation {
    let pace = Pace { since: now, count: 0, alarmed: false };
    let state = State { pace, ..new_state(String::new(), String::new()) };
    Conversation {
        at: now,
        edition: 0,
        due_at: None,
        last_heard_at: None,
        disarmed_at: None,
        state: Sealed(state),
    }
}

fn emit(step: &mut Step<'_, Conversation>, size: usize) {
    let event = TicketEvent {
        ticket: entity(0).parse().unwrap(),
        at: step.now,
        edition: step.edition.number,
        municipality: None,
        version: 0,
        revision: 0,
        actor: Actor::SYSTEM,
        event: Event::Opened {},
        changes: Vec::new(),
        assignment: None,
        note: Some(Sealed("x".repeat(size))),
        reached: Vec::new(),
        absent: Vec::new(),
    };
    step.emit::<TicketEvents>(STAGE, entity(0), &event);
}

fn ask(step: &mut Step<'_, Conversation>) {
    let citizen = entity(0).parse().unwrap();
    let letter = OutgoingContent {
        citizen,
        to: String::new(),
        from: String::new(),
        body: String::new(),
        template: None,
    };
    step.request(Effect::Lookup(Lookup {
        lane: Lane::Municipal,
        partition: 0,
        notification: NotificationId::of(&step.cause.id, 0),
        attempt: 1,
        since: step.now,
        letter: Sealed(letter),
        as_template: false,
        taken: Vec::new(),
    }));
}

fn words(record: &TicketCommand) -> &str {
    match record {
        TicketCommand::Change(change) => match &change.action {
            Action::Note { note } => note,
            _ => "",
        },
        _ => "",
    }
}

impl Machine for Toy {
    type Log = TicketCommands;
    type Store = catalogue::Conversations;
    type Entity = Conversation;
    type DeadLetters = MunicipalDeadLetters;

    const STAGES: &'static [&'static str] = &[STAGE];
    const RECONSIDERS: bool = true;

    fn control(record: &TicketCommand) -> Option<Control> {
        match record {
            TicketCommand::Edition(notice) => Some(Control::Edition(notice.number)),
            TicketCommand::Tick(_) => Some(Control::Tick),
            TicketCommand::Open(_) | TicketCommand::Change(_) => None,
        }
    }

    fn entity(&self, _: &Store<Conversation>, key: &str, record: &TicketCommand) -> Option<String> {
        assert!(!words(record).contains("lost"), "the test makes it fail");
        Some(key.to_owned())
    }

    fn apply(
        &self,
        step: &mut Step<'_, Conversation>,
        entity: Option<&str>,
        record: TicketCommand,
    ) -> Result<(), Reject> {
        let key = entity.unwrap();
        let mut row = step.get(key).cloned().unwrap_or_else(|| new_entity(step.now));
        let mut fate = StageResult::Filtered;
        for word in words(&record).split(' ') {
            match word {
                "serial" => row.state.number = step.next_serial().to_string(),
                "when" => row.state.number = step.appended_at.to_string(),
                "emit" => {
                    emit(step, 0);
                    fate = StageResult::Forwarded;
                }
                "ask" => ask(step),
                "put" => step.put(key, row.clone()),
                "remove" => step.remove(key),
                "panic" => panic!("the test makes it fail"),
                "reject" => return Err(Reject(DeadClass::Rejected)),
                "large" => emit(step, 2 * LARGEST_RECORD),
                "large-row" => {
                    row.state.address = "x".repeat(2 * LARGEST_RECORD);
                    step.put(key, row.clone());
                }
                due => {
                    row.state.address = due.strip_prefix("due=").unwrap().to_owned();
                    row.state.pace.count = 0;
                    row.due_at = Some(step.now + Duration::from_secs(1));
                    step.put(key, row.clone());
                }
            }
        }
        step.count(STAGE, fate);
        Ok(())
    }

    fn disarmed(&self, step: &mut Step<'_, Conversation>, _: &str) {
        emit(step, 0);
    }

    fn fire(&self, step: &mut Step<'_, Conversation>, entity: &str) {
        let mut row = step.get(entity).cloned().unwrap();
        row.state.pace.count += 1;
        emit(step, 0);
        let times = row.state.address.strip_prefix("times-").map(|times| times.parse::<u32>().unwrap());
        match row.state.address.as_str() {
            "panic" => {
                step.put(entity, row);
                panic!("the test makes it fail");
            }
            "stuck" => step.put(entity, row),
            "large" => emit(step, 2 * LARGEST_RECORD),
            "large-row" => {
                row.due_at = None;
                row.state.address = "x".repeat(2 * LARGEST_RECORD);
                step.put(entity, row);
            }
            "expire" => step.remove(entity),
            _ => {
                row.due_at = row.due_at.filter(|_| times.is_some_and(|times| row.state.pace.count < times));
                step.put(entity, row);
            }
        }
    }

    fn reconsider(&self, step: &mut Step<'_, Conversation>, entity: &str) {
        assert!(
            step.get(entity).is_some_and(|row| row.state.address != "unsteady"),
            "the test makes it fail"
        );
        emit(step, 0);
    }
}
