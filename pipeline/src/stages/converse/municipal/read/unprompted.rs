//! Reads words that neither answer nor ask: a report, more of one, or small talk.

use topics::records::conversations::Wish;
use topics::values::ids::TicketId;
use topics::values::vocabulary::Category;

use super::facts::{Heard, Named, TurnFacts, WORDS_OF_A_REPORT};
use crate::stages::converse::decide::{File, Says};
use crate::stages::converse::phase::has_problem;
use crate::understanding::meaning::Intent;

/// An answer of at most this many words that no question waits for is small talk.
const WORDS_OF_AN_ANSWER: usize = 2;

/// Reads the words of a turn that names this.
pub fn read<'a>(facts: &TurnFacts<'a, '_>, named: &Named) -> Heard<'a> {
    if let Named::Ticket(ticket) = named
        && continues(facts, ticket)
    {
        return facts.heard_about(of_named(facts, ticket), ticket.clone());
    }
    if let Named::Near(ticket) = named
        && continues(facts, ticket)
        && facts
            .meaning
            .category
            .is_none_or(|category| facts.known.tickets.category(ticket) == Some(category))
    {
        let kept_wish = Some(Wish::Add);
        return Heard { kept_wish, ..facts.heard_about(Says::NearNumber, ticket.clone()) };
    }
    let meaning = facts.meaning;
    match meaning.intent {
        Intent::Greeting => with_file(facts, Says::Greeting),
        Intent::Thanks => with_file(facts, Says::Thanks),
        // There is no open question that this could answer.
        Intent::Yes | Intent::No if meaning.words <= WORDS_OF_AN_ANSWER && meaning.category.is_none() => {
            with_file(facts, Says::Remark)
        }
        Intent::Chat | Intent::Nothing | Intent::Number(_) | Intent::Municipal | Intent::Private => {
            with_file(facts, Says::Remark)
        }
        Intent::Report
        | Intent::Status
        | Intent::Yes
        | Intent::No
        | Intent::Withdraw
        | Intent::Stop
        | Intent::Start
        | Intent::Unclear => Heard { category: category(facts), ..read_report(facts) },
    }
}

/// Whether words that name a ticket are content for it. Thanks and small talk are not, and neither is another
/// category if the ticket is resolved or closed.
fn continues(facts: &TurnFacts<'_, '_>, ticket: &TicketId) -> bool {
    let meaning = facts.meaning;
    let tickets = &facts.known.tickets;
    let says_something = facts.has_file()
        || matches!(
            meaning.intent,
            Intent::Report | Intent::Unclear | Intent::Status | Intent::Yes | Intent::No
        );
    let is_other = |category: Category| tickets.category(ticket).is_some_and(|known| known != category);
    let is_other_matter = tickets.is_over(ticket) && meaning.category.is_some_and(is_other);
    says_something && !meaning.another && !is_other_matter
}

fn of_named(facts: &TurnFacts<'_, '_>, ticket: &TicketId) -> Says {
    if facts.known.tickets.is_past(ticket) {
        Says::MoreOfPastTicket
    } else if facts.known.tickets.is_over(ticket) {
        Says::MoreOfClosedTicket
    } else {
        Says::MoreOfTicket
    }
}

/// Small talk or a few words, with the file that came with them.
fn with_file<'a>(facts: &TurnFacts<'a, '_>, says: impl Fn(File) -> Says) -> Heard<'a> {
    match facts.recent_today() {
        _ if !facts.has_file() => facts.heard(says(File::Missing)),
        Some(ticket) => facts.heard_about(says(File::OfRecentTicket), ticket),
        None => facts.heard(says(File::OfNoTicket)),
    }
}

fn read_report<'a>(facts: &TurnFacts<'a, '_>) -> Heard<'a> {
    let meaning = facts.meaning;
    let tickets = &facts.known.tickets;
    let is_same = |ticket: &TicketId| tickets.category(ticket) == meaning.category;
    let mut contradicted = tickets.resolved();
    contradicted.retain(is_same);
    if let [ticket] = contradicted.as_slice()
        && meaning.denies
    {
        return facts.heard_about(Says::Contradiction, ticket.clone());
    }
    let just_now = tickets.recent(tickets.rules().unlocated_s);
    let continued = match meaning.category {
        _ if meaning.another => None,
        Some(_) if meaning.worse => just_now,
        Some(_) => just_now.filter(is_same),
        None => facts.recent_today(),
    };
    match continued {
        Some(ticket) => facts.heard_about(Says::MoreOfRecentTicket, ticket),
        None if meaning.reporting => facts.heard(Says::Problem),
        None if meaning.words >= WORDS_OF_A_REPORT => facts.heard(Says::Unclear),
        None => with_file(facts, Says::Short),
    }
}

/// The category that a report gets from the words. Words that are not understood say that the problem is
/// another one if the draft has words already, or if they are enough for a report.
pub fn category(facts: &TurnFacts<'_, '_>) -> Option<Category> {
    let meaning = facts.meaning;
    let is_other = match facts.known.draft {
        None => meaning.reporting,
        Some(draft) => {
            let has_words = !draft.account.words.is_empty();
            !has_problem(draft) && (has_words || meaning.words >= WORDS_OF_A_REPORT)
        }
    };
    meaning.category.or_else(|| is_other.then_some(Category::Other))
}
