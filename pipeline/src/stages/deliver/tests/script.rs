//! A script for tests: a deliveries machine in the in-memory driver that is given records by hand, with a
//! transcript of its rows and calls.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use topics::catalogue::cut::Cut;
use topics::catalogue::{Deliveries as DeliveriesTopic, Messages, Notifications, Topic};
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::{KeyRing, Sealed};
use topics::records::deliveries::Delivery;
use topics::records::messages::{Finding, Message};
use topics::records::notifications::{
    AttemptOutcome, CallResult, Notification, Notify, OptOut, OutgoingContent, Receipt, ReceiptStatus,
    Template,
};
use topics::values::ids::{CitizenId, EventId, MessageSid, NotificationId, Pepper, TicketId};
use topics::values::time::Time;
use topics::values::vocabulary::{Class, Language};

use crate::engine::driver::{Driver, DriverMachine};
use crate::engine::effect::{Effect, FaultOf};
use crate::engine::step::TaskContext;
use crate::engine::task::MachineTask;
use crate::machines::deliveries::{Deliveries, Municipal};
use crate::stages::deliver::circuit;

pub const START: Time = Time::from_millis(1_772_352_000_000);
pub const SENDER: &str = "whatsapp:+27600000001";

pub fn ring() -> Arc<KeyRing> {
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    Arc::new(format!("intake-1:{key},municipal-1:{key},protected-1:{key}").parse().unwrap())
}

pub fn pepper() -> Pepper {
    Pepper::new(b"sixteen bytes and more").unwrap()
}

pub fn station() -> DriverMachine {
    let make = |partition| {
        let around =
            TaskContext { partition, partitions: 1, ring: ring(), pepper: pepper(), cut: Cut::Nowhere };
        Box::new(MachineTask::new(Deliveries::<Municipal>::default(), around))
            as Box<dyn crate::engine::task::Task>
    };
    DriverMachine { log: Notifications::SPEC, store: Some(DeliveriesTopic::SPEC), make: Box::new(make) }
}

pub fn notification(name: &str) -> NotificationId {
    NotificationId::of(&EventId::of(&[name.as_bytes()]), 0)
}

pub fn citizen(name: &str) -> CitizenId {
    CitizenId::of(&pepper(), name)
}

pub fn ticket(name: &str) -> TicketId {
    TicketId::of(&sid(name))
}

/// Derives a SID from a name.
pub fn sid(name: &str) -> MessageSid {
    format!("SM{}", EventId::of(&[b"sid", name.as_bytes()])).parse().unwrap()
}

/// An answer to `to`, with a template and an open window.
pub fn answer(name: &str, to: &str) -> Notify {
    let template = Some(Template { name: "update".to_owned(), variables: vec![name.to_owned()] });
    let letter = OutgoingContent {
        citizen: citizen(to),
        to: format!("to {to}"),
        from: SENDER.to_owned(),
        body: format!("text of {name}"),
        template,
    };
    Notify {
        notification: notification(name),
        at: START,
        edition: 0,
        class: Class::Answer,
        language: Language::En,
        ticket: None,
        window_end: Some(START + Duration::from_secs(24 * 3600)),
        ignores_stop: false,
        letter: Sealed(letter),
    }
}

/// News of the ticket `of` for `to`.
pub fn news(name: &str, to: &str, of: &str) -> Notify {
    Notify { class: Class::Status, ticket: Some(ticket(of)), ..answer(name, to) }
}

pub struct Script {
    pub driver: Driver,
    pub effects: Rc<RefCell<Vec<Effect>>>,
    names: BTreeMap<NotificationId, String>,
    sids: BTreeMap<MessageSid, String>,
    appended: u32,
    shown: (usize, usize, usize),
    text: String,
}

impl Script {
    pub fn new() -> Self {
        let effects = Rc::new(RefCell::new(Vec::new()));
        let heard = effects.clone();
        let world = Box::new(move |_: Time, effect: &Effect| {
            heard.borrow_mut().push(effect.clone());
            Vec::new()
        });
        let driver = Driver::new(vec![station()], 1, START, world);
        Self {
            driver,
            effects,
            names: BTreeMap::new(),
            sids: BTreeMap::new(),
            appended: 0,
            shown: (0, 0, 0),
            text: String::new(),
        }
    }

