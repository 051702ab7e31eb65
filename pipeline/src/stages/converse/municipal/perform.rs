//! Carries out a move: changes the part of the conversation that it is about, and returns what is written.

use topics::records::conversations::{State, Wish};

use super::list::with;
use super::owners::{commands, contact, drafts, list};
use super::person::{self, ForPerson};
use super::questions::{self, WrongField};
use super::read::{Content, Heard, TurnPart};
use super::requests;
use super::status;
use crate::rules::texts;
use crate::stages::converse::decide::Move;
use crate::stages::converse::outputs::{Context, MunicipalOutput};
use crate::stages::converse::screen::{Cleared, Unread};
use crate::understanding::requests::Request;

/// What a move leaves of the turn.
pub enum Performed {
    /// The turn is used up.
    Done(Vec<MunicipalOutput>),
    /// This part of the turn is decided next.
    Next(Vec<MunicipalOutput>, TurnPart, Content),
}

/// Carries out a move.
pub fn perform(
    decision: Move,
    heard: &Heard<'_>,
    content: Content,
    context: &mut Context<'_>,
    state: &mut State,
) -> Performed {
    match (decision, content) {
        (Move::KeepList, content) => Performed::Next(Vec::new(), TurnPart::Whole, content),
        (Move::KeepQuestion, content) => Performed::Next(Vec::new(), TurnPart::Whole, content),
        (Move::DropQuestion, content) => {
            Performed::Next(questions::drop_question(context, state), TurnPart::Whole, content)
        }
        (Move::DropList, content) => Performed::Next(drop_list(context, state), TurnPart::Whole, content),
        (Move::ReadAsWords, content) => Performed::Next(Vec::new(), TurnPart::Words, content),
        (Move::AnswerFirst, content) => {
            Performed::Next(answer(heard, heard.wish(), None, context, state), TurnPart::Words, content)
        }
        (Move::ExplainPrivacy, content) => {
            beside_request(heard, requests::explain_privacy(context, state), content, context, state)
        }
        (Move::ChangeLanguage, content) => {
            requests::change_language(heard, state);
            beside_request(heard, requests::tell_language(state), content, context, state)
        }
        (Move::AnswerStatus, content) if heard.says_more => {
            Performed::Next(tell_status(heard, context, state), TurnPart::BesidesQuestion, content)
        }
        (Move::OfferMenu, Content::Unread(unread)) => {
            Performed::Done(offer_menu(heard, unread, context, state))
        }
        (Move::PassVoice, Content::Unread(unread)) => {
            Performed::Done(pass_voice(heard, unread, context, state))
        }
        (decision, Content::Cleared(cleared)) => {
            Performed::Done(perform_last(decision, heard, cleared, context, state))
        }
        (decision, Content::Unread(unread)) => Performed::Done(match unread.as_picture() {
            Ok(cleared) => perform_last(decision, heard, cleared, context, state),
            Err(unread) => pass_to_person(heard, unread, context, state),
        }),
    }
}

/// What follows the answer to a request: a problem that the turn reports is decided as words, a file as what
/// came with a question. If there is neither, the open question is asked again.
fn beside_request(
    heard: &Heard<'_>,
    answer: MunicipalOutput,
    content: Content,
    context: &Context<'_>,
    state: &State,
) -> Performed {
    if heard.meaning.category.is_some() {
        return Performed::Next(vec![answer], TurnPart::Words, content);
    }
    let is_language = matches!(heard.meaning.request, Some(Request::Language(_)));
    let is_new = is_language && state.tickets.is_empty();
    let greeting = || is_new.then(|| texts::say(state.language, "greeting", &[]));
    let question = status::open_question(state, state.language, context.edition).or_else(greeting);
    let outputs = std::iter::once(answer).chain(question.map(MunicipalOutput::tell)).collect();
    if heard.turn.media.is_empty() {
        Performed::Done(outputs)
    } else {
        Performed::Next(outputs, TurnPart::BesidesQuestion, content)
    }
}

