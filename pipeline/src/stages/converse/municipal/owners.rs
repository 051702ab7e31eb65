//! Takes the parts of a conversation's state, each for the code that alone changes it.

use topics::records::conversations::State;

use super::commands::Commands;
use super::drafts::Drafts;
use super::flood;
use super::list::TicketList;
use super::sending::Contact;
use crate::stages::converse::outputs::Context;

/// Whether and where messages are sent.
pub const fn contact(state: &mut State) -> Contact<'_> {
    Contact { silence: &mut state.silence, numbers: &mut state.numbers }
}

/// The draft and what it becomes.
pub fn drafts<'a, 'c>(context: &'a mut Context<'c>, state: &'a mut State) -> Drafts<'a, 'c> {
    let State { draft, question, tickets, language, address, .. } = state;
    Drafts { waiting: draft, question, tickets, context, language: *language, address }
}

/// What is sent to tickets.
pub const fn commands<'a>(context: &'a Context<'_>, state: &'a mut State) -> Commands<'a> {
    Commands {
        tickets: &mut state.tickets,
        now: context.now,
        edition: context.edition,
        language: state.language,
        answers: flood::answers(&state.pace),
    }
}

/// The open list of tickets.
pub const fn list<'a>(context: &'a Context<'_>, state: &'a mut State) -> TicketList<'a> {
    let State { which, tickets, language, .. } = state;
    TicketList { open: which, tickets, now: context.now, language: *language }
}
