//! Ids are hashes and keyed permutations. They never contain offsets, so that a replay gives every record the
//! same id.

use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::values::text::{BadText, open_text};

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
        }
    }
    text
}

/// Hashes the parts, each prefixed with its length so that different lists never give the same input; returns
/// the first 16 bytes of SHA-256 as hex.
fn hash(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex(digest.finalize().get(..16).unwrap_or_default())
}

open_text!(
    /// Twilio's id of a message, received or sent: `SM` or `MM` and 32 hex digits.
    MessageSid,
    "^(SM|MM)[0-9a-f]{32}$",
    |text| {
        let digits = text.strip_prefix("SM").or_else(|| text.strip_prefix("MM"));
        digits.is_some_and(|digits| is_hex(digits, 32))
    }
);

open_text!(
    /// The id of a municipal or protected ticket: a hash of the first message's id.
    TicketId,
    "^[0-9a-f]{32}$",
    |text| is_hex(text, 32)
);

impl TicketId {
    /// The id of the ticket that begins with `first`.
    pub fn of(first: &MessageSid) -> Self {
        Self(hash(&[b"ticket", first.as_str().as_bytes()]))
    }
}

open_text!(
    /// The id of a message to a resident: a hash of the event that asked for it.
    NotificationId,
    "^[0-9a-f]{32}$",
    |text| is_hex(text, 32)
);

impl NotificationId {
    /// The id of the `ordinal`-th message that `cause` asked for.
    pub fn of(cause: &EventId, ordinal: u32) -> Self {
        Self(hash(&[b"notification", cause.as_str().as_bytes(), &ordinal.to_be_bytes()]))
    }
}

open_text!(
    /// The id of a resident: a keyed hash of the address that they write from. It is sealed unless it is the
    /// key of an intake topic.
    CitizenId: personal,
    "^[0-9a-f]{32}$",
    |text| is_hex(text, 32)
);

impl CitizenId {
    /// The resident who writes from `address` (Twilio's `From`), under the installation's secret `pepper`.
    pub fn of(pepper: &Pepper, address: &str) -> Self {
        let mut mac = pepper.0.clone();
        mac.update(address.as_bytes());
        Self(hex(mac.finalize().into_bytes().get(..16).unwrap_or_default()))
    }
}

/// The installation's secret that turns addresses into citizen ids and counters into tracking numbers. It is
/// never changed.
#[derive(Clone)]
pub struct Pepper(Hmac<Sha256>);

/// The first 16 hex digits of a hash: they tell two secrets apart and give neither away.
pub(crate) fn fingerprint(hash: impl AsRef<[u8]>) -> String {
    hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Pepper {
    /// Makes a pepper from 16 or more bytes.
    ///
    /// # Errors
    /// There are fewer than 16 bytes, which could be guessed.
    pub fn new(bytes: &[u8]) -> Result<Self, BadText> {
        let bad = BadText("Pepper", "16 bytes or more");
        if bytes.len() < 16 {
            return Err(bad);
        }
        Hmac::new_from_slice(bytes).map(Self).map_err(|_| bad)
    }

    /// The fingerprint of this secret: 16 hex digits that tell two peppers apart and give neither away.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.prf(b"trust-engine fingerprint of a pepper, version 1", b""))
    }

    /// A pseudo-random function of `input` under this secret.
    pub(crate) fn prf(&self, domain: &[u8], input: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(domain);
        mac.update(input);
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pepper(..)")
    }
}

open_text!(
    /// The id of a record (CloudEvents `id`): a MessageSid or UUID at the root, otherwise a hash of what led
    /// to it.
    EventId,
    "^([0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(SM|MM)[0-9a-f]{32})$",
    |text| is_hex(text, 32) || is_uuid(text) || text.parse::<MessageSid>().is_ok()
);

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    text.split('-').count() == lengths.len()
        && text.split('-').zip(lengths).all(|(part, length)| is_hex(part, length))
}

impl EventId {
    /// The id of the `ordinal`-th record that `stage` made of `parent`.
    pub fn derived(parent: &EventId, stage: &str, ordinal: u32) -> Self {
        Self(hash(&[parent.0.as_bytes(), stage.as_bytes(), &ordinal.to_be_bytes()]))
    }

    /// An id that is a hash of `parts`; the first part names the kind of id.
    pub fn of(parts: &[&[u8]]) -> Self {
        Self(hash(parts))
    }
}

impl From<&MessageSid> for EventId {
    fn from(sid: &MessageSid) -> Self {
        Self(sid.0.clone())
    }
}

/// The W3C trace context of a record: the trace id is a hash of the root record's id, the span id one of the
/// record's own id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceParent(String);

impl TraceParent {
    /// The context of `root`, a record that no other record led to.
    pub fn root(root: &EventId) -> Self {
        Self(format!("00-{}-{}-01", hash(&[b"trace", root.0.as_bytes()]), span(root)))
    }

    /// The context of `child`, in the same trace.
    pub fn child(&self, child: &EventId) -> Self {
        let trace = self.0.get(3..35).unwrap_or_default();
        Self(format!("00-{trace}-{}-01", span(child)))
    }

    /// The value of the header `traceparent`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn span(id: &EventId) -> String {
    hash(&[b"span", id.0.as_bytes()]).split_off(16)
}

impl FromStr for TraceParent {
    type Err = BadText;
    fn from_str(text: &str) -> Result<Self, BadText> {
        let mut parts = text.split('-');
        let form = [2, 32, 16, 2].iter().all(|length| parts.next().is_some_and(|part| is_hex(part, *length)))
            && parts.next().is_none();
        if form {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadText("traceparent", "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(EventId::of(&[b"ab", b"c"]), EventId::of(&[b"a", b"bc"]));
    }

    #[test]
    fn a_child_stays_in_its_trace() {
        let root: EventId = "SM00000000000000000000000000000001".parse().unwrap();
        let child = EventId::derived(&root, "converse", 0);
        let trace = TraceParent::root(&root);
        assert_eq!(trace.as_str().get(..35), trace.child(&child).as_str().get(..35));
        assert_ne!(trace, trace.child(&child));
        assert_eq!(trace.as_str().parse::<TraceParent>().unwrap(), trace);
    }
}
