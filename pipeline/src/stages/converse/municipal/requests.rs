//! What residents ask of the service itself: how it treats what they write, and another language. Residents
//! whose language has no texts are told once, in that language, that they are answered in English.

use topics::records::conversations::{Silence, State};
use topics::values::vocabulary::Language;

use super::flood::is_flood;
use super::read::Heard;
use crate::rules::texts;
use crate::stages::converse::outputs::{Context, MunicipalOutput};
use crate::understanding::meaning::Meaning;
use crate::understanding::requests::Request;

/// A text with fewer words than this says too little about its language.
const WORDS_OF_A_LANGUAGE: usize = 3;
const DAY_S: u64 = 86_400;

/// Says what happens to what residents write.
pub fn explain_privacy(context: &Context<'_>, state: &State) -> MunicipalOutput {
    let days = (context.edition.rules().conversation_expiry_s / DAY_S).to_string();
    MunicipalOutput::tell(texts::say(state.language, "privacy", &[("days", &days)]))
}

/// From here on the resident is answered in the language that the turn asks for.
pub fn change_language(heard: &Heard<'_>, state: &mut State) {
    let Some(Request::Language(language)) = heard.meaning.request else { return };
    state.chosen_language = Some(language);
    state.language = language;
    state.told_of_english |= !has_texts(language);
}

/// Says in which language the resident is answered now.
pub fn tell_language(state: &State) -> MunicipalOutput {
    let text = if has_texts(state.language) { "language-changed" } else { "answered-in-english" };
    MunicipalOutput::say(state.language, text)
}

/// Tells a resident whose language has no texts, once and in that language, that the answers are in English.
pub fn tell_of_english(state: &mut State, meaning: &Meaning, outputs: &mut Vec<MunicipalOutput>) {
    let is_sure = meaning.words >= WORDS_OF_A_LANGUAGE && meaning.language == Some(state.language);
    let is_silent = state.silence == Some(Silence::SaidStop) || is_flood(&state.pace);
    if has_texts(state.language) || state.told_of_english || !is_sure || is_silent {
        return;
    }
    state.told_of_english = true;
    let line = texts::say(state.language, "answered-in-english", &[]);
    match outputs.iter_mut().find_map(MunicipalOutput::as_reply) {
        Some(reply) => reply.body = format!("{line}\n{}", reply.body),
        None => outputs.push(MunicipalOutput::tell(line)),
    }
}

/// Whether the texts exist in this language, or nothing is known of it.
fn has_texts(language: Language) -> bool {
    language == Language::Und || language == language.answered_in()
}
