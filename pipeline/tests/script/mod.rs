//! Conversations as scripts: a whole installation in memory on virtual time, a resident who writes and waits,
//! staff who work, and a transcript of everything that follows.
//!
//! A line of a script is one of
//!
//! | line | what happens |
//! |---|---|
//! | `> water pipe burst` | the resident writes; `{1}` is the number of the first ticket, `⏎` a new line, `{u200B}` a code |
//! | `pin -29.8587 31.0218` | sends a pin, with a label after it if there is one |
//! | `place Long Street` | sends a location without degrees |
//! | `photo image/jpeg caption` | sends a photo, voice note or other file |
//! | `sticker`, `reaction 👍` | sends a sticker, reacts to a message |
//! | `unsupported` | sends what WhatsApp does not pass on |
//! | `button yes \| Yes`, `list 1 \| Water` | presses a button, chooses an entry of a list: payload, text |
//! | `quote closed \| > no` | replies to our last message with these words, with any of the lines above |
//! | `12 times > it gets worse` | a line this number of times |
//! | `caller > pipe burst` | staff enter any of the lines above for a resident who calls |
//! | `again` | Twilio delivers the last message again |
//! | `unsaid` | a message that was not written: the next one has the id that it has after one that was |
//! | `as lindiwe`, `at 2` | another resident writes from here on; they write to this number of the installation |
//! | `staff 1 resolved`, `staff 1 reply We are coming` | the desk sets a status, or writes to the resident |
//! | `staff 1 hold weather 3d`, `staff 1 resume` | the desk holds a ticket for so long, or ends the hold |
//! | `unreachable` | a delivery finds that the resident cannot be written to |
//! | `pause 2s` | from here on, what is missing is asked for after this pause of the resident; 0 at first |
//! | `wait 10m` | time passes (s, m, h, d) |
//! | `crash` | all tasks die and restore themselves |
//! | `& > again` | a line before whose effects the next one comes |
//!
//! The transcript repeats the script with what each line led to: `<` what the resident is told, `<<` by the
//! police lane.

#![allow(dead_code, reason = "each of the tests uses its part")]

mod records;
mod reference;
mod transcript;
mod twilio;
pub mod walk;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pipeline::engine::driver::{Driver, EffectHandler};
use pipeline::engine::effect::Call;
use pipeline::rules::edition::Edition;
use pipeline::stages::converse::phase::Trigger;
use pipeline::topology::{MachineSpec, topology};
use topics::catalogue::cut::Cut;
use topics::codec::headers::HeaderName;
use topics::codec::record::Incoming;
use topics::codec::sealing::KeyRing;
use topics::values::ids::{CitizenId, MessageSid, Pepper, TicketId};
use topics::values::time::Time;

use records::Writer;
pub use reference::reference;
use twilio::{Calls, sid_of, twilio, unknown_sid};
use walk::Walk;
use words::{address, characters, duration};

/// How many partitions the installation has.
pub const PARTITIONS: u32 = 2;
/// The most stations that are in use: conversations, route, stamp, tickets, deliveries.
const STATIONS: usize = 5;
/// The number that residents write to; its last digit is another one at another number.
const SENDER: &str = "whatsapp:+27100000001";

/// A message as it was posted: who wrote, Twilio's form, its id.
type Post = (String, Vec<(String, String)>, MessageSid);

/// An installation with its people.
pub struct Script {
    /// The whole installation, in memory and on virtual time.
    pub driver: Driver,
    ring: Arc<KeyRing>,
    pepper: Pepper,
    who: String,
    sender: String,
    messages: u32,
    editions: u32,
    last: Option<Post>,
    calls: Calls,
    quoting: Option<MessageSid>,
    writer: Writer,
    /// Tickets in the order of their reports, with their numbers.
    tickets: Vec<(TicketId, String)>,
    read: BTreeMap<(&'static str, u32), usize>,
    walk: Walk,
}

/// A line that was played.
pub struct Turn {
    /// The virtual time at which the line was played.
    pub at: Time,
    /// Who writes at that time.
    pub who: String,
    /// The line of the script as it was written.
    pub line: String,
    /// What the transcript says of the records that the line led to.
    pub heard: Vec<String>,
}

/// The keys of the test installation.
pub fn ring() -> Arc<KeyRing> {
    let key = |name: &str, byte: u8| format!("{name}-1:{}", STANDARD.encode([byte; 32]));
    Arc::new([key("intake", 1), key("municipal", 2), key("protected", 3)].join(",").parse().unwrap())
}

impl Script {
    /// A new installation at a Monday morning, with a Twilio that takes everything.
    pub fn new() -> Self {
        Self::of(Cut::Nowhere, |_| None)
    }

    /// The same, with a topic set that is cut so.
    pub fn cut(cut: Cut) -> Self {
        Self::of(cut, |_| None)
    }

    /// The same with a Twilio that refuses a call for which there is a code.
    pub fn refused(code: fn(&Call) -> Option<u32>) -> Self {
        Self::of(Cut::Nowhere, code)
    }

