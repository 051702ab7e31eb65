//! Random turns through the whole conversation: whatever a resident sends and however time passes, the stage
//! answers with texts, never panics, treats a retry as nothing, and lets no recording into a municipal
//! record.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

#[path = "../script/reference.rs"]
#[allow(dead_code, reason = "the scripts use all of it")]
mod reference;
mod texts;

use std::time::Duration;

use pipeline::rules::edition::Edition;
use pipeline::rules::texts::LONGEST;
use pipeline::stages::converse::due::{self, Continuation};
use pipeline::stages::converse::form::Turn;
use pipeline::stages::converse::privacy::{self, Private};
use pipeline::stages::converse::{Context, MunicipalOutput, PoliceOutput, Processed, new_state, process};
use topics::codec::sealing::Sealed;
use topics::records::conversations::Conversation;
use topics::records::messages::FromResident;
use topics::records::reports::Account;
use topics::values::ids::{CitizenId, EventId, MessageSid, Pepper};
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::Status;

use texts::Texts;

/// The number of turns.
const TURNS: usize = 100_000;
/// The average number of turns after which a conversation ends.
const TURNS_OF_A_CONVERSATION: usize = 60;

const KINDS: [&str; 7] =
    ["image/jpeg", "image/jpeg", "image/webp", "audio/ogg", "video/mp4", "application/pdf", "text/vcard"];
const TYPES: [&str; 6] = ["text", "image", "sticker", "reaction", "unsupported", "location"];
const DEGREES: [(&str, &str); 6] = [
    ("-29.8587", "31.0218"),
    ("-33.963", "22.4617"),
    ("0", "0"),
    ("31.0218", "-29.8587"),
    ("48.8", "2.3"),
    ("here", "999"),
];
const PAYLOADS: [&str; 6] = ["yes_1", "no_1", "confirm", "nothing", "2", ""];

/// A resident, and what is remembered of them.
struct Resident {
    conversation: Conversation,
    private: Private,
}

struct Fuzz {
    texts: Texts,
    edition: Edition,
    pepper: Pepper,
    citizen: CitizenId,
    now: Time,
    serial: u64,
    resident: Resident,
}

/// A resident of whom nothing is known.
fn stranger(now: Time) -> Resident {
    let state = new_state("whatsapp:ZA.x".to_owned(), "whatsapp:+27100000001".to_owned());
    let conversation = Conversation {
        at: now,
        edition: 1,
        due_at: None,
        last_heard_at: None,
        disarmed_at: None,
        state: Sealed(state),
    };
    let (conversation, private) = privacy::split(conversation);
    Resident { conversation, private }
}

impl Fuzz {
    fn new(seed: u64, quiet_s: u64) -> Self {
        let pepper = Pepper::new(&[9; 32]).unwrap();
        let now = Time::from_millis(1_772_431_200_000);
        Self {
            texts: Texts::new(seed),
            edition: Edition::new(1, reference::reference(quiet_s)).unwrap(),
            citizen: CitizenId::of(&pepper, "whatsapp:ZA.x"),
            pepper,
            now,
            serial: 0,
            resident: stranger(now),
        }
    }

    fn sid(&self, serial: u64) -> MessageSid {
        format!("SM{serial:032x}").parse().unwrap()
    }

    /// A message as Twilio might deliver it.
    fn turn(&mut self) -> Turn {
        self.serial += 1;
        let mut form: Vec<(String, String)> =
            [("From", "whatsapp:ZA.x"), ("To", "whatsapp:+27100000001")].map(owned).into();
        let mut add = |name: &str, value: &str| form.push(owned((name, value)));
        let texts = &mut self.texts;
        if texts.below(10) > 0 {
            let body = if texts.below(4) == 0 { texts.below(9).to_string() } else { short(texts) };
            add("Body", &body);
        }
        if texts.below(5) == 0 {
            for place in 0..=texts.below(2) {
                add(&format!("MediaUrl{place}"), &format!("https://media.example/{}", self.serial));
                add(&format!("MediaContentType{place}"), texts.one_of(&KINDS).unwrap());
            }
        }
        if texts.below(6) == 0 {
            let (latitude, longitude) = texts.one_of(&DEGREES).unwrap();
            add("Latitude", latitude);
            add("Longitude", longitude);
        }
        if texts.below(12) == 0 {
            add("Label", &short(texts));
        }
        if texts.below(12) == 0 {
            add("ButtonPayload", texts.one_of(&PAYLOADS).unwrap());
        }
        if texts.below(6) == 0 {
            add("MessageType", texts.one_of(&TYPES).unwrap());
        }
        if texts.below(4) == 0 {
            let replied_to = self.serial.saturating_sub(u64::try_from(texts.below(30)).unwrap());
            add("OriginalRepliedMessageSid", &format!("SM{replied_to:032x}"));
        }
        let sid = self.sid(self.serial);
        Turn::read(
            &FromResident { sid, received_at: self.now, form: Sealed(form), entered_at_desk: false },
            self.now,
            None,
        )
        .unwrap()
    }

