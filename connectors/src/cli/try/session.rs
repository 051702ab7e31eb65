//! A session: an installation in memory, on virtual time, and what each input leads to.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use pipeline::engine::driver::Driver;
use pipeline::rules::edition::Edition;
use pipeline::stages::converse::phase::Phase;
use pipeline::topology::topology;
use topics::catalogue::TicketCommands;
use topics::catalogue::cut::Cut;
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::Sealed;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, TicketCommand};
use topics::records::tickets::Ticket;
use topics::values::ids::{CitizenId, EventId, MessageSid, TicketId};
use topics::values::lane::Lane;
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{Class, Language, Role};

use super::commands::{Input, PhoneInput, StaffRequest};
use super::phone::{Inbox, Phone, Received, Secrets, twilio};
use super::rows::InstallationRows;

/// How many partitions the logs have.
const PARTITIONS: u32 = 2;

/// An installation with its residents and staff.
pub struct Session {
    driver: Driver,
    secrets: Rc<Secrets>,
    inbox: Rc<RefCell<Inbox>>,
    phone: Phone,
    rows: InstallationRows,
    commands: u32,
    /// The message that the next one replies to.
    replies_to: Option<MessageSid>,
    /// How many messages of the inbox were reported.
    reported: usize,
    pauses: Pauses,
}

/// What happens while the system waits for further messages before it asks a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pauses {
    /// The question is asked when time has passed.
    Last,
    /// The time passes at once, so that a person who types sees the question.
    Skipped,
}

/// What an input led to.
pub struct SessionTurn {
    /// What is wrong with the input, and what to write instead.
    pub error: Option<String>,
    /// The messages that residents received.
    pub replies: Vec<ReceivedMessage>,
    /// What the conversation with the present resident waits for.
    pub asked: Option<AwaitedAnswer>,
    /// The municipal tickets of the present resident.
    pub tickets: Vec<Ticket>,
    /// The tickets that have changed, of all residents.
    pub changed: Vec<Ticket>,
    /// Whether the police lane has processed all that was written.
    pub protected_ready: bool,
    /// The virtual time after it.
    pub time: Time,
}

/// How the police lane is, in the words that an operator reads.
pub const fn health(is_ready: bool) -> &'static str {
    if is_ready { "ready" } else { "not ready" }
}

/// A message that a resident received.
pub struct ReceivedMessage {
    /// The number of the message on the resident's phone, from 1.
    pub number: usize,
    /// The virtual time at which the message arrived.
    pub at: Time,
    /// The resident, where it is not the one who writes.
    pub to: Option<String>,
    /// The text that the resident reads.
    pub text: String,
    /// The language of the text.
    pub language: Language,
    /// Whether it is an answer or news.
    pub class: Class,
    /// The name of the template that it was sent as.
    pub template: Option<String>,
}

/// What a conversation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwaitedAnswer {
    /// The place of a report.
    Place,
    /// What the problem is.
    What,
    /// Whether a place is the one that is meant.
    Confirmation,
    /// Which of several tickets an answer is about.
    WhichTicket,
    /// An answer to a question with few answers.
    Answer,
    /// Whether a message is a municipal or a private matter.
    Choice,
}

impl AwaitedAnswer {
    /// The word in the output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::What => "what",
            Self::Confirmation => "confirmation",
            Self::WhichTicket => "which_ticket",
            Self::Answer => "answer",
            Self::Choice => "choice",
        }
    }
}

impl Session {
    /// A new installation with this edition, whose clock starts at `start`.
    pub fn new(edition: Arc<Edition>, start: Time, pauses: Pauses) -> anyhow::Result<Self> {
        let secrets = Rc::new(Secrets::new(PARTITIONS)?);
        let inbox = Rc::new(RefCell::new(Inbox::default()));
        let pepper = &secrets.pepper.pepper;
        let machines = topology(Cut::Nowhere)
            .map(|machine| machine.in_memory(&secrets.ring, pepper, PARTITIONS, Cut::Nowhere))
            .collect();
        let handler = twilio(secrets.clone(), inbox.clone());
        let mut driver = Driver::new(machines, PARTITIONS, start, handler);
        driver.publish(edition);
        driver.settle()?;
        let rows = InstallationRows::new(secrets.ring.clone(), PARTITIONS);
        let phone = Phone::new();
        Ok(Self { driver, secrets, inbox, phone, rows, commands: 0, replies_to: None, reported: 0, pauses })
    }

