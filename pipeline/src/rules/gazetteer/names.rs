//! The names of a gazetteer, by the letters that people may write for them.

use std::collections::BTreeMap;

use topics::records::editions::PlaceName;

use super::ordinary::{Ordinary, of};
use super::plain_text::Words;
use super::table::{HashIndex, hash};

/// The fewest letters of a name in which one wrong letter is forgiven.
const FORGIVEN: usize = 7;
/// The most letters of a name, or of a text, in which one wrong letter is forgiven.
const MOST_FORGIVEN: usize = 40;
/// An odd number without a pattern in its bits (the golden ratio).
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
/// The fewest letters of a name that has a form without its first vowel.
const WITH_STEM: usize = 5;
/// How many letters the filter looks at.
const FIRST: usize = 3;

/// A name, as letters, and the places that have it.
#[derive(Debug)]
pub struct Name {
    /// Its letters, without gaps.
    pub letters: Box<[u8]>,
    /// How many words it has.
    pub words: usize,
    /// Whether these are all letters of the name.
    pub form: NameForm,
    /// Whether it is also a word of everyday language.
    pub ordinary: Ordinary,
    /// The places that have it, by their numbers, in order.
    pub places: Vec<u32>,
    /// Whether one wrong letter is forgiven.
    is_forgiving: bool,
}

/// Which form of a name the letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameForm {
    /// The letters are the whole name.
    Whole,
    /// The name without its first vowel, which gives way to the vowel of a locative: `mlazi` of `eMlazi`.
    Stem,
}

/// All names, by their letters.
#[derive(Debug, Default)]
pub struct Names {
    names: Vec<Name>,
    exact: HashIndex,
    /// The names in which one letter may be wrong, by their letters without one of them.
    near: HashIndex,
    /// Whether a name begins with these three letters, a bit for each.
    begins: Vec<u64>,
    /// The length of the longest name in letters.
    pub longest: usize,
}

impl Names {
    /// The names of the places, which are known by their positions.
    pub fn new(places: &[PlaceName]) -> Self {
        let mut all: BTreeMap<(Box<[u8]>, NameForm), Name> = BTreeMap::new();
        for (number, place) in (0..).zip(places) {
            for spelling in std::iter::once(&place.name).chain(&place.variants) {
                add(&mut all, spelling, number);
            }
        }
        let names: Vec<Name> = all.into_values().collect();
        let mut exact = Vec::new();
        let mut near = Vec::new();
        let mut begins = vec![0_u64; 1 << 9];
        for (number, name) in (0..).zip(&names) {
            exact.push((hash(name.letters.iter().copied()), number));
            if name.is_forgiving {
                near.extend(shortened(&name.letters).map(|hash| (hash, number)));
            }
            let (word, bit) = first_bit(&name.letters);
            begins.get_mut(word).into_iter().for_each(|bits| *bits |= bit);
        }
        let longest = names.iter().map(|name| name.letters.len()).max().unwrap_or(0);
        Self { exact: HashIndex::new(&exact), near: HashIndex::new(&near), names, begins, longest }
    }

