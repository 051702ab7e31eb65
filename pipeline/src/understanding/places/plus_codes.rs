//! Plus Codes (Open Location Code): a cell of a grid of degrees, spelt with twenty digits.
//!
//! A full code has eight digits before its plus sign. A short one has four or six of them; the others are
//! those of the nearest such cell to a town. See <https://github.com/google/open-location-code>.

use super::short_code::{LONGEST, ShortCode, cell, value};
use super::spelt::{Spelling, SpeltPlace};

/// The digits of a full code before the plus sign.
const FULL: usize = 8;

/// The first Plus Code in the text. A code of digits alone may be a sum, so it must have a letter.
pub fn find(text: &str) -> Option<SpeltPlace> {
    text.match_indices('+').find_map(|(plus, _)| code_around(text, plus))
}

/// The code that has its sign at this byte of the text.
fn code_around(text: &str, plus: usize) -> Option<SpeltPlace> {
    let is_digit = |letter: char| value(letter).is_some();
    let before = text.get(..plus)?;
    let after = text.get(plus + 1..)?;
    let start = before.trim_end_matches(is_digit).len();
    let end = plus + 1 + after.len() - after.trim_start_matches(is_digit).len();
    let touches = |letter: Option<char>| letter.is_some_and(|c| c.is_alphanumeric() || c == '+');
    let is_bounded =
        !touches(text.get(..start)?.chars().next_back()) && !touches(text.get(end..)?.chars().next());
    let code = text.get(start..end).filter(|_| is_bounded)?;
    let has_letter = code.chars().any(char::is_alphabetic);
    let spelling = read(code).filter(|_| has_letter)?;
    Some(SpeltPlace { range: start..end, spelling, name: None })
}

/// Reads a code, full or short.
fn read(code: &str) -> Option<Spelling> {
    let (before, after) = code.split_once('+')?;
    let values: Vec<u8> = before.chars().chain(after.chars()).map(value).collect::<Option<_>>()?;
    let mut digits = [0; LONGEST];
    for (digit, value) in digits.iter_mut().zip(&values) {
        *digit = *value;
    }
    let length = values.len().min(LONGEST);
    match (before.len(), after.len()) {
        (_, 0 | 1) => None,
        (FULL, _) => cell(&digits, length).map(Spelling::Degrees),
        (4 | 6, _) => Some(Spelling::ShortCode(ShortCode { digits, length, missing: FULL - before.len() })),
        _ => None,
    }
}
