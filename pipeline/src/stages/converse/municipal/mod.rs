//! The municipal lane of a conversation: a turn is read, decided and carried out, part by part.

mod commands;
mod drafts;
mod emergency;
pub mod flood;
mod list;
mod owners;
mod perform;
mod person;
mod question_texts;
mod questions;
mod read;
mod requests;
mod sending;
pub mod status;
mod tickets;

pub use commands::change;
pub use drafts::is_files_alone;
pub use owners::drafts;
pub use perform::drop_list;
pub use questions::drop_question;
pub use read::Content;
pub use tickets::remember_message;

use topics::records::conversations::{HeardPin, State};

use self::perform::{Performed, perform};
use self::read::{Known, TurnPart, read};
use self::tickets::Tickets;
use super::decide::{Move, decide};
use super::form::Turn;
use super::outputs::{Context, MunicipalOutput};
use super::phase::MunicipalPhase;
use super::place::GivenPlace;
use crate::rules::edition::Edition;
use crate::understanding::meaning::{Intent, Meaning};

/// The most words of a turn that can be no more than the name of a place, with a word such as `in` before it.
const WORDS_OF_A_NAME: usize = 3;

/// Processes a turn of the municipal lane.
pub fn process(
    context: &mut Context<'_>,
    state: &mut State,
    turn: &Turn,
    meaning: &Meaning,
    content: Content,
) -> Vec<MunicipalOutput> {
    state.address.clone_from(&turn.address);
    state.number.clone_from(&turn.number);
    if turn.is_written() && !names_only_place(state, turn, meaning, context.edition) {
        state.language =
            state.chosen_language.or_else(|| meaning.language_of_resident()).unwrap_or(state.language);
    }
    flood::count(&mut state.pace, context.now);
    let is_cleared = matches!(content, Content::Cleared(_));
    let mut outputs = converse(context, state, turn, meaning, content);
    if let Some((point, _)) = turn.place.filter(|place| place.is_pin()).and_then(GivenPlace::point) {
        state.last_pin = Some(HeardPin { at: context.now, point });
    }
    requests::tell_of_english(state, meaning, &mut outputs);
    if is_cleared && !matches!(meaning.intent, Intent::Stop | Intent::Start) {
        emergency::tell_numbers(state, meaning, context.edition, &mut outputs);
    }
    owners::contact(state).remember_number(&turn.number, &mut outputs);
    if !turn.entered_at_desk {
        owners::contact(state).mark_reachable(&mut outputs);
    }
    flood::drop_replies(&state.pace, state.language, &mut outputs);
    outputs
}

/// Whether the turn says no more than the name of a place while a report waits. A name has the same words in
/// all languages, so it does not tell which language the resident writes.
fn names_only_place(state: &State, turn: &Turn, meaning: &Meaning, edition: &Edition) -> bool {
    let is_short = meaning.words <= WORDS_OF_A_NAME;
    let words = turn.besides.as_deref().filter(|_| is_short && state.draft.is_some());
    words.is_some_and(|words| !edition.gazetteer().find_answer(words).is_empty())
}

/// Reads, decides and carries out each part of a turn. A part leads to another one at most three times: the
/// list is left aside, an answer or a question is taken out, and the rest is read as words.
fn converse(
    context: &mut Context<'_>,
    state: &mut State,
    turn: &Turn,
    meaning: &Meaning,
    mut content: Content,
) -> Vec<MunicipalOutput> {
    let mut outputs = Vec::new();
    let mut part = TurnPart::Whole;
    let mut phase = MunicipalPhase::of(state);
    loop {
        let known = Known {
            tickets: Tickets::new(&state.tickets, context.now, context.edition.rules()),
            draft: state.draft.as_deref(),
            list: state.which.as_ref(),
            last_pin: state.last_pin,
            now: context.now,
            edition: context.edition,
            question: state.question.as_deref(),
        };
        let heard = read(turn, meaning, &content, part, &known);
        let decision = decide(phase, heard.says);
        match perform(decision, &heard, content, context, state) {
            Performed::Done(last) => {
                outputs.extend(last);
                return outputs;
            }
            Performed::Next(first, next, rest) => {
                outputs.extend(first);
                part = next;
                content = rest;
            }
        }
        phase = match decision {
            Move::KeepList | Move::KeepQuestion => MunicipalPhase::behind_question(state),
            _ => MunicipalPhase::of(state),
        };
    }
}