    /// Whether a name may begin with these letters.
    pub fn may_begin(&self, letters: &[u8]) -> bool {
        let (word, bit) = first_bit(letters);
        self.begins.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// The names of exactly these letters, whose hash is given.
    pub fn exact<'a>(&'a self, hash: u64, letters: &'a [u8]) -> impl Iterator<Item = &'a Name> {
        self.at(self.exact.get(hash)).filter(move |name| *name.letters == *letters)
    }

    /// The names from which these letters differ by one wrong, missing, additional or exchanged letter.
    /// Digits are never wrong, and neither is the first letter.
    pub fn near<'a>(&'a self, letters: &'a [u8]) -> Vec<&'a Name> {
        let mut found: Vec<&Name> = Vec::new();
        if letters.len() > MOST_FORGIVEN {
            return found;
        }
        for hash in shortened(letters) {
            for name in self.at(self.near.get(hash)) {
                let is_new = !found.iter().any(|known| known.letters == name.letters);
                if is_new && differ_by_one(&name.letters, letters) {
                    found.push(name);
                }
            }
        }
        found.sort_by(|one, other| one.letters.cmp(&other.letters));
        found
    }

    fn at(&self, numbers: impl Iterator<Item = u32>) -> impl Iterator<Item = &Name> {
        numbers.filter_map(|number| self.names.get(usize::try_from(number).ok()?))
    }
}

fn add(all: &mut BTreeMap<(Box<[u8]>, NameForm), Name>, spelling: &str, place: u32) {
    let words = Words::of(spelling);
    let letters = words.letters.as_slice();
    if letters.len() < 2 || letters.iter().all(u8::is_ascii_digit) {
        return;
    }
    let has_plain_words = words.words.iter().all(|word| {
        let letters = words.letters_of(word);
        letters.len() > 2 && letters.iter().all(u8::is_ascii_alphabetic)
    });
    let can_be_forgiven = has_plain_words && (FORGIVEN..=MOST_FORGIVEN).contains(&letters.len());
    let name = |letters: &[u8], form: NameForm| Name {
        letters: letters.into(),
        words: words.words.len(),
        form,
        ordinary: of(letters),
        places: Vec::new(),
        is_forgiving: form == NameForm::Whole && can_be_forgiven,
    };
    put(all, name(letters, NameForm::Whole), place);
    if let [b'a' | b'e' | b'i' | b'o' | b'u', stem @ ..] = letters
        && letters.len() >= WITH_STEM
        && !matches!(stem.first(), Some(b'a' | b'e' | b'i' | b'o' | b'u'))
    {
        put(all, name(stem, NameForm::Stem), place);
    }
}

/// Adds a place to a name, which is added if it is new.
fn put(all: &mut BTreeMap<(Box<[u8]>, NameForm), Name>, name: Name, place: u32) {
    let name = all.entry((name.letters.clone(), name.form)).or_insert(name);
    if name.places.last() != Some(&place) {
        name.places.push(place);
    }
}

/// The hashes of the letters, and of the letters without one of them. The first letter is never wrong.
fn shortened(letters: &[u8]) -> impl Iterator<Item = u64> {
    let mut before = [0_u64; MOST_FORGIVEN];
    let mut hash = 1;
    for (slot, letter) in before.iter_mut().zip(letters) {
        *slot = hash;
        hash = hash.wrapping_mul(BASE).wrapping_add(u64::from(*letter) + 1);
    }
    // From the last letter to the second: the hash of what is before it, moved by what is after it.
    let mut after = LettersAfter { hash: 0, power: 1 };
    let without = letters.iter().enumerate().skip(1).rev().map(move |(index, letter)| {
        let hash = after.join(before.get(index).copied().unwrap_or_default());
        after.add(*letter);
        hash
    });
    std::iter::once(hash).chain(without).map(mixed)
}

/// The last letters of a name, as they count in the hash of the name without the letter before them.
struct LettersAfter {
    hash: u64,
    /// The base to the power of their number.
    power: u64,
}

impl LettersAfter {
    /// The hash of letters whose hash is `before` and of these.
    const fn join(&self, before: u64) -> u64 {
        before.wrapping_mul(self.power).wrapping_add(self.hash)
    }

    /// Adds the letter that is before these.
    fn add(&mut self, letter: u8) {
        self.hash = self.hash.wrapping_add((u64::from(letter) + 1).wrapping_mul(self.power));
        self.power = self.power.wrapping_mul(BASE);
    }
}

/// Spreads what the letters say over all bits.
const fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(BASE);
    hash ^ (hash >> 29)
}

fn differ_by_one(one: &[u8], other: &[u8]) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let one = one.get(same..).unwrap_or_default();
    let other = other.get(same..).unwrap_or_default();
    let is_letter = |letter: &u8| letter.is_ascii_alphabetic();
    match (one, other) {
        ([], []) => false,
        ([a, rest @ ..], other) | (other, [a, rest @ ..]) if rest == other => is_letter(a),
        ([a, one @ ..], [b, other @ ..]) if one == other => is_letter(a) && is_letter(b),
        ([a, b, one @ ..], [c, d, other @ ..]) => {
            a == d && b == c && one == other && is_letter(a) && is_letter(b)
        }
        _ => false,
    }
}

/// The bit of the first letters: five bits of each.
fn first_bit(letters: &[u8]) -> (usize, u64) {
    let code =
        letters.iter().take(FIRST).fold(0_usize, |code, letter| (code << 5) | usize::from(letter & 31));
    // Two letters are as if nothing came after them.
    let code = if letters.len() < FIRST { code << 5 } else { code };
    (code >> 6, 1 << (code & 63))
}