    pub fn append(&mut self, record: &Notification) {
        self.appended += 1;
        let envelope =
            Envelope::root(EventId::of(&[b"script", &self.appended.to_be_bytes()]), self.driver.now());
        let sender = match record {
            Notification::Notify(notify) => notify.letter.from.clone(),
            _ => SENDER.to_owned(),
        };
        let record =
            encode::<Notifications>(&ring(), "script", &envelope, Address::ByKey(1), sender, record).unwrap();
        self.driver.append(record);
    }

    fn say(&mut self, record: &Notification) {
        self.append(record);
        self.driver.settle().unwrap();
        self.show();
    }

    pub fn ask(&mut self, name: &str, notify: Notify) {
        self.names.insert(notify.notification.clone(), name.to_owned());
        let _ = writeln!(self.text, "> notify {name}");
        self.say(&Notification::Notify(Box::new(notify)));
    }

    pub fn outcome(&mut self, name: &str, attempt: u32, result: CallResult) {
        let _ = writeln!(self.text, "> {name}#{attempt} {}", outcome_word(&result));
        self.say(&Notification::Outcome(AttemptOutcome {
            notification: notification(name),
            attempt,
            at: START,
            result,
        }));
    }

    pub fn accepted(&mut self, name: &str, attempt: u32) {
        let sid = self.sid(name, attempt);
        self.outcome(name, attempt, CallResult::Accepted { sid });
    }

    /// The SID of an attempt, remembered for the transcript.
    pub fn sid(&mut self, name: &str, attempt: u32) -> MessageSid {
        let name = format!("{name}#{attempt}");
        let sid = sid(&name);
        self.sids.insert(sid.clone(), name);
        sid
    }

    pub fn refused(&mut self, name: &str, attempt: u32, code: u32, http: u16) {
        self.outcome(name, attempt, CallResult::Refused { code, http });
    }

    pub fn receipt(&mut self, name: &str, attempt: u32, status: ReceiptStatus, code: Option<u32>) {
        let _ = writeln!(self.text, "> {name}#{attempt} receipt {status}");
        let sid = self.sid(name, attempt);
        let receipt =
            Receipt { notification: notification(name), attempt, received_at: START, sid, status, code };
        self.say(&Notification::Receipt(receipt));
    }

    pub fn stop(&mut self, who: &str) {
        let _ = writeln!(self.text, "> stop {who}");
        self.say(&Notification::Stop(OptOut { at: START, edition: 0, citizen: Sealed(citizen(who)) }));
    }

    pub fn start(&mut self, who: &str) {
        let _ = writeln!(self.text, "> start {who}");
        self.say(&Notification::Start(OptOut { at: START, edition: 0, citizen: Sealed(citizen(who)) }));
    }

    /// Advances the virtual time by this number of seconds.
    pub fn pass(&mut self, seconds: u64) {
        let _ = writeln!(self.text, "> {seconds} s pass");
        self.driver.pass(Duration::from_secs(seconds)).unwrap();
        self.show();
    }

    pub fn crash(&mut self) {
        self.driver.crash(0, 0).unwrap();
    }

