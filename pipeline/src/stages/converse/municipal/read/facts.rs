//! What is known of a turn and its resident before the turn is read, and what it is read as.

use topics::records::conversations::{Draft, HeardPin, ProposedPlace, Question, TicketChoice, Wish};
use topics::values::ids::TicketId;
use topics::values::time::Time;
use topics::values::vocabulary::Category;

use crate::rules::edition::Edition;
use crate::stages::converse::decide::{Belongs, Says};
use crate::stages::converse::form::Turn;
use crate::stages::converse::municipal::tickets::Tickets;
use crate::stages::converse::phase::has_problem;
use crate::stages::converse::screen::{Cleared, Unread};
use crate::understanding::meaning::{Intent, Meaning, WORDS_OF_A_QUESTION};
use crate::understanding::numbers::{self, FoundNumber};
use crate::understanding::requests::Request;

/// A text of fewer words without a municipal category is a remark; with this many it is a report.
pub const WORDS_OF_A_REPORT: usize = 4;

/// What was screened of a municipal turn.
pub enum Content {
    /// The turn does not speak of violence.
    Cleared(Cleared),
    /// The turn could not be judged, and nothing private is open.
    Unread(Unread),
}

/// The part of a turn that is still to be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnPart {
    /// The turn as it was written.
    Whole,
    /// The turn as words that answer nothing.
    Words,
    /// What came with a question that is answered.
    BesidesQuestion,
}

/// What is known of the resident.
pub struct Known<'a> {
    pub tickets: Tickets<'a>,
    pub draft: Option<&'a Draft>,
    pub list: Option<&'a TicketChoice>,
    pub last_pin: Option<HeardPin>,
    pub now: Time,
    pub edition: &'a Edition,
    pub question: Option<&'a Question>,
}

/// A turn as it is understood.
pub struct Heard<'a> {
    pub turn: &'a Turn,
    pub meaning: &'a Meaning,
    /// What the turn says: all that the decision depends on.
    pub says: Says,
    /// The ticket that it is about.
    pub ticket: Option<TicketId>,
    /// The tickets that it can be about, if there are several.
    pub candidates: Vec<TicketId>,
    /// The category that a report gets from it.
    pub category: Option<Category>,
    /// Whether it says or brings more than an answer or a question.
    pub says_more: bool,
    /// The places that it may mean: those that its names can be, or the one that its degrees were meant to
    /// be.
    pub proposed: Vec<ProposedPlace>,
    /// The place that it chooses among those that were asked about.
    pub chosen: Option<usize>,
    /// What is to be done with the ticket whose number is not right; missing if its status is asked for.
    pub kept_wish: Option<Wish>,
}

impl Heard<'_> {
    /// The number that the turn consists of.
    pub const fn number(&self) -> Option<usize> {
        if let Intent::Number(number) = self.meaning.intent { Some(number) } else { None }
    }

    /// What an answer wants to happen to a ticket.
    pub const fn wish(&self) -> Option<Wish> {
        match self.says {
            Says::Yes(_) => Some(Wish::Confirm),
            Says::No(_) => Some(Wish::Reopen),
            Says::Withdraw(_) => Some(Wish::Withdraw),
            _ => None,
        }
    }
}

/// The ticket that a turn names.
pub enum Named {
    /// One of the resident's own tickets.
    Ticket(TicketId),
    /// A number that is not one of the resident's tickets.
    Unknown,
    /// A number that is nearly that of this ticket of the resident, and of no other.
    Near(TicketId),
    /// A number with a wrong check character.
    Mistyped,
    /// The turn names no ticket.
    Nothing,
}

/// Whether a turn answers a question or asks one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnKind {
    /// The turn says what should happen to a ticket.
    Answer(TicketAnswer),
    /// The turn asks for the status of a ticket.
    AsksStatus,
    /// The turn does neither.
    Neither,
}

/// What an answer says of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketAnswer {
    Yes,
    No,
    Withdraw,
}

/// What a turn is read from.
pub struct TurnFacts<'a, 'k> {
    pub turn: &'a Turn,
    pub meaning: &'a Meaning,
    pub known: &'k Known<'k>,
}

impl TicketAnswer {
    /// What the answer wants to happen to a ticket.
    pub const fn wish(self) -> Wish {
        match self {
            Self::Yes => Wish::Confirm,
            Self::No => Wish::Reopen,
            Self::Withdraw => Wish::Withdraw,
        }
    }
}

