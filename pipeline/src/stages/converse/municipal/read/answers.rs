//! Reads answers to questions about tickets, questions about their status, and what comes with either.

use topics::records::conversations::{Draft, Wish};
use topics::values::ids::TicketId;
use topics::values::vocabulary::{Category, Status};

use super::facts::{Heard, Named, TicketAnswer, TurnFacts, TurnKind, WORDS_OF_A_REPORT};
use super::unprompted;
use crate::stages::converse::decide::{About, Belongs, Says};
use crate::stages::converse::phase::has_problem;
use crate::understanding::meaning::Intent;

/// Reads an answer to the list of categories that follows a voice note: the number of one. Returns `None` if
/// no such list is open, or the turn is no number.
pub fn read_menu_answer<'a>(facts: &TurnFacts<'a, '_>) -> Option<Heard<'a>> {
    let is_asked = |draft: &&Draft| draft.menu && !has_problem(draft) && draft.proposed.is_empty();
    facts.known.draft.filter(is_asked)?;
    let Intent::Number(number) = facts.meaning.intent else { return None };
    if facts.known.list.is_some() || facts.known.question.is_some() {
        return None;
    }
    let category = number.checked_sub(1).and_then(|index| Category::ALL.get(index)).copied();
    let says = if category.is_some() { Says::MenuEntry } else { Says::NotOnMenu };
    Some(Heard { category, ..facts.heard(says) })
}
/// What is longer than this says more than a question about a report that is not known.
const WORDS_OF_A_SHORT_QUESTION: usize = 7;

/// Reads an answer to the open list: the number of an entry, or the tracking number of a ticket. Returns
/// `None` if there is no list, or no answer to it.
pub fn read_list_answer<'a>(facts: &TurnFacts<'a, '_>, named: &Named, kind: TurnKind) -> Option<Heard<'a>> {
    let listed = &facts.known.list?.tickets;
    let says_more = facts.says_more();
    let chosen = match (facts.meaning.intent, named, kind) {
        (Intent::Number(number), Named::Nothing, _) => {
            let chosen = number.checked_sub(1).and_then(|index| listed.get(index));
            let Some(chosen) = chosen else {
                return Some(Heard { says_more, ..facts.heard(Says::NotOnList) });
            };
            chosen
        }
        // A tracking number alone asks for the status of a ticket, unless we asked for it.
        (intent, Named::Ticket(ticket), TurnKind::AsksStatus) if intent != Intent::Status => {
            listed.iter().find(|listed| *listed == ticket)?
        }
        _ => return None,
    };
    Some(Heard { says_more, ..facts.heard_about(Says::ListEntry, chosen.clone()) })
}

/// Reads a turn with a number that is not right, and what it wants to happen to its ticket.
pub fn read_wrong_number<'a>(facts: &TurnFacts<'a, '_>, named: Named, kept_wish: Option<Wish>) -> Heard<'a> {
    let says_more = facts.says_more() || facts.meaning.words > WORDS_OF_A_SHORT_QUESTION;
    let heard = match named {
        Named::Near(ticket) => facts.heard_about(Says::NearNumber, ticket),
        Named::Mistyped => facts.heard(Says::MistypedNumber),
        _ => facts.heard(Says::UnknownNumber),
    };
    Heard { says_more, kept_wish, ..heard }
}

/// Reads a yes, a no or a withdrawal: it is about the ticket that the turn names, or about the only ticket
/// that it can be about.
pub fn read<'a>(facts: &TurnFacts<'a, '_>, answer: TicketAnswer, named: Named) -> Heard<'a> {
    let ticket = match named {
        Named::Near(_) | Named::Mistyped | Named::Unknown => {
            return read_wrong_number(facts, named, Some(answer.wish()));
        }
        Named::Nothing => return read_unnamed(facts, answer),
        Named::Ticket(ticket) => ticket,
    };
    // `It is right in front of the school` begins like a yes. If the ticket awaits no answer, the words are
    // more about it.
    let is_awaited = match answer {
        TicketAnswer::Yes => facts.known.tickets.status(&ticket) == Some(Status::Resolved),
        TicketAnswer::No => facts.known.tickets.is_over(&ticket),
        TicketAnswer::Withdraw => true,
    };
    if facts.meaning.words >= WORDS_OF_A_REPORT && !is_awaited {
        return unprompted::read(facts, &Named::Ticket(ticket));
    }
    about_one(facts, answer, ticket)
}