    /// The name of the resident who writes.
    pub fn name(&self) -> &str {
        &self.phone.name
    }

    /// Whether the police lane has processed all that was written: all that an operator sees of it.
    pub fn protected_ready(&self) -> bool {
        self.driver.has_caught_up(Lane::Protected)
    }

    /// The virtual time of the session.
    pub const fn now(&self) -> Time {
        self.driver.now()
    }

    /// Lets time pass without an input.
    pub fn pass(&mut self, time: Duration) -> anyhow::Result<()> {
        Ok(self.driver.pass(time)?)
    }

    /// Does what an input asks for and everything that follows from it. The outer error ends the session; an
    /// input that is at fault is in the turn.
    pub fn play(&mut self, input: Result<Input, String>) -> anyhow::Result<SessionTurn> {
        let mut command = None;
        let mut error = match input {
            Ok(input) => self.act(input, &mut command)?,
            Err(error) => Some(error),
        };
        self.driver.settle()?;
        if let Some(failed) = self.inbox.borrow_mut().failed.take() {
            return Err(failed);
        }
        let mut changed = self.rows.read(&self.driver)?;
        if let Some(pause) = self.pause() {
            self.driver.pass(pause)?;
            changed.extend(self.rows.read(&self.driver)?);
        }
        let refusal = command.and_then(|command| self.rows.refused.get(&command));
        if let Some(refusal) = refusal {
            error = Some(format!("refused ({refusal}): {}", refusal.explain()));
        }
        Ok(self.turn(error, &changed))
    }

    /// How long the conversation waits for further messages before it asks, if that is skipped.
    fn pause(&self) -> Option<Duration> {
        let citizen = CitizenId::of(&self.secrets.pepper.pepper, &self.phone.address());
        let draft = self.rows.conversations.get(citizen.as_str())?.state.draft.as_deref()?;
        let pause = draft.question?.at.since(self.driver.now());
        Some(pause).filter(|_| self.pauses == Pauses::Skipped)
    }

    /// Does what an input asks for. Returns what is wrong with it.
    fn act(&mut self, input: Input, command: &mut Option<EventId>) -> anyhow::Result<Option<String>> {
        match input {
            Input::Say(said) => self.say(&said)?,
            Input::ReplyTo(number, said) => {
                let known = self.received(number);
                let Some(received) = known else { return Ok(Some(self.no_message(number))) };
                self.replies_to = Some(received);
                if let Some(said) = said {
                    self.say(&said)?;
                }
            }
            Input::Retry => match self.phone.retry(&self.secrets, self.driver.now()) {
                Some(record) => self.driver.append(record?),
                None => return Ok(Some("there is no message to deliver again: write one first".to_owned())),
            },
            Input::From(name) => {
                self.phone.name = name;
                self.replies_to = None;
            }
            Input::Wait(time) => self.driver.pass(time)?,
            Input::Staff(ticket, wish) => match self.ticket(&ticket) {
                Ok(ticket) => *command = Some(self.staff(ticket, wish)?),
                Err(error) => return Ok(Some(error)),
            },
            Input::Help | Input::Quit => {}
        }
        Ok(None)
    }

    fn say(&mut self, said: &PhoneInput) -> anyhow::Result<()> {
        let replied_to = self.replies_to.take();
        let record = self.phone.send(&self.secrets, said, replied_to.as_ref(), self.driver.now())?;
        self.driver.append(record);
        Ok(())
    }

    fn received(&self, number: usize) -> Option<MessageSid> {
        let address = self.phone.address();
        let inbox = self.inbox.borrow();
        inbox.of(&address).nth(number.checked_sub(1)?).map(|received| received.sid.clone())
    }

    fn no_message(&self, number: usize) -> String {
        let count = self.inbox.borrow().of(&self.phone.address()).count();
        format!(
            "{} has received {count} messages and none with the number {number}: take a number that is \
             shown before a message",
            self.phone.name
        )
    }

    /// The ticket of a number, or the one that was opened as the first, second and so on.
    fn ticket(&self, text: &str) -> Result<TicketId, String> {
        if let Ok(place) = text.parse::<usize>() {
            let ticket = place.checked_sub(1).and_then(|place| self.rows.opened.get(place));
            let count = self.rows.opened.len();
            return ticket.cloned().ok_or_else(|| {
                format!("there is no ticket {place}: this session has opened {count}, counted from 1")
            });
        }
        let number = TrackingNumber::read(text)
            .map_err(|_| format!("`{text}` is not the number of a ticket: check for a typing mistake"))?;
        let ticket = self.rows.tickets.values().find(|ticket| ticket.facts.tracking_number == number);
        ticket
            .map(|ticket| ticket.ticket.clone())
            .ok_or_else(|| format!("there is no ticket {number} in this session; it may have expired"))
    }