impl<'a> TurnFacts<'a, '_> {
    /// The turn, read so and about no ticket.
    pub const fn heard(&self, says: Says) -> Heard<'a> {
        Heard {
            turn: self.turn,
            meaning: self.meaning,
            says,
            ticket: None,
            candidates: Vec::new(),
            category: None,
            says_more: true,
            proposed: Vec::new(),
            chosen: None,
            kept_wish: None,
        }
    }

    /// The turn, read so and about a ticket.
    pub fn heard_about(&self, says: Says, ticket: TicketId) -> Heard<'a> {
        Heard { ticket: Some(ticket), ..self.heard(says) }
    }

    /// The resident's ticket that the turn names by its number or by replying to a message about it. A number
    /// in the text takes precedence over the message that is replied to, unless it is mistyped.
    pub fn named(&self) -> Named {
        let tickets = &self.known.tickets;
        let replied_to = self.turn.replied_to.as_ref().and_then(|sid| tickets.of_message(sid));
        match (numbers::find(&self.turn.said()), replied_to) {
            // Another resident's number is treated like one that does not exist, so that it reveals nothing.
            (Some(FoundNumber::Number(number)), _) => {
                tickets.numbered(&number).map_or(Named::Unknown, Named::Ticket)
            }
            (_, Some(ticket)) => Named::Ticket(ticket),
            (mistyped, None) => match (tickets.nearly_numbered(&self.turn.said()), mistyped) {
                (Some(near), _) => Named::Near(near),
                (None, Some(_)) => Named::Mistyped,
                (None, None) => Named::Nothing,
            },
        }
    }

    /// Whether the turn answers or asks. The payload of a button decides before the words do.
    pub fn kind(&self, named: &Named) -> TurnKind {
        let payload = self.turn.payload.as_deref().map(str::to_lowercase).unwrap_or_default();
        match payload.split(|c: char| !c.is_alphanumeric()).next() {
            Some("yes" | "confirm" | "confirmed") => return TurnKind::Answer(TicketAnswer::Yes),
            Some("no" | "reopen" | "reopened") => return TurnKind::Answer(TicketAnswer::No),
            Some(_) | None => {}
        }
        // Of a ticket that waits for a confirmation, `that is wrong` is a denial.
        let is_wrong = self.meaning.request == Some(Request::Correction);
        let awaits_answer = self.known.draft.is_none() && !self.known.tickets.resolved().is_empty();
        if is_wrong && awaits_answer {
            return TurnKind::Answer(TicketAnswer::No);
        }
        match self.meaning.intent {
            Intent::Yes => TurnKind::Answer(TicketAnswer::Yes),
            Intent::No => TurnKind::Answer(TicketAnswer::No),
            Intent::Withdraw => TurnKind::Answer(TicketAnswer::Withdraw),
            Intent::Status if self.ends_new_report() => TurnKind::Neither,
            Intent::Status => TurnKind::AsksStatus,
            // A tracking number alone asks for the status, and so does a question mark in reply to a message.
            _ if self.meaning.category.is_none() && numbers::find(&self.turn.said()).is_some() => {
                TurnKind::AsksStatus
            }
            _ if self.meaning.category.is_none() && matches!(named, Named::Near(_)) => TurnKind::AsksStatus,
            Intent::Nothing if matches!(named, Named::Ticket(_)) => TurnKind::AsksStatus,
            _ => TurnKind::Neither,
        }
    }

    /// Whether a question such as `when will it be fixed?` ends a new report instead of asking for a status.
    /// It does if the turn names a category that the resident has no open ticket of, or if the resident has
    /// no ticket and no draft and the turn is longer than a question.
    fn ends_new_report(&self) -> bool {
        let Known { tickets, draft, .. } = self.known;
        if draft.is_some_and(has_problem) {
            return false;
        }
        match self.meaning.category {
            Some(category) => !tickets.has_open(category),
            None => tickets.is_empty() && draft.is_none() && self.meaning.words > WORDS_OF_A_QUESTION,
        }
    }

    /// Whether the turn has content besides an answer or a question: media, or more words than those of the
    /// answer. The words of a button are ours and do not count.
    pub fn says_more(&self) -> bool {
        !self.meaning.answers_only && self.turn.payload.is_none() || self.has_file()
    }

    pub fn has_file(&self) -> bool {
        !self.turn.media.is_empty()
    }

    /// Whether a ticket that the turn names can still be continued.
    pub fn belongs(&self, ticket: &TicketId) -> Belongs {
        if self.known.tickets.is_past(ticket) { Belongs::PastTicket } else { Belongs::Ticket }
    }

    /// The ticket that was mentioned last, if that was within the window.
    pub fn recent_today(&self) -> Option<TicketId> {
        let tickets = &self.known.tickets;
        tickets.recent(tickets.rules().window_s)
    }
}
