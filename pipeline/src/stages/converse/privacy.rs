//! Privacy: which fields a private turn may not change. The municipal lane continues as if the turn had not
//! been written: in the same language, from the same number, within the same window. Otherwise anyone with
//! access to municipal records alone could infer the private turn.
//!
//! While the choice or the time after a disclosure lasts, the fields of the [`State`] are the police lane's,
//! and [`State::reach`] is the municipal lane's.

use topics::records::conversations::{Conversation, Reach, State};
use topics::values::vocabulary::Language;

use super::Act;

/// Whether a turn or its effects belong to the police lane.
pub(super) fn is_private(state: &State, acts: &[Act]) -> bool {
    let protected =
        |act: &Act| matches!(act, Act::Protect(_)) || matches!(act, Act::Tell(reply) if reply.protected);
    state.choice.is_some() || state.protected.is_some() || acts.iter().any(protected)
}

/// The language of the municipal lane's answers.
pub fn language(state: &State) -> Language {
    state.reach.as_ref().map_or(state.language, |reach| reach.language)
}

/// The language, number and window that the municipal lane answers with.
pub fn municipal(conversation: &Conversation) -> Reach {
    conversation.state.reach.clone().unwrap_or_else(|| latest(conversation))
}

/// The language, number and time of the resident's last message in either lane.
pub fn latest(conversation: &Conversation) -> Reach {
    let state = &conversation.state;
    Reach { language: state.language, number: state.number.clone(), heard_at: conversation.last_heard_at }
}

/// Keeps `before`, the reach of the municipal lane before the turn, if the turn was private.
pub fn keep(conversation: &mut Conversation, before: Reach) {
    let state = &mut conversation.state;
    let open = state.choice.is_some() || state.protected.is_some();
    state.reach = open.then_some(before);
}

/// Ends the private time and forgets the language, number and time of the private messages.
pub(super) fn end(conversation: &mut Conversation) {
    if let Some(Reach { language, number, heard_at }) = conversation.state.reach.take() {
        conversation.state.language = language;
        conversation.state.number = number;
        conversation.last_heard_at = heard_at;
    }
}
