//! The part of a place that a resident names beside it: a section, an extension, a unit.

use super::plain_text::{Gap, Word, Words};

/// Words for a part of a place, and the English one. Two spellings of a word have a line each.
pub(super) const PARTS: &[(&[u8], &str)] = &[
    (b"section", "Section"),
    (b"sec", "Section"),
    (b"seksie", "Section"),
    (b"sigceme", "Section"),
    (b"isigceme", "Section"),
    (b"ext", "Extension"),
    (b"unit", "Unit"),
    (b"uniti", "Unit"),
    (b"eenheid", "Unit"),
    (b"phase", "Phase"),
    (b"fase", "Phase"),
    (b"zone", "Zone"),
    (b"sone", "Zone"),
    (b"block", "Block"),
    (b"blok", "Block"),
];

/// The most letters of a section's or unit's own name, such as `12B`.
const LONGEST: usize = 4;

/// The part that is named right after the words before `from`, such as `section K` or `Ext 5`.
pub fn after(words: &Words, from: usize) -> Option<String> {
    let word = words.words.get(from).filter(|word| word.gap <= Gap::Comma)?;
    read(words, word, words.words.get(from + 1))
}

/// The part that is named right before the word `to`, such as `unit 7 Umlazi` or `K section, kwaMashu`. A
/// short word such as `in` may be between.
pub fn before(words: &Words, to: usize) -> Option<String> {
    let ends = |to: usize| {
        let first = words.words.get(to.checked_sub(2)?)?;
        let gap = words.words.get(to)?.gap;
        if gap > Gap::Comma { None } else { read(words, first, words.words.get(to - 1)) }
    };
    let joined = |to: usize| {
        let word = words.words.get(to.checked_sub(1)?)?;
        if words.words.get(to)?.gap > Gap::Comma { None } else { attached(words.letters_of(word)) }
    };
    let between = to.checked_sub(1).filter(|to| is_between(words, *to));
    ends(to).or_else(|| joined(to)).or_else(|| between.and_then(|to| ends(to).or_else(|| joined(to))))
}

fn is_between(words: &Words, index: usize) -> bool {
    let word = words.words.get(index).map(|word| words.letters_of(word)).unwrap_or_default();
    matches!(word, b"in" | b"of" | b"at" | b"e" | b"kwa" | b"ko" | b"mo" | b"van")
}

/// Reads `section K`, `K section` or `X5` of a word and the next one.
fn read(words: &Words, word: &Word, next: Option<&Word>) -> Option<String> {
    let first = words.letters_of(word);
    let next = next.filter(|next| next.gap == Gap::Space).map(|next| words.letters_of(next));
    let pair = next.and_then(|next| part(first).zip(label(next)).or_else(|| part(next).zip(label(first))));
    pair.map(|(part, label)| format!("{part} {label}")).or_else(|| attached(first))
}

/// Reads `X5`, `Ext5` or `unit7`.
fn attached(letters: &[u8]) -> Option<String> {
    let digits = letters.iter().position(u8::is_ascii_digit)?;
    let (word, number) = letters.split_at(digits);
    let part = if word == b"x" { "Extension" } else { part(word)? };
    Some(format!("{part} {}", label(number)?))
}

fn part(letters: &[u8]) -> Option<&'static str> {
    PARTS.iter().find(|(word, _)| *word == letters).map(|(_, part)| *part)
}

/// What a part is called: a number, a letter, two equal letters (`BB`), or a number and a letter.
fn label(letters: &[u8]) -> Option<String> {
    // `uK section`: a noun class before the letter.
    let letters = match letters {
        [b'u' | b'e' | b'i', letter] if letter.is_ascii_alphabetic() && *letter != b'n' => {
            std::slice::from_ref(letter)
        }
        letters => letters,
    };
    let digits = letters.iter().take_while(|letter| letter.is_ascii_digit()).count();
    let rest = letters.get(digits..)?;
    let is_label = match rest {
        [] => digits > 0,
        [letter] => letter.is_ascii_alphabetic(),
        [one, two] => digits == 0 && one == two && one.is_ascii_alphabetic(),
        _ => false,
    };
    let text = String::from_utf8_lossy(letters).to_ascii_uppercase();
    (is_label && letters.len() <= LONGEST).then_some(text)
}
