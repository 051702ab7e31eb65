//! Privacy: a private turn changes nothing municipal. The municipal lane continues as if the turn had not
//! been written: in the same language, from the same number, within the same window, with the same counts.
//! Otherwise anyone with access to municipal records alone could infer the private turn.
//!
//! A stored conversation is taken apart into what each lane remembers before anything is decided, and put
//! together afterwards. A private turn can change [`Private`] only: it reads the municipal state through a
//! shared reference, so a field that is added to the state is covered without a change here.
//!
//! WhatsApp's 24-hour window starts again with any message of the resident, also with a private one. The
//! municipal lane does not make use of that, because a free text outside of its own window would reveal that
//! the resident wrote something else: it uses a template there, as if nothing private had been written.

use std::collections::BTreeMap;

use topics::records::conversations::{Choice, Conversation, Protection, Reach};
use topics::values::ids::MessageSid;
use topics::values::time::Time;

use super::phase::PrivatePhase;

/// What the police lane remembers of a resident, and all that a private turn can change.
#[derive(Clone, Debug, PartialEq)]
pub struct Private {
    /// The messages that are held while the resident is asked for their lane.
    pub(super) choice: Option<Box<Choice>>,
    /// Present for some time after a disclosure.
    pub(super) protected: Option<Protection>,
    /// MessageSids of the private messages of the last days, with when each was heard.
    pub(super) heard: BTreeMap<MessageSid, Time>,
    /// How private messages are answered; that of the municipal lane while nothing private is open.
    pub(super) reach: Reach,
}

impl Private {
    /// What the police lane waits for.
    pub const fn phase(&self) -> PrivatePhase {
        match (&self.protected, &self.choice) {
            (Some(_), _) => PrivatePhase::Protected,
            (None, Some(_)) => PrivatePhase::AwaitsLane,
            (None, None) => PrivatePhase::Closed,
        }
    }

    /// Whether the resident's turns belong to the police lane.
    pub const fn is_open(&self) -> bool {
        self.choice.is_some() || self.protected.is_some()
    }
}

/// How the municipal lane answers. The conversation has been taken apart by [`split`].
pub fn municipal(conversation: &Conversation) -> Reach {
    let state = &conversation.state;
    Reach {
        language: state.language,
        chosen_language: state.chosen_language,
        number: state.number.clone(),
        heard_at: conversation.last_heard_at,
    }
}

/// Takes a stored conversation apart: what is municipal, and what is private.
pub fn split(mut conversation: Conversation) -> (Conversation, Private) {
    let latest = municipal(&conversation);
    let state = &mut conversation.state.0;
    let choice = state.choice.take();
    let protected = state.protected.take();
    let heard = std::mem::take(&mut state.heard_in_private);
    if let Some(before) = state.reach.take() {
        set(&mut conversation, before);
    }
    (conversation, Private { choice, protected, heard, reach: latest })
}

/// Puts a conversation together for the store. How private messages were answered is forgotten as soon as
/// nothing private is open.
pub fn join(mut conversation: Conversation, private: Private) -> Conversation {
    let is_open = private.is_open();
    let Private { choice, protected, heard, reach } = private;
    let state = &mut conversation.state.0;
    state.choice = choice;
    state.protected = protected;
    state.heard_in_private = heard;
    if is_open {
        let before = municipal(&conversation);
        set(&mut conversation, reach);
        conversation.state.reach = Some(before);
    }
    conversation
}

fn set(conversation: &mut Conversation, reach: Reach) {
    let Reach { language, chosen_language, number, heard_at } = reach;
    conversation.state.language = language;
    conversation.state.chosen_language = chosen_language;
    conversation.state.number = number;
    conversation.last_heard_at = heard_at;
}
