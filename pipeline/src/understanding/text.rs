//! A text prepared for reading: its readings in normal form, with the terms of the lists in each.

use std::sync::LazyLock;

use super::concepts::{self, Concept};
use super::lexicon::{Hit, Lexicon};
use super::lists::{self, ListKind};
use super::normal::{Normal, readings};
use super::violence::{self, WordRole};

/// One reading of a text, with the terms of the lists that it contains.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The words in normal form.
    pub normal: Normal,
    /// The terms of the lists of meanings.
    pub terms: Vec<Hit<ListKind>>,
    /// The terms of the lists of the screen.
    pub roles: Vec<Hit<WordRole>>,
    /// The words of concepts.
    pub concepts: Vec<Hit<Concept>>,
}

/// A text prepared for reading.
#[derive(Clone, Debug)]
pub struct Text {
    /// The reading of the text as it is written.
    pub plain: Reading,
    /// Readings of repeated and disguised letters, where they differ from the plain one.
    pub others: Vec<Reading>,
    /// What the normal form leaves out.
    pub marks: Marks,
}

/// What the normal form of a text leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The accented letters that tell a language.
    pub accents: u8,
    /// Whether it asks a question.
    pub question: bool,
    /// Whether it has an exclamation mark.
    pub exclamation: bool,
    /// Whether it is written in capital letters.
    pub capitals: bool,
}

/// Accented letters that tell a language: of Sepedi and Setswana, of Tshivenda, of Afrikaans, of Xitsonga.
pub const ACCENTS: [&[char]; 3] =
    [&['š', 'Š'], &['ḓ', 'ṱ', 'ṋ', 'ḽ', 'ṅ', 'Ḓ', 'Ṱ', 'Ṋ', 'Ḽ', 'Ṅ'], &['ê', 'ë', 'ô', 'ï', 'û']];

impl Text {
    /// Makes the readings of a text, and finds the terms of all lists in each.
    pub fn new(text: &str) -> Self {
        let mut readings = readings(text).into_iter().map(Reading::new);
        let plain = readings.next().unwrap_or_else(|| Reading::new(Normal::default()));
        Self { plain, others: readings.collect(), marks: Marks::of(text) }
    }

    /// All readings, the plain one first.
    pub fn readings(&self) -> impl Iterator<Item = &Reading> {
        std::iter::once(&self.plain).chain(&self.others)
    }
}

impl Reading {
    fn new(normal: Normal) -> Self {
        let mut reading =
            Self { normal: Normal::default(), terms: Vec::new(), roles: Vec::new(), concepts: Vec::new() };
        LISTS.hits(&normal, |hit| match hit.list {
            List::Meaning(list) => reading.terms.push(hit.of(list)),
            List::Role(list) => reading.roles.push(hit.of(list)),
            List::Concept(list) => reading.concepts.push(hit.of(list)),
        });
        Self { normal, ..reading }
    }
}

/// A list of any kind: all are searched for at once.
#[derive(Clone, Copy)]
enum List {
    Meaning(ListKind),
    Role(WordRole),
    Concept(Concept),
}

/// The terms of all lists, in one automaton: each reading is searched once.
static LISTS: LazyLock<Lexicon<List>> = LazyLock::new(|| {
    let mut terms = lists::terms(List::Meaning);
    terms.extend(violence::terms(List::Role));
    terms.extend(concepts::terms(List::Concept));
    Lexicon::new(terms)
});

impl Marks {
    fn of(text: &str) -> Self {
        let mut marks = Self::default();
        let mut upper = 0u32;
        let mut lower = 0u32;
        for letter in text.chars() {
            match letter {
                '?' => marks.question = true,
                '!' => marks.exclamation = true,
                'A'..='Z' => upper += 1,
                'a'..='z' => lower += 1,
                letter if letter.is_ascii() => {}
                letter => {
                    for (index, letters) in ACCENTS.iter().enumerate() {
                        marks.accents |= u8::from(letters.contains(&letter)) << index;
                    }
                }
            }
        }
        marks.capitals = upper >= 8 && upper > lower;
        marks
    }
}
