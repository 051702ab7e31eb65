//! What a municipal turn says, given what is known of the resident. Only this folder looks at what a meaning,
//! a tracking number, a button or a pin says; what follows from it is decided elsewhere.

mod answers;
mod facts;
mod questions;
mod words;

pub use facts::{Content, Heard, Known, Part};

use topics::records::conversations::Asked;
use topics::records::unscreened::Unreadable;
use topics::values::vocabulary::{Category, Status};

use self::facts::{Facts, Kind, Named};
use crate::rules::geography::PinVerdict;
use crate::stages::converse::decide::{Belongs, File, Reply, Says};
use crate::stages::converse::form::{MessageKind, Turn};
use crate::understanding::meaning::{Intent, Meaning};
use crate::understanding::requests::Request;

/// Reads what a part of a turn says.
pub fn read<'a>(
    turn: &'a Turn,
    meaning: &'a Meaning,
    content: &Content,
    part: Part,
    known: &Known<'_>,
) -> Heard<'a> {
    let facts = Facts { turn, meaning, known };
    match (content, part) {
        (Content::Unread(unread), _) => read_unscreened(&facts, unread.why),
        (Content::Cleared(_), Part::Whole) => read_whole(&facts),
        (Content::Cleared(_), Part::Words) => words::read(&facts, &Named::Nothing),
        (Content::Cleared(_), Part::BesidesQuestion) => answers::read_besides(&facts),
    }
}

fn read_whole<'a>(facts: &Facts<'a, '_>) -> Heard<'a> {
    if let Some(heard) = read_gesture(facts) {
        return heard;
    }
    match (facts.meaning.intent, facts.turn.pin) {
        (Intent::Stop, _) => return facts.heard(Says::Stop),
        (Intent::Start, _) => return facts.heard(Says::Start),
        (_, Some(PinVerdict::Plausible(_))) => return read_pin(facts),
        (_, Some(_)) => return facts.heard(Says::RefusedPin),
        (_, None) => {}
    }
    if let Some(heard) = answers::read_menu_answer(facts) {
        return heard;
    }
    match facts.meaning.request {
        Some(Request::Privacy) => return facts.heard(Says::AsksForPrivacy),
        Some(Request::Language(_)) => return facts.heard(Says::AsksForLanguage),
        Some(Request::Correction) | None => {}
    }
    let named = facts.named();
    let kind = facts.kind(&named);
    if let Some(heard) = questions::read_answer(facts, &named, kind) {
        return heard;
    }
    if let Some(heard) = answers::read_list_answer(facts, &named, kind) {
        return heard;
    }
    if let Some(heard) = questions::read_correction(facts, &named) {
        return heard;
    }
    match (kind, named) {
        (Kind::Neither, named) => words::read(facts, &named),
        (Kind::AsksStatus, named) => answers::read_question(facts, named),
        (Kind::Answer(answer), named) => answers::read(facts, answer, named),
    }
}

/// A message without content. A sticker or a reaction to a message about a ticket that waits for a
/// confirmation says neither yes nor no, so the resident reads what is asked. A sticker from a resident who
/// reports something, or of whom nothing is known, is small talk.
fn read_gesture<'a>(facts: &Facts<'a, '_>) -> Option<Heard<'a>> {
    let Known { tickets, draft, list, question: _ } = facts.known;
    let is_sticker = match facts.turn.kind {
        MessageKind::Content | MessageKind::Place => return None,
        MessageKind::Sticker => true,
        MessageKind::Reaction | MessageKind::Unsupported => false,
    };
    match facts.named() {
        Named::Ticket(ticket) if list.is_none() && tickets.status(&ticket) == Some(Status::Resolved) => {
            Some(Heard { says_more: false, ..facts.heard_about(Says::AsksAboutTicket, ticket) })
        }
        Named::Nothing if is_sticker && list.is_none() && (draft.is_some() || tickets.is_empty()) => {
            Some(facts.heard(Says::Remark(File::Missing)))
        }
        _ => Some(facts.heard(Says::Gesture)),
    }
}

/// A turn that cannot be screened. A picture without words may belong to something that was screened.
fn read_unscreened<'a>(facts: &Facts<'a, '_>, why: Unreadable) -> Heard<'a> {
    let says = match why {
        Unreadable::Voice => Says::Voice,
        Unreadable::NoWords => Says::Picture,
        // Only what was screened is about a report that is not known.
        Unreadable::UnknownLanguage | Unreadable::UnknownTicket => {
            return facts.heard(Says::UnknownLanguage);
        }
    };
    if let Named::Ticket(ticket) = facts.named() {
        let belongs = facts.belongs(&ticket);
        return facts.heard_about(says(belongs), ticket);
    }
    match facts.recent_today() {
        Some(ticket) => facts.heard_about(says(Belongs::RecentTicket), ticket),
        None => facts.heard(says(Belongs::NoTicket)),
    }
}

fn read_pin<'a>(facts: &Facts<'a, '_>) -> Heard<'a> {
    if let Some(Asked::RightPlace { ticket }) = facts.known.question.map(|question| &question.about) {
        return facts.heard_about(Says::Answers(Reply::RightPlace), ticket.clone());
    }
    if let Named::Ticket(ticket) = facts.named() {
        let belongs = facts.belongs(&ticket);
        return facts.heard_about(Says::Pin(belongs), ticket);
    }
    let category = facts.meaning.category.filter(|_| facts.turn.words.is_some());
    if let Some(draft) = facts.known.draft {
        // The words were not understood but the place is known: a person reads the report.
        let has_words = !draft.account.words.is_empty();
        let category = category.or_else(|| has_words.then_some(Category::Other));
        return Heard { category, ..facts.heard(Says::Pin(Belongs::NoTicket)) };
    }
    let tickets = &facts.known.tickets;
    let unlocated = facts.recent_today().filter(|ticket| !tickets.is_located(ticket));
    let recent = unlocated.or_else(|| tickets.recent(tickets.rules().ask_again_s));
    match recent.filter(|_| category.is_none()) {
        Some(ticket) => facts.heard_about(Says::Pin(Belongs::RecentTicket), ticket),
        None => Heard { category, ..facts.heard(Says::Pin(Belongs::NoTicket)) },
    }
}
