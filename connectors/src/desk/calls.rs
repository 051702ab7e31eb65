//! Reports of people who call or come in person: a member of staff writes down what they say, and it goes the
//! way of every message, through the log of conversations and the screen. The page says that it was taken,
//! and no more: whether a ticket comes of it is not for the page to say.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use pipeline::rules::geography::{PinVerdict, judge};
use serde::Deserialize;
use topics::catalogue::Messages;
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::Sealed;
use topics::records::messages::{Form as TwilioForm, FromResident, Message};
use topics::values::ids::{CitizenId, EventId, MessageSid, Pepper};
use topics::values::point::Point;
use topics::values::time::Time;

use super::DeskError;
use super::accounts::Person;
use super::commands::{OTHER_SITE, read_point};
use super::layout;
use super::roles::DeskPage;
use super::server::Desk;
use super::session::{PageError, SignedIn};
use super::ticket_store::positions;
use crate::clock::present;

/// The longest text of a report, in characters: that of a message of WhatsApp.
const LONGEST: usize = 4096;

const TAKEN: &str = "Taken. The caller gets news of it on WhatsApp at this number. If it is a report to the \
    municipality, its ticket comes into the queue, at once if it has a place.";

/// What the desk needs to take reports of callers.
#[derive(Clone)]
pub struct Callers {
    /// The number of ours from which callers are answered.
    pub sender: String,
    /// The secret that turns numbers into ids of residents.
    pub pepper: Pepper,
}

/// The form of a report.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct CallForm {
    token: String,
    number: String,
    words: String,
    point: String,
}

/// A report as it was checked.
struct Call {
    /// The address of the caller as Twilio writes it.
    from: String,
    words: String,
    point: Option<Point>,
}

pub async fn show(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
) -> Result<Response, PageError> {
    allowed(&desk, &person)?;
    page(&desk, &person, &CallForm::default(), None).await
}

/// Accepts a report that a member of staff enters for a caller.
pub async fn take(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Form(form): Form<CallForm>,
) -> Result<Response, PageError> {
    if !person.form.is(&form.token) {
        return Err(PageError::Forbidden(OTHER_SITE));
    }
    let callers = allowed(&desk, &person)?;
    let call = match form.read() {
        Ok(call) => call,
        Err(why) => return page(&desk, &person, &form, Some(&layout::notice("refused", why))).await,
    };
    desk.accounts.note_call(&person).await?;
    let now = present();
    append(&desk, callers, &call.from, now, vec![("Body".to_owned(), call.words)]).await?;
    if let Some(Point { latitude, longitude }) = call.point {
        let pin = [("Latitude", latitude), ("Longitude", longitude)];
        let pin = pin.map(|(name, degrees)| (name.to_owned(), degrees.to_string()));
        append(&desk, callers, &call.from, now, pin.to_vec()).await?;
    }
    page(&desk, &person, &CallForm::default(), Some(&layout::notice("applied", TAKEN))).await
}

fn allowed<'a>(desk: &'a Desk, person: &Person) -> Result<&'a Callers, PageError> {
    person.require(DeskPage::Calls)?;
    desk.callers
        .as_ref()
        .ok_or(PageError::Bad("The desk takes no reports of callers: DESK_CALLERS_SENDER is not set."))
}

impl CallForm {
    fn read(&self) -> Result<Call, &'static str> {
        let digits: String = self.number.chars().filter(char::is_ascii_digit).collect();
        // In South Africa people write 082 and mean +27 82.
        let digits = match digits.strip_prefix('0') {
            Some(local) if !local.starts_with('0') => format!("27{local}"),
            _ => digits.trim_start_matches('0').to_owned(),
        };
        if !(8..=15).contains(&digits.len()) {
            return Err("The number of the caller has 10 digits, or begins with + and its country.");
        }
        let words = self.words.trim();
        if words.is_empty() || words.chars().count() > LONGEST {
            return Err("Write what the caller says, in at most 4,096 characters.");
        }
        let point =
            read_point(&self.point).map_err(|_| "The place is two numbers, such as -26.333, 28.152.")?;
        let is_plausible =
            |point: &Point| matches!(judge(point.latitude, point.longitude), PinVerdict::Plausible(_));
        if point.as_ref().is_some_and(|point| !is_plausible(point)) {
            return Err(
                "This place is not in South Africa; write degrees south with a minus, then degrees east.",
            );
        }
        Ok(Call { from: format!("whatsapp:+{digits}"), words: words.to_owned(), point })
    }
}

