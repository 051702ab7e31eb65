//! Processes one turn: screens it and passes it to its lane. A turn that was processed before has no effects.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use topics::records::conversations::{HeardText, Pace, State};
use topics::values::ids::MessageSid;
use topics::values::time::Time;
use topics::values::vocabulary::Language;

use super::decide::{LaneMove, SaysOfLane, decide_lane};
use super::form::Turn;
use super::municipal::{self, Content};
use super::outputs::{Context, MunicipalOutput};
use super::place::GivenPlace;
use super::privacy::Private;
use super::protected::{PoliceLane, PoliceOutput};
use super::screen::{Screened, screen};
use crate::rules::edition::Edition;
use crate::understanding::meaning::{Intent, Meaning};
use crate::understanding::requests::Request;
use crate::understanding::{numbers, understand_turn};

/// The maximum number of MessageSids that a conversation remembers of each lane. The oldest ones are
/// forgotten first; a later retry of a forgotten message would count as a new one.
const MAX_HEARD: usize = 300;

/// How many of the last texts a conversation keeps, how many characters of each, and for how long the screen
/// reads a new text after them.
const MAX_RECENT: usize = 3;
const RECENT_CHARACTERS: usize = 300;
const RECENT: Duration = Duration::from_hours(24);

/// The conversation with a resident of whom nothing is known but where they write from and to. Its language
/// is English, the most widely written language of the country, until the resident's language is known.
pub fn new_state(address: String, number: String) -> State {
    State {
        address,
        number,
        numbers: Vec::new(),
        language: Language::En,
        chosen_language: None,
        told_of_english: false,
        silence: None,
        // The first municipal turn begins a minute; a private one that comes before it does not.
        pace: Pace { since: Time::from_millis(0), count: 0, alarmed: false },
        heard: BTreeMap::new(),
        heard_in_private: BTreeMap::new(),
        draft: None,
        choice: None,
        which: None,
        question: None,
        tickets: BTreeMap::new(),
        protected: None,
        reach: None,
        last_pin: None,
        recent_texts: Vec::new(),
        called_at: None,
    }
}

/// What was decided about a turn, by the lane that it belongs to.
#[derive(Debug)]
pub enum Processed {
    /// The turn is municipal.
    Municipal(Vec<MunicipalOutput>),
    /// The turn is private. Nothing municipal has changed.
    Private(Vec<PoliceOutput>),
    /// STOP or START, which hold for both lanes, with files that came while something private was open.
    Both(Vec<MunicipalOutput>, Vec<PoliceOutput>),
}

/// Processes a turn. Returns `None` if the turn was processed before, and then has no effects.
pub fn process(
    context: &mut Context<'_>,
    state: &mut State,
    private: &mut Private,
    turn: &Turn,
) -> Option<Processed> {
    if state.heard.contains_key(&turn.sid) || private.heard.contains_key(&turn.sid) {
        return None;
    }
    let turn = &*with_code_located(turn, context.edition);
    let said = turn.said();
    let is_recent = |heard: &&HeardText| context.now.since(heard.at) < RECENT;
    let before: Vec<&str> =
        state.recent_texts.iter().filter(is_recent).map(|heard| heard.text.as_str()).collect();
    let understood = understand_turn(&said, &before, state.language);
    // The answer to the question where a problem is can be a name alone, which no list of words has.
    let is_name = || state.draft.is_some() && !context.edition.gazetteer().find_answer(&said).is_empty();
    let is_known = understood.meaning.known || numbers::find(&said).is_some() || is_name();
    let screened = screen(turn, &understood, is_known);
    let meaning = understood.meaning;
    let decision = decide_lane(private.phase(), says_of_lane(turn, &meaning, &screened));
    let mut police_outputs = Vec::new();
    let content = match (decision, screened) {
        (LaneMove::TakeAsMunicipal, Screened::Municipal(mut cleared))
            if private.is_open() && !turn.media.is_empty() =>
        {
            police_outputs =
                PoliceLane { context, municipal: state, private }.keep_files(turn, cleared.take_files());
            Content::Cleared(cleared)
        }
        (LaneMove::TakeAsMunicipal, Screened::Municipal(cleared)) => Content::Cleared(cleared),
        (LaneMove::TakeAsMunicipal, Screened::Unread(unread)) => Content::Unread(unread),
        (decision, screened) => {
            remember(context, &mut private.heard, &turn.sid);
            let mut protected = PoliceLane { context, municipal: state, private };
            return Some(Processed::Private(protected.process(turn, decision, screened)));
        }
    };
    remember(context, &mut state.heard, &turn.sid);
    if let (Content::Cleared(_), Some(words), true) = (&content, &turn.besides, turn.is_written()) {
        remember_text(&mut state.recent_texts, words, context.now);
    }
    let outputs = municipal::process(context, state, turn, &meaning, content);
    Some(if police_outputs.is_empty() {
        Processed::Municipal(outputs)
    } else {
        Processed::Both(outputs, police_outputs)
    })
}