    /// All machines, those of the police lane too, with this in place of Twilio.
    pub fn whole(twilio: EffectHandler) -> Self {
        Self::with(Cut::Nowhere, |_| true, Calls::default(), twilio)
    }

    fn of(cut: Cut, code: fn(&Call) -> Option<u32>) -> Self {
        let in_use = |machine: &&MachineSpec| {
            ["conversations", "route", "stamp", "tickets", "deliveries"].contains(&machine.name)
        };
        let calls = Calls::default();
        Self::with(cut, in_use, calls.clone(), twilio(ring(), calls, code))
    }

    fn with(
        cut: Cut,
        in_use: impl Fn(&&'static MachineSpec) -> bool,
        calls: Calls,
        twilio: EffectHandler,
    ) -> Self {
        let ring = ring();
        let pepper = Pepper::new(&[9; 32]).unwrap();
        let in_memory = |machine: &'static MachineSpec| machine.in_memory(&ring, &pepper, PARTITIONS, cut);
        let stations = topology(cut).filter(in_use).map(in_memory);
        let start: Time = "2026-03-02T06:00:00.000Z".parse().unwrap();
        let mut driver = Driver::new(stations.collect(), PARTITIONS, start, twilio);
        driver.publish(Arc::new(Edition::new(1, reference(0)).unwrap()));
        driver.settle().unwrap();
        Self {
            driver,
            ring,
            pepper,
            who: "nomsa".to_owned(),
            sender: SENDER.to_owned(),
            messages: 0,
            editions: 1,
            last: None,
            calls,
            quoting: None,
            writer: Writer::Webhook,
            tickets: Vec::new(),
            read: BTreeMap::new(),
            walk: Walk::default(),
        }
    }

    /// Plays a script and returns its transcript.
    pub fn play(&mut self, script: &str) -> String {
        let mut transcript = String::new();
        for turn in self.turns(script) {
            transcript.push_str(&turn.line);
            transcript.push('\n');
            for heard in turn.heard {
                transcript.push_str(&format!("    {}\n", heard.replace('\n', "\n      ")));
            }
        }
        transcript
    }

    /// Plays a script line by line.
    pub fn turns(&mut self, script: &str) -> Vec<Turn> {
        let mut turns = Vec::new();
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.line(line);
            let at = self.driver.now();
            let who = self.who.clone();
            let line = line.to_owned();
            turns.push(Turn { at, who, line, heard: self.hear() });
        }
        turns
    }

    /// The calls that were made since the first `known`.
    pub fn calls(&self, known: usize) -> Vec<Call> {
        self.calls.borrow().iter().skip(known).cloned().collect()
    }

    /// How many tickets there are.
    pub const fn tickets(&self) -> usize {
        self.tickets.len()
    }

    /// Whether a resident has written.
    pub const fn has_written(&self) -> bool {
        self.last.is_some()
    }

    /// Plays one line of a script and records what followed from it.
    pub fn line(&mut self, line: &str) {
        if let Some(line) = line.strip_prefix("& ") {
            return self.act(line);
        }
        if let Some((times, line)) = line.split_once(" times ")
            && let Ok(times) = times.parse::<u32>()
        {
            return (0..times).for_each(|_| self.line(line));
        }
        self.act(line);
        self.driver.settle().unwrap();
        self.walk(if line.starts_with("wait ") { Trigger::Time } else { Trigger::Resident });
    }

