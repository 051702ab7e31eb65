//! Names that are also words of everyday language, or names of people.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::plain_text::Words;

/// The words, by list.
const TEXT: &str = include_str!("../../../lexicon/place_names.txt");

/// Whether the letters of a name are also an ordinary word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordinary {
    /// It is no ordinary word: the name is found wherever it is written.
    No,
    /// It is an ordinary word, or a name of people: it is found after a word such as `in`, or as the answer
    /// to a question.
    Word,
    /// It is a word that reports are full of (`water`, `park`): it is found as the answer to a question only.
    Matter,
}

static LISTS: LazyLock<BTreeMap<Vec<u8>, Ordinary>> = LazyLock::new(lists);

fn lists() -> BTreeMap<Vec<u8>, Ordinary> {
    let mut lists = BTreeMap::new();
    let mut list = Ordinary::Word;
    for line in TEXT.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line {
            "[words]" => list = Ordinary::Word,
            "[matters]" => list = Ordinary::Matter,
            line => lists.extend(line.split(',').map(|word| (Words::of(word).letters, list))),
        }
    }
    lists
}

/// The fewest letters of a name that is found anywhere.
const SHORTEST: usize = 4;

/// What the lists say of these letters. Names of three letters are as likely to be something else.
pub fn of(letters: &[u8]) -> Ordinary {
    let short = if letters.len() < SHORTEST { Ordinary::Word } else { Ordinary::No };
    LISTS.get(letters).copied().unwrap_or(short)
}

/// Whether the letters are a word of the lists.
pub fn is_listed(letters: &[u8]) -> bool {
    LISTS.contains_key(letters)
}
