//! What a municipal turn says, given what is known of the resident. Only this folder looks at what a meaning,
//! a tracking number, a button or a pin says; what follows from it is decided elsewhere.

mod answers;
mod facts;
mod places;
mod questions;
mod unprompted;

pub use facts::{Content, Heard, Known, TurnPart};

use topics::records::unscreened::Unreadable;
use topics::values::vocabulary::Status;

use self::facts::{Named, TurnFacts, TurnKind};
use crate::stages::converse::decide::{Belongs, File, Says};
use crate::stages::converse::form::{MessageKind, Turn};
use crate::understanding::meaning::{Intent, Meaning};
use crate::understanding::requests::Request;

/// Reads what a part of a turn says.
pub fn read<'a>(
    turn: &'a Turn,
    meaning: &'a Meaning,
    content: &Content,
    part: TurnPart,
    known: &Known<'_>,
) -> Heard<'a> {
    let facts = TurnFacts { turn, meaning, known };
    let heard = match (content, part) {
        (Content::Unread(unread), _) => return read_unscreened(&facts, unread.why),
        (Content::Cleared(_), TurnPart::Whole) => read_whole(&facts),
        (Content::Cleared(_), TurnPart::Words) => unprompted::read(&facts, &Named::Nothing),
        (Content::Cleared(_), TurnPart::BesidesQuestion) => answers::read_besides(&facts),
    };
    let proposed = places::proposed(&facts, heard.says);
    Heard { proposed, ..heard }
}

fn read_whole<'a>(facts: &TurnFacts<'a, '_>) -> Heard<'a> {
    if let Some(heard) = read_gesture(facts) {
        return heard;
    }
    match facts.meaning.intent {
        Intent::Stop => return facts.heard(Says::Stop),
        Intent::Start => return facts.heard(Says::Start),
        _ => {}
    }
    if let Some(place) = facts.turn.place.filter(|place| place.is_pin() || facts.turn.besides.is_none()) {
        return places::read_alone(facts, place);
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
    if facts.turn.place.is_some_and(|place| place.point().is_some()) {
        return places::read_with_words(facts, kind, named);
    }
    if let Some(heard) = answers::read_list_answer(facts, &named, kind) {
        return heard;
    }
    if let Some(heard) = places::read_answer(facts, &named, kind) {
        return heard;
    }
    if let Some(heard) = questions::read_correction(facts, &named) {
        return heard;
    }
    match (kind, named) {
        (TurnKind::Neither, named) => unprompted::read(facts, &named),
        (TurnKind::AsksStatus, named) => answers::read_question(facts, named),
        (TurnKind::Answer(answer), named) => answers::read(facts, answer, named),
    }
}

/// A message without content. A sticker or a reaction to a message about a ticket that waits for a
/// confirmation says neither yes nor no, so the resident reads what is asked. A sticker from a resident who
/// reports something, or of whom nothing is known, is small talk.
fn read_gesture<'a>(facts: &TurnFacts<'a, '_>) -> Option<Heard<'a>> {
    let Known { tickets, draft, list, .. } = facts.known;
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
fn read_unscreened<'a>(facts: &TurnFacts<'a, '_>, why: Unreadable) -> Heard<'a> {
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