    /// Adds new entries to the transcript: rows written, calls permitted, records for conversations.
    fn show(&mut self) {
        let rows = self.driver.records("deliveries", 0).get(self.shown.0..).unwrap_or_default().to_vec();
        self.shown.0 += rows.len();
        for record in rows.iter().filter(|record| record.key_text().is_some_and(|key| !key.starts_with('~')))
        {
            let line =
                match record.value.is_some().then(|| record.decode::<DeliveriesTopic>(&ring()).unwrap().1) {
                    None => format!("{} gone", self.name_of(record.key_text().unwrap())),
                    Some(Delivery::Delivery(row)) => self.row_line(&row),
                    Some(Delivery::Stopped(row)) => {
                        format!("stopped{}", row.code.map(|code| format!(" {code}")).unwrap_or_default())
                    }
                    Some(Delivery::Circuit(row)) => {
                        let until = match (row.retry_at, row.closes_at) {
                            (None, _) => "one tries".to_owned(),
                            (Some(at), None) => format!("until {} s", seconds(at)),
                            (Some(at), Some(_)) => format!("closes at {} s", seconds(at)),
                        };
                        format!("circuit open, {until}, times {}", row.times)
                    }
                };
            let _ = writeln!(self.text, "{:>6} s  {line}", seconds(record.time));
        }
        for effect in self.effects.borrow().get(self.shown.1..).unwrap_or_default() {
            let line = match effect {
                Effect::Call(call) => {
                    let what = if call.as_template { " as template" } else { "" };
                    format!(
                        "CALL {}#{} before {} s{what}",
                        self.names[&call.notification],
                        call.attempt,
                        seconds(call.deadline)
                    )
                }
                Effect::Lookup(lookup) => {
                    format!(
                        "LOOKUP {}#{} taken {}",
                        self.names[&lookup.notification],
                        lookup.attempt,
                        lookup.taken.len()
                    )
                }
                Effect::CircuitOpened(opened) => {
                    format!("ALARM the {} is at fault: {}", opened.fault.as_str(), opened.code)
                }
                Effect::TemplateRefused(refused) => {
                    format!("ALARM the template {} is refused: {}", refused.template, refused.code)
                }
                Effect::GivenUp(given_up) => format!("ALARM a message is given up: {}", given_up.code),
            };
            let _ = writeln!(self.text, "          {line}");
        }
        self.shown.1 = self.effects.borrow().len();
        let told =
            self.driver.records(Messages::SPEC.name, 0).get(self.shown.2..).unwrap_or_default().to_vec();
        self.shown.2 += told.len();
        for record in told {
            let Message::FromDelivery(told) = record.decode::<Messages>(&ring()).unwrap().1 else {
                panic!("not from a delivery")
            };
            let what = match told.finding {
                Finding::Unreachable { code } => format!("unreachable {code}"),
                Finding::Sent { sid, .. } => {
                    format!("sent {}", self.sids.get(&sid).map_or("by the list", String::as_str))
                }
            };
            let _ = writeln!(self.text, "          TOLD the conversation: {what}");
        }
    }

    fn name_of(&self, key: &str) -> String {
        let known = self.names.iter().find(|(id, _)| id.as_str() == key).map(|(_, name)| name.clone());
        known.unwrap_or_else(|| {
            let of_sender = circuit::key(FaultOf::Sender, SENDER);
            let name = if key == circuit::KEY || key == of_sender { "circuit" } else { "stop row" };
            name.to_owned()
        })
    }

    fn row_line(&self, row: &topics::records::deliveries::OutgoingMessage) -> String {
        let mut line = format!("{} {}", self.names[&row.notification], row.status);
        if let Some(code) = row.code {
            let _ = write!(line, " {code}");
        }
        if let Some(at) = row.next_at {
            let _ = write!(line, ", next {} s", seconds(at));
        }
        line
    }

    /// The transcript so far.
    pub fn text(self) -> String {
        self.text
    }
}

fn seconds(at: Time) -> f64 {
    (at.millis() - START.millis()) as f64 / 1000.0
}

fn outcome_word(result: &CallResult) -> String {
    match result {
        CallResult::Accepted { .. } => "accepted".to_owned(),
        CallResult::Refused { code, http } => format!("refused {code} ({http})"),
        CallResult::Unreachable {} => "unreachable".to_owned(),
        CallResult::NotStarted {} => "not started".to_owned(),
        CallResult::NoCredentials {} => "no credentials".to_owned(),
        CallResult::NoTemplate {} => "no template".to_owned(),
        CallResult::Unknown {} => "unknown".to_owned(),
        CallResult::Found { .. } => "found".to_owned(),
        CallResult::NotFound {} => "not found".to_owned(),
        CallResult::ListFailed {} => "list failed".to_owned(),
    }
}