/// Carries out a move that uses up a cleared turn.
fn perform_last(
    decision: Move,
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &mut Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    match decision {
        Move::Stop => stop(heard, cleared, context, state),
        Move::Start => start(heard, cleared, context, state),
        Move::StartReport | Move::KeepFiles => drafts(context, state).start(heard, cleared),
        Move::FollowUp => follow_up(heard, cleared, context, state),
        Move::AddWordsToDraft => drafts(context, state).add_words(heard, cleared),
        Move::AddPlaceToDraft => drafts(context, state).add_place(heard, cleared),
        Move::TakeProposal => drafts(context, state).take_proposal(heard, cleared),
        Move::DeclineProposal => drafts(context, state).decline_proposal().into_iter().collect(),
        Move::AddFileToDraft => drafts(context, state).add_file(cleared),
        Move::KeepInDraft => drafts(context, state).keep(cleared),
        Move::CancelDraft => cancel_draft(heard, cleared, context, state),
        Move::AskAgain => ask_again(heard, cleared, context, state),
        Move::AddToTicket => add_to_ticket(heard, cleared, context, state),
        Move::AddUnanswered => add_unanswered(heard, cleared, context, state),
        Move::Confirm => answer(heard, Some(Wish::Confirm), more(heard, cleared), context, state),
        Move::Reopen => answer(heard, Some(Wish::Reopen), more(heard, cleared), context, state),
        Move::Withdraw => answer(heard, Some(Wish::Withdraw), more(heard, cleared), context, state),
        Move::RefuseAnswer => refuse_answer(heard, cleared, context, state),
        Move::AskWhichTicket => ask_which(heard, cleared, context, state).into_iter().collect(),
        Move::AnswerForListed => answer_for_listed(heard, cleared, context, state),
        Move::AskWhichAgain => list(context, state).ask_again(more(heard, cleared)).into_iter().collect(),
        Move::AnswerStatus => tell_status(heard, context, state),
        Move::RefusePlace => refuse_place(heard, cleared, context, state),
        Move::ChooseCategory => choose_category(heard, cleared, context, state),
        Move::PassToPerson | Move::OfferMenu | Move::PassVoice => {
            reply("ask-more", heard, cleared, context, state)
        }
        Move::RefuseNumber | Move::AskIfTicket => questions::ask_number(heard, cleared, context, state),
        Move::AskNumberAgain => questions::ask_number_again(heard, cleared, context, state),
        Move::TakeTicket => questions::take_ticket(heard, cleared, context, state),
        Move::AskWhatIsWrong => questions::ask_what_is_wrong(heard, cleared, context, state),
        Move::AskRightPlace => questions::ask_what_is_right(WrongField::Place, heard, context, state),
        Move::AskRightProblem => questions::ask_what_is_right(WrongField::Problem, heard, context, state),
        Move::CancelWrong => questions::cancel(heard, context, state),
        Move::CorrectPlace => questions::correct(WrongField::Place, heard, cleared, context, state),
        Move::CorrectProblem => questions::correct(WrongField::Problem, heard, cleared, context, state),
        Move::JoinTicket => questions::join_ticket(heard, cleared, context, state),
        Move::FileApart => questions::file_apart(cleared, context, state),
        Move::AskAnswerAgain => questions::ask(state),
        Move::PassFilesToPerson => {
            vec![person::pass_cleared(context, &state.address, heard.turn, cleared)]
        }
        Move::SayNothingWaits => reply("nothing-waiting", heard, cleared, context, state),
        Move::AskForProblem => reply("ask-more", heard, cleared, context, state),
        Move::Greet => reply("greeting", heard, cleared, context, state),
        Move::AcceptThanks => reply("thanks", heard, cleared, context, state),
        Move::ExplainService => reply("chat", heard, cleared, context, state),
        Move::Ignore => Vec::new(),
        // These leave the turn for another decision.
        Move::KeepList
        | Move::DropList
        | Move::ReadAsWords
        | Move::AnswerFirst
        | Move::KeepQuestion
        | Move::DropQuestion
        | Move::ExplainPrivacy
        | Move::ChangeLanguage => Vec::new(),
    }
}

/// Sends no more messages. Files of the turn are kept.
fn stop(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &mut Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let kept = keep_files(heard, cleared, context, state);
    let language = state.language;
    kept.into_iter().chain(contact(state).stop(language)).collect()
}

/// Sends messages again. Files of the turn are kept.
fn start(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &mut Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let kept = keep_files(heard, cleared, context, state);
    let language = state.language;
    kept.into_iter().chain(contact(state).start(language)).collect()
}

/// Starts a report that follows up the closed ticket that the turn is about.
fn follow_up(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &mut Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let Some(ticket) = &heard.ticket else { return Vec::new() };
    drafts(context, state).follow_up(ticket, heard, cleared)
}

fn cancel_draft(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    state.draft = None;
    reply("cancelled", heard, cleared, context, state)
}

/// Asks again for what is missing in the draft. Files of the turn are kept.
fn ask_again(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &mut Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let kept = keep_files(heard, cleared, context, state);
    kept.into_iter().chain(drafts(context, state).ask_again()).collect()
}

fn add_to_ticket(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let Some(ticket) = &heard.ticket else { return Vec::new() };
    commands(context, state).add(ticket, cleared)
}

fn add_unanswered(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let Some(ticket) = &heard.ticket else { return Vec::new() };
    commands(context, state).add_unanswered(ticket, cleared.into_account()).into_iter().collect()
}

/// Sends an answer that comes too late to its ticket, which refuses it. Files of the turn go to a person.
fn refuse_answer(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let passed = person::pass_files(context, &state.address, heard.turn, cleared);
    passed.into_iter().chain(answer(heard, heard.wish(), None, context, state)).collect()
}

