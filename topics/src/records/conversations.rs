//! `conversations`: the store of conversations, keyed by citizen: what is known of a resident while they
//! write. Everything that says who they are or what they said is sealed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::reports::{Account, PlaceBasis};
use crate::values::ids::{EventId, MessageSid, TicketId};
use crate::values::point::Point;
use crate::values::time::Time;
use crate::values::tracking::TrackingNumber;
use crate::values::vocabulary::{Category, Language, Outcome, Sentiment, Severity, Status, words};

/// A conversation with one resident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversation {
    /// When this was last written, in the time of its log.
    pub at: Time,
    /// The edition in force when this was last written.
    pub edition: u32,
    /// The next due time: when a question is asked again, a report is filed without a place, a choice counts
    /// as private, or the conversation expires.
    pub due_at: Option<Time>,
    /// When the resident last wrote, in the time of the log: the 24-hour window runs from here. Missing if
    /// they have only called. Removed together with what was private.
    pub last_heard_at: Option<Time>,
    /// When a due time failed and was switched off; a person has to look into it.
    pub disarmed_at: Option<Time>,
    /// What is known of the resident.
    pub state: Sealed<State>,
}

/// What is known of a resident. Each open question ends after some time without an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct State {
    /// The address that the resident writes from: Twilio's `From`.
    pub address: String,
    /// The number that the resident last wrote to, Twilio's `To`: answers are sent from it.
    pub number: String,
    /// Our numbers that the resident has written to, the most recent last, except for private messages: STOP
    /// and START hold for all of them.
    pub numbers: Vec<String>,
    /// The language that the resident is answered in: the one that they asked for, or else that of their last
    /// message.
    pub language: Language,
    /// The language that the resident asked for; missing if they are answered in the one that they write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_language: Option<Language>,
    /// Whether the resident was told in their own language that they are answered in English.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told_of_english: bool,
    /// Why the resident is not written to; missing if they are.
    pub silence: Option<Silence>,
    /// How fast the resident writes.
    pub pace: Pace,
    /// MessageSids of the municipal messages of the last days, with when each was heard: a retry of one of
    /// them is ignored.
    pub heard: BTreeMap<MessageSid, Time>,
    /// MessageSids of the private messages of the last days, with when each was heard. They are kept apart,
    /// so that many of them do not make the conversation forget a municipal one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub heard_in_private: BTreeMap<MessageSid, Time>,
    /// A report that waits for its place, or for a description of what is wrong there.
    pub draft: Option<Box<Draft>>,
    /// A message that may have been a disclosure: the resident was asked whether it is a municipal problem or
    /// private.
    pub choice: Option<Box<Choice>>,
    /// A list of tickets that the resident was asked to choose from.
    pub which: Option<TicketChoice>,
    /// A question with few answers that is open, other than the list of tickets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Box<Question>>,
    /// The resident's tickets, by id.
    pub tickets: BTreeMap<TicketId, KnownTicket>,
    /// Present for some time after a disclosure: every message then belongs to the police lane.
    pub protected: Option<Protection>,
    /// Present while a choice is open or the time after a disclosure lasts: how the municipal lane continues
    /// to answer, as if nothing private had been written. The fields above then belong to the police lane.
    pub reach: Option<Reach>,
    /// The last pin that was a place: a phone that shares its live location sends further ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_pin: Option<HeardPin>,
    /// The last municipal texts, the most recent last: for a day, the screen reads a new text after them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent_texts: Vec<HeardText>,
    /// When staff last entered a report of the resident, in the time of the log. The conversation is kept for
    /// it, but no window begins, since the resident has not written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Time>,
}

/// A text and when it was heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeardText {
    /// When it was heard, in the time of the log.
    pub at: Time,
    /// The text, or the beginning of a long one.
    pub text: String,
}

/// A pin and when it was heard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeardPin {
    /// When it was heard, in the time of the log.
    pub at: Time,
    /// The point that the pin marks.
    pub point: Point,
}

