//! Complete reports, with a text and a pin, that are appended directly to the log of conversations: for tests
//! of what follows the webhook.

use anyhow::{Context, Result};
use topics::catalogue::Messages;
use topics::codec::record::{Address, Envelope, Outgoing, encode};
use topics::codec::sealing::Sealed;
use topics::records::messages::{FromResident, Message};
use topics::values::ids::{CitizenId, EventId, MessageSid, Pepper, TicketId};
use topics::values::time::Time;

use super::{SENDER, TestInstallation};
use crate::clock::now_ms;
use crate::residents::places::PLACES;

/// The text of a report, as long as a WhatsApp message usually is.
const WORDS: [&str; 6] = [
    "There is a burst water pipe in our street, it has been running since this morning",
    "Amanzi ayaphuma epayipini emgwaqweni wethu, sicela usizo",
    "Die straatligte in ons straat werk al weke lank nie meer nie",
    "Big pothole at the corner, two cars have damaged their tyres already",
    "The rubbish was not collected this week and it smells terrible",
    "Sewage is running out of the manhole next to the school",
];

/// The `n`-th message's id.
pub fn sid(n: usize) -> MessageSid {
    format!("SM{n:032x}").parse().unwrap_or_else(|_| unreachable!("32 hex digits are an id"))
}

/// The ticket that the `n`-th message leads to.
pub fn ticket(n: usize) -> TicketId {
    TicketId::of(&sid(n))
}

impl TestInstallation {
    /// The report of the `n`-th resident, as the webhook writes it.
    ///
    /// # Errors
    /// The installation has no secret, or no key to seal with.
    pub fn report(&self, n: usize) -> Result<Outgoing> {
        self.report_received_at(n, Time::from_millis(now_ms()))
    }

    /// The report of the `n`-th resident, written by a webhook whose clock shows `now`.
    ///
    /// # Errors
    /// The installation has no secret, or no key to seal with.
    pub fn report_received_at(&self, n: usize, now: Time) -> Result<Outgoing> {
        let from = format!("whatsapp:+2760{n:07}");
        let place = PLACES.get(n % PLACES.len()).context("there are no places")?.middle;
        let words = WORDS.get(n % WORDS.len()).copied().unwrap_or_default();
        let field = |name: &str, value: String| (name.to_owned(), value);
        let form = vec![
            field("MessageSid", sid(n).to_string()),
            field("AccountSid", "AC00000000000000000000000000000000".to_owned()),
            field("From", from.clone()),
            field("To", SENDER.to_owned()),
            field("Body", words.to_owned()),
            field("Latitude", format!("{:.5}", place.latitude + (n % 97) as f64 * 0.0001)),
            field("Longitude", format!("{:.5}", place.longitude + (n % 89) as f64 * 0.0001)),
            field("NumMedia", "0".to_owned()),
            field("ProfileName", "Resident".to_owned()),
        ];
        let record = Message::FromResident(FromResident {
            sid: sid(n),
            received_at: now,
            form: Sealed(form),
            entered_at_desk: false,
        });
        let envelope = Envelope::root(EventId::from(&sid(n)), now);
        let key = CitizenId::of(&self.pepper()?, &from).to_string();
        Ok(encode::<Messages>(
            &self.topics.key_ring,
            "whatsapp",
            &envelope,
            Address::ByKey(self.topics.partitions),
            key,
            &record,
        )?)
    }

    fn pepper(&self) -> Result<Pepper> {
        let text = self.environment().get("PEPPER").map_or("", String::as_str);
        let bytes: Vec<u8> = (0..text.len() / 2)
            .filter_map(|n| u8::from_str_radix(text.get(2 * n..2 * n + 2)?, 16).ok())
            .collect();
        Ok(Pepper::new(&bytes)?)
    }
}
