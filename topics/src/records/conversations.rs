//! `conversations`: the store of conversations, keyed by citizen: what is known of a resident while they
//! write. All that says who they are or what they said is sealed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::reports::Account;
use crate::values::ids::{EventId, MessageSid, TicketId};
use crate::values::time::Time;
use crate::values::tracking::TrackingNumber;
use crate::values::vocabulary::{Category, Language, Outcome, Sentiment, Severity, Status, words};

/// A conversation with one resident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversation {
    /// When it was last written, by its log.
    pub at: Time,
    /// The edition in force then.
    pub edition: u32,
    /// The next due time: a question asked again, a report filed without a place, a choice not made, an
    /// expiry.
    pub due_at: Option<Time>,
    /// When the resident last wrote, by the log: the 24-hour window runs from here. Forgotten with what was
    /// private.
    pub last_heard_at: Option<Time>,
    /// A due time failed and was switched off then; a person has to look.
    pub disarmed_at: Option<Time>,
    /// Everything about the resident.
    pub state: Sealed<State>,
}

/// What is known of a resident. Each open question has an exit by time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct State {
    /// The address they write from, Twilio's `From`.
    pub address: String,
    /// The number they wrote to, Twilio's `To`: answers leave from it.
    pub number: String,
    /// Our numbers that they wrote to, the last one last, but for what was private: STOP and START hold for
    /// all of them.
    pub numbers: Vec<String>,
    /// The language they last wrote in.
    pub language: Language,
    /// Why they are not written to, if they are not.
    pub silence: Option<Silence>,
    /// How fast they write.
    pub pace: Pace,
    /// MessageSids of the last days, with when they were heard: a retry is folded.
    pub heard: BTreeMap<MessageSid, Time>,
    /// A report that waits for its place, or for what is wrong there.
    pub draft: Option<Box<Draft>>,
    /// A message that may have been a disclosure: a municipal problem, or something private?
    pub choice: Option<Box<Choice>>,
    /// A list of tickets that they were asked to choose from.
    pub which: Option<TicketChoice>,
    /// Their tickets, by id.
    pub tickets: BTreeMap<TicketId, KnownTicket>,
    /// After a disclosure, every turn belongs to the police lane.
    pub protected: Option<Protection>,
    /// While the choice or the time after a disclosure lasts: how the municipal lane goes on to answer, as
    /// if nothing private had been written. The fields above are then the police lane's.
    pub reach: Option<Reach>,
}

/// How a resident is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reach {
    /// In which language.
    pub language: Language,
    /// From which number.
    pub number: String,
    /// When they last wrote, by the log: the 24-hour window runs from here.
    pub heard_at: Option<Time>,
}

words!(
    /// Why a resident is not written to.
    Silence {
        /// They said STOP.
        SaidStop = "said_stop",
        /// A delivery found that they cannot be reached; over when they write again.
        Unreachable = "unreachable",
    }
);

/// How fast a resident writes: a flood is heard, but not answered word for word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pace {
    /// When the counted minute began.
    pub since: Time,
    /// Messages in it.
    pub count: u32,
    /// Whether emergency numbers were told in it.
    pub alarmed: bool,
}

/// After a disclosure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Protection {
    /// The protected report that later turns add to.
    pub report: TicketId,
    /// Until when.
    pub until: Time,
    /// Whether they were told whom to call, and not only asked.
    pub helped: bool,
}

/// A report that is not complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// The first message: its ticket's id comes of it.
    pub first: MessageSid,
    /// When the webhook took it.
    pub reported_at: Time,
    /// The language in which it says what is wrong.
    pub language: Language,
    /// What about; none: a place or picture came without words, and we asked what is wrong.
    pub category: Option<Category>,
    /// How grave.
    pub severity: Severity,
    /// In what tone.
    pub sentiment: Sentiment,
    /// The closed ticket that it goes on from.
    pub reopened_from: Option<TicketId>,
    /// What was said and sent so far.
    pub account: Account,
    /// When we asked for what is missing, by the log.
    pub asked_at: Time,
    /// Whether we asked again.
    pub reminded: bool,
}

/// A message that may have been a disclosure. Nothing municipal comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// The message.
    pub first: MessageSid,
    /// When the webhook took it.
    pub reported_at: Time,
    /// When it was asked, by the log.
    pub asked_at: Time,
    /// What was said so far.
    pub account: Account,
}

/// A list of tickets to choose from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketChoice {
    /// The tickets in the order in which they were listed, from 1.
    pub tickets: Vec<TicketId>,
    /// What is to be done with the chosen one.
    pub wish: Wish,
    /// What came with the wish, for the chosen one too.
    pub more: Account,
    /// When it was asked, by the log.
    pub asked_at: Time,
}

words!(
    /// What a resident wants of a ticket.
    Wish {
        /// It is resolved: close it.
        Confirm = "confirm",
        /// It is not resolved: go on.
        Reopen = "reopen",
        /// It was a mistake, or is over: close it.
        Withdraw = "withdraw",
        /// There is more to say of it.
        Add = "add",
        /// This is where it is.
        Locate = "locate",
    }
);

/// A ticket as its resident knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnownTicket {
    /// Its number; known from the start.
    pub tracking_number: TrackingNumber,
    /// What about.
    pub category: Category,
    /// Whether its place is known.
    pub located: bool,
    /// When its resident last added to it.
    pub spoken_at: Time,
    /// Its status as last heard; none before it has spoken.
    pub status: Option<Status>,
    /// Why it is closed, if it is.
    pub outcome: Option<Outcome>,
    /// When it was closed, by its own log, if it is: nothing is asked of it for longer than it can be gone
    /// on with.
    pub closed_at: Option<Time>,
    /// The version of that news: older news is not told.
    pub version: u64,
    /// When it was last heard from, or made.
    pub at: Time,
    /// When the resident's matter should be resolved.
    pub resolution_due_at: Option<Time>,
    /// It was to go on and was closed too long ago: the next report of the same kind refers to it.
    pub too_late: bool,
    /// A wish that waits until it has spoken.
    pub waiting: Option<Wish>,
    /// Commands of the resident that it has not answered, with what they wished.
    pub asked: BTreeMap<EventId, Wish>,
    /// Twilio's ids of our last messages about it, oldest first: a reply to one of them is about it.
    pub sent: Vec<MessageSid>,
}
