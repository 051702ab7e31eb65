//! Understands what a resident writes: language, matter, severity, intent, tone, and whether it speaks of
//! violence. Lists of words and two small linear models, all in integer arithmetic, so that the same text has
//! the same meaning on every platform.

use topics::values::vocabulary::Language;

pub mod answer;
pub mod bands;
pub mod concepts;
pub mod features;
pub mod language;
pub mod lexicon;
pub mod lists;
pub mod meaning;
pub mod model;
pub mod normal;
pub mod numbers;
pub mod terms;
pub mod text;
pub mod violence;
pub mod weights;

use features::Feature;
use language::Guess;
use meaning::Meaning;
use model::Opinion;
use text::Text;
use violence::Band;

/// The most earlier messages that a text is understood by.
const MAX_BEFORE: usize = 3;

/// All that is understood of a text.
#[derive(Clone, Debug)]
pub struct Understood {
    /// The text, prepared.
    pub text: Text,
    /// The language that the model of languages finds.
    pub guess: Option<Guess>,
    /// The features of the model of meanings.
    pub features: Vec<Feature>,
    /// What the model of meanings makes of it.
    pub opinion: Opinion,
    /// The band that the screen's rules find.
    pub rule: Band,
    /// The band of the screen: what rules and model find together.
    pub band: Band,
    /// The meaning.
    pub meaning: Meaning,
}

/// Understands a text after the sender's earlier ones. `known` is the language that the resident has written
/// in so far, if anything is known of it.
pub fn understand(text: &str, before: &[&str], known: Option<Language>) -> Understood {
    let text = Text::new(text);
    let earlier: Vec<Text> = before.iter().rev().take(MAX_BEFORE).map(|text| Text::new(text)).collect();
    let guess = language::identify(&text, known);
    let number = guess.map_or(language::NO_LANGUAGE, Guess::number);
    let features = features::of_meaning(&text, &earlier, number);
    let opinion = Opinion::of(&features);
    let rule = bands::by_rules(&text);
    let band = bands::joined(&text, rule, &opinion, guess);
    let meaning = meaning::of(&text, guess, &opinion, known);
    Understood { text, guess, features, opinion, rule, band, meaning }
}