    /// Processes a turn. Returns whether it was new.
    fn process(&mut self, turn: &Turn) -> bool {
        let Resident { conversation, private } = &mut self.resident;
        let pepper = &self.pepper;
        let serial = self.serial;
        let mut number = || TrackingNumber::issue(pepper, serial, 0, 12);
        let mut context = Context {
            now: self.now,
            edition: &self.edition,
            cause: &EventId::from(&turn.sid),
            citizen: self.citizen.clone(),
            partition: 0,
            number: &mut number,
        };
        match process(&mut context, &mut conversation.state, private, turn) {
            None => return false,
            Some(Processed::Municipal(outputs)) => {
                conversation.last_heard_at = Some(self.now);
                check(&outputs);
            }
            Some(Processed::Private(outputs)) => check_private(&outputs),
            Some(Processed::Both(outputs, police_outputs)) => {
                conversation.last_heard_at = Some(self.now);
                check(&outputs);
                check_private(&police_outputs);
            }
        }
        conversation.at = self.now;
        true
    }

    /// Lets time pass, and everything that becomes due.
    fn pass(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        loop {
            let Resident { conversation, private } = &mut self.resident;
            let due = due::next(conversation, private, self.edition.rules()).filter(|due| *due <= until);
            let Some(due) = due else { break };
            self.now = self.now.max(due);
            let pepper = &self.pepper;
            let serial = self.serial;
            let mut number = || TrackingNumber::issue(pepper, serial, 0, 12);
            let mut context = Context {
                now: self.now,
                edition: &self.edition,
                cause: &EventId::of(&[b"due"]),
                citizen: self.citizen.clone(),
                partition: 0,
                number: &mut number,
            };
            match due::fire(&mut context, conversation, private) {
                Continuation::Municipal(outputs) => check(&outputs),
                Continuation::Private(outputs) => check_private(&outputs),
                Continuation::Over => {
                    self.resident = stranger(until);
                    break;
                }
            }
            self.resident.conversation.at = self.now;
        }
        self.now = until;
    }

    /// Gives the tickets some status, as their news would.
    fn staff(&mut self) {
        let status = self.texts.one_of(Status::ALL).unwrap();
        let now = self.now;
        for known in self.resident.conversation.state.tickets.values_mut() {
            known.status = Some(status);
            known.closed_at = (status == Status::Closed).then_some(now);
            known.at = now;
        }
    }
}

/// A text of a few terms, rarely a long one.
fn short(texts: &mut Texts) -> String {
    if texts.below(300) == 0 {
        return texts.text();
    }
    let terms = texts.below(4);
    texts.terms(terms)
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn check_body(body: &str) {
    assert!(!body.trim().is_empty() && body.chars().count() <= LONGEST, "{body}");
}

fn check_account(account: &Account) {
    let is_recording = |kind: &str| kind.starts_with("audio/");
    assert!(!account.media.iter().any(|media| is_recording(&media.content_type)), "{account:?}");
}

fn check(outputs: &[MunicipalOutput]) {
    for output in outputs {
        match output {
            MunicipalOutput::Report(report) => check_account(&report.account),
            MunicipalOutput::Add(addendum, _) => check_account(&addendum.account),
            MunicipalOutput::Tell(reply) => check_body(&reply.body),
            MunicipalOutput::Change(..) | MunicipalOutput::Unscreened(_) | MunicipalOutput::Sending(_) => {}
        }
    }
}

fn check_private(outputs: &[PoliceOutput]) {
    for output in outputs {
        if let PoliceOutput::Tell(reply) = output {
            check_body(&reply.body);
        }
    }
}

/// Plays turns of a seed; questions wait for a pause of `quiet_s`.
fn play(seed: u64, quiet_s: u64, turns: usize) {
    let mut fuzz = Fuzz::new(seed, quiet_s);
    for _ in 0..turns {
        let turn = fuzz.turn();
        assert!(fuzz.process(&turn));
        if fuzz.texts.below(20) == 0 {
            let before = fuzz.resident.conversation.clone();
            assert!(!fuzz.process(&turn), "a retry is new");
            assert_eq!(before, fuzz.resident.conversation);
        }
        let seconds = match fuzz.texts.below(20) {
            0 => 3_700,
            1 => 100_000,
            2..8 => 40,
            _ => 1,
        };
        fuzz.pass(seconds);
        if fuzz.texts.below(8) == 0 {
            fuzz.staff();
        }
        if fuzz.texts.below(TURNS_OF_A_CONVERSATION) == 0 {
            fuzz.pass(200 * 86_400);
            fuzz.resident = stranger(fuzz.now);
        }
    }
}

#[test]
fn whatever_is_sent_the_conversation_goes_on() {
    let seeds = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let workers: Vec<_> = (0..seeds)
        .map(|seed| {
            let quiet_s = if seed % 2 == 0 { 0 } else { 2 };
            std::thread::spawn(move || play(u64::try_from(seed).unwrap(), quiet_s, TURNS / seeds))
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
}
