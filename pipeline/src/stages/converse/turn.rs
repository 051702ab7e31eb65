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
use super::privacy::Private;
use super::protected::{PrivateAct, PrivateScene};
use super::screen::{Cleared, Screened, Unread, screen};
use super::{Act, Context, Reply, Scene};

/// The maximum number of MessageSids that a conversation remembers of each lane. The oldest ones are
/// forgotten first; a later retry of a forgotten message would count as a new one.
const MOST_HEARD: usize = 300;

/// The maximum number of our numbers that a conversation remembers; an installation has one or a few.
const MOST_NUMBERS: usize = 10;

/// The conversation with a resident of whom nothing is known but where they write from and to. Its language
/// is English, the most widely written language of the country, until the resident's language is known.
pub fn new_state(address: String, number: String) -> State {
    State {
        address,
        number,
        numbers: Vec::new(),
        language: Language::En,
        silence: None,
        // The first municipal turn begins a minute; a private one that comes before it does not.
        pace: Pace { since: Time::from_millis(0), count: 0, alarmed: false },
        heard: BTreeMap::new(),
        heard_in_private: BTreeMap::new(),
        draft: None,
        choice: None,
        which: None,
        tickets: BTreeMap::new(),
        protected: None,
        reach: None,
    }
}

/// What was decided about a turn, by the lane that it belongs to.
#[derive(Debug)]
pub enum Heard {
    /// The turn is municipal.
    Municipal(Vec<Act>),
    /// The turn is private. Nothing municipal has changed.
    Private(Vec<PrivateAct>),
}

/// Processes a turn. Returns `None` if the turn was processed before, and then has no effects.
pub fn hear(
    context: &mut Context<'_>,
    state: &mut State,
    private: &mut Private,
    turn: &Turn,
) -> Option<Heard> {
    if state.heard.contains_key(&turn.sid) || private.heard.contains_key(&turn.sid) {
        return None;
    }
    let said = meaning::read(&turn.said(), state.language);
    let known = said.known || numbers::find(&turn.said()).is_some();
    let screened = screen(turn, known);
    let screened = match by_lane(private, &said, screened) {
        Ok(municipal) => municipal,
        Err(screened) => {
            remember(context, &mut private.heard, &turn.sid);
            let mut scene = PrivateScene { context, municipal: state, private, acts: Vec::new() };
            scene.hear(turn, screened);
            return Some(Heard::Private(scene.acts));
        }
    };
    remember(context, &mut state.heard, &turn.sid);
    let mut scene = Scene { context, state, acts: Vec::new() };
    scene.state.address.clone_from(&turn.address);
    scene.state.number.clone_from(&turn.number);
    scene.state.language = said.language_of_resident().unwrap_or(scene.state.language);
    scene.count();
    scene.hear(turn, &said, screened);
    scene.wrote_to(&turn.number);
    scene.reached();
    scene.slow_down();
    Some(Heard::Municipal(scene.acts))
}

/// What was screened of a municipal turn.
enum Municipal {
    /// The turn does not speak of violence.
    Cleared(Cleared),
    /// The turn could not be judged, and nothing private is open.
    Unread(Unread),
}

/// Returns a turn of the police lane as an error. STOP and START hold for both lanes, so they are municipal
/// at any time.
fn by_lane(private: &Private, said: &Meaning, screened: Screened) -> Result<Municipal, Screened> {
    let is_open = private.is_open();
    match screened {
        Screened::Municipal(cleared) if !is_open || matches!(said.intent, Intent::Stop | Intent::Start) => {
            Ok(Municipal::Cleared(cleared))
        }
        Screened::Unread(unread) if !is_open => Ok(Municipal::Unread(unread)),
        private => Err(private),
    }
}

/// Remembers the id of a message among those of its lane, so that a retry of it is ignored.
fn remember(context: &Context<'_>, heard: &mut BTreeMap<MessageSid, Time>, sid: &MessageSid) {
    let now = context.now;
    let kept = Duration::from_secs(context.edition.rules().heard_s);
    heard.retain(|_, at| now.since(*at) < kept);
    while heard.len() >= MOST_HEARD {
        let oldest = heard.iter().min_by_key(|(sid, at)| (**at, (*sid).clone()));
        let Some(oldest) = oldest.map(|(sid, _)| sid.clone()) else { break };
        heard.remove(&oldest);
    }
    heard.insert(sid.clone(), now);
}

impl Scene<'_, '_> {
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

    fn hear(&mut self, turn: &Turn, said: &Meaning, screened: Municipal) {
        match (said.intent, screened) {
            (Intent::Stop, Municipal::Cleared(_)) => self.stop(),
            (Intent::Start, Municipal::Cleared(_)) => self.start(),
            (_, Municipal::Cleared(cleared)) => {
                self.hear_municipal(turn, said, cleared);
                self.alarm(said);
            }
            (_, Municipal::Unread(unread)) => {
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
        let body = crate::rules::texts::say(self.state.language, "stopped", &[]);
        self.acts.push(Act::Tell(Reply { body, ticket: None, ignores_stop: true, urgent: true }));
        self.acts.push(Act::Silence(true));
    }

    fn start(&mut self) {
        self.state.silence = None;
        self.acts.push(Act::Silence(false));
        let body = crate::rules::texts::say(self.state.language, "started", &[]);
        self.acts.push(Act::Tell(Reply { body, ticket: None, ignores_stop: false, urgent: true }));
    }
}
