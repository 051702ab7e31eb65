//! What a resident is told about the status of tickets, and about the question that is open.

use topics::records::conversations::{PlaceQuestion, State};
use topics::values::ids::TicketId;
use topics::values::time::Time;
use topics::values::vocabulary::{Language, Status};

use super::drafts::question;
use super::list::{self, MAX_LISTED};
use super::question_texts;
use super::tickets::{TicketMap, Tickets};
use crate::rules::edition::Edition;
use crate::rules::texts;
use crate::stages::converse::outputs::MunicipalOutput;

/// The status of the ticket.
pub fn of_ticket(known: &TicketMap, ticket: &TicketId, language: Language) -> MunicipalOutput {
    MunicipalOutput::tell_about(ticket.clone(), lines(known, std::slice::from_ref(ticket), language))
}

/// The status of all open tickets, or of the most recent closed one if none is open.
pub fn of_all(state: &State, now: Time, edition: &Edition) -> MunicipalOutput {
    let language = state.language;
    let tickets = Tickets::new(&state.tickets, now, edition.rules()).current();
    match (tickets.as_slice(), state.draft.is_some()) {
        ([], true) => MunicipalOutput::say(language, "status-waiting"),
        ([], false) => MunicipalOutput::say(language, "status-none"),
        ([only], _) => of_ticket(&state.tickets, only, language),
        (several, _) => MunicipalOutput::tell(lines(&state.tickets, several, language)),
    }
}

/// The open question to the resident, or the status of their tickets if no question is open.
pub fn question_or_status(state: &State, now: Time, edition: &Edition) -> String {
    if let Some(question) = open_question(state, state.language, edition) {
        return question;
    }
    match Tickets::new(&state.tickets, now, edition.rules()).current().as_slice() {
        [] => texts::say(state.language, "status-none", &[]),
        tickets => lines(&state.tickets, tickets, state.language),
    }
}

/// The open question of the municipal lane in this language, or `None` if it waits for no answer.
pub fn open_question(state: &State, language: Language, edition: &Edition) -> Option<String> {
    if let Some(question) = &state.question {
        return Some(question_texts::text(question, &state.tickets, language));
    }
    match (&state.which, state.draft.as_deref()) {
        (Some(which), _) => Some(list::text(&state.tickets, &which.tickets, language)),
        (None, Some(draft)) => Some(question(draft, PlaceQuestion::Again, language, edition)),
        (None, None) => None,
    }
}

fn lines(known: &TicketMap, tickets: &[TicketId], language: Language) -> String {
    let lines: Vec<String> =
        tickets.iter().take(MAX_LISTED).filter_map(|ticket| line(known, ticket, language)).collect();
    lines.join("\n")
}

fn line(known: &TicketMap, ticket: &TicketId, language: Language) -> Option<String> {
    let known = known.get(ticket)?;
    let status = known.status.unwrap_or(Status::Open);
    let category = texts::category(language, known.category);
    let status_text = texts::status(language, status);
    let mut values =
        vec![("n", known.tracking_number.as_str()), ("category", &*category), ("s", &*status_text)];
    let deadline = known.resolution_due_at.filter(|_| !matches!(status, Status::Resolved | Status::Closed));
    let Some(deadline) = deadline.map(|at| texts::moment(language, at)) else {
        return Some(texts::say(language, "status-short", &values));
    };
    values.push(("deadline", &deadline));
    Some(texts::say(language, "status-of", &values))
}
