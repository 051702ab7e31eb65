//! Questions with few answers: whether a number is that of a ticket, what is wrong with what was understood,
//! whether a report is about the same matter as a ticket. What came with the turn is kept until the answer.

use topics::records::conversations::{Asked, Question, State, Wish};
use topics::records::reports::Account;
use topics::records::unscreened::Unreadable;

use super::owners::{commands, drafts};
use super::person::{self, ForPerson};
use super::question_texts::text;
use super::read::Heard;
use super::status;
use crate::rules::texts;
use crate::stages::converse::content::extend;
use crate::stages::converse::decide::Says;
use crate::stages::converse::outputs::{Context, MunicipalOutput};
use crate::stages::converse::screen::Cleared;

/// Opens a question, with what is kept until the answer.
fn open(about: Asked, heard: &Heard<'_>, more: Account, context: &Context<'_>, state: &mut State) {
    state.question = Some(Box::new(Question {
        about,
        message: heard.turn.sid.clone(),
        received_at: heard.turn.received_at,
        more,
        asked_at: context.now,
    }));
}

/// Asks the open question.
pub fn ask(state: &State) -> Vec<MunicipalOutput> {
    let text = state.question.as_ref().map(|question| text(question, &state.tickets, state.language));
    text.map(MunicipalOutput::tell).into_iter().collect()
}

/// Asks for the right number of a ticket, or whether it is this one.
pub fn ask_number(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let more = if heard.says_more { cleared.into_account() } else { Account::default() };
    let about = Asked::Number { near: heard.ticket.clone(), wish: heard.kept_wish };
    open(about, heard, more, context, state);
    match heard.says {
        Says::UnknownNumber => vec![MunicipalOutput::say(state.language, "number-unknown")],
        _ => ask(state),
    }
}

/// Asks for the right number again, for no ticket in particular.
pub fn ask_number_again(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    if let Some(question) = &mut state.question {
        if let Asked::Number { near, .. } = &mut question.about {
            *near = None;
        }
        question.asked_at = context.now;
        if !heard.turn.media.is_empty() {
            extend(&mut question.more, without_words(cleared));
        }
    }
    ask(state)
}

/// Does with the ticket what was kept for it.
pub fn take_ticket(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let (Some(ticket), Some(question)) = (&heard.ticket, state.question.take()) else { return Vec::new() };
    let Question { about: Asked::Number { wish, .. }, mut more, .. } = *question else { return Vec::new() };
    extend(&mut more, without_words(cleared));
    let at = heard.turn.received_at;
    match wish {
        Some(Wish::Add | Wish::Locate) => commands(context, state).add_kept(ticket, more),
        Some(wish) => {
            let mut commands = commands(context, state);
            let mut outputs = commands.wish(ticket, wish, at);
            outputs.extend(commands.add_unanswered(ticket, more));
            outputs
        }
        None => {
            let told = status::of_ticket(&state.tickets, ticket, state.language);
            let added = commands(context, state).add_unanswered(ticket, more);
            std::iter::once(told).chain(added).collect()
        }
    }
}

/// Asks what is wrong with what was understood.
pub fn ask_what_is_wrong(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let about = Asked::Correction { ticket: heard.ticket.clone() };
    open(about, heard, cleared.into_account(), context, state);
    ask(state)
}

/// What the resident says was understood wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongField {
    Place,
    Problem,
}

/// Asks for what is right: of a ticket, or of the report that waits, which forgets what is wrong.
pub fn ask_what_is_right(
    wrong: WrongField,
    heard: &Heard<'_>,
    context: &mut Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let Some(question) = state.question.take() else { return Vec::new() };
    if let Some(ticket) = heard.ticket.clone() {
        let about = match wrong {
            WrongField::Place => Asked::RightPlace { ticket },
            WrongField::Problem => Asked::RightProblem { ticket },
        };
        open(about, heard, question.more, context, state);
        return ask(state);
    }
    let mut drafts = drafts(context, state);
    let asked = match wrong {
        WrongField::Place => drafts.forget_place(question.more),
        WrongField::Problem => drafts.forget_problem(question.more),
    };
    asked.into_iter().collect()
}

/// Takes back the ticket or the report that waits. Files that came with the question go to a person.
pub fn cancel(heard: &Heard<'_>, context: &Context<'_>, state: &mut State) -> Vec<MunicipalOutput> {
    let Some(question) = state.question.take() else { return Vec::new() };
    let mut outputs = match &heard.ticket {
        Some(ticket) => commands(context, state).wish(ticket, Wish::Withdraw, heard.turn.received_at),
        None => {
            state.draft = None;
            vec![MunicipalOutput::say(state.language, "cancelled")]
        }
    };
    if !question.more.media.is_empty() {
        outputs.insert(0, pass(*question, context, state));
    }
    outputs
}

/// Sends what is right to the ticket. Of a place the ticket answers that it has it; what the resident says of
/// the problem is for a person, who reads it and corrects the ticket.
pub fn correct(
    wrong: WrongField,
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let (Some(ticket), Some(question)) = (&heard.ticket, state.question.take()) else { return Vec::new() };
    let mut account = question.more;
    extend(&mut account, cleared.into_account());
    match wrong {
        WrongField::Place => commands(context, state).add_kept(ticket, account),
        WrongField::Problem => {
            let number = state.tickets.get(ticket).map_or("", |known| known.tracking_number.as_str());
            let text = texts::say(state.language, "corrected", &[("n", number)]);
            let added = commands(context, state).add_unanswered(ticket, account);
            added.into_iter().chain([MunicipalOutput::tell_about(ticket.clone(), text)]).collect()
        }
    }
}

/// Adds the report that waits to the ticket of the same matter.
pub fn join_ticket(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    state.question = None;
    let (Some(ticket), Some(draft)) = (&heard.ticket, state.draft.take()) else { return Vec::new() };
    // The ticket has this place already.
    let mut account = Account { point: None, place_basis: None, ..draft.account };
    extend(&mut account, without_words(cleared));
    commands(context, state).add_kept(ticket, account)
}

/// Files the report that waits as a matter of its own.
pub fn file_apart(cleared: Cleared, context: &mut Context<'_>, state: &mut State) -> Vec<MunicipalOutput> {
    state.question = None;
    if let Some(draft) = &mut state.draft {
        extend(&mut draft.account, without_words(cleared));
    }
    drafts(context, state).end().into_iter().collect()
}

/// Drops the question: what was kept for a number goes to a person, and a report that may be the same matter
/// as a ticket is filed.
pub fn drop_question(context: &mut Context<'_>, state: &mut State) -> Vec<MunicipalOutput> {
    let Some(question) = state.question.take() else { return Vec::new() };
    match &question.about {
        Asked::SameMatter { .. } => drafts(context, state).end().into_iter().collect(),
        Asked::Number { .. } if question.more != Account::default() => vec![pass(*question, context, state)],
        Asked::Correction { .. } | Asked::RightPlace { .. } | Asked::RightProblem { .. }
            if !question.more.media.is_empty() =>
        {
            vec![pass(*question, context, state)]
        }
        _ => Vec::new(),
    }
}

/// Passes what was kept to a person.
fn pass(question: Question, context: &Context<'_>, state: &State) -> MunicipalOutput {
    let message = ForPerson {
        message: question.message,
        received_at: question.received_at,
        why: Unreadable::UnknownTicket,
        account: question.more,
    };
    person::pass(context, &state.address, message)
}

/// What came with a short answer. Its words are the answer.
fn without_words(cleared: Cleared) -> Account {
    Account { words: Vec::new(), ..cleared.into_account() }
}
