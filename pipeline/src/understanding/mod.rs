//! Understands what a resident writes: language, matter, severity, intent, tone, and whether it speaks of
//! violence. Lists of words and two small linear models, all in integer arithmetic, so that the same text has
//! the same meaning on every platform.

use topics::values::vocabulary::Language;

pub mod answer;
pub mod bands;
pub mod concepts;
pub mod features;
pub mod joined;
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
    /// The text, prepared for reading.
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
    /// The meaning that lists and model find together.
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

/// A text with what is known of it before its language is.
struct Prepared {
    text: Text,
    rule: Band,
}

impl Prepared {
    fn new(text: &str) -> Self {
        let text = Text::new(text);
        let rule = bands::by_rules(&text);
        Self { text, rule }
    }

    /// The features of the model of meanings after earlier texts, if the text is in this language.
    fn features(&self, earlier: &[Text], guess: Option<Guess>) -> Vec<Feature> {
        let number = guess.map_or(language::NO_LANGUAGE, Guess::number);
        features::of_meaning(&self.text, earlier, self.rule, number)
    }

    fn band(&self, opinion: &Opinion, guess: Option<Guess>) -> Band {
        bands::joined(&self.text, self.rule, opinion, guess)
    }

    /// Whether what the sender wrote before may tell more than the text: an answer or a text without words
    /// has its meaning by itself.
    const fn depends_on_others(&self, meaning: &Meaning) -> bool {
        !meaning.answers_only && !self.text.plain.normal.is_empty()
    }

    fn meaning(&self, opinion: &Opinion, guess: Option<Guess>, known: Option<Language>) -> Meaning {
        joined::of(&self.text, guess, opinion, known)
    }
}

/// The last of the sender's texts before this one, the last one first. Words that are only repeated tell
/// nothing more.
fn earlier(text: &Text, before: &[&str]) -> Vec<Text> {
    let mut texts: Vec<Text> = Vec::with_capacity(MAX_BEFORE);
    for other in before.iter().rev().take(MAX_BEFORE).map(|text| Text::new(text)) {
        let is_same = |known: &Text| known.plain.normal.text == other.plain.normal.text;
        if !is_same(text) && !texts.iter().any(is_same) {
            texts.push(other);
        }
    }
    texts
}

/// Understands the text of a turn once for the screen and for its meaning. Their opinions differ only where
/// the resident's language decides which language the text is in. The sender's earlier texts may raise the
/// band of a text that has none by itself ("it was worse this time"); they do not change its meaning.
pub fn understand_turn(text: &str, before: &[&str], known: Language) -> UnderstoodTurn {
    let prepared = Prepared::new(text);
    let scores = language::scores(&prepared.text);
    let guess = |known| scores.as_ref().and_then(|scores| language::guess(scores, known));
    let by_itself = guess(None);
    let from_resident = guess(Some(known));
    let opinion = Opinion::of(&prepared.features(&[], by_itself));
    let mut band = prepared.band(&opinion, by_itself);
    let opinion = if from_resident.map(Guess::number) == by_itself.map(Guess::number) {
        opinion
    } else {
        Opinion::of(&prepared.features(&[], from_resident))
    };
    let meaning = prepared.meaning(&opinion, from_resident, Some(known));
    if band == Band::None && !before.is_empty() && prepared.depends_on_others(&meaning) {
        band = bands::after_others(&Opinion::of(
            &prepared.features(&earlier(&prepared.text, before), by_itself),
        ));
    }
    UnderstoodTurn { rule: prepared.rule, band, meaning }
}

/// Understands a text after the sender's earlier ones. `known` is the language that the resident has written
/// in so far, if anything is known of it.
pub fn understand(text: &str, before: &[&str], known: Option<Language>) -> Understood {
    understand_by(Opinion::of, text, before, known)
}

/// Reads what a text means. If two languages are equally likely, `before`, the language of the conversation
/// so far, decides.
pub fn read(text: &str, before: Language) -> Meaning {
    understand(text, &[], Some(before)).meaning
}

/// Understands a text as [`understand`] does, with another model of meanings.
pub fn understand_by(
    opinion_of: impl Fn(&[Feature]) -> Opinion,
    text: &str,
    before: &[&str],
    known: Option<Language>,
) -> Understood {
    let prepared = Prepared::new(text);
    let guess = language::identify(&prepared.text, known);
    let features = prepared.features(&earlier(&prepared.text, before), guess);
    let opinion = opinion_of(&features);
    let meaning = prepared.meaning(&opinion, guess, known);
    let band = if before.is_empty() {
        prepared.band(&opinion, guess)
    } else {
        let band = prepared.band(&opinion_of(&prepared.features(&[], guess)), guess);
        let is_raised = band == Band::None && prepared.depends_on_others(&meaning);
        if is_raised { bands::after_others(&opinion) } else { band }
    };
    let Prepared { text, rule, .. } = prepared;
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
                    let turn = understand_turn(text, &[], known);
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
