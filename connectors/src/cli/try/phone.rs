//! The phones of the residents, and the Twilio between them and the installation: every call is accepted and
//! its message delivered at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Context;
use connectors::config::{Config, PepperKeys};
use connectors::metrics::Endpoint;
use connectors::token::{PARAMETER, StatusToken};
use connectors::twilio::outcome_of;
use connectors::whatsapp::{Signed, Writer};
use pipeline::engine::driver::EffectHandler;
use pipeline::engine::effect::{Call, Effect};
use topics::codec::record::Outgoing;
use topics::codec::sealing::KeyRing;
use topics::records::notifications::CallResult;
use topics::values::ids::{EventId, MessageSid, NotificationId};
use topics::values::time::Time;

use super::commands::PhoneInput;

/// The number that residents write to.
const OUR_NUMBER: &str = "whatsapp:+27100000001";
/// The account that the messages are of.
const ACCOUNT: &str = "AC00000000000000000000000000000001";

/// The secrets of the installation in memory. They are made of a fixed seed, so that a script gives the same
/// output each time, and they seal nothing that outlives the process.
pub struct Secrets {
    /// The keys of all lanes.
    pub ring: Arc<KeyRing>,
    /// The pepper and the key of status tokens.
    pub pepper: PepperKeys,
    writer: Writer,
}

impl Secrets {
    /// The secrets of an installation with `partitions`.
    pub fn new(partitions: u32) -> anyhow::Result<Self> {
        let key = |name: &str, digit: char| format!("{name}-1:{}=", String::from(digit).repeat(43));
        let setting = |name: &str| match name {
            "KEY_RING" => Some([key("intake", 'E'), key("municipal", 'I'), key("protected", 'M')].join(",")),
            "PEPPER" => Some("7e".repeat(32)),
            "TWILIO_ACCOUNT_SID" => Some(ACCOUNT.to_owned()),
            "TWILIO_AUTH_TOKEN" => Some("0".repeat(32)),
            _ => None,
        };
        let config = Config::load(None, setting)?;
        let ring = config.require_key_ring()?.clone();
        let pepper = config.require_pepper()?.clone();
        let account = config.twilio.as_ref().context("there is no Twilio account")?.sid.clone();
        let writer = Writer::new(account, pepper.clone(), ring.clone(), partitions)?;
        Ok(Self { ring, pepper, writer })
    }
}

/// A message that reached a resident's phone.
#[derive(Clone, Debug)]
pub struct Received {
    /// The virtual time at which the message arrived.
    pub at: Time,
    /// The number of the message on its phone, from 1.
    pub number: usize,
    /// Twilio's id of the message.
    pub sid: MessageSid,
    /// The call that sent it.
    pub call: Call,
}

/// What the phones have received, in order.
#[derive(Default)]
pub struct Inbox {
    /// All messages, of all residents.
    pub received: Vec<Received>,
    counts: BTreeMap<String, usize>,
    /// Why an answer of Twilio could not be written.
    pub failed: Option<anyhow::Error>,
}

impl Inbox {
    fn receive(&mut self, at: Time, sid: MessageSid, call: Call) {
        let count = self.counts.entry(call.letter.to.clone()).or_default();
        *count += 1;
        let number = *count;
        self.received.push(Received { at, number, sid, call });
    }

    /// The messages of the resident who writes from `address`.
    pub fn of<'a>(&'a self, address: &'a str) -> impl Iterator<Item = &'a Received> {
        self.received.iter().filter(move |received| received.call.letter.to == address)
    }
}

/// Answers each call as accepted and posts the receipt that its message was delivered.
pub fn twilio(secrets: Rc<Secrets>, inbox: Rc<RefCell<Inbox>>) -> EffectHandler {
    Box::new(move |now, effect| match effect {
        Effect::Call(call) => accept(&secrets, &inbox, now, call),
        // A call is answered at once, so none is ever looked up and no circuit opens.
        _ => Vec::new(),
    })
}

fn accept(secrets: &Secrets, inbox: &RefCell<Inbox>, now: Time, call: &Call) -> Vec<Outgoing> {
    let sid = match sid_of(&call.notification, call.attempt) {
        Ok(sid) => sid,
        Err(error) => return failed(inbox, error),
    };
    inbox.borrow_mut().receive(now, sid.clone(), call.clone());
    answers(secrets, now, call, sid).unwrap_or_else(|error| failed(inbox, error))
}

fn failed(inbox: &RefCell<Inbox>, error: anyhow::Error) -> Vec<Outgoing> {
    inbox.borrow_mut().failed = Some(error);
    Vec::new()
}