/// Appends a message as if it had come from the caller's phone, and waits until the broker has it.
async fn append(
    desk: &Desk,
    callers: &Callers,
    from: &str,
    now: Time,
    content: TwilioForm,
) -> Result<(), PageError> {
    let malformed = |error: &dyn std::fmt::Display| DeskError::Command(error.to_string());
    let sid: MessageSid =
        format!("SM{}", uuid::Uuid::new_v4().simple()).parse().map_err(|error| malformed(&error))?;
    let address = [("From", from), ("To", &callers.sender), ("MessageSid", sid.as_str())];
    let address = address.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let form = address.chain(content).collect();
    let envelope = Envelope::root(EventId::from(&sid), now);
    // The caller has not written, so WhatsApp takes no words of our own for them.
    let entered_at_desk = true;
    let message =
        Message::FromResident(FromResident { sid, received_at: now, form: Sealed(form), entered_at_desk });
    let key = CitizenId::of(&callers.pepper, from).to_string();
    let outgoing =
        encode::<Messages>(&desk.key_ring, "desk", &envelope, Address::ByKey(desk.partitions), key, &message)
            .map_err(|error| malformed(&error))?;
    Ok(desk.append.append(outgoing).await.map_err(DeskError::from)?)
}

async fn page(
    desk: &Desk,
    person: &Person,
    form: &CallForm,
    notice: Option<&Markup>,
) -> Result<Response, PageError> {
    let since = positions(desk.accounts.pool()).await?;
    let body = html! {
        main.call {
            h1 { "A report for a caller" }
            p.hint {
                "What you write goes the way of a message from this number, and the caller gets news there. "
                "Who has not written to us within 24 hours cannot be asked anything on WhatsApp: ask now, "
                "above all for the place." }
            @if let Some(notice) = notice { (notice) }
            form.act method="post" action="/call" data-whole="yes" {
                input type="hidden" name="token" value=(person.form.as_str());
                label { "Number of the caller"
                    input name="number" inputmode="tel" autocomplete="off" required value=(form.number)
                        placeholder="082 000 0000"; }
                label { "What the caller says"
                    textarea name="words" rows="5" maxlength=(LONGEST) required { (form.words) } }
                label { "Place, if it is known (degrees)"
                    input name="point" autocomplete="off" value=(form.point) placeholder="-26.333, 28.152"; }
                button { "Send the report" }
            }
        }
    };
    Ok(Html(layout::page("A report for a caller", person, &since, &body).into_string()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(number: &str, words: &str, point: &str) -> Result<(String, Option<Point>), &'static str> {
        let form = CallForm {
            number: number.into(),
            words: words.into(),
            point: point.into(),
            ..CallForm::default()
        };
        form.read().map(|call| (call.from, call.point))
    }

    #[test]
    fn a_number_is_that_of_south_africa_unless_it_names_its_country() {
        for (typed, from) in [
            ("082 000 0741", "whatsapp:+27820000741"),
            ("+27 82-000-0741", "whatsapp:+27820000741"),
            ("0027820000741", "whatsapp:+27820000741"),
            ("+44 20 7946 0000", "whatsapp:+442079460000"),
        ] {
            assert_eq!(read(typed, "a pipe", "").unwrap(), (from.to_owned(), None), "{typed}");
        }
        assert!(read("12345", "a pipe", "").is_err());
    }

    #[test]
    fn words_are_needed_and_a_place_is_in_south_africa() {
        assert!(read("0820000741", "  ", "").is_err());
        assert!(read("0820000741", "a pipe", "26.3, 28.1").is_err());
        assert!(read("0820000741", "a pipe", "here").is_err());
        let point = Point { latitude: -26.333, longitude: 28.152 };
        assert_eq!(read("0820000741", "a pipe", "-26.333 28.152").unwrap().1, Some(point));
    }
}
