//! Hashed features of a text.

use super::concepts::Concept;
use super::lists::ListKind;
use super::text::{ACCENTS, Marks, Reading, Text};
use super::violence::{Band, WordRole};

/// The kind of a feature: what an explanation may say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeatureKind {
    /// A word of the text.
    Word,
    /// Two words in a row.
    Words,
    /// The consonants of a word.
    Consonants,
    /// Letters within a word.
    Letters,
    /// A term of a list of meanings.
    List(ListKind),
    /// A term of a list of the screen.
    Role(WordRole),
    /// Two terms of the screen in order.
    Roles(WordRole, WordRole),
    /// A concept that the text mentions.
    Concept(Concept),
    /// Two concepts that the text mentions together.
    Concepts(Concept, Concept),
    /// The band of the screen's rules.
    Rule(Band),
    /// A word after a negation.
    Negated,
    /// The length, the punctuation or the capitals.
    Shape,
    /// The language that the text is in.
    Language,
    /// A word at the beginning or at the end.
    Edge,
}

/// One feature of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The hash that chooses the row of weights.
    pub hash: u32,
    /// How much it counts.
    pub value: i32,
    /// The kind of the feature.
    pub kind: FeatureKind,
}

/// A running hash (FNV-1a over whole characters, finished by a multiplication).
#[derive(Clone, Copy)]
struct Hash(u32);

impl Hash {
    const fn new(salt: u32) -> Self {
        Self(0x811C_9DC5 ^ salt.wrapping_mul(0x9E37_79B1))
    }

    const fn add(self, value: u32) -> Self {
        Self((self.0 ^ value).wrapping_mul(0x0100_0193).rotate_left(5))
    }

    fn word(self, word: &str) -> Self {
        word.chars().fold(self, |hash, letter| hash.add(u32::from(letter)))
    }

    const fn finish(self) -> u32 {
        let mixed = (self.0 ^ (self.0 >> 16)).wrapping_mul(0x85EB_CA6B);
        (mixed ^ (mixed >> 13)).wrapping_mul(0xC2B2_AE35)
    }
}

const WORD: u32 = 1;
const WORDS: u32 = 2;
const CONSONANTS: u32 = 3;
const LETTERS: u32 = 4;
const LIST: u32 = 5;
const ROLE: u32 = 6;
const ROLES: u32 = 7;
const RULE: u32 = 8;
const NEGATED: u32 = 9;
const SHAPE: u32 = 10;
const LANGUAGE: u32 = 11;
const EDGE: u32 = 12;
const GAP: u32 = 13;
const CONCEPT: u32 = 14;
const CONCEPTS: u32 = 15;
const CONCEPT_EDGE: u32 = 16;
const TALK: u32 = 17;

/// The longest word whose letters are looked at; the rest of a longer one is left out.
const LONGEST_WORD: usize = 40;
/// The most words of a text that are looked at.
const MAX_WORDS: usize = 400;

/// The longest run of letters that is a feature of the language.
const LONGEST_RUN: usize = 5;

/// The hash of a word.
pub fn word_hash(word: &str) -> u32 {
    Hash::new(WORD).word(word).finish()
}

/// Calls `each` with the hash of each feature that tells a language: runs of one to five letters, also across
/// words, words, and accents. Numbers and pictures tell no language.
pub fn of_language(words: &str, marks: Marks, mut each: impl FnMut(u32, i32)) {
    let mut letters: Vec<u32> = vec![u32::from(' ')];
    let mut last: Option<u32> = None;
    for word in words.split(' ').filter(|word| !word.is_empty()).take(MAX_WORDS) {
        if !word.chars().all(char::is_alphabetic) {
            last = None;
            continue;
        }
        let hash = word_hash(word);
        each(hash, 3);
        if let Some(last) = last {
            each(Hash::new(WORDS).add(last).add(hash).finish(), 2);
        }
        last = Some(hash);
        letters.extend(word.chars().take(LONGEST_WORD).map(u32::from));
        letters.push(u32::from(' '));
    }
    for start in 0..letters.len() {
        let mut hash = Hash::new(LETTERS);
        for letter in letters.iter().skip(start).take(LONGEST_RUN) {
            hash = hash.add(*letter);
            each(hash.finish(), 1);
        }
    }
    for index in 0..ACCENTS.len() {
        if marks.accents >> index & 1 == 1 {
            each(Hash::new(SHAPE).add(u32::try_from(index).unwrap_or(0)).finish(), 4);
        }
    }
}