fn read_unnamed<'a>(facts: &TurnFacts<'a, '_>, answer: TicketAnswer) -> Heard<'a> {
    let tickets = &facts.known.tickets;
    let resolved = tickets.resolved();
    let (answer, candidates) = match answer {
        TicketAnswer::Yes | TicketAnswer::No => (answer, resolved),
        // While a draft waits, a withdrawal is about the draft.
        TicketAnswer::Withdraw if facts.known.draft.is_some() => (answer, Vec::new()),
        // `Its fixed` confirms a ticket that awaits an answer; only without one does it withdraw another.
        TicketAnswer::Withdraw if resolved.is_empty() => (answer, tickets.open()),
        TicketAnswer::Withdraw => (TicketAnswer::Yes, resolved),
    };
    match candidates.as_slice() {
        [only] => about_one(facts, answer, only.clone()),
        [] => about_none(facts, answer),
        _ => {
            let says_more = facts.says_more();
            Heard { candidates, says_more, ..facts.heard(says(answer, About::Several)) }
        }
    }
}

fn about_one<'a>(facts: &TurnFacts<'a, '_>, answer: TicketAnswer, ticket: TicketId) -> Heard<'a> {
    let says_more = facts.says_more();
    let names_another = facts.meaning.another && facts.meaning.category.is_some();
    let about = match (facts.known.tickets.is_past(&ticket), says_more) {
        (true, true) => About::PastTicketAndMore,
        (true, false) => About::PastTicket,
        // A turn such as `yes but another pothole opened` is an answer and a report.
        (false, true) if names_another => About::TicketAndAnother,
        (false, _) => About::Ticket,
    };
    Heard { says_more, ..facts.heard_about(says(answer, about), ticket) }
}

fn about_none<'a>(facts: &TurnFacts<'a, '_>, answer: TicketAnswer) -> Heard<'a> {
    let recent = facts.recent_today();
    let continues = facts.meaning.words >= WORDS_OF_A_REPORT && recent.is_some();
    // A withdrawal that names another problem is not about the report that waits.
    let is_drafts = facts.known.draft.is_some_and(|draft| draft.category == facts.meaning.category);
    let about = if facts.meaning.category.is_some() && !is_drafts || continues {
        About::NoTicketButWords
    } else if facts.has_file() && recent.is_some() {
        About::NoTicketButFile
    } else {
        About::NoTicket
    };
    Heard { ticket: recent, ..facts.heard(says(answer, about)) }
}

const fn says(answer: TicketAnswer, about: About) -> Says {
    match answer {
        TicketAnswer::Yes => Says::Yes(about),
        TicketAnswer::No => Says::No(about),
        TicketAnswer::Withdraw => Says::Withdraw(about),
    }
}

/// Reads a question about the status.
pub fn read_question<'a>(facts: &TurnFacts<'a, '_>, named: Named) -> Heard<'a> {
    let is_unknown = facts.known.tickets.is_empty() && facts.known.draft.is_none();
    let says_more = facts.says_more() || is_unknown && facts.meaning.words > WORDS_OF_A_SHORT_QUESTION;
    match named {
        Named::Near(_) | Named::Mistyped | Named::Unknown => read_wrong_number(facts, named, None),
        Named::Nothing => Heard { says_more, ..facts.heard(Says::AsksAboutAll) },
        Named::Ticket(ticket) => Heard { says_more, ..facts.heard_about(Says::AsksAboutTicket, ticket) },
    }
}

/// Reads what came with a question: it belongs to the ticket in question or to the waiting draft.
pub fn read_besides<'a>(facts: &TurnFacts<'a, '_>) -> Heard<'a> {
    if let Named::Ticket(ticket) = facts.named() {
        let belongs = facts.belongs(&ticket);
        return facts.heard_about(Says::Besides(belongs), ticket);
    }
    match asked_about(facts) {
        Some(ticket) => facts.heard_about(Says::Besides(Belongs::RecentTicket), ticket),
        None => facts.heard(Says::Besides(Belongs::NoTicket)),
    }
}

/// The open ticket of the category that a question mentions, or the most recently mentioned ticket. Returns
/// `None` if a draft is waiting that the question may be about.
fn asked_about(facts: &TurnFacts<'_, '_>) -> Option<TicketId> {
    let drafted = facts.known.draft.map(|draft| draft.category);
    if drafted.is_some_and(|category| category == facts.meaning.category) {
        return None;
    }
    let open = facts.known.tickets.open();
    let is_same = |ticket: &&TicketId| facts.known.tickets.category(ticket) == facts.meaning.category;
    open.iter().find(is_same).or_else(|| open.first().filter(|_| drafted.is_none())).cloned()
}
