//! What a municipal turn says, given what is known of the resident. Only this folder looks at what a meaning,
//! a tracking number, a button or a pin says; what follows from it is decided elsewhere.

mod answers;
mod facts;
mod words;

pub use facts::{Content, Heard, Known, Part};

use topics::records::unscreened::Unreadable;
use topics::values::vocabulary::Category;

use self::facts::{Facts, Kind, Named};
use crate::rules::geography::PinVerdict;
use crate::stages::converse::decide::{Belongs, Says};
use crate::stages::converse::form::Turn;
use crate::understanding::meaning::{Intent, Meaning};

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
    match (facts.meaning.intent, facts.turn.pin) {
        (Intent::Stop, _) => return facts.heard(Says::Stop),
        (Intent::Start, _) => return facts.heard(Says::Start),
        (_, Some(PinVerdict::Plausible(_))) => return read_pin(facts),
        (_, Some(_)) => return facts.heard(Says::RefusedPin),
        (_, None) => {}
    }
    let named = facts.named();
    let kind = facts.kind(&named);
    if let Some(heard) = answers::read_list_answer(facts, &named, kind) {
        return heard;
    }
    match (kind, named) {
        (Kind::Neither, named) => words::read(facts, &named),
        (Kind::AsksStatus, named) => answers::read_question(facts, named),
        (Kind::Answer(answer), named) => answers::read(facts, answer, named),
    }
}

/// A turn that cannot be screened. A picture without words may belong to something that was screened.
fn read_unscreened<'a>(facts: &Facts<'a, '_>, why: Unreadable) -> Heard<'a> {
    if why != Unreadable::NoWords {
        return facts.heard(Says::Unscreenable);
    }
    if let Named::Ticket(ticket) = facts.named() {
        let belongs = facts.belongs(&ticket);
        return facts.heard_about(Says::Picture(belongs), ticket);
    }
    match facts.recent_today() {
        Some(ticket) => facts.heard_about(Says::Picture(Belongs::RecentTicket), ticket),
        None => facts.heard(Says::Picture(Belongs::NoTicket)),
    }
}

fn read_pin<'a>(facts: &Facts<'a, '_>) -> Heard<'a> {
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
