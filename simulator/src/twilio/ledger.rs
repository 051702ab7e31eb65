//! The ledger of the simulated Twilio: every call, every accepted message and every message of a resident,
//! with times in milliseconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::faults::{Faults, TwilioLimits};

/// The code for more calls than a sender may make in a second.
pub(super) const TOO_MANY_CALLS: u32 = 63018;
/// The code for free text outside of the window. It is written here as Twilio documents it, and not taken
/// from the program that is tested.
pub(super) const OUTSIDE_WINDOW: u32 = 63016;

/// The delivery status of a message to a resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Twilio has accepted the message.
    Queued,
    /// Twilio has passed the message to WhatsApp.
    Sent,
    /// The phone has received the message.
    Delivered,
    /// The resident has read the message.
    Read,
    /// WhatsApp could not deliver it.
    Undelivered,
    /// Twilio could not send it.
    Failed,
}

impl MessageStatus {
    /// The status as Twilio spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
        }
    }
}

/// A message to a resident that Twilio has accepted. It will be sent, even if the caller received an error.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptedCall {
    /// Its number among all accepted messages, from 1.
    pub ordinal: u64,
    /// Twilio's id of the message.
    pub sid: String,
    /// When it was accepted, in milliseconds since the epoch.
    pub taken_at_ms: i64,
    /// The WhatsApp number that sends the message.
    pub from: String,
    /// The resident who receives the message.
    pub to: String,
    /// The text. For a template, as its recipient sees it.
    pub body: String,
    /// The template, if it is one.
    pub content_sid: Option<String>,
    /// The URL that status callbacks are posted to.
    pub callback: Option<String>,
    /// Its present delivery status.
    pub status: MessageStatus,
    /// The error code, if the message failed.
    pub code: Option<u32>,
    /// When it was passed on to WhatsApp.
    pub sent_at_ms: Option<i64>,
}

/// One request to send a message, and the answer.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RestCall {
    /// When the request arrived, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The HTTP status of the answer; 0 if there was none.
    pub http: u16,
    /// Twilio's error code; 0 for none.
    pub code: u32,
}

/// A resident's message, posted to the webhook until it was acknowledged or given up.
#[derive(Clone, Debug, Serialize)]
pub struct InboundMessageEntry {
    /// Twilio's id of the message.
    pub sid: String,
    /// The resident who sent the message.
    pub from: String,
    /// The WhatsApp number that the message was sent to.
    pub to: String,
    /// The text of the message.
    pub body: String,
    /// When it was first posted, in milliseconds since the epoch.
    pub posted_at_ms: i64,
    /// How many times it was posted.
    pub tries: u32,
    /// How many times it was acknowledged (more than once if it was delivered more than once).
    pub acknowledged: u32,
    /// How long the first acknowledgement took from its own try, in milliseconds.
    pub answered_ms: Option<u64>,
    /// The HTTP status of the last answer; 0 if there was none.
    pub http: u16,
}

impl InboundMessageEntry {
    /// Notes an answer of the webhook, which took this many milliseconds.
    pub(super) fn note_try(&mut self, http: u16, took: u64) {
        self.tries += 1;
        self.http = http;
        if is_acknowledged(http) {
            self.acknowledged += 1;
            self.answered_ms.get_or_insert(took);
        }
    }
}

/// Whether an answer with this HTTP status acknowledges a message.
pub(super) fn is_acknowledged(http: u16) -> bool {
    (200..300).contains(&http)
}

/// The results of status callbacks.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Callbacks {
    /// Number of callbacks that were posted.
    pub posted: u64,
    /// Number of callbacks that were answered with 2xx.
    pub acknowledged: u64,
    /// Number of callbacks that were answered with another status or not at all.
    pub failed: u64,
}

/// All requests to the simulated Twilio, and all that it has sent.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Messages to residents, oldest first.
    pub taken: Vec<AcceptedCall>,
    /// Requests to send a message, oldest first.
    pub calls: Vec<RestCall>,
    /// Messages of residents, oldest first.
    pub heard: Vec<InboundMessageEntry>,
    /// Counts of status callbacks.
    pub callbacks: Callbacks,
    /// The present faults and limits.
    pub faults: Faults,
    /// The indexes in `taken` of the messages to each resident.
    by_recipient: BTreeMap<String, Vec<usize>>,
    /// When a resident last wrote to a number of the program, by (resident, number).
    last_heard: BTreeMap<(String, String), i64>,
}

impl Ledger {
    /// Enters a message to a resident.
    pub fn take(&mut self, mut message: AcceptedCall) -> AcceptedCall {
        message.ordinal = self.taken.len() as u64 + 1;
        self.by_recipient.entry(message.to.clone()).or_default().push(self.taken.len());
        self.taken.push(message.clone());
        message
    }

