//! Reads Twilio's form as one turn of a resident.

use std::time::Duration;

use topics::records::messages::{Form, FromResident};
use topics::records::reports::Media;
use topics::values::ids::MessageSid;
use topics::values::time::Time;

use crate::rules::geography::{PinVerdict, judge};

/// The maximum number of files of one message; WhatsApp sends one, Twilio allows ten.
const MAX_FILES: usize = 10;
/// The maximum length of an address in bytes: a number has 25, WhatsApp's own ids have fewer than 100.
const LONGEST_ADDRESS: usize = 128;

/// The longest time between the webhook that takes a message and the broker that appends it: a webhook holds
/// a request for 10 s. Beyond it the clock of the webhook's host is wrong, and the broker's counts.
pub const LONGEST_TRANSIT: Duration = Duration::from_secs(30);

/// One message of a resident.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Twilio's id of the message.
    pub sid: MessageSid,
    /// The time at which the webhook received it; the broker's if the clock of the webhook was wrong.
    pub received_at: Time,
    /// The address that it came from, Twilio's `From`.
    pub address: String,
    /// The number that it was sent to, Twilio's `To`.
    pub number: String,
    /// The text of the message or of the pressed button, unchanged.
    pub words: Option<String>,
    /// The payload of the pressed button.
    pub payload: Option<String>,
    /// The name and address that WhatsApp sent along with a pin.
    pub label: Option<String>,
    /// The location pin, if one was sent.
    pub pin: Option<PinVerdict>,
    /// The media files of the message.
    pub media: Vec<Media>,
    /// The message that the resident marked to reply to, if any.
    pub replied_to: Option<MessageSid>,
}

impl Turn {
    /// Reads a message that the broker appended at `appended_at`. Returns `None` if the sender or the
    /// recipient is missing or too long to be an address.
    pub fn read(message: &FromResident, appended_at: Time) -> Option<Self> {
        let form = &message.form.0;
        let text = |name| field(form, name).map(str::to_owned);
        let address = |name| text(name).filter(|address| address.len() <= LONGEST_ADDRESS);
        Some(Self {
            sid: message.sid.clone(),
            received_at: received_at(message.received_at, appended_at),
            address: address("From")?,
            number: address("To")?,
            words: text("Body").or_else(|| text("ButtonText")),
            payload: text("ButtonPayload"),
            label: label(form),
            pin: pin(form),
            media: media(form, &message.sid),
            replied_to: field(form, "OriginalRepliedMessageSid").and_then(|sid| sid.parse().ok()),
        })
    }

    /// All words of the turn, for the screen: text, caption, button and the label of the place.
    pub fn said(&self) -> String {
        let parts = [self.words.as_deref(), self.payload.as_deref(), self.label.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    /// Whether the message has a voice note.
    pub fn has_voice(&self) -> bool {
        self.media.iter().any(|media| media.content_type.starts_with("audio/"))
    }
}

/// The time at which a message counts as received: the webhook's, unless it is too far from the broker's.
fn received_at(by_webhook: Time, appended_at: Time) -> Time {
    let apart = by_webhook.since(appended_at).max(appended_at.since(by_webhook));
    if apart > LONGEST_TRANSIT { appended_at } else { by_webhook }
}

/// The first value of `name` that is not blank.
fn field<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.iter()
        .find(|(known, value)| known == name && !value.trim().is_empty())
        .map(|(_, value)| value.as_str())
}

fn pin(form: &Form) -> Option<PinVerdict> {
    let degrees = |name| Some(field(form, name)?.trim().parse::<f64>().unwrap_or(f64::NAN));
    Some(judge(degrees("Latitude")?, degrees("Longitude")?))
}

fn label(form: &Form) -> Option<String> {
    let parts: Vec<&str> = ["Label", "Address"].into_iter().filter_map(|name| field(form, name)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn media(form: &Form, sid: &MessageSid) -> Vec<Media> {
    let file = |number: usize| {
        Some(Media {
            url: field(form, &format!("MediaUrl{number}"))?.to_owned(),
            content_type: field(form, &format!("MediaContentType{number}"))
                .unwrap_or("application/octet-stream")
                .to_owned(),
            message: sid.clone(),
        })
    };
    (0..MAX_FILES).map_while(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use topics::codec::sealing::Sealed;

    fn turn(fields: &[(&str, &str)]) -> Option<Turn> {
        let form = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let sid = "SM00000000000000000000000000000001".parse().unwrap();
        let at = Time::from_millis(0);
        Turn::read(&FromResident { sid, received_at: at, form: Sealed(form) }, at)
    }

    #[test]
    fn a_webhook_whose_clock_is_wrong_moves_no_promise() {
        let broker = Time::from_millis(1_700_000_000_000);
        let second = Duration::from_secs(1);
        for near in [broker, broker - 30 * second, broker + 30 * second] {
            assert_eq!(received_at(near, broker), near);
        }
        for far in [broker - 31 * second, broker + 31 * second, broker - 172_800 * second] {
            assert_eq!(received_at(far, broker), broker);
        }
    }

    #[test]
    fn a_form_without_sender_is_no_turn() {
        assert_eq!(turn(&[("Body", "hello"), ("To", "whatsapp:+27100000000")]), None);
    }

    #[test]
    fn a_caption_a_button_and_a_label_are_words_for_the_screen() {
        let base = [("From", "whatsapp:US.1"), ("To", "whatsapp:+27100000000")];
        let photo = [
            ("Body", "caption"),
            ("NumMedia", "1"),
            ("MediaUrl0", "https://media/1"),
            ("MediaContentType0", "image/jpeg"),
        ];
        let photo = turn(&[base.as_slice(), &photo].concat()).unwrap();
        assert_eq!((photo.said().as_str(), photo.media.len()), ("caption", 1));
        let button = turn(
            &[base.as_slice(), &[("Body", ""), ("ButtonText", "Yes"), ("ButtonPayload", "yes")]].concat(),
        )
        .unwrap();
        assert_eq!(button.said(), "Yes\nyes");
        let pin = [("Latitude", "-29.8"), ("Longitude", "31.0"), ("Label", "Home"), ("Address", "1 Long St")];
        let pin = turn(&[base.as_slice(), &pin].concat()).unwrap();
        assert_eq!(pin.said(), "Home, 1 Long St");
    }
}