/// The bytes of the longest of them.
const LONGEST_NEGATION: usize = 9;

/// Words that negate, in normal form.
const NEGATIONS: [&str; 34] = [
    "no", "not", "dont", "doesnt", "didnt", "isnt", "wasnt", "cant", "wont", "never", "without", "none",
    "nie", "geen", "nooit", "sonder", "ni", "ga", "ha", "a", "akukho", "akekho", "anginawo", "awekho",
    "asinawo", "ayikho", "akusekho", "cha", "hayi", "nee", "nope", "aint", "nt", "cnt",
];

/// The features of a text's meaning. `language` is the place of its language among all languages, `rule`
/// the band that the rules find. The words of earlier messages count half.
pub fn of_meaning(text: &Text, before: &[Text], rule: Band, language: u32) -> Vec<Feature> {
    let mut out = Vec::with_capacity(512);
    of_reading(&text.plain, 2, &mut out);
    for earlier in before {
        of_reading(&earlier.plain, 1, &mut out);
    }
    of_shape(text, !before.is_empty(), &mut out);
    let hash = Hash::new(RULE).add(rule as u32).finish();
    out.push(Feature { hash, value: 8, kind: FeatureKind::Rule(rule) });
    let hash = Hash::new(LANGUAGE).add(language).finish();
    out.push(Feature { hash, value: 4, kind: FeatureKind::Language });
    out
}

fn of_reading(reading: &Reading, times: i32, out: &mut Vec<Feature>) {
    of_words(&reading.normal.text, times, out);
    of_terms(reading, times, out);
    of_concepts(reading, times, out);
}

fn of_words(words: &str, times: i32, out: &mut Vec<Feature>) {
    let mut letters: Vec<u32> = Vec::with_capacity(LONGEST_WORD + 2);
    let mut last = 0;
    let mut before_last = 0;
    let mut negated = 0;
    let words = || words.split(' ').filter(|word| !word.is_empty()).take(MAX_WORDS);
    let count = words().count();
    for (index, word) in words().enumerate() {
        let word = if word.bytes().all(|byte| byte.is_ascii_digit()) { digits(word) } else { word };
        let hash = word_hash(word);
        out.push(Feature { hash, value: 4 * times, kind: FeatureKind::Word });
        let mut push = |hash: Hash, value: i32, kind| {
            out.push(Feature { hash: hash.finish(), value: value * times, kind });
        };
        push(Hash::new(WORDS).add(last).add(hash), 3, FeatureKind::Words);
        if index >= 2 {
            push(Hash::new(GAP).add(before_last).add(hash), 2, FeatureKind::Words);
        }
        if index == 0 {
            push(Hash::new(EDGE).add(0).add(hash), 3, FeatureKind::Edge);
        }
        if index + 1 == count {
            push(Hash::new(EDGE).add(1).add(hash), 2, FeatureKind::Edge);
        }
        if negated > 0 {
            push(Hash::new(NEGATED).add(hash), 3, FeatureKind::Negated);
            negated -= 1;
        }
        if word.len() <= LONGEST_NEGATION && NEGATIONS.contains(&word) {
            negated = 2;
        }
        push(consonants(word), 3, FeatureKind::Consonants);
        letters.clear();
        letters.push(u32::from('^'));
        letters.extend(word.chars().take(LONGEST_WORD).map(u32::from));
        letters.push(u32::from('$'));
        of_letters(&letters, times, out);
        before_last = last;
        last = hash;
    }
}

/// A number by its length: numbers mean nothing but their kind.
const fn digits(word: &str) -> &'static str {
    match word.len() {
        1 => "0",
        2 => "00",
        3 | 4 => "000",
        5 | 6 => "00000",
        _ => "0000000",
    }
}

fn consonants(word: &str) -> Hash {
    let mut hash = Hash::new(CONSONANTS);
    let mut last = ' ';
    for (index, letter) in word.chars().enumerate() {
        let is_vowel = matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h') && index > 0;
        if !is_vowel && letter != last {
            hash = hash.add(u32::from(letter));
        }
        last = letter;
    }
    hash
}

