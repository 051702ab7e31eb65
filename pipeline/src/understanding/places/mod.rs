//! Places that are spelt in a text: degrees, links of map services, and Plus Codes. Names of places are the
//! gazetteer's matter.
//!
//! What merely resembles degrees is not taken for them: prices, dates, times, meter readings and numbers of
//! stands stay words. A short link carries no degrees, and nothing here can follow it.

mod degrees;
mod links;
mod plus_codes;
#[cfg(test)]
mod tests;

use std::ops::Range;

use topics::values::vocabulary::PlaceSource;

pub use plus_codes::ShortCode;

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

/// Degrees as they are spelt: they may lie anywhere, or nowhere on earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpeltDegrees {
    /// The latitude in degrees; north is positive.
    pub latitude: f64,
    /// The longitude in degrees; east is positive.
    pub longitude: f64,
    /// What spells them: degrees, a link or a Plus Code.
    pub source: PlaceSource,
    /// How exactly they are spelt, in metres.
    pub precision_m: u32,
}

/// The place that a text spells; of several the first, a link before degrees and those before a Plus Code.
pub fn find(text: &str) -> Option<SpeltPlace> {
    let link = links::find(text);
    if let Some(link) = link.as_ref().filter(|link| link.spelling != Spelling::Link) {
        return Some(link.clone());
    }
    degrees::find(text).or_else(|| plus_codes::find(text)).or(link)
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

/// The letters of a text after percent decoding.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
