//! Degrees in a text, as people write and paste them: decimals with a point or a comma, degrees with minutes
//! and seconds, signs or letters for the direction, labels, brackets.

mod cursor;
mod labels;

use std::ops::Range;

use topics::values::vocabulary::PlaceSource;

use self::cursor::{Comma, Cursor, Pair, is_minus};
use self::labels::{Axis, Label, axis_of, label_before};
use super::spelt::{Spelling, SpeltPlace};
use super::spelt_degrees::{SpeltDegrees, metres};
use crate::rules::geography::{PinVerdict, judge};

/// Degrees that are spelt less exactly than this, in metres, name no place of a report.
const COARSEST_M: f64 = 2_000.0;
const CURRENCIES: [&str; 4] = ["r", "zar", "rand", "usd"];
#[rustfmt::skip]
const UNITS: [&str; 20] = [
    "m", "km", "cm", "mm", "m2", "m3", "ha", "kg", "g", "l", "kl", "ml", "kwh", "kw", "v", "c", "units",
    "rand", "hours", "percent",
];

/// The first degrees in the text.
pub fn find(text: &str) -> Option<SpeltPlace> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let starts = text.char_indices().map(|(at, _)| at).filter(|at| may_start(text, *at));
    let commas = [Comma::Separates, Comma::BeginsDecimals];
    starts.into_iter().find_map(|start| commas.into_iter().find_map(|comma| place_at(text, start, comma)))
}

/// The degrees that start at this byte, if a comma means this.
fn place_at(text: &str, start: usize, comma: Comma) -> Option<SpeltPlace> {
    let pair = Cursor { text, at: start, comma }.pair()?;
    let ends = !Cursor { text, at: pair.range.end, comma }.goes_on();
    accepted(text, pair).filter(|_| ends)
}

/// The degrees at the start of a value, as in a link, where nothing else can be meant.
pub fn at_start(value: &str) -> Option<SpeltDegrees> {
    let start = value.len() - value.trim_start().len();
    let pair = Cursor { text: value, at: start, comma: Comma::Separates }.pair()?;
    ordered(&pair)
}

/// Whether a pair may start at this character: it is no part of a longer word or number.
fn may_start(text: &str, at: usize) -> bool {
    let next = text.get(at..).and_then(|rest| rest.chars().next());
    let is_start = next.is_some_and(|letter| {
        letter.is_ascii_digit() || is_minus(letter) || letter == '+' || axis_of(letter).is_some()
    });
    let mut before = text.get(..at).unwrap_or_default().chars().rev();
    let previous = before.next();
    let is_inside = match previous {
        Some('.' | ',' | '/' | ':') => before.next().is_some_and(|letter| letter.is_ascii_digit()),
        Some(letter) => {
            letter.is_alphanumeric() || is_minus(letter) || matches!(letter, '#' | '$' | '€' | '£' | '_')
        }
        None => false,
    };
    is_start && !is_inside
}

/// The pair as a place, if it can hardly be anything else.
fn accepted(text: &str, pair: Pair) -> Option<SpeltPlace> {
    let degrees = ordered(&pair)?;
    let range = widened(text, pair.range.clone());
    let first = pair.first;
    let second = pair.second;
    let outside = [text.get(..range.start), text.get(range.end..)];
    let is_alone = !outside.into_iter().flatten().any(|part| part.chars().any(char::is_alphanumeric));
    if is_alone && degrees.latitude == 0.0 && degrees.longitude == 0.0 {
        return Some(place(degrees, range));
    }
    if first.unit_m.max(second.unit_m) > COARSEST_M {
        return None;
    }
    let verdict = judge(degrees.latitude, degrees.longitude);
    let is_on_earth = verdict != PinVerdict::OutOfRange;
    let is_here = !matches!(verdict, PinVerdict::OutOfRange | PinVerdict::NullIsland | PinVerdict::Abroad);
    let decimals = first.decimals.min(second.decimals);
    let is_announced = range.start < pair.range.start
        && label_before(text, pair.range.start).is_some_and(|(_, label)| label == Label::Announces);
    let is_certain = if first.is_marked && second.is_marked || pair.is_labelled {
        true
    } else if is_amount(text, &range) {
        false
    } else if first.has_minus || second.has_minus || is_announced {
        is_alone || is_here || is_on_earth && decimals >= 3
    } else {
        is_here && (is_alone || decimals >= 4) || is_alone && is_on_earth && decimals >= 3
    };
    is_certain.then(|| place(degrees, range))
}

const fn place(degrees: SpeltDegrees, range: Range<usize>) -> SpeltPlace {
    SpeltPlace { range, spelling: Spelling::Degrees(degrees), name: None }
}

/// The degrees of a pair. Letters and labels decide which is which; without them latitude comes first.
fn ordered(pair: &Pair) -> Option<SpeltDegrees> {
    let (latitude, longitude) = match (pair.first.axis, pair.second.axis) {
        (Some(Axis::Latitude) | None, Some(Axis::Longitude) | None) => (pair.first, pair.second),
        (Some(Axis::Longitude) | None, Some(Axis::Latitude) | None) => (pair.second, pair.first),
        (Some(_), Some(_)) => return None,
    };
    Some(SpeltDegrees {
        latitude: rounded(latitude.degrees),
        longitude: rounded(longitude.degrees),
        source: PlaceSource::Coordinates,
        precision_m: metres(latitude.unit_m.max(longitude.unit_m)),
    })
}

/// Degrees to 1 cm: what is calculated from minutes and seconds has no more decimals than what is pasted.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

/// Whether the numbers are amounts: money, or lengths and the like.
fn is_amount(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or_default().trim_end();
    let after = text.get(range.end..).unwrap_or_default().trim_start();
    let last = before.rsplit(|letter: char| !letter.is_alphabetic()).next().unwrap_or_default();
    let next = after.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    CURRENCIES.contains(&last.to_lowercase().as_str())
        || UNITS.contains(&next.to_lowercase().as_str())
        || after.starts_with('%')
}

/// The range with the labels and the bracket before it and the bracket after it.
fn widened(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start;
    while let Some((earlier, _)) = label_before(text, start) {
        start = earlier;
    }
    let opens = |letter: char| matches!(letter, '(' | '[' | '{' | '"');
    let before = text.get(..start).unwrap_or_default();
    let start = before.trim_end_matches(opens).len();
    let after = text.get(range.end..).unwrap_or_default();
    let closes = |letter: char| matches!(letter, ')' | ']' | '}' | '"');
    let end = text.len() - after.trim_start_matches(closes).len();
    start..end
}
