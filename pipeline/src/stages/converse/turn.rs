//! Processes one turn: screens it and passes it to its lane. A turn that was processed before has no effects.

use std::collections::BTreeMap;
use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::conversations::{Pace, Silence, State};
use topics::records::reports::Account;
use topics::records::unscreened::{Unreadable, Unscreened, UnscreenedContent};
use topics::values::ids::MessageSid;
use topics::values::time::Time;
use topics::values::vocabulary::Language;

use super::form::Turn;
use super::meaning::{self, Intent, Meaning};
use super::numbers;
use super::phase::Phase;
use super::privacy;
use super::screen::{self, Screened, Unread, screen};
use super::{Act, Context, Reply, Scene};

/// The maximum number of MessageSids that a conversation remembers. The oldest ones are forgotten first; a
/// later retry of a forgotten message would count as a new one.
const MOST_HEARD: usize = 300;

/// The maximum number of our numbers that a conversation remembers; an installation has one or a few.
const MOST_NUMBERS: usize = 10;

/// The conversation with a resident who writes for the first time. Its language is English, the most widely
/// written language of the country, until the resident's language is known.
pub fn new_state(turn: &Turn, now: Time) -> State {
    State {
        address: turn.address.clone(),
        number: turn.number.clone(),
        numbers: Vec::new(),
        language: Language::En,
        silence: None,
        pace: Pace { since: now, count: 0, alarmed: false },
        heard: BTreeMap::new(),
        draft: None,
        choice: None,
        which: None,
        tickets: BTreeMap::new(),
        protected: None,
        reach: None,
    }
}

/// Processes a turn. Returns `None` if the turn was processed before, and then has no effects.
pub fn hear(context: &mut Context<'_>, state: &mut State, turn: Turn) -> Option<Vec<Act>> {
    if state.heard.contains_key(&turn.sid) {
        return None;
    }
    let mut scene = Scene { context, state, acts: Vec::new() };
    let pace = scene.state.pace;
    scene.remember(&turn);
    scene.count();
    let said = meaning::read(&turn.said(), scene.state.language);
    if let Some(language) = said.language.filter(|_| speaks_for_a_language(&said)) {
        scene.state.language = language;
    }
    let known = said.known || numbers::find(&turn.said()).is_some();
    let screened = screen(&turn, known);
    if matches!(screened, Screened::Certain(_) | Screened::Possible(_)) {
        scene.state.language = screen::language(&turn.said()).unwrap_or(scene.state.language);
    }
    scene.hear(&turn, &said, screened);
    if privacy::is_private(scene.state, &scene.acts) {
        // A private turn does not count towards a flood in the municipal lane.
        scene.state.pace = pace;
    } else {
        scene.wrote_to(&turn.number);
        scene.reached();
        scene.slow_down();
    }
    Some(scene.acts)
}

/// Whether the text can tell the language. Words that are the same in all languages cannot.
const fn speaks_for_a_language(said: &Meaning) -> bool {
    !matches!(said.intent, Intent::Stop | Intent::Start | Intent::Number(_) | Intent::Nothing)
}

impl Scene<'_, '_> {
    fn remember(&mut self, turn: &Turn) {
        let now = self.context.now;
        let kept = Duration::from_secs(self.rules().heard_s);
        self.state.heard.retain(|_, at| now.since(*at) < kept);
        while self.state.heard.len() >= MOST_HEARD {
            let Some(oldest) = self
                .state
                .heard
                .iter()
                .min_by_key(|(sid, at)| (**at, (*sid).clone()))
                .map(|(sid, _)| sid.clone())
            else {
                break;
            };
            self.state.heard.remove(&oldest);
        }
        self.state.heard.insert(turn.sid.clone(), now);
        self.state.address.clone_from(&turn.address);
        self.state.number.clone_from(&turn.number);
    }

    /// Remembers a number of ours. If the resident said STOP to the others, it applies to this one too.
    fn wrote_to(&mut self, number: &str) {
        let numbers = &mut self.state.numbers;
        let is_new = !numbers.iter().any(|known| known == number);
        numbers.retain(|known| known != number);
        if numbers.len() >= MOST_NUMBERS {
            numbers.remove(0);
        }
        numbers.push(number.to_owned());
        let is_said = self.acts.iter().any(|act| matches!(act, Act::Silence(_)));
        if is_new && !is_said && self.state.silence == Some(Silence::SaidStop) {
            self.acts.push(Act::Silence(true));
        }
    }

    /// Marks a resident who writes as reachable again.
    fn reached(&mut self) {
        if self.state.silence == Some(Silence::Unreachable) {
            self.state.silence = None;
            self.acts.insert(0, Act::Silence(false));
        }
    }

    fn hear(&mut self, turn: &Turn, said: &Meaning, screened: Screened) {
        match said.intent {
            Intent::Stop if matches!(screened, Screened::Municipal(_)) => return self.stop(),
            Intent::Start if matches!(screened, Screened::Municipal(_)) => return self.start(),
            _ => {}
        }
        match (Phase::of(self.state), screened) {
            (Phase::Protected, screened) => self.hear_protected(turn, said, screened),
            (_, Screened::Certain(disclosure)) => self.disclose(turn, disclosure),
            (_, Screened::Possible(doubt)) => self.doubt(turn, doubt.into_account()),
            (Phase::InDoubt, Screened::Municipal(cleared)) => self.choose(turn, said, cleared),
            (Phase::InDoubt, Screened::Unread(unread)) => self.doubt(turn, unread.into_account()),
            (_, Screened::Municipal(cleared)) => {
                self.hear_municipal(turn, said, cleared);
                self.alarm(said);
            }
            (_, Screened::Unread(unread)) => {
                if let Err(unread) = self.picture(turn, said, unread) {
                    self.pass_to_a_person(turn, unread);
                }
            }
        }
    }

    /// Passes a message that cannot be screened to a person, and asks the resident to write.
    fn pass_to_a_person(&mut self, turn: &Turn, unread: Unread) {
        let why = unread.why;
        self.unscreened(turn.sid.clone(), turn.received_at, why, unread.into_account());
        self.say(if why == Unreadable::UnknownLanguage { "ask-more" } else { "ask-text" }, &[]);
    }

    /// Writes an unscreened message for a person.
    pub(super) fn unscreened(
        &mut self,
        message: MessageSid,
        received_at: Time,
        why: Unreadable,
        account: Account,
    ) {
        let content = UnscreenedContent {
            citizen: self.context.citizen.clone(),
            from: self.state.address.clone(),
            account,
        };
        self.acts.push(Act::Unscreened(Box::new(Unscreened {
            message,
            at: self.context.now,
            edition: self.context.edition.number,
            received_at,
            why,
            content: Sealed(content),
        })));
    }

    fn stop(&mut self) {
        self.state.silence = Some(Silence::SaidStop);
        let body = crate::rules::texts::say(self.municipal_language(), "stopped", &[]);
        self.acts.push(Act::Tell(Reply {
            body,
            ticket: None,
            protected: false,
            ignores_stop: true,
            urgent: true,
        }));
        self.acts.push(Act::Silence(true));
    }

    fn start(&mut self) {
        self.state.silence = None;
        self.acts.push(Act::Silence(false));
        let body = crate::rules::texts::say(self.municipal_language(), "started", &[]);
        self.acts.push(Act::Tell(Reply {
            body,
            ticket: None,
            protected: false,
            ignores_stop: false,
            urgent: true,
        }));
    }
}
