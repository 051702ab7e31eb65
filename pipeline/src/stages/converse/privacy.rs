//! Privacy: which fields a private turn may not change. The municipal lane continues as if the turn had not
//! been written: in the same language, from the same number, within the same window. Otherwise anyone with
//! access to municipal records alone could infer the private turn.
//!
//! While the choice or the time after a disclosure lasts, the fields of the [`State`] are the police lane's,
//! and [`State::reach`] is the municipal lane's.

use topics::records::conversations::{Conversation, Reach, State};
use topics::values::vocabulary::Language;

use super::Act;

/// Whether what a turn led to is the police lane's.
pub(super) fn is_private(state: &State, acts: &[Act]) -> bool {
    let protected =
        |act: &Act| matches!(act, Act::Protect(_)) || matches!(act, Act::Tell(words) if words.protected);
    state.choice.is_some() || state.protected.is_some() || acts.iter().any(protected)
}

/// The language in which the municipal lane answers.
pub fn language(state: &State) -> Language {
    state.reach.as_ref().map_or(state.language, |reach| reach.language)
}

/// How the municipal lane answers.
pub fn municipal(conversation: &Conversation) -> Reach {
    conversation.state.reach.clone().unwrap_or_else(|| latest(conversation))
}

/// How the resident last wrote, in whichever lane.
pub fn latest(conversation: &Conversation) -> Reach {
    let state = &conversation.state;
    Reach { language: state.language, number: state.number.clone(), heard_at: conversation.last_heard_at }
}

/// After a turn: keeps `before`, the municipal lane's way to answer until then, where the turn was private.
pub fn keep(conversation: &mut Conversation, before: Reach) {
    let state = &mut conversation.state;
    let open = state.choice.is_some() || state.protected.is_some();
    state.reach = open.then_some(before);
}

/// The private time is over: what was learnt in it is forgotten.
pub(super) fn end(conversation: &mut Conversation) {
    if let Some(Reach { language, number, heard_at }) = conversation.state.reach.take() {
        (conversation.state.language, conversation.state.number, conversation.last_heard_at) =
            (language, number, heard_at);
    }
}
