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
pub mod places;
pub mod requests;
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

/// What a turn is processed by: the bands of its text by itself, and its meaning from this resident.
#[derive(Clone, Debug)]
pub struct UnderstoodTurn {
    /// The band that the screen's rules find.
    pub rule: Band,
    /// The band of the screen, for which it makes no difference who writes.
    pub band: Band,
    /// The meaning to a resident who has written in a known language so far.
    pub meaning: Meaning,
}

/// Understands the text of a turn once for the screen and for its meaning. Their opinions differ only where
/// the resident's language decides which language the text is in.
pub fn understand_turn(text: &str, known: Language) -> UnderstoodTurn {
    let text = Text::new(text);
    let scores = language::scores(&text);
    let guess = |known| scores.as_ref().and_then(|scores| language::guess(scores, known));
    let by_itself = guess(None);
    let from_resident = guess(Some(known));
    let rule = bands::by_rules(&text);
    let opinion = opinion_of(&text, rule, by_itself);
    let band = bands::joined(&text, rule, &opinion, by_itself);
    let opinion = if from_resident.map(Guess::number) == by_itself.map(Guess::number) {
        opinion
    } else {
        opinion_of(&text, rule, from_resident)
    };
    let meaning = meaning::of(&text, from_resident, &opinion, Some(known));
    UnderstoodTurn { rule, band, meaning }
}

fn opinion_of(text: &Text, rule: Band, guess: Option<Guess>) -> Opinion {
    let number = guess.map_or(language::NO_LANGUAGE, Guess::number);
    Opinion::of(&features::of_meaning(text, &[], rule, number))
}

/// Understands a text after the sender's earlier ones. `known` is the language that the resident has written
/// in so far, if anything is known of it.
pub fn understand(text: &str, before: &[&str], known: Option<Language>) -> Understood {
    understand_by(Opinion::of, text, before, known)
}

/// Understands a text as [`understand`] does, with another model of meanings.
pub fn understand_by(
    opinion_of: impl Fn(&[Feature]) -> Opinion,
    text: &str,
    before: &[&str],
    known: Option<Language>,
) -> Understood {
    let text = Text::new(text);
    let earlier: Vec<Text> = before.iter().rev().take(MAX_BEFORE).map(|text| Text::new(text)).collect();
    let guess = language::identify(&text, known);
    let number = guess.map_or(language::NO_LANGUAGE, Guess::number);
    let rule = bands::by_rules(&text);
    let features = features::of_meaning(&text, &earlier, rule, number);
    let opinion = opinion_of(&features);
    let band = bands::joined(&text, rule, &opinion, guess);
    let meaning = meaning::of(&text, guess, &opinion, known);
    Understood { text, guess, features, opinion, rule, band, meaning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_understood_as_its_band_and_its_meaning_are_by_themselves() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/understanding/messages");
        let mut texts = 0;
        for writer in ["en_test_cape", "zu_test_inanda", "af_test_paarl", "nr_b"] {
            let file = std::fs::read_to_string(format!("{folder}/{writer}.tsv")).unwrap();
            for text in file.lines().filter_map(|line| line.split('\t').nth(5)).chain([""]) {
                for known in [Language::En, Language::Zu, Language::Af] {
                    let turn = understand_turn(text, known);
                    let by_itself = understand(text, &[], None);
                    assert_eq!((turn.rule, turn.band), (by_itself.rule, by_itself.band), "{text}");
                    assert_eq!(turn.meaning, understand(text, &[], Some(known)).meaning, "{text}");
                }
                texts += 1;
            }
        }
        assert!(texts > 500, "{texts}");
    }
}
