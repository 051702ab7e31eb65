//! Time in a conversation: every open question ends after some time, and an idle conversation ends once its
//! tickets are closed.

use std::time::Duration;

use topics::records::conversations::{Conversation, KnownTicket, State};
use topics::records::editions::Rules;
use topics::values::time::Time;
use topics::values::vocabulary::Status;

use super::drafts::missing;
use super::privacy::Private;
use super::protected::{PrivateAct, PrivateScene};
use super::{Act, Context, Scene, new_state};

/// The events that time alone causes in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ConversationDue {
    /// The resident did not choose a lane: the message counts as private.
    Choice,
    /// The time after a disclosure is over: turns are municipal again.
    Unprotect,
    /// The draft is filed without what is missing.
    File,
    /// The resident is asked again for what is missing in the draft.
    Remind,
    /// The list of tickets was not answered and is dropped.
    Which,
    /// A flood of messages ends and is answered.
    CatchUp,
    /// The conversation expires, since it was idle for long.
    Expire,
}

/// Whether a conversation goes on after its due time.
#[derive(Debug)]
pub enum Continuation {
    /// The conversation continues, with these acts.
    Acts(Vec<Act>),
    /// The conversation continues, with these acts of the police lane.
    Private(Vec<PrivateAct>),
    /// The conversation ends because it was idle for too long.
    Over,
}

/// The time of the next due event of either lane, or `None` if nothing is due.
pub fn next(conversation: &Conversation, private: &Private, rules: &Rules) -> Option<Time> {
    dues(conversation, private, rules).into_iter().min().map(|(time, _)| time)
}

fn dues(conversation: &Conversation, private: &Private, rules: &Rules) -> Vec<(Time, ConversationDue)> {
    let state = &conversation.state;
    let mut dues = Vec::with_capacity(7);
    let after = |time: Time, seconds: u64| time + Duration::from_secs(seconds);
    if let Some(choice) = &private.choice {
        dues.push((after(choice.asked_at, rules.choice_s), ConversationDue::Choice));
    }
    if let Some(protection) = &private.protected {
        dues.push((protection.until, ConversationDue::Unprotect));
    }
    if let Some(draft) = &state.draft {
        dues.push((after(draft.asked_at, rules.unlocated_s), ConversationDue::File));
        if !draft.reminded {
            dues.push((after(draft.asked_at, rules.ask_again_s), ConversationDue::Remind));
        }
    }
    if let Some(which) = &state.which {
        dues.push((after(which.asked_at, rules.unlocated_s), ConversationDue::Which));
    }
    dues.extend(super::flood::ends_at(&state.pace).map(|at| (at, ConversationDue::CatchUp)));
    let expires_at = expires_at(state, conversation.last_heard_at, conversation.at, rules);
    dues.extend(expires_at.map(|at| (at, ConversationDue::Expire)));
    dues
}

/// When the conversation expires, or `None` while it may hear of a ticket that is not closed. A closed ticket
/// can speak again for as long as it can be reopened.
fn expires_at(state: &State, last_heard_at: Option<Time>, at: Time, rules: &Rules) -> Option<Time> {
    if state.tickets.values().any(is_open) {
        return None;
    }
    let closed = state.tickets.values().filter(|known| known.closed_at.is_some());
    let may_speak_until = closed.map(|known| known.at + Duration::from_secs(rules.reopen_s)).max();
    let idle_since = state.tickets.values().map(|known| known.at).chain(last_heard_at).max().unwrap_or(at);
    let expires_at = idle_since + Duration::from_secs(rules.conversation_expiry_s);
    Some(may_speak_until.map_or(expires_at, |until| until.max(expires_at)))
}

/// Whether the ticket is known to exist and not known to be closed. One that has never been heard from does
/// not count: it may not exist, since its command may be a dead letter.
fn is_open(known: &KnownTicket) -> bool {
    known.status.is_some_and(|status| status != Status::Closed)
}

/// Applies the earliest due event.
pub fn fire(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    private: &mut Private,
) -> Continuation {
    let now = context.now;
    let rules = *context.edition.rules();
    let due = dues(conversation, private, &rules).into_iter().min();
    let Some((_, due)) = due.filter(|(time, _)| *time <= now) else { return Continuation::Acts(Vec::new()) };
    // Where a due time failed, the others may never pass.
    if conversation.disarmed_at.is_some()
        && !private.is_open()
        && expires_at(&conversation.state, conversation.last_heard_at, conversation.at, &rules)
            .is_some_and(|at| at <= now)
    {
        return Continuation::Over;
    }
    let mut scene = Scene { context, state: &mut conversation.state.0, acts: Vec::new() };
    match due {
        ConversationDue::Expire if private.is_open() => {
            // The municipal lane forgets the resident at the same time as if nothing private were open.
            *scene.state = new_state(scene.state.address.clone(), scene.state.number.clone());
            conversation.last_heard_at = None;
        }
        ConversationDue::Expire => return Continuation::Over,
        ConversationDue::Choice => {
            let choice = private.choice.take();
            let mut scene =
                PrivateScene { context: scene.context, municipal: scene.state, private, acts: Vec::new() };
            if let Some(choice) = choice {
                scene.protect(*choice, false);
            }
            return Continuation::Private(scene.acts);
        }
        ConversationDue::Unprotect => private.protected = None,
        ConversationDue::Which => {
            if let Some(which) = scene.state.which.take() {
                scene.forget(which);
            }
        }
        ConversationDue::File => {
            if let Some(draft) = scene.state.draft.take() {
                scene.ask_no_more(*draft);
            }
        }
        ConversationDue::Remind => scene.remind(),
        ConversationDue::CatchUp => scene.catch_up(),
    }
    Continuation::Acts(scene.acts)
}

impl Scene<'_, '_> {
    /// Reminds the resident of what is missing in the draft. This also happens after a disclosure, when an
    /// answer goes to the police: a missing reminder would reveal the disclosure.
    fn remind(&mut self) {
        let Some(mut draft) = self.state.draft.take() else { return };
        draft.reminded = true;
        self.say(missing(&draft), &[]);
        self.state.draft = Some(draft);
    }
}
