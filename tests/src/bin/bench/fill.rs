//! Fills the log of conversations with reports that say everything at once: words and a pin.

use std::time::Duration;

use anyhow::Result;
use connectors::kafka;
use connectors::kafka::appender::Appender;
use tests::clock::now_ms;
use tests::harness::{Installation, SENDER};
use tests::residents::places::PLACES;
use topics::catalogue::Messages;
use topics::ids::{CitizenId, EventId, MessageSid, Pepper, TicketId};
use topics::messages::{FromResident, Message};
use topics::record::{Address, Envelope, encode};
use topics::sealing::Sealed;
use topics::time::Time;

/// What people write: as long as a WhatsApp message usually is.
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

/// The ticket that comes of the `n`-th message.
pub fn ticket(n: usize) -> TicketId {
    TicketId::of(&sid(n))
}

/// What the appender of the product needs to know of an installation.
pub fn log(installation: &Installation) -> kafka::Installation {
    kafka::Installation {
        brokers: installation.neighbours.kafka_brokers.clone(),
        prefix: installation.topics.prefix.clone(),
        partitions: installation.topics.partitions,
    }
}

/// Appends reports of residents, each of another one, and waits until the broker has them.
pub fn fill(installation: &Installation, numbers: std::ops::Range<usize>) -> Result<()> {
    let appender = Appender::new(&log(installation))?;
    let pepper = pepper(installation)?;
    for n in numbers {
        let from = format!("whatsapp:+2760{n:07}");
        let Some(place) = PLACES.get(n % PLACES.len()).map(|place| place.middle) else { continue };
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
        let now = Time::from_millis(now_ms());
        let record = Message::FromResident(FromResident { sid: sid(n), received_at: now, form: Sealed(form) });
        let envelope = Envelope::root(EventId::from(&sid(n)), now);
        let key = CitizenId::of(&pepper, &from).to_string();
        appender.append_and_forget(&encode::<Messages>(
            &installation.topics.key_ring,
            "bench",
            &envelope,
            Address::ByKey(installation.topics.partitions),
            key,
            &record,
        )?);
    }
    appender.flush();
    Ok(())
}

fn pepper(installation: &Installation) -> Result<Pepper> {
    let text = installation.environment().get("PEPPER").map_or("", String::as_str);
    let bytes: Vec<u8> = (0..text.len() / 2).filter_map(|n| u8::from_str_radix(text.get(2 * n..2 * n + 2)?, 16).ok()).collect();
    Ok(Pepper::new(&bytes)?)
}

/// How long a run may take before something is wrong.
pub const PATIENCE: Duration = Duration::from_secs(300);
