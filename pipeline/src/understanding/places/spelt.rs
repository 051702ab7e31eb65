//! What a text spells of a place.

use std::ops::Range;

use super::short_code::ShortCode;
use super::spelt_degrees::SpeltDegrees;

/// A place that a text spells.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeltPlace {
    /// The bytes of the text that spell it, with their labels and brackets.
    pub range: Range<usize>,
    /// Where the place is, as far as the text tells.
    pub spelling: Spelling,
    /// The name of the place in a link.
    pub name: Option<String>,
}

/// How a place is spelt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spelling {
    /// By its degrees, which may be wrong.
    Degrees(SpeltDegrees),
    /// By a Plus Code without its first digits, which needs a town nearby.
    ShortCode(ShortCode),
    /// By a link without degrees.
    Link,
}

impl SpeltPlace {
    /// The place in one word: its degrees, or the code or link as the text has it.
    pub fn written(&self, text: &str) -> Option<String> {
        match self.spelling {
            Spelling::Degrees(at) => Some(format!("{},{}", at.latitude, at.longitude)),
            Spelling::ShortCode(_) | Spelling::Link => text.get(self.range.clone()).map(str::to_owned),
        }
    }

    /// The words of the text besides the place, or `None` if they say nothing else.
    pub fn besides(&self, text: &str) -> Option<String> {
        let before = text.get(..self.range.start).unwrap_or_default().trim_end();
        let after = text.get(self.range.end..).unwrap_or_default().trim_start();
        let words = |part: &str| -> Vec<String> {
            let words = part.split(|letter: char| !letter.is_alphanumeric());
            words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
        };
        let says_more = |part: &str| words(part).iter().any(|word| !FILLERS.contains(&word.as_str()));
        let is_picture =
            |part: &str| part.chars().any(|letter| !letter.is_ascii() && !letter.is_alphanumeric());
        let matters = [before, after].into_iter().any(|part| says_more(part) || is_picture(part));
        matters.then(|| format!("{before} {after}").trim().to_owned())
    }
}

/// Words that only announce a place.
#[rustfmt::skip]
const FILLERS: [&str; 44] = [
    "a", "am", "are", "at", "coordinates", "gps", "here", "i", "im", "in", "is", "it", "its", "location",
    "map", "my", "our", "pin", "place", "s", "the", "this", "we", "word", "by", "dis", "die", "dit", "ek",
    "hier", "hierdie", "ligging", "ons", "op", "plek", "indawo", "ikhona", "lapha", "leli", "le", "yami",
    "yethu", "yile", "ku",
];
