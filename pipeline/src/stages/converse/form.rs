//! Reads Twilio's form as one turn of a resident.

use std::time::Duration;

use topics::records::messages::{Form, FromResident};
use topics::records::reports::Media;
use topics::values::ids::MessageSid;
use topics::values::time::Time;

use super::place::GivenPlace;
use crate::understanding::places;

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
    /// The text of the message or of the pressed button, unchanged. Missing if it only spells the place.
    pub words: Option<String>,
    /// The words besides a place that the text spells.
    pub besides: Option<String>,
    /// The payload of the pressed button.
    pub payload: Option<String>,
    /// The name and address that WhatsApp sent along with a pin, or the place as a link spells it.
    pub label: Option<String>,
    /// The place that the turn gives: a location pin, or degrees, a link or a code in the text.
    pub place: Option<GivenPlace>,
    /// The media files of the message.
    pub media: Vec<Media>,
    /// The message that the resident marked to reply to, if any.
    pub replied_to: Option<MessageSid>,
    /// What kind of message it is.
    pub kind: MessageKind,
    /// Whether staff entered it for a person who called, and who has not written.
    pub entered_at_desk: bool,
}

/// The kinds of messages that are treated apart. Edits and deletions are not delivered by Twilio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Words, files, a pin or a button.
    Content,
    /// A location without degrees. What its label says counts as words.
    Place,
    /// A sticker without words. Its picture says nothing about a problem and is not kept.
    Sticker,
    /// A reaction to a message. Its emoji is not kept.
    Reaction,
    /// A message of a kind that WhatsApp's interface does not pass on: it has no content.
    Unsupported,
}

impl Turn {
    /// Reads a message that the broker appended at `appended_at`. Returns `None` if the sender is missing or
    /// too long to be an address. So it does for the recipient, unless the number that the resident last
    /// wrote to is known: an answer from a number that was garbled on the way would be refused. A resident
    /// who calls is answered from the number that they last wrote to, since a window belongs to one number.
    pub fn read(message: &FromResident, appended_at: Time, last_number: Option<&str>) -> Option<Self> {
        let form = &message.form.0;
        let text = |name| field(form, name).map(str::to_owned);
        let address = |name| text(name).filter(|address| address.len() <= LONGEST_ADDRESS);
        let number = address("To").filter(|number| number.bytes().all(|byte| byte.is_ascii_graphic()));
        let number = number.filter(|_| !message.entered_at_desk || last_number.is_none());
        let kind = kind(form);
        let has_content = matches!(kind, MessageKind::Content | MessageKind::Place);
        let said = Said::read(form, kind);
        Some(Self {
            sid: message.sid.clone(),
            received_at: received_at(message.received_at, appended_at),
            address: address("From")?,
            number: number.or_else(|| last_number.map(str::to_owned))?,
            words: said.words.filter(|_| has_content),
            besides: said.besides.filter(|_| has_content),
            payload: text("ButtonPayload").or_else(|| text("ListId")),
            label: said.label,
            place: said.place,
            media: if has_content { media(form, &message.sid) } else { Vec::new() },
            kind,
            entered_at_desk: message.entered_at_desk,
            replied_to: field(form, "OriginalRepliedMessageSid").and_then(|sid| sid.parse().ok()),
        })
    }

