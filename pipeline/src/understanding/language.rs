//! The language of a text: a linear model over runs of letters and words, trained on text in all eleven
//! languages and on informal messages.

use std::sync::LazyLock;

use topics::values::vocabulary::Language;

use super::features;
use super::text::Text;
use super::weights::{self, Aligned, UNIT, Weights};

/// The languages of the columns.
pub const LANGUAGES: [Language; weights::LANGUAGES] = [
    Language::En,
    Language::Af,
    Language::Zu,
    Language::Xh,
    Language::Nso,
    Language::St,
    Language::Tn,
    Language::Ss,
    Language::Ve,
    Language::Ts,
    Language::Nr,
];

/// The number that the features of a meaning know a text without a language by.
pub const NO_LANGUAGE: u32 = 11;

/// What the known language of the resident adds to its score, in 1/1024 of a logit.
const KNOWN: i64 = UNIT;

/// The confidence from which a quarter of the words is enough: in some languages each word has many forms.
const SURE: u32 = 800;

static FILE: &Aligned<[u8]> = &Aligned(*include_bytes!("../../understanding/language.bin"));

static WEIGHTS: LazyLock<Option<Weights<'static>>> = LazyLock::new(|| Weights::read(&FILE.0));

/// The language of a text and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The most likely language.
    pub language: Language,
    /// How likely it is, in 1/1000.
    pub confidence: u32,
    /// Whether the model knows at least half of the words, or a quarter of them if it is sure.
    pub is_known: bool,
}

impl Guess {
    /// The number that the features of a meaning know the language by.
    pub fn number(self) -> u32 {
        let index = LANGUAGES.iter().position(|language| *language == self.language);
        index.and_then(|index| u32::try_from(index).ok()).unwrap_or(NO_LANGUAGE)
    }
}

/// What the model finds in a text by itself.
pub struct Scores {
    scores: Vec<i64>,
    words: usize,
    known_words: usize,
}

/// The most likely language of a text, or `None` if the text has no words. `known` is the language that the
/// resident has written in so far.
pub fn identify(text: &Text, known: Option<Language>) -> Option<Guess> {
    guess(&scores(text)?, known)
}

/// The score of each language by the text alone, or `None` if the text has no words.
pub fn scores(text: &Text) -> Option<Scores> {
    let weights = WEIGHTS.as_ref()?;
    let normal = &text.plain.normal;
    let mut features = Vec::with_capacity(normal.text.len() * 6 + 16);
    features::of_language(&normal.text, text.marks, |hash, value| features.push((hash, value)));
    if features.len() <= 1 {
        return None;
    }
    let mut words = 0;
    let mut known_words = 0;
    for word in normal.words().filter(|word| word.chars().all(char::is_alphabetic)) {
        words += 1;
        known_words += usize::from(weights.row(features::word_hash(word)).is_some());
    }
    Some(Scores { scores: weights.scores(features.into_iter()), words, known_words })
}

/// The most likely language by the scores of a text and what is known of the resident.
pub fn guess(found: &Scores, known: Option<Language>) -> Option<Guess> {
    let mut scores = found.scores.clone();
    for (score, language) in scores.iter_mut().zip(LANGUAGES) {
        *score += if known == Some(language) { KNOWN } else { 0 };
    }
    let (index, best) = best(&scores)?;
    let language = LANGUAGES.get(index).copied()?;
    let confidence = likelihood(&scores, best);
    let is_known =
        found.known_words * 2 >= found.words || found.known_words * 4 >= found.words && confidence >= SURE;
    Some(Guess { language, confidence, is_known })
}

/// The first of the highest scores.
pub fn best(scores: &[i64]) -> Option<(usize, i64)> {
    let higher = |best: (usize, i64), next: (usize, i64)| if next.1 > best.1 { next } else { best };
    scores.iter().copied().enumerate().reduce(higher)
}

/// The share of a score among all, in 1/1000 (softmax).
pub fn likelihood(scores: &[i64], score: i64) -> u32 {
    let top = scores.iter().copied().max().unwrap_or(score);
    let sum: u64 = scores.iter().map(|other| exponential(top - other)).sum();
    u32::try_from(exponential(top - score) * 1000 / sum.max(1)).unwrap_or(1000)
}

/// `e` to the power of minus `below`, which is in 1/1024, in 1/65536.
fn exponential(below: i64) -> u64 {
    /// The powers of whole numbers.
    const WHOLE: [u64; 12] = [65536, 24109, 8869, 3263, 1200, 442, 162, 60, 22, 8, 3, 1];
    let below = u64::try_from(below).unwrap_or(0);
    let part = below % 1024;
    let square = part * part / 2048;
    let cube = square * part / 3072;
    let fourth = cube * part / 4096;
    let fraction = 1024 - part + square - cube + fourth;
    let whole = usize::try_from(below / 1024).ok().and_then(|whole| WHOLE.get(whole)).copied().unwrap_or(0);
    whole * fraction / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likelihoods_are_those_of_a_softmax() {
        assert_eq!(exponential(0), 65536);
        assert!(exponential(512).abs_diff(39749) < 100, "{}", exponential(512));
        assert!(exponential(1536).abs_diff(14623) < 100, "{}", exponential(1536));
        let scores = [2048, 0, 1024];
        assert!(likelihood(&scores, 2048).abs_diff(665) <= 2, "{}", likelihood(&scores, 2048));
    }
}