/// The turn with the place of a short Plus Code, if its words name the town that the code needs.
fn with_code_located<'a>(turn: &'a Turn, edition: &Edition) -> Cow<'a, Turn> {
    let (Some(GivenPlace::ShortCode(code)), Some(words)) = (turn.place, &turn.besides) else {
        return Cow::Borrowed(turn);
    };
    let gazetteer = edition.gazetteer();
    let mut towns = gazetteer.find(words);
    if towns.is_empty() {
        towns = gazetteer.find_answer(words);
    }
    let near = match towns.as_slice() {
        [town] => code.near(town.point),
        _ => None,
    };
    near.map_or(Cow::Borrowed(turn), |degrees| {
        Cow::Owned(Turn { place: Some(GivenPlace::of_degrees(degrees)), ..turn.clone() })
    })
}

/// What a turn says about its lane. A file or a pin that comes with the choice of the municipal lane is kept,
/// so such a turn is not the choice.
fn says_of_lane(turn: &Turn, meaning: &Meaning, screened: &Screened) -> SaysOfLane {
    match (screened, meaning.intent) {
        (Screened::Certain(_), _) => SaysOfLane::Disclosure,
        (Screened::Possible(_), _) => SaysOfLane::PossibleDisclosure,
        (Screened::Municipal(_), Intent::Stop | Intent::Start) => SaysOfLane::StopOrStart,
        (Screened::Municipal(_), Intent::Municipal | Intent::Number(1))
            if turn.media.is_empty() && turn.place.is_none() =>
        {
            SaysOfLane::ChoosesMunicipal
        }
        (Screened::Municipal(_), Intent::Private | Intent::Number(2)) => SaysOfLane::ChoosesPrivate,
        (Screened::Municipal(_), _) if meaning.request == Some(Request::Privacy) => {
            SaysOfLane::AsksForPrivacy
        }
        (Screened::Municipal(_) | Screened::Unread(_), _) => SaysOfLane::Anything,
    }
}

/// Remembers the id of a message among those of its lane, so that a retry of it is ignored.
fn remember(context: &Context<'_>, heard: &mut BTreeMap<MessageSid, Time>, sid: &MessageSid) {
    let now = context.now;
    let kept = Duration::from_secs(context.edition.rules().heard_s);
    heard.retain(|_, at| now.since(*at) < kept);
    while heard.len() >= MAX_HEARD {
        let oldest = heard.iter().min_by_key(|(sid, at)| (**at, (*sid).clone()));
        let Some(oldest) = oldest.map(|(sid, _)| sid.clone()) else { break };
        heard.remove(&oldest);
    }
    heard.insert(sid.clone(), now);
}

/// Keeps the beginning of a municipal text, after which the screen reads the next ones.
fn remember_text(recent: &mut Vec<HeardText>, words: &str, now: Time) {
    recent.retain(|heard| now.since(heard.at) < RECENT);
    let text: String = words.chars().take(RECENT_CHARACTERS).collect();
    recent.push(HeardText { at: now, text });
    recent.drain(..recent.len().saturating_sub(MAX_RECENT));
}
