//! Words that mean the same in several languages, grouped by what they mean. The model of meanings learns
//! from the groups of a text what it cannot learn from rare words.

use std::sync::LazyLock;

use topics::values::vocabulary::Language;

use super::lexicon::{self, Term};

/// The names of the concepts, each with its meaning; a concept is the place of its name.
const MEANINGS: &str = include_str!("../../understanding/concepts/meanings.txt");

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lines = MEANINGS.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.split_once(": ")?.0)).collect()
});

/// A group of words that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Concept(pub u8);

impl Concept {
    /// The name of the list.
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Whether the words use words of violence in another sense: idioms, things, animals, strangers,
    /// campaigns.
    pub fn is_exception(self) -> bool {
        IS_EXCEPTION.get(usize::from(self.0)).copied().unwrap_or(false)
    }

    /// Whether the words are talk that needs no matter.
    pub fn is_talk(self) -> bool {
        IS_TALK.get(usize::from(self.0)).copied().unwrap_or(false)
    }
}

/// The concepts of talk that needs no matter.
const TALK: [&str; 10] = [
    "thanks",
    "greeting",
    "goodbye",
    "yes-words",
    "no-words",
    "withdraw",
    "stop-words",
    "compliment",
    "small-talk",
    "fixed",
];

static IS_TALK: LazyLock<Vec<bool>> =
    LazyLock::new(|| NAMES.iter().map(|name| TALK.contains(name)).collect());

/// The concepts that use words of violence in another sense.
const EXCEPTIONS: [&str; 6] = ["idiom", "object-violence", "campaign", "brawl", "animal-attack", "joke"];

static IS_EXCEPTION: LazyLock<Vec<bool>> =
    LazyLock::new(|| NAMES.iter().map(|name| EXCEPTIONS.contains(name)).collect());

/// The files of words. No word tells the language here.
const FILES: [(Language, &str); 4] = [
    (Language::Und, include_str!("../../understanding/concepts/english_afrikaans.txt")),
    (Language::Und, include_str!("../../understanding/concepts/mixed.txt")),
    (Language::Und, include_str!("../../understanding/concepts/nguni.txt")),
    (Language::Und, include_str!("../../understanding/concepts/sotho_venda_tsonga.txt")),
];

/// The terms of the lists of all concepts.
pub fn terms<L: Copy>(wrap: impl Fn(Concept) -> L) -> Vec<Term<L>> {
    lexicon::terms(&FILES, |name| concept(name).map(&wrap))
}

fn concept(name: &str) -> Option<Concept> {
    let index = NAMES.iter().position(|known| *known == name)?;
    u8::try_from(index).ok().map(Concept)
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::check_files;
    use super::*;

    #[test]
    fn every_list_and_every_term_of_the_files_can_be_read() {
        check_files(&FILES, concept);
    }

    #[test]
    fn every_concept_has_one_name_and_some_words() {
        for (index, name) in NAMES.iter().enumerate() {
            assert_eq!(concept(name).map(|concept| usize::from(concept.0)), Some(index), "{name}");
            let heading = format!("[{name}]");
            assert!(FILES.iter().any(|(_, text)| text.contains(&heading)), "{name} has no words");
        }
    }
}