/// Says what is wrong with the place of the turn. Its files are kept.
fn refuse_place(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &mut Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let kept = keep_files(heard, cleared, context, state);
    kept.into_iter().chain(drafts(context, state).refuse_place(heard)).collect()
}

/// Gives the draft the category that has the number of the turn.
fn choose_category(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &mut Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let Some(number) = heard.number() else { return Vec::new() };
    drafts(context, state).choose(heard, number, cleared)
}

/// Passes a message that cannot be screened to a person, and asks the resident to write what is wrong.
fn pass_to_person(
    heard: &Heard<'_>,
    unread: Unread,
    context: &Context<'_>,
    state: &State,
) -> Vec<MunicipalOutput> {
    vec![pass(heard, unread, context, state), MunicipalOutput::say(state.language, "ask-more")]
}

/// Passes a voice note to a person. The resident can report by number without it.
fn offer_menu(
    heard: &Heard<'_>,
    unread: Unread,
    context: &mut Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let passed = pass(heard, unread, context, state);
    [passed].into_iter().chain(drafts(context, state).offer_menu(heard)).collect()
}

/// Passes a voice note to a person while a question is open that it may answer.
fn pass_voice(
    heard: &Heard<'_>,
    unread: Unread,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    if let Some(draft) = &mut state.draft {
        draft.question = None;
    }
    let kept = texts::say(state.language, "voice-kept", &[]);
    let question = status::open_question(state, state.language, context.edition);
    let body = [Some(kept), question].into_iter().flatten().collect::<Vec<_>>().join("\n");
    vec![pass(heard, unread, context, state), MunicipalOutput::tell(body)]
}

fn pass(heard: &Heard<'_>, unread: Unread, context: &Context<'_>, state: &State) -> MunicipalOutput {
    let message = ForPerson {
        message: heard.turn.sid.clone(),
        received_at: heard.turn.received_at,
        why: unread.why,
        account: unread.into_account(),
    };
    person::pass(context, &state.address, message)
}

/// Keeps the files of a turn whose words want something else: in the draft that waits, or by a person.
fn keep_files(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &mut Context<'_>,
    state: &mut State,
) -> Option<MunicipalOutput> {
    let left = drafts(context, state).keep_files(cleared)?;
    person::pass_files(context, &state.address, heard.turn, left)
}

/// Replies with a short text to a turn that is about no known ticket. Its files go to a person.
fn reply(
    text: &str,
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &State,
) -> Vec<MunicipalOutput> {
    let passed = person::pass_files(context, &state.address, heard.turn, cleared);
    passed.into_iter().chain([MunicipalOutput::say(state.language, text)]).collect()
}

/// The content of the turn besides the answer.
fn more(heard: &Heard<'_>, cleared: Cleared) -> Option<Cleared> {
    Some(cleared).filter(|_| heard.says_more)
}

/// Sends an answer to its ticket, with what else the turn says.
fn answer(
    heard: &Heard<'_>,
    wish: Option<Wish>,
    more: Option<Cleared>,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let (Some(ticket), Some(wish)) = (&heard.ticket, wish) else { return Vec::new() };
    let mut commands = commands(context, state);
    let mut outputs = commands.wish(ticket, wish, heard.turn.received_at);
    outputs.extend(more.and_then(|more| commands.add_unanswered(ticket, more.into_account())));
    outputs
}

fn tell_status(heard: &Heard<'_>, context: &Context<'_>, state: &State) -> Vec<MunicipalOutput> {
    vec![match &heard.ticket {
        Some(ticket) => status::of_ticket(&state.tickets, ticket, state.language),
        None => status::of_all(state, context.now, context.edition),
    }]
}

fn ask_which(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Option<MunicipalOutput> {
    let wish = heard.wish()?;
    Some(list(context, state).ask(&heard.candidates, wish, more(heard, cleared)))
}

/// Applies the answer that the list was asked for to the entry that was chosen.
fn answer_for_listed(
    heard: &Heard<'_>,
    cleared: Cleared,
    context: &Context<'_>,
    state: &mut State,
) -> Vec<MunicipalOutput> {
    let (Some(ticket), Some(list)) = (&heard.ticket, state.which.take()) else { return Vec::new() };
    let kept = with(list.more, more(heard, cleared));
    let mut commands = commands(context, state);
    let mut outputs = commands.wish(ticket, list.wish, heard.turn.received_at);
    outputs.extend(commands.add_unanswered(ticket, kept));
    outputs
}

/// Drops a list that was not answered. Content that came with the wish is added to the first ticket of the
/// list, the one that the resident mentioned last.
pub fn drop_list(context: &Context<'_>, state: &mut State) -> Vec<MunicipalOutput> {
    let Some(list) = state.which.take() else { return Vec::new() };
    let Some(first) = list.tickets.first() else { return Vec::new() };
    commands(context, state).add_unanswered(first, list.more).into_iter().collect()
}