fn sid_of(notification: &NotificationId, attempt: u32) -> anyhow::Result<MessageSid> {
    let id = EventId::of(&[b"try", notification.as_str().as_bytes(), &attempt.to_be_bytes()]);
    Ok(format!("SM{id}").parse()?)
}

fn answers(secrets: &Secrets, now: Time, call: &Call, sid: MessageSid) -> anyhow::Result<Vec<Outgoing>> {
    let token =
        StatusToken { lane: call.lane, notification: call.notification.clone(), attempt: call.attempt };
    let target = format!("/twilio/status?{PARAMETER}={}", token.encode(&secrets.pepper.tokens)?);
    let form = fields(&[
        ("MessageSid", sid.as_str()),
        ("From", &call.letter.from),
        ("To", &call.letter.to),
        ("MessageStatus", "delivered"),
    ]);
    let outcome = outcome_of(call, &secrets.ring, now, CallResult::Accepted { sid })?;
    Ok(vec![outcome, post(secrets, Endpoint::Status, target, form, now)?])
}

fn post(
    secrets: &Secrets,
    endpoint: Endpoint,
    target: String,
    form: Vec<(String, String)>,
    at: Time,
) -> anyhow::Result<Outgoing> {
    let signed =
        Signed { endpoint, target, content_type: String::new(), body: Vec::new(), form: Some(form), at };
    let accepted = secrets.writer.write(&signed)?;
    match accepted.dead {
        None => Ok(accepted.record),
        Some(why) => Err(why.into()),
    }
}

fn fields(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The phone in hand: who writes, and what was sent last.
pub struct Phone {
    /// The name of the resident.
    pub name: String,
    sent: u32,
    last: Option<Vec<(String, String)>>,
}

impl Phone {
    /// The phone of the first resident.
    pub fn new() -> Self {
        Self { name: "nomsa".to_owned(), sent: 0, last: None }
    }

    /// The address that the resident writes from, Twilio's `From`: an id of WhatsApp's, not a number.
    pub fn address(&self) -> String {
        format!("whatsapp:ZA.{}", self.name)
    }

    /// The record of a message that the resident sends.
    pub fn send(
        &mut self,
        secrets: &Secrets,
        said: &PhoneInput,
        replied_to: Option<&MessageSid>,
        at: Time,
    ) -> anyhow::Result<Outgoing> {
        self.sent += 1;
        let mut form = fields(&[
            ("MessageSid", &format!("SM{:032x}", self.sent)),
            ("AccountSid", ACCOUNT),
            ("From", &self.address()),
            ("To", OUR_NUMBER),
            ("ProfileName", &self.name),
        ]);
        form.extend(self.content(said));
        form.extend(replied_to.map(|sid| ("OriginalRepliedMessageSid".to_owned(), sid.to_string())));
        self.last = Some(form.clone());
        post(secrets, Endpoint::Messages, "/twilio/messages".to_owned(), form, at)
    }

    fn content(&self, said: &PhoneInput) -> Vec<(String, String)> {
        let file = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Media/ME{}", self.sent);
        let media = |kind: &str, caption: &str| {
            fields(&[("Body", caption), ("NumMedia", "1"), ("MediaUrl0", &file), ("MediaContentType0", kind)])
        };
        match said {
            PhoneInput::Text(text) => fields(&[("Body", text)]),
            PhoneInput::Pin { latitude, longitude, label } => {
                let mut pin = fields(&[("Body", ""), ("Latitude", latitude), ("Longitude", longitude)]);
                pin.extend(label.iter().map(|label| ("Label".to_owned(), label.clone())));
                pin
            }
            PhoneInput::Photo(caption) => media("image/jpeg", caption),
            PhoneInput::Document(caption) => media("application/pdf", caption),
            PhoneInput::Contact => media("text/vcard", ""),
            PhoneInput::Voice => media("audio/ogg", ""),
            PhoneInput::Sticker => media("image/webp", ""),
            PhoneInput::Reaction(emoji) => fields(&[("MessageType", "reaction"), ("Body", emoji)]),
            PhoneInput::Button(text) => {
                fields(&[("Body", text), ("ButtonText", text), ("ButtonPayload", text)])
            }
        }
    }

    /// The record of the last message, delivered again. `None` before the first.
    pub fn retry(&self, secrets: &Secrets, at: Time) -> Option<anyhow::Result<Outgoing>> {
        let form = self.last.clone()?;
        Some(post(secrets, Endpoint::Messages, "/twilio/messages".to_owned(), form, at))
    }
}
