//! What a draft still needs, as a question to the resident.

use topics::records::conversations::{Draft, PlaceQuestion};
use topics::values::vocabulary::Language;

use crate::rules::edition::Edition;
use crate::rules::{emergency, texts};
use crate::stages::converse::municipal::read::Heard;
use crate::stages::converse::phase::has_problem;
use crate::stages::converse::place::GivenPlace;

/// The question about the places that the resident may mean, or `None` if there is no such place.
fn about_proposal(draft: &Draft, language: Language) -> Option<String> {
    match draft.proposed.as_slice() {
        [] => None,
        [only] => Some(texts::say(language, "confirm-place", &[("place", &only.label)])),
        several => {
            let mut lines = vec![texts::say(language, "choose-place", &[])];
            lines.extend(several.iter().zip(1..).map(|(place, number)| format!("{number}. {}", place.label)));
            lines.push(format!("{}. {}", several.len() + 1, texts::say(language, "no-place", &[])));
            Some(lines.join("\n"))
        }
    }
}

/// How the place is asked for: in this way, or by saying what is wrong with the one that the turn gives.
pub fn place_question(heard: &Heard<'_>, otherwise: PlaceQuestion) -> PlaceQuestion {
    heard.turn.place.and_then(GivenPlace::refusal).unwrap_or(otherwise)
}

/// Whether the place is asked for by refusing one.
pub const fn is_refusal(place: PlaceQuestion) -> bool {
    !matches!(place, PlaceQuestion::First | PlaceQuestion::FollowUp | PlaceQuestion::Again)
}

/// The text that asks for what is missing in the draft, for its place in this way.
pub fn question(draft: &Draft, place: PlaceQuestion, language: Language, edition: &Edition) -> String {
    if let Some(about_proposal) = about_proposal(draft, language) {
        return about_proposal;
    }
    if draft.menu && !has_problem(draft) {
        return menu(language, edition);
    }
    let name = match (has_problem(draft), place) {
        (true, PlaceQuestion::First) => "ask-place",
        (true, PlaceQuestion::FollowUp) => "ask-place-follow-up",
        (true, PlaceQuestion::Again) => "ask-place-again",
        (_, refusal) if is_refusal(refusal) => refusal_text(refusal),
        (true, _) => "ask-place-again",
        (false, _) if draft.account.words.is_empty() => "ask-what",
        (false, _) => "ask-more",
    };
    texts::say(language, name, &[])
}

/// The name of the text that says why a place is refused, and what to send instead.
pub const fn refusal_text(refusal: PlaceQuestion) -> &'static str {
    match refusal {
        PlaceQuestion::NoFix => "pin-no_fix",
        PlaceQuestion::Swapped => "pin-swapped",
        PlaceQuestion::Abroad => "pin-abroad",
        PlaceQuestion::OutOfRange => "pin-range",
        PlaceQuestion::Link => "place-link",
        PlaceQuestion::Code => "place-code",
        PlaceQuestion::First | PlaceQuestion::FollowUp | PlaceQuestion::Again => "ask-place-again",
    }
}

/// The list of categories. What a voice note says is not known, so the emergency numbers come first.
fn menu(language: Language, edition: &Edition) -> String {
    let choices = texts::menu(language);
    let question = texts::say(language, "voice-menu", &[("choices", &choices)]);
    match emergency::text(language, edition) {
        Some(numbers) => format!("{numbers}\n{question}"),
        None => question,
    }
}
