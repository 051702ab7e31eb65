//! One turn: folded if it was heard before, screened, and given to the lane that it belongs to.

use std::collections::BTreeMap;
use std::time::Duration;

use topics::conversations::{Pace, Silence, State};
use topics::sealing::Sealed;
use topics::time::Time;
use topics::unscreened::{Unreadable, Unscreened, UnscreenedContent};
use topics::words::Language;

use super::form::Turn;
use super::meaning::{self, Intent, Meaning};
use super::numbers;
use super::privacy;
use super::screen::{Screened, Unread, screen};
use super::{Act, Context, Scene, Words};

/// How many MessageSids a conversation remembers; older ones go first. Beyond it a retry would be a message of its own.
const MOST_HEARD: usize = 300;
/// How many messages a minute are answered one by one.
const MOST_ANSWERED: u32 = 10;
/// The minute.
const MINUTE: Duration = Duration::from_secs(60);

/// Whether so many messages in a minute are a flood.
pub const fn is_flood(count: u32) -> bool {
    count > MOST_ANSWERED
}

/// The conversation with somebody who writes for the first time. The language is the country's most written one until
/// they have said something.
pub fn new_state(turn: &Turn, now: Time) -> State {
    State {
        address: turn.address.clone(),
        number: turn.number.clone(),
        language: Language::En,
        silence: None,
        pace: Pace { since: now, count: 0 },
        heard: BTreeMap::new(),
        draft: None,
        choice: None,
        which: None,
        tickets: BTreeMap::new(),
        protected: None,
        reach: None,
    }
}

/// Hears a turn. None: it was heard before, and nothing comes of it.
pub fn hear(context: &mut Context<'_>, state: &mut State, turn: Turn) -> Option<Vec<Act>> {
    if state.heard.contains_key(&turn.sid) {
        return None;
    }
    let mut scene = Scene { context, state, acts: Vec::new() };
    scene.remember(&turn);
    let said = meaning::read(&turn.said(), scene.state.language);
    if let Some(language) = said.language.filter(|_| speaks_for_a_language(&said)) {
        scene.state.language = language;
    }
    let known = said.known || numbers::find(&turn.said()).is_some();
    let screened = screen(&turn, known);
    scene.hear(&turn, &said, screened);
    if !privacy::is_private(scene.state, &scene.acts) {
        scene.reached();
        scene.slow();
    }
    Some(scene.acts)
}

/// Words that are the same everywhere say nothing about the language.
const fn speaks_for_a_language(said: &Meaning) -> bool {
    !matches!(said.intent, Intent::Stop | Intent::Start | Intent::Number(_) | Intent::Nothing)
}

impl Scene<'_, '_> {
    fn remember(&mut self, turn: &Turn) {
        let now = self.context.now;
        let kept = Duration::from_secs(self.rules().heard_s);
        self.state.heard.retain(|_, at| now.since(*at) < kept);
        while self.state.heard.len() >= MOST_HEARD {
            let Some(oldest) = self.state.heard.iter().min_by_key(|(sid, at)| (**at, (*sid).clone())).map(|(sid, _)| sid.clone()) else {
                break;
            };
            self.state.heard.remove(&oldest);
        }
        self.state.heard.insert(turn.sid.clone(), now);
        self.state.address.clone_from(&turn.address);
        self.state.number.clone_from(&turn.number);
        let pace = &mut self.state.pace;
        if now.since(pace.since) >= MINUTE {
            *pace = Pace { since: now, count: 0 };
        }
        pace.count = pace.count.saturating_add(1);
    }

    /// Who writes can be written to.
    fn reached(&mut self) {
        if self.state.silence == Some(Silence::Unreachable) {
            self.state.silence = None;
            self.acts.insert(0, Act::Silence(false));
        }
    }

    /// Holds answers back in a flood; its beginning is told once.
    fn slow(&mut self) {
        if self.state.pace.count > MOST_ANSWERED {
            self.acts.retain(|act| !matches!(act, Act::Tell(words) if !words.protected));
        }
        if self.state.pace.count == MOST_ANSWERED + 1 {
            self.say("slow-down", &[]);
        }
    }

    fn hear(&mut self, turn: &Turn, said: &Meaning, screened: Screened) {
        match said.intent {
            Intent::Stop if matches!(screened, Screened::None(_)) => return self.stop(),
            Intent::Start if matches!(screened, Screened::None(_)) => return self.start(),
            _ => {}
        }
        if let Some(protection) = self.state.protected.clone() {
            return self.hear_protected(turn, said, screened, &protection);
        }
        match screened {
            Screened::Certain(disclosure) => self.disclose(turn, disclosure),
            Screened::Possible(doubt) => self.doubt(turn, doubt.into_account()),
            Screened::None(cleared) if self.state.choice.is_some() => self.choose(turn, said, cleared),
            Screened::None(cleared) => self.hear_municipal(turn, said, cleared),
            Screened::Unread(unread) if self.state.choice.is_some() => self.doubt(turn, unread.into_account()),
            Screened::Unread(unread) => match self.picture(unread) {
                Ok(()) => {}
                Err(unread) => self.set_aside(turn, unread),
            },
        }
    }

    /// For a person to listen to; the resident is asked to write.
    fn set_aside(&mut self, turn: &Turn, unread: Unread) {
        let why = unread.why;
        let content =
            UnscreenedContent { citizen: self.context.citizen.clone(), from: turn.address.clone(), account: unread.into_account() };
        self.acts.push(Act::Unscreened(Box::new(Unscreened {
            message: turn.sid.clone(),
            at: self.context.now,
            edition: self.context.edition.number,
            received_at: turn.received_at,
            why,
            content: Sealed(content),
        })));
        self.say(if why == Unreadable::UnknownLanguage { "ask-more" } else { "ask-text" }, &[]);
    }

    fn stop(&mut self) {
        self.state.silence = Some(Silence::SaidStop);
        let body = crate::texts::say(self.municipal_language(), "stopped", &[]);
        self.acts.push(Act::Tell(Words { body, ticket: None, protected: false, ignores_stop: true }));
        self.acts.push(Act::Silence(true));
    }

    fn start(&mut self) {
        self.state.silence = None;
        self.acts.push(Act::Silence(false));
        self.say("started", &[]);
    }
}