    /// All words of the turn, for the screen: text, caption, button and the label of the place. What spells
    /// the place itself is left out.
    pub fn said(&self) -> String {
        let parts = [self.besides.as_deref(), self.payload.as_deref(), self.label.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    /// Whether the resident wrote words in a language of their choice. The words of a button are ours, and
    /// the name of a place is the same in all languages.
    pub const fn is_written(&self) -> bool {
        self.words.is_some() && self.payload.is_none() && !matches!(self.kind, MessageKind::Place)
    }

    /// Whether the message has a voice note.
    pub fn has_voice(&self) -> bool {
        self.media.iter().any(|media| media.content_type.starts_with("audio/"))
    }
}

/// What a message says, taken apart into words and a place.
struct Said {
    words: Option<String>,
    besides: Option<String>,
    label: Option<String>,
    place: Option<GivenPlace>,
}

impl Said {
    fn read(form: &Form, kind: MessageKind) -> Self {
        let text = ["Body", "ButtonText", "ListTitle"].into_iter().find_map(|name| field(form, name));
        let words = text.map(str::to_owned);
        let label = label(form);
        // Without a pin the name of a place is what the resident says.
        let (words, label) = match kind {
            MessageKind::Place => (words.or(label), None),
            _ => (words, label),
        };
        let pin = pin(form);
        let spelt = words.as_deref().filter(|_| pin.is_none()).and_then(places::find);
        let Some((text, spelt)) = words.as_deref().zip(spelt) else {
            return Self { besides: words.clone(), words, label, place: pin };
        };
        let place = GivenPlace::of_text(&spelt);
        let besides = spelt.besides(text);
        // What the point says already is not kept as words, too.
        let is_all_in_point = besides.is_none() && place.point().is_some();
        Self {
            words: words.filter(|_| !is_all_in_point),
            besides,
            label: label.or(spelt.name),
            place: Some(place),
        }
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

/// The kind of the message: Twilio's `MessageType` where there is one. A sticker is a WebP file without
/// words; WhatsApp makes JPEG of photos.
fn kind(form: &Form) -> MessageKind {
    let has = |name| field(form, name).is_some();
    let is_webp = field(form, "MediaContentType0").is_some_and(|kind| kind.starts_with("image/webp"));
    let content = [
        "Body",
        "ButtonText",
        "ButtonPayload",
        "ListId",
        "ListTitle",
        "Latitude",
        "Label",
        "Address",
        "MediaUrl0",
    ];
    match field(form, "MessageType").map(str::to_ascii_lowercase).as_deref() {
        Some("reaction") => MessageKind::Reaction,
        Some("sticker") if !has("Body") => MessageKind::Sticker,
        None if is_webp && !has("Body") && !has("MediaUrl1") => MessageKind::Sticker,
        Some(other) if other != "text" && !content.into_iter().any(has) => MessageKind::Unsupported,
        Some(_) | None if has("Latitude") => MessageKind::Content,
        Some(_) | None if has("Label") || has("Address") => MessageKind::Place,
        Some(_) | None => MessageKind::Content,
    }
}

fn pin(form: &Form) -> Option<GivenPlace> {
    let degrees = |name| Some(field(form, name)?.trim().parse::<f64>().unwrap_or(f64::NAN));
    Some(GivenPlace::of_pin(degrees("Latitude")?, degrees("Longitude")?))
}

fn label(form: &Form) -> Option<String> {
    let parts: Vec<&str> = ["Label", "Address"].into_iter().filter_map(|name| field(form, name)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn media(form: &Form, sid: &MessageSid) -> Vec<Media> {
    (0..MAX_FILES).map_while(|number| file(form, sid, number)).collect()
}

fn file(form: &Form, sid: &MessageSid, number: usize) -> Option<Media> {
    let url = field(form, &format!("MediaUrl{number}"))?;
    let content_type =
        field(form, &format!("MediaContentType{number}")).unwrap_or("application/octet-stream");
    Some(Media { url: url.to_owned(), content_type: content_type.to_owned(), message: sid.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use topics::codec::sealing::Sealed;

    fn turn(fields: &[(&str, &str)]) -> Option<Turn> {
        turn_after(None, fields)
    }

    fn turn_after(last_number: Option<&str>, fields: &[(&str, &str)]) -> Option<Turn> {
        let form = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let sid = "SM00000000000000000000000000000001".parse().unwrap();
        let at = Time::from_millis(0);
        Turn::read(
            &FromResident { sid, received_at: at, form: Sealed(form), entered_at_desk: false },
            at,
            last_number,
        )
    }

    #[test]
    fn a_sticker_a_reaction_and_an_unsupported_message_have_no_content() {
        let base = [("From", "whatsapp:US.1"), ("To", "whatsapp:+27100000000")];
        let of = |fields: &[(&str, &str)]| turn(&[base.as_slice(), fields].concat()).unwrap();
        let file = |kind| [("Body", ""), ("MediaUrl0", "https://media/1"), ("MediaContentType0", kind)];
        assert_eq!(of(&file("image/webp")).kind, MessageKind::Sticker);
        assert_eq!(of(&file("image/webp")).media, []);
        let document = [file("image/webp").as_slice(), &[("MessageType", "document")]].concat();
        assert_eq!((of(&document).kind, of(&document).media.len()), (MessageKind::Content, 1));
        for kind in ["image/jpeg", "application/pdf", "text/vcard"] {
            assert_eq!(
                (of(&file(kind)).kind, of(&file(kind)).media.len()),
                (MessageKind::Content, 1),
                "{kind}"
            );
        }
        let reaction = of(&[("MessageType", "reaction"), ("Body", "\u{1f62d}")]);
        assert_eq!((reaction.kind, reaction.said().as_str()), (MessageKind::Reaction, ""));
        assert_eq!(of(&[("MessageType", "unsupported")]).kind, MessageKind::Unsupported);
        assert_eq!(of(&[("MessageType", "text"), ("Body", "")]).kind, MessageKind::Content);
        assert_eq!(of(&[("Body", "")]).kind, MessageKind::Content);
    }

    #[test]
    fn an_entry_of_a_list_and_a_place_without_degrees_are_words() {
        let base =
            [("From", "whatsapp:US.1"), ("To", "whatsapp:+27100000000"), ("MessageType", "interactive")];
        let entry = turn(&[base.as_slice(), &[("ListTitle", "Water"), ("ListId", "1")]].concat()).unwrap();
        assert_eq!((entry.words.as_deref(), entry.payload.as_deref()), (Some("Water"), Some("1")));
        let place = turn(&[base.as_slice(), &[("Label", "Long Street 1")]].concat()).unwrap();
        assert_eq!((place.words.as_deref(), place.label), (Some("Long Street 1"), None));
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
    fn a_recipient_that_cannot_be_read_is_the_number_that_the_resident_last_wrote_to() {
        let known = Some("whatsapp:+27100000000");
        for garbled in ["whatsapp:+2710\u{fffd}0000", "whatsapp:+27 10", ""] {
            let fields = [("Body", "hello"), ("From", "whatsapp:US.1"), ("To", garbled)];
            assert_eq!(turn_after(known, &fields).unwrap().number, "whatsapp:+27100000000", "{garbled}");
            assert_eq!(turn_after(None, &fields), None, "{garbled}");
        }
        let other = [("From", "whatsapp:US.1"), ("To", "whatsapp:+27100000001")];
        assert_eq!(turn_after(known, &other).unwrap().number, "whatsapp:+27100000001");
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
