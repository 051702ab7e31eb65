//! A resident's message, as Twilio posts it to the webhook: signed, with all the usual fields, again while it
//! is not acknowledged, with the same MessageSid.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::ledger::{InboundMessageEntry, is_acknowledged};
use super::simulated::SimulatedTwilio;
use crate::clock::now_ms;

/// A message that a resident sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inbound {
    /// The resident: `whatsapp:+27...`, or without a number `whatsapp:US.1234`.
    pub from: String,
    /// The WhatsApp number that the resident writes to.
    pub to: String,
    /// The text, or the caption of a photo.
    pub body: String,
    /// The name on their profile.
    pub profile_name: String,
    /// The location that the message carries.
    pub pin: Option<Pin>,
    /// MIME types of photos, files or voice notes.
    pub media: Vec<String>,
    /// A button of ours that they pressed.
    pub button: Option<Button>,
    /// The id of our message that they replied to.
    pub replied_to: Option<String>,
    /// Whether the resident forwarded it from another person.
    pub forwarded: bool,
    /// The id of the message; by default a new one.
    pub sid: Option<String>,
    /// How many times it is delivered; 0 means once.
    pub times: u32,
}

/// A point on the map, in degrees (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    /// Latitude in degrees, north positive.
    pub latitude: f64,
    /// Longitude in degrees, east positive.
    pub longitude: f64,
}

/// A quick-reply button that a resident presses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// The label that the resident sees.
    pub text: String,
    /// The payload that identifies the button.
    pub payload: String,
}

impl Inbound {
    /// A text message from a resident.
    pub fn text(from: &str, to: &str, body: &str) -> Self {
        Self { from: from.to_owned(), to: to.to_owned(), body: body.to_owned(), ..Self::default() }
    }

    /// A location pin from a resident.
    pub fn pin(from: &str, to: &str, latitude: f64, longitude: f64) -> Self {
        Self { pin: Some(Pin { latitude, longitude }), ..Self::text(from, to, "") }
    }

    /// A photo from a resident, with or without a text.
    pub fn photo(from: &str, to: &str, caption: &str) -> Self {
        Self { media: vec!["image/jpeg".to_owned()], ..Self::text(from, to, caption) }
    }

    /// A voice note from a resident.
    pub fn voice(from: &str, to: &str) -> Self {
        Self { media: vec!["audio/ogg".to_owned()], ..Self::text(from, to, "") }
    }

    fn kind(&self) -> &'static str {
        match self.media.first() {
            Some(media) if media.starts_with("audio/") => "audio",
            Some(media) if media.starts_with("image/") => "image",
            Some(_) => "document",
            None if self.pin.is_some() => "location",
            None if self.button.is_some() => "button",
            None => "text",
        }
    }

    /// The form that Twilio posts.
    pub fn form(&self, account: &str, sid: &str) -> Vec<(String, String)> {
        let wa_id = self.from.trim_start_matches("whatsapp:").trim_start_matches('+');
        let mut form: Vec<(String, String)> = Vec::new();
        let mut field = |name: &str, value: &str| form.push((name.to_owned(), value.to_owned()));
        field("SmsMessageSid", sid);
        field("NumMedia", &self.media.len().to_string());
        field("ProfileName", &self.profile_name);
        field("MessageType", self.kind());
        field("SmsSid", sid);
        field("WaId", wa_id);
        field("SmsStatus", "received");
        field("Body", self.button.as_ref().map_or(&self.body, |button| &button.text));
        field("To", &self.to);
        field("MessageSid", sid);
        field("NumSegments", "1");
        field("ReferralNumMedia", "0");
        field("AccountSid", account);
        field("From", &self.from);
        field("ApiVersion", "2010-04-01");
        for (index, media) in self.media.iter().enumerate() {
            let url = format!(
                "https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{sid}/Media/ME{}{index}",
                sid.get(3..).unwrap_or_default()
            );
            field(&format!("MediaUrl{index}"), &url);
            field(&format!("MediaContentType{index}"), media);
        }
        if let Some(pin) = self.pin {
            field("Latitude", &pin.latitude.to_string());
            field("Longitude", &pin.longitude.to_string());
        }
        if let Some(button) = &self.button {
            field("ButtonText", &button.text);
            field("ButtonPayload", &button.payload);
        }
        if let Some(replied_to) = &self.replied_to {
            field("OriginalRepliedMessageSender", &self.to);
            field("OriginalRepliedMessageSid", replied_to);
        }
        if self.forwarded {
            field("Forwarded", "true");
        }
        form
    }
}

impl InboundMessageEntry {
    /// The entry in the ledger of a message that was not posted yet.
    fn first_try(sid: &str, message: &Inbound, posted_at_ms: i64) -> Self {
        let from = message.from.clone();
        let to = message.to.clone();
        let body = message.body.clone();
        Self {
            sid: sid.to_owned(),
            from,
            to,
            body,
            posted_at_ms,
            tries: 0,
            acknowledged: 0,
            answered_ms: None,
            http: 0,
        }
    }
}

/// The first and the longest pause before a message is posted again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

impl SimulatedTwilio {
    /// Posts a message of a resident until the webhook has acknowledged it or the time is up. Returns the
    /// result.
    pub async fn send_message(&self, message: Inbound) -> InboundMessageEntry {
        let sid = message
            .sid
            .clone()
            .unwrap_or_else(|| self.next_sid(if message.media.is_empty() { "SM" } else { "MM" }));
        let entry = InboundMessageEntry::first_try(&sid, &message, now_ms());
        let index = self.with(|ledger| ledger.hear(entry.clone()));
        let url = format!("{}/twilio/messages", self.settings().public_url);
        let form = message.form(&self.settings().account_sid, &sid);
        let started = Instant::now();
        for copy in 0..message.times.max(1) {
            let mut pause = FIRST_PAUSE;
            while !self.post_once(&url, &form, index, copy).await
                && started.elapsed() < self.settings().pace.webhook_patience
            {
                tokio::time::sleep(pause).await;
                pause = (pause * 5 / 4).min(LONGEST_PAUSE);
            }
        }
        self.look(|ledger| ledger.heard.get(index).cloned()).unwrap_or(entry)
    }

    /// Posts the message once. Returns whether it was acknowledged.
    async fn post_once(&self, url: &str, form: &[(String, String)], index: usize, copy: u32) -> bool {
        let started = Instant::now();
        let turn = self.look(|ledger| ledger.heard.get(index).map_or(0, |heard| u64::from(heard.tries)))
            + u64::from(copy)
            + index as u64;
        let http = self.post(url, form, turn).await.unwrap_or(0);
        let well = is_acknowledged(http);
        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.with(|ledger| ledger.heard.get_mut(index).map(|heard| heard.note_try(http, took)));
        well
    }
}