/// How the municipal lane reaches a resident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reach {
    /// The language that the resident is answered in.
    pub language: Language,
    /// The language that the resident asked for; missing if they are answered in the one that they write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_language: Option<Language>,
    /// The number that answers are sent from.
    pub number: String,
    /// When the resident last wrote, in the time of the log: the 24-hour window runs from here.
    pub heard_at: Option<Time>,
}

words!(
    /// Why a resident is not written to.
    Silence {
        /// The resident said STOP.
        SaidStop = "said_stop",
        /// A delivery found that the resident cannot be reached; ends when they write again.
        Unreachable = "unreachable",
    }
);

/// How fast a resident writes: during a flood every message is read, but not each one is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pace {
    /// When the counted minute began.
    pub since: Time,
    /// The number of messages in the counted minute.
    pub count: u32,
    /// Whether emergency numbers were sent in the counted minute.
    pub alarmed: bool,
}

/// The state of a conversation after a disclosure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Protection {
    /// The protected report that later turns add to.
    pub report: TicketId,
    /// Until when messages belong to the police lane, in the time of the log.
    pub until: Time,
    /// Whether the resident was told whom to call, and not only asked.
    pub helped: bool,
}

/// A report that is not yet complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// The id of the first message, from which the ticket's id is derived.
    pub first: MessageSid,
    /// When the webhook received the first message.
    pub reported_at: Time,
    /// The language of the words that say what is wrong.
    pub language: Language,
    /// What the report is about; missing if a place or picture came without words and we asked what is wrong.
    pub category: Option<Category>,
    /// How severe the problem is.
    pub severity: Severity,
    /// The tone in which the resident wrote.
    pub sentiment: Sentiment,
    /// The closed ticket that this report follows up.
    pub reopened_from: Option<TicketId>,
    /// What was said and sent so far.
    pub account: Account,
    /// When we asked for what is missing, in the time of the log.
    pub asked_at: Time,
    /// Whether we have asked a second time.
    pub reminded: bool,
    /// The question about what is missing that is still to be asked: it waits for further messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<DraftQuestion>,
    /// The places that the resident was asked about: one to confirm, or several to choose from. None of them
    /// is the place of the report until the resident says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposed: Vec<ProposedPlace>,
    /// Whether the resident was offered a numbered list of categories, after a voice note.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub menu: bool,
}

/// A place that the resident is asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProposedPlace {
    /// The point that the ticket gets if the resident confirms it.
    pub point: Point,
    /// How it became known, and how exactly.
    pub basis: PlaceBasis,
    /// What the resident reads of it: its name, or its degrees and municipality.
    pub label: String,
}

/// A question about what is missing in a draft, before it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DraftQuestion {
    /// When it is asked, in the time of the log.
    pub at: Time,
    /// How a missing place is asked for.
    pub place: PlaceQuestion,
}

words!(
    /// How a missing place is asked for.
    PlaceQuestion {
        /// The resident is asked for the place for the first time.
        First = "first",
        /// The resident is asked for the first time for the place of a report that follows up a closed
        /// ticket.
        FollowUp = "follow_up",
        /// The resident is asked again, because the report still has no place.
        Again = "again",
        /// By refusing a place of 0, 0, which a telephone sends if it does not know where it is.
        NoFix = "no_fix",
        /// By refusing a place whose degrees are swapped or lack a minus.
        Swapped = "swapped",
        /// By refusing a place in another part of the world.
        Abroad = "abroad",
        /// By refusing degrees that are nowhere on earth.
        OutOfRange = "out_of_range",
        /// By refusing a link without degrees.
        Link = "link",
        /// By refusing a Plus Code that needs a town.
        Code = "code",
    }
);

