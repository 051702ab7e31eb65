//! The screen: decides, before any other processing, whether a message may go to the municipality.
//!
//! A report of gender-based violence goes to the police alone, so the screen gives each message one of four
//! types: [`Disclosure`], [`PossibleDisclosure`], [`Unread`] or [`Cleared`]. Their fields are private to this
//! file, so that only a cleared message can become a municipal report, and only a disclosure or a possible
//! one a protected report.
//!
//! ```compile_fail,E0451
//! // A message that was not screened cannot be cleared.
//! let account = topics::records::reports::Account::default();
//! let cleared = pipeline::stages::converse::screen::Cleared { account };
//! ```
//!
//! What a text speaks of is found by rules and a model together: see [`crate::understanding::bands`]. In
//! doubt the screen asks the resident, because only a person can judge what was meant.

use topics::records::reports::{Account, Media};
use topics::records::unscreened::Unreadable;
use topics::values::vocabulary::Language;

use super::form::Turn;
use super::place::GivenPlace;
use crate::understanding::meaning::Meaning;
pub use crate::understanding::violence::Band;
use crate::understanding::{UnderstoodTurn, understand, violence};

/// The result of screening a message.
#[derive(Debug)]
pub enum Screened {
    /// The message speaks of violence.
    Certain(Disclosure),
    /// It may speak of violence: the resident is asked.
    Possible(PossibleDisclosure),
    /// There are no words to judge by, or no words that the lists know.
    Unread(Unread),
    /// The message does not speak of violence.
    Municipal(Cleared),
}

/// A message that speaks of violence.
#[derive(Debug)]
pub struct Disclosure {
    account: Account,
}

/// A message that may speak of violence.
#[derive(Debug)]
pub struct PossibleDisclosure {
    account: Account,
}

/// A message that could not be judged.
#[derive(Debug)]
pub struct Unread {
    /// The reason why it could not be judged.
    pub why: Unreadable,
    account: Account,
}

/// A message that the screen let through.
#[derive(Debug)]
pub struct Cleared {
    account: Account,
}

impl Disclosure {
    /// The words, media and place of the message.
    pub fn into_account(self) -> Account {
        self.account
    }
}

impl PossibleDisclosure {
    /// The words, media and place of the message.
    pub fn into_account(self) -> Account {
        self.account
    }
}

impl Unread {
    /// The words, media and place of the message.
    pub fn into_account(self) -> Account {
        self.account
    }

    /// Clears a picture without words. Call it only if the picture belongs to a report or ticket whose words
    /// were cleared, or waits for such words: without them it goes to a person. A message with words is
    /// returned unchanged.
    #[expect(clippy::result_large_err, reason = "the message is passed on in both cases, and is no error")]
    pub fn as_picture(self) -> Result<Cleared, Self> {
        if self.why == Unreadable::NoWords { Ok(Cleared { account: self.account }) } else { Err(self) }
    }
}

impl Cleared {
    /// Takes the files out of the message, for another lane.
    pub fn take_files(&mut self) -> Vec<Media> {
        std::mem::take(&mut self.account.media)
    }

    /// The words, media and place of the message.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The words, media and place of the message.
    pub fn into_account(self) -> Account {
        self.account
    }
}

/// Screens a turn of which this was understood. `known` says whether the lists know the language or any word
/// of the turn.
pub fn screen(turn: &Turn, understood: &UnderstoodTurn, known: bool) -> Screened {
    let said = turn.said();
    let account = account_of(turn);
    let unread = |why, account| Screened::Unread(Unread { why, account });
    // What comes with a pin is the name of a place: only words that speak of violence by themselves count.
    let is_place = turn.place.is_some_and(|place| place.is_pin() || turn.besides.is_none());
    // A text that only asks something of the service is listed word by word, so the model has no say either.
    let Meaning { request, answers_only, .. } = understood.meaning;
    let is_request = request.is_some() && answers_only;
    let band = if is_place || is_request { understood.rule } else { understood.band };
    match band {
        Band::Certain => Screened::Certain(Disclosure { account }),
        Band::Possible => Screened::Possible(PossibleDisclosure { account }),
        Band::None if turn.has_voice() => unread(Unreadable::Voice, account),
        Band::None if is_place => Screened::Municipal(Cleared { account }),
        Band::None if said.trim().is_empty() && !turn.media.is_empty() => {
            unread(Unreadable::NoWords, account)
        }
        Band::None if !known && !said.trim().is_empty() => unread(Unreadable::UnknownLanguage, account),
        Band::None => Screened::Municipal(Cleared { account }),
    }
}

fn account_of(turn: &Turn) -> Account {
    let (point, place_basis) = turn.place.and_then(GivenPlace::point).unzip();
    Account {
        words: turn.words.clone().into_iter().collect(),
        media: turn.media.clone(),
        point,
        place_basis,
        place_name: turn.label.clone(),
        number_end: None,
    }
}

/// The band of a text.
pub fn band(text: &str) -> Band {
    understand(text, &[], None).band
}

/// The language in which a text speaks of violence, or `None` if it uses words of several languages or none.
pub fn language(text: &str) -> Option<Language> {
    violence::language(&crate::understanding::normal::readings(text))
}