fn of_letters(letters: &[u32], times: i32, out: &mut Vec<Feature>) {
    for start in 0..letters.len() {
        let mut hash = Hash::new(LETTERS);
        for (length, letter) in letters.iter().skip(start).take(LONGEST_RUN).enumerate() {
            hash = hash.add(*letter);
            if length >= 1 {
                out.push(Feature { hash: hash.finish(), value: times, kind: FeatureKind::Letters });
            }
        }
    }
}

/// The most words between two terms that are looked at together.
const NEAR: usize = 6;

fn of_terms(reading: &Reading, times: i32, out: &mut Vec<Feature>) {
    let mut seen: Vec<FeatureKind> = Vec::new();
    let mut add = |hash: Hash, value: i32, kind: FeatureKind| {
        if !seen.contains(&kind) {
            seen.push(kind);
            out.push(Feature { hash: hash.finish(), value: value * times, kind });
        }
    };
    for term in &reading.terms {
        add(Hash::new(LIST).add(term.list.number()), 4, FeatureKind::List(term.list));
    }
    for role in &reading.roles {
        add(Hash::new(ROLE).add(role.list as u32), 4, FeatureKind::Role(role.list));
    }
    let clause = |word: usize| reading.normal.clauses.get(word);
    for first in &reading.roles {
        for then in &reading.roles {
            let is_near = first.last < then.first && then.first - first.last <= NEAR;
            if is_near && clause(first.first) == clause(then.first) {
                let hash = Hash::new(ROLES).add(first.list as u32).add(then.list as u32);
                add(hash, 4, FeatureKind::Roles(first.list, then.list));
            }
        }
    }
}

/// The most concepts of a text whose pairs are looked at.
const MAX_CONCEPTS: usize = 24;

fn of_concepts(reading: &Reading, times: i32, out: &mut Vec<Feature>) {
    let mut concepts: Vec<Concept> = reading.concepts.iter().map(|hit| hit.list).collect();
    concepts.sort_unstable();
    concepts.dedup();
    let mut push = |hash: Hash, value: i32, kind| {
        out.push(Feature { hash: hash.finish(), value: value * times, kind });
    };
    for (index, first) in concepts.iter().enumerate() {
        push(Hash::new(CONCEPT).add(u32::from(first.0)), 5, FeatureKind::Concept(*first));
        for then in concepts.iter().take(MAX_CONCEPTS).skip(index + 1) {
            let hash = Hash::new(CONCEPTS).add(u32::from(first.0)).add(u32::from(then.0));
            push(hash, 3, FeatureKind::Concepts(*first, *then));
        }
    }
    let words = reading.normal.clauses.len();
    let mut edges: Vec<(u32, Concept)> = Vec::new();
    for hit in &reading.concepts {
        if hit.first == 0 {
            edges.push((0, hit.list));
        }
        if hit.last + 1 == words {
            edges.push((1, hit.list));
        }
        if hit.first == 0 && hit.last + 1 == words {
            edges.push((2, hit.list));
        }
    }
    edges.sort_unstable();
    edges.dedup();
    for (edge, concept) in edges {
        push(Hash::new(CONCEPT_EDGE).add(edge).add(u32::from(concept.0)), 4, FeatureKind::Concept(concept));
    }
    let is_covered = |word: usize| {
        reading.concepts.iter().any(|hit| hit.list.is_talk() && hit.first <= word && word <= hit.last)
            || reading.terms.iter().any(|hit| hit.list.is_talk() && hit.first <= word && word <= hit.last)
    };
    let left = (0..words).filter(|word| !is_covered(*word)).take(9).count();
    push(Hash::new(TALK).add(u32::try_from(left).unwrap_or(0)), 4, FeatureKind::Shape);
}

fn of_shape(text: &Text, follows: bool, out: &mut Vec<Feature>) {
    let words = text.plain.normal.clauses.len();
    let length = match words {
        0..=3 => words,
        4..=5 => 4,
        6..=9 => 5,
        10..=15 => 6,
        16..=30 => 7,
        _ => 8,
    };
    let marks = text.marks;
    let has = |yes: bool, number: u32| yes.then_some(number);
    let shapes = [
        u32::try_from(length).ok(),
        has(marks.question, 20),
        has(marks.exclamation, 21),
        has(marks.capitals, 22),
        has(follows, 23),
    ];
    for shape in shapes.into_iter().flatten() {
        out.push(Feature { hash: Hash::new(SHAPE).add(shape).finish(), value: 4, kind: FeatureKind::Shape });
    }
}