/// A message that may have been a disclosure. It never becomes a municipal report by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// The id of the message that may have been a disclosure.
    pub first: MessageSid,
    /// When the webhook received the message.
    pub reported_at: Time,
    /// When the resident was asked, in the time of the log.
    pub asked_at: Time,
    /// What was said so far.
    pub account: Account,
}

/// A list of tickets to choose from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketChoice {
    /// The tickets in the order in which they were listed, from 1.
    pub tickets: Vec<TicketId>,
    /// What is to be done with the chosen ticket.
    pub wish: Wish,
    /// What the resident said and sent with the wish; it is added to the chosen ticket.
    pub more: Account,
    /// When the resident was asked, in the time of the log.
    pub asked_at: Time,
}

/// A question with few answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// What the resident was asked for.
    pub about: Asked,
    /// The id of the message that led to the question.
    pub message: MessageSid,
    /// When the webhook received that message.
    pub received_at: Time,
    /// What the resident said and sent with it; it is kept until the answer.
    pub more: Account,
    /// When the resident was asked, in the time of the log.
    pub asked_at: Time,
}

/// What a question asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "asked", rename_all = "snake_case")]
pub enum Asked {
    /// The right tracking number, after a mistyped or unknown one.
    Number {
        /// The only ticket of the resident whose number is nearly the mistyped one.
        near: Option<TicketId>,
        /// What is to be done with the ticket; missing if the resident asked for its status.
        wish: Option<Wish>,
    },
    /// What is wrong with what was understood: 1 the place, 2 the problem, 3 all of it.
    Correction {
        /// The ticket; missing if it is the report that waits.
        ticket: Option<TicketId>,
    },
    /// The right place of a ticket.
    RightPlace {
        /// The ticket that the place belongs to.
        ticket: TicketId,
    },
    /// The right problem of a ticket.
    RightProblem {
        /// The ticket that the problem belongs to.
        ticket: TicketId,
    },
    /// Whether the report that waits is about the same matter as a ticket.
    SameMatter {
        /// The ticket that may be about the same matter.
        ticket: TicketId,
    },
}

words!(
    /// What a resident wants to happen to a ticket.
    Wish {
        /// The problem is resolved: close the ticket.
        Confirm = "confirm",
        /// The problem is not resolved: continue with the ticket.
        Reopen = "reopen",
        /// The report was a mistake or the problem is over: close the ticket.
        Withdraw = "withdraw",
        /// Add more words or pictures to the ticket.
        Add = "add",
        /// Give the ticket its place.
        Locate = "locate",
    }
);

/// What a conversation knows of one of its resident's tickets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnownTicket {
    /// The ticket's number for people, known from the start.
    pub tracking_number: TrackingNumber,
    /// The category of the ticket.
    pub category: Category,
    /// Whether the ticket's place is known.
    pub located: bool,
    /// The last place that the resident gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// When the resident last added to the ticket.
    pub spoken_at: Time,
    /// The status last heard from the ticket; missing until the first notice arrives.
    pub status: Option<Status>,
    /// Why the ticket is closed, if it is.
    pub outcome: Option<Outcome>,
    /// When the ticket was closed, in the time of its own log, if it is closed: it is offered to the resident
    /// only while it can still be reopened.
    pub closed_at: Option<Time>,
    /// The ticket's version in the last notice: older notices are ignored.
    pub version: u64,
    /// When the ticket was last heard from, or made.
    pub at: Time,
    /// When the ticket should be resolved, as promised to the resident.
    pub resolution_due_at: Option<Time>,
    /// The resident asked to reopen it too late: the next report of the same category refers to it.
    pub too_late: bool,
    /// A wish of the resident that waits for the ticket's first notice.
    pub waiting: Option<Wish>,
    /// The resident's commands that the ticket has not answered yet, with what they asked for.
    pub asked: BTreeMap<EventId, Wish>,
    /// Twilio's ids of our last messages about the ticket, oldest first: a reply to one of them is about it.
    pub sent: Vec<MessageSid>,
}