    fn act(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            ">" => self.write(&[("Body", &self.filled(rest))]),
            "pin" => {
                let mut parts = rest.splitn(3, ' ');
                let mut fields = vec![
                    ("Latitude", parts.next().unwrap()),
                    ("Longitude", parts.next().unwrap()),
                    ("Body", ""),
                ];
                fields.extend(parts.next().map(|label| ("Label", label)));
                self.write(&fields);
            }
            "photo" => {
                let (kind, caption) = rest.split_once(' ').unwrap_or((rest, ""));
                let url = format!("https://media.example/{}", self.messages);
                self.write(&[
                    ("Body", caption),
                    ("NumMedia", "1"),
                    ("MediaUrl0", &url),
                    ("MediaContentType0", kind),
                ]);
            }
            "button" => {
                let (payload, text) = rest.split_once(" | ").unwrap();
                self.write(&[("Body", text), ("ButtonText", text), ("ButtonPayload", payload)]);
            }
            "sticker" => self.act("photo image/webp"),
            "reaction" => self.write(&[("MessageType", "reaction"), ("Body", rest)]),
            "unsupported" => self.write(&[("MessageType", "unsupported"), ("Body", "")]),
            "place" => self.write(&[("MessageType", "location"), ("Body", ""), ("Label", rest)]),
            "list" => {
                let (id, title) = rest.split_once(" | ").unwrap();
                self.write(&[("MessageType", "interactive"), ("ListId", id), ("ListTitle", title)]);
            }
            "quote" => {
                let (words, line) = rest.split_once(" | ").unwrap();
                let words = self.filled(words);
                let to = address(&self.who);
                let is_it = |call: &&Call| call.letter.to == to && call.letter.body.contains(&words);
                self.quoting =
                    Some(self.calls.borrow().iter().rev().find(is_it).map_or_else(unknown_sid, sid_of));
                self.act(line);
                self.quoting = None;
            }
            "caller" => {
                self.writer = Writer::Desk;
                self.act(rest);
                self.writer = Writer::Webhook;
            }
            "again" => {
                let (who, form, sid) = self.last.clone().unwrap();
                self.post(&who, form, sid);
            }
            "unsaid" => self.messages += 1,
            "as" => self.who = rest.to_owned(),
            "at" => self.sender = format!("{}{rest}", &SENDER[..SENDER.len() - 1]),
            "staff" => self.staff(rest),
            "unreachable" => self.unreachable(),
            "pause" => {
                let quiet_s = duration(rest).as_secs();
                let number = self.editions + 1;
                self.editions = number;
                self.driver.publish(Arc::new(Edition::new(number, reference(quiet_s)).unwrap()));
            }
            "rule" => {
                let (name, seconds) = rest.split_once(' ').unwrap();
                let mut changed = reference(2);
                let mut rules = serde_json::to_value(changed.rules).unwrap();
                rules[name] = seconds.parse::<u64>().unwrap().into();
                changed.rules = serde_json::from_value(rules).unwrap();
                self.editions += 1;
                self.driver.publish(Arc::new(Edition::new(self.editions, changed).unwrap()));
            }
            "wait" => self.driver.pass(duration(rest)).unwrap(),
            "crash" => {
                for place in 0..STATIONS * PARTITIONS as usize {
                    self.driver.crash(place % STATIONS, (place / STATIONS) as u32).unwrap();
                }
            }
            _ => panic!("no such line: {line}"),
        }
    }

    /// `{1}` as the number of the first ticket, `{1!}` as that number mistyped, `{1 spaced}` as a phone
    /// writes it.
    pub fn filled(&self, text: &str) -> String {
        let mut text = characters(&text.replace('⏎', "\n"));
        for (place, (_, number)) in self.tickets.iter().enumerate() {
            let last = if number.ends_with('2') { '3' } else { '2' };
            let mistyped = format!("{}{last}", &number[..8]);
            let spaced = format!("{} {}", &number[..4], &number[4..]).to_lowercase();
            for (form, number) in [("", number), ("!", &mistyped), (" spaced", &spaced)] {
                text = text.replace(&format!("{{{}{form}}}", place + 1), number);
            }
        }
        text
    }

    fn citizen(&self, who: &str) -> CitizenId {
        CitizenId::of(&self.pepper, &address(who))
    }

    fn write(&mut self, fields: &[(&str, &str)]) {
        self.messages += 1;
        let sid: MessageSid = format!("SM{:032x}", self.messages).parse().unwrap();
        let from = address(&self.who);
        let mut form: Vec<(String, String)> =
            [("From", from.as_str()), ("To", &self.sender), ("ProfileName", &self.who)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        form.extend(self.quoting.iter().map(|sid| ("OriginalRepliedMessageSid".to_owned(), sid.to_string())));
        let who = self.who.clone();
        self.last = Some((who.clone(), form.clone(), sid.clone()));
        self.post(&who, form, sid);
    }

    fn post(&mut self, who: &str, form: Vec<(String, String)>, sid: MessageSid) {
        let by = (sid, self.writer);
        let record = records::message(&self.ring, self.citizen(who), self.driver.now(), by, form);
        self.driver.append(record);
    }

    /// Posts a form as it is.
    pub fn post_form(&mut self, fields: &[(&str, &str)]) {
        self.messages += 1;
        let form = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.post("nomsa", form, format!("SM{:032x}", self.messages).parse().unwrap());
        self.driver.settle().unwrap();
    }

    /// Lets a ticket speak that no conversation knows.
    pub fn post_stray_notice(&mut self) {
        let record = records::stray_notice(&self.ring, &self.pepper, self.driver.now());
        self.driver.append(record);
        self.driver.settle().unwrap();
    }

    fn staff(&mut self, rest: &str) {
        let (number, change) = rest.split_once(' ').unwrap();
        let ticket = &self.tickets[number.parse::<usize>().unwrap() - 1].0;
        self.messages += 1;
        let record = records::change(&self.ring, ticket, self.driver.now(), self.messages, change);
        self.driver.append(record);
    }

    fn unreachable(&mut self) {
        let record = records::unreachable(&self.ring, self.citizen(&self.who), self.driver.now());
        self.driver.append(record);
    }
}

/// A record as it went out: topic, partition, key, headers, value.
pub type Bytes = (String, u32, Option<Vec<u8>>, Vec<(HeaderName, String)>, Option<Vec<u8>>);

/// A record as it went out, for comparisons byte for byte.
pub fn bytes(record: &Incoming) -> Bytes {
    (record.topic.clone(), record.partition, record.key.clone(), record.headers.clone(), record.value.clone())
}