    /// Appends the command of a manager, who may do everything that staff may. Returns its id.
    fn staff(&mut self, ticket: TicketId, wish: StaffRequest) -> anyhow::Result<EventId> {
        let reason = Some(Sealed("by /staff".to_owned()));
        let action = match wish {
            StaffRequest::Status(to, outcome) => Action::Status { to, outcome, reason },
            StaffRequest::Reply(text) => Action::Reply { text: Sealed(text) },
            StaffRequest::Assign(team) => Action::Assign { team: Some(team), assigned_to: None, reason },
        };
        self.commands += 1;
        let at = self.driver.now();
        let id = EventId::of(&[b"try", &self.commands.to_be_bytes()]);
        let actor = Actor { role: Role::Manager, name: Some("desk".parse()?) };
        let key = ticket.to_string();
        let change = Change { ticket, at, actor, revision: None, expected_status: None, action };
        let envelope = Envelope::root(id.clone(), at);
        let record = TicketCommand::Change(Box::new(change));
        let address = Address::ByKey(PARTITIONS);
        let record = encode::<TicketCommands>(&self.secrets.ring, "desk", &envelope, address, key, &record)?;
        self.driver.append(record);
        Ok(id)
    }

    fn turn(&mut self, error: Option<String>, changed: &[TicketId]) -> SessionTurn {
        let citizen = CitizenId::of(&self.secrets.pepper.pepper, &self.phone.address());
        let of_resident = |ticket: &&Ticket| {
            self.rows.owners.get(&ticket.ticket).is_some_and(|owner| owner == citizen.as_str())
        };
        let ticket = |id| self.rows.tickets.get(id);
        SessionTurn {
            error,
            asked: self.asked(&citizen),
            tickets: self.rows.opened.iter().filter_map(ticket).filter(of_resident).cloned().collect(),
            changed: changed.iter().filter_map(ticket).cloned().collect(),
            protected_ready: self.protected_ready(),
            time: self.driver.now(),
            replies: self.replies(),
        }
    }

    /// What the municipal conversation waits for. What is known since a disclosure is left out, so that it
    /// shows what it would show without one.
    fn asked(&self, citizen: &CitizenId) -> Option<AwaitedAnswer> {
        let mut state = self.rows.conversations.get(citizen.as_str())?.state.0.clone();
        state.protected = None;
        match Phase::of(&state) {
            Phase::AwaitsPlace => Some(AwaitedAnswer::Place),
            Phase::AwaitsProblem => Some(AwaitedAnswer::What),
            Phase::AwaitsConfirmation => Some(AwaitedAnswer::Confirmation),
            Phase::AwaitsTicket => Some(AwaitedAnswer::WhichTicket),
            Phase::AwaitsAnswer => Some(AwaitedAnswer::Answer),
            Phase::AwaitsLane => Some(AwaitedAnswer::Choice),
            Phase::Unknown | Phase::Idle | Phase::Protected => None,
        }
    }

    /// The messages that arrived since the last call.
    fn replies(&mut self) -> Vec<ReceivedMessage> {
        let inbox = self.inbox.borrow();
        let present = self.phone.address();
        let news = inbox.received.iter().skip(self.reported);
        let replies = news.map(|received| self.reply(received, &present)).collect();
        self.reported = inbox.received.len();
        replies
    }

    fn reply(&self, received: &Received, present: &str) -> ReceivedMessage {
        let letter = &received.call.letter;
        let notified = self.rows.notified.get(&received.call.notification);
        let (language, class) = notified.copied().unwrap_or((Language::Und, Class::Answer));
        let template = letter.template.as_ref().filter(|_| received.call.as_template);
        let name = letter.to.strip_prefix("whatsapp:ZA.").unwrap_or(&letter.to);
        ReceivedMessage {
            number: received.number,
            at: received.at,
            to: (letter.to != present).then(|| name.to_owned()),
            text: letter.body.clone(),
            language,
            class,
            template: template.map(|template| template.name.clone()),
        }
    }
}
