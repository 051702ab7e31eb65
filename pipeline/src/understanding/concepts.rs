//! Words that mean the same in several languages, grouped by what they mean. The model of meanings learns from
//! the groups of a text what it cannot learn from rare words.

use std::sync::LazyLock;

use topics::values::vocabulary::Language;

use super::lexicon::Lexicon;

/// The names of the lists; a concept is the place of its name.
pub const NAMES: [&str; 36] = [
    "partner",
    "kin",
    "child",
    "authority",
    "hit",
    "choke",
    "weapon",
    "injury",
    "kill",
    "threat",
    "fear",
    "confine",
    "follow",
    "phone",
    "money",
    "sex",
    "lgbt",
    "drink",
    "home",
    "scream",
    "secret",
    "legal",
    "again",
    "money-state",
    "council",
    "joke",
    "topic",
    "animal",
    "crime",
    "danger",
    "vital",
    "extent",
    "days",
    "small",
    "fixed",
    "broken-still",
];

/// A group of words that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Concept(pub u8);

impl Concept {
    /// The name of the list.
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }
}

const FILES: [(Language, &str); 1] = [(Language::Und, include_str!("../../understanding/concepts.txt"))];

/// The lists of all concepts.
pub static LISTS: LazyLock<Lexicon<Concept>> = LazyLock::new(|| Lexicon::new(&FILES, concept));

fn concept(name: &str) -> Option<Concept> {
    let place = NAMES.iter().position(|known| *known == name)?;
    u8::try_from(place).ok().map(Concept)
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::check_files;
    use super::*;

    #[test]
    fn every_list_and_every_term_of_the_file_can_be_read() {
        check_files(&FILES, concept);
    }
}
