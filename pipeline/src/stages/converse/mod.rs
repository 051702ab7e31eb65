//! converse: screens what a resident writes, asks for what is missing and files reports that are complete.
//!
//! The stage is a function of the conversation so far and one turn, or the passing of time. It returns its
//! decisions as a list of [`Act`]s; the machine gives them ids, addresses and topics. The screen comes first:
//! see [`screen`].

use topics::records::conversations::{Draft, State, Wish};
use topics::records::reports::{Addendum, MunicipalReport};
use topics::records::ticket_commands::Change;
use topics::records::unscreened::Unscreened;
use topics::values::ids::{CitizenId, EventId, TicketId};
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;

use crate::rules::edition::Edition;
use crate::understanding::{meaning, numbers};

mod answers;
mod choice;
mod drafts;
pub mod due;
mod flood;
pub mod form;
mod known;
mod municipal;
pub mod phase;
pub mod privacy;
mod protected;
pub mod screen;
mod turn;

pub use known::{change, sent};
pub use meaning::{Intent, Meaning, read};
pub use protected::{PrivateAct, PrivateReply};
pub use turn::{Heard, hear, new_state};

/// The name of the stage in counts and dead letters.
pub const CONVERSE: &str = "converse";

/// What the stage needs besides the conversation.
pub struct Context<'a> {
    /// The time of the log.
    pub now: Time,
    /// The edition in force for this step.
    pub edition: &'a Edition,
    /// The id of the record that is processed.
    pub cause: &'a EventId,
    /// The id of the resident who writes.
    pub citizen: CitizenId,
    /// The partition of `messages` that this conversation lives in.
    pub partition: u32,
    /// Returns the next tracking number.
    pub number: &'a mut dyn FnMut() -> TrackingNumber,
}

/// A decision of the stage about a municipal turn, which the machine turns into a record.
#[derive(Debug)]
pub enum Act {
    /// File a municipal report.
    Report(Box<MunicipalReport>),
    /// Add content to a ticket. The wish decides the text of the answer; without one it is not answered.
    Add(Box<Addendum>, Option<Wish>),
    /// Send a command to a ticket. The wish decides the text of the answer; without one it is not answered.
    Change(Box<Change>, Option<Wish>),
    /// Pass a message that cannot be screened to a person.
    Unscreened(Box<Unscreened>),
    /// Send a text to the resident.
    Tell(Reply),
    /// They want to hear nothing more, by both lanes; or again.
    Silence(bool),
}

/// A text to send to the resident.
#[derive(Debug)]
pub struct Reply {
    /// The text of the message.
    pub body: String,
    /// The ticket that it is about.
    pub ticket: Option<TicketId>,
    /// Whether it is also sent to a resident who said STOP.
    pub ignores_stop: bool,
    /// Whether it is also sent in a flood.
    pub urgent: bool,
}

/// The municipal part of a conversation during a step, with the acts so far.
struct Scene<'a, 'c> {
    context: &'a mut Context<'c>,
    state: &'a mut State,
    acts: Vec<Act>,
}

impl Scene<'_, '_> {
    /// Sends the text `name` in the resident's language.
    fn say(&mut self, name: &str, values: &[(&str, &str)]) {
        let body = crate::rules::texts::say(self.state.language, name, values);
        self.tell(body, None);
    }

    fn tell(&mut self, body: String, ticket: Option<TicketId>) {
        self.acts.push(Act::Tell(Reply { body, ticket, ignores_stop: false, urgent: false }));
    }

    fn rules(&self) -> &topics::records::editions::Rules {
        self.context.edition.rules()
    }

    /// Whether `at` is less than this number of seconds ago.
    fn is_within(&self, at: Time, seconds: u64) -> bool {
        self.context.now.since(at).as_secs() < seconds
    }
}

/// The number of bytes of text and links that a conversation keeps before it files them.
const MOST_KEPT: usize = 16_000;
/// The number of files that a conversation keeps before it files them.
const MOST_FILES: usize = 30;

/// Whether the content has reached the limit at which it is filed without what is missing.
fn is_full(account: &topics::records::reports::Account) -> bool {
    let text = account.words.iter().chain(&account.place_name).map(String::len).sum::<usize>();
    let links = account.media.iter().map(|media| media.url.len() + media.content_type.len()).sum::<usize>();
    text + links > MOST_KEPT || account.media.len() > MOST_FILES
}

/// Adds later content to the account.
fn extend(account: &mut topics::records::reports::Account, more: topics::records::reports::Account) {
    account.words.extend(more.words);
    account.media.extend(more.media);
    account.point = more.point.or(account.point);
    account.place_name = more.place_name.or_else(|| account.place_name.take());
}

/// Whether the draft has a category, so that its problem is known.
const fn says_what(draft: &Draft) -> bool {
    draft.category.is_some()
}