    /// The messages to one resident, oldest first.
    pub fn taken_for(&self, resident: &str) -> impl Iterator<Item = &AcceptedCall> {
        let indexes = self.by_recipient.get(resident).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|index| self.taken.get(*index))
    }

    /// The message to a resident with this `sid`.
    pub fn find(&self, sid: &str) -> Option<&AcceptedCall> {
        self.taken.iter().rev().find(|message| message.sid == sid)
    }

    /// Sets the status of the message `sid`.
    pub fn advance(&mut self, sid: &str, status: MessageStatus, code: Option<u32>, now_ms: i64) {
        if let Some(message) = self.taken.iter_mut().rev().find(|message| message.sid == sid) {
            message.status = status;
            message.code = code;
            if status != MessageStatus::Failed {
                message.sent_at_ms.get_or_insert(now_ms);
            }
        }
    }

    /// Enters a message of a resident and opens their window.
    pub fn hear(&mut self, message: InboundMessageEntry) -> usize {
        self.last_heard.insert((message.from.clone(), message.to.clone()), message.posted_at_ms);
        self.heard.push(message);
        self.heard.len() - 1
    }

    /// The code of the limit that a message would break: too many calls, or outside of the window.
    pub fn limit(&self, from: &str, to: &str, free_text: bool, now_ms: i64) -> Option<u32> {
        let TwilioLimits { per_second, window_s, .. } = self.faults.limits;
        let recent = |message: &&AcceptedCall| now_ms - message.taken_at_ms < 1000;
        let crowded = |most: u32| {
            self.taken.iter().rev().take_while(recent).filter(|message| message.from == from).count()
                >= most as usize
        };
        if per_second.is_some_and(crowded) {
            return Some(TOO_MANY_CALLS);
        }
        let window_ms = i64::try_from(window_s?.saturating_mul(1000)).unwrap_or(i64::MAX);
        let last = self.last_heard.get(&(to.to_owned(), from.to_owned()));
        let closed = last.is_none_or(|last| now_ms.saturating_sub(*last) > window_ms);
        (free_text && closed).then_some(OUTSIDE_WINDOW)
    }
}

/// The largest number of `times` (ascending, in milliseconds) that lie within any one second.
pub fn busiest_second(times: impl IntoIterator<Item = i64>) -> usize {
    let mut recent = std::collections::VecDeque::new();
    let mut most = 0;
    for time in times {
        recent.push_back(time);
        while recent.front().is_some_and(|first| time - first >= 1000) {
            recent.pop_front();
        }
        most = most.max(recent.len());
    }
    most
}

/// A time as Twilio's REST API writes it (RFC 2822).
pub fn rfc2822(ms: i64) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(ms).ok()?;
    jiff::fmt::rfc2822::to_string(&time.to_zoned(jiff::tz::TimeZone::UTC)).ok()
}

/// The UTC date of a time, `2026-03-01`.
pub fn date(ms: i64) -> Option<String> {
    Some(jiff::Timestamp::from_millisecond(ms).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

impl AcceptedCall {
    /// The message as Twilio's REST API shows it.
    pub fn resource(&self, account: &str) -> Value {
        let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", self.sid);
        json!({
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.taken_at_ms),
            "date_sent": self.sent_at_ms.and_then(rfc2822),
            "date_updated": rfc2822(self.sent_at_ms.unwrap_or(self.taken_at_ms)),
            "direction": "outbound-api",
            "error_code": self.code,
            "error_message": null,
            "from": self.from,
            "messaging_service_sid": null,
            "num_media": "0",
            "num_segments": "1",
            "price": null,
            "price_unit": null,
            "sid": self.sid,
            "status": self.status.as_str(),
            "subresource_uris": { "media": format!("{uri}/Media.json") },
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }
}

impl InboundMessageEntry {
    /// The message as Twilio's REST API shows it.
    pub fn resource(&self, account: &str) -> Value {
        let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", self.sid);
        json!({
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.posted_at_ms),
            "date_sent": rfc2822(self.posted_at_ms),
            "date_updated": rfc2822(self.posted_at_ms),
            "direction": "inbound",
            "error_code": null,
            "error_message": null,
            "from": self.from,
            "messaging_service_sid": null,
            "num_media": if self.sid.starts_with("MM") { "1" } else { "0" },
            "num_segments": "1",
            "price": null,
            "price_unit": null,
            "sid": self.sid,
            "status": "received",
            "subresource_uris": { "media": format!("{uri}/Media.json") },
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_one_second_is_not_a_second_of_the_clock() {
        assert_eq!(busiest_second([100, 900, 1050, 1099, 1100]), 4);
        assert_eq!(busiest_second([0, 1000, 2000]), 1);
        assert_eq!(busiest_second([]), 0);
    }

    #[test]
    fn times_are_written_as_twilio_writes_them() {
        assert_eq!(rfc2822(1_692_853_305_000).unwrap(), "Thu, 24 Aug 2023 05:01:45 +0000");
        assert_eq!(date(1_692_853_305_000).unwrap(), "2023-08-24");
    }
}
