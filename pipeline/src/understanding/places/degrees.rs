//! Degrees in a text, as people write and paste them: decimals with a point or a comma, degrees with minutes
//! and seconds, signs or letters for the direction, labels, brackets.

use std::ops::Range;

use topics::values::vocabulary::PlaceSource;

use super::{Spelling, SpeltDegrees, SpeltPlace};
use crate::rules::geography::{PinVerdict, judge};

/// The length of a degree of latitude in metres.
const DEGREE_M: f64 = 111_320.0;
/// Degrees that are spelt less exactly than this, in metres, name no place of a report.
const COARSEST_M: f64 = 2_000.0;
/// The most characters between the two numbers of a pair.
const LONGEST_GAP: usize = 10;

const LATITUDE: [&str; 5] = ["lat", "latitude", "breedtegraad", "breedte", "lati"];
const LONGITUDE: [&str; 7] = ["lon", "long", "lng", "longitude", "lengtegraad", "lengte", "longi"];
#[rustfmt::skip]
const ANNOUNCED: [&str; 13] = [
    "gps", "coordinates", "coordinate", "coords", "coord", "cordinates", "ordinates", "koordinate", "koördinate", "location",
    "loc", "position", "ligging",
];
const CURRENCIES: [&str; 4] = ["r", "zar", "rand", "usd"];
#[rustfmt::skip]
const UNITS: [&str; 20] = [
    "m", "km", "cm", "mm", "m2", "m3", "ha", "kg", "g", "l", "kl", "ml", "kwh", "kw", "v", "c", "units", "rand", "hours",
    "percent",
];

/// A direction in which degrees are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Latitude,
    Longitude,
}

/// Whether a comma separates two numbers or begins the decimals of one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comma {
    Separates,
    BeginsDecimals,
}

/// One of the two numbers of a pair.
#[derive(Clone, Copy, Debug)]
struct Angle {
    degrees: f64,
    axis: Option<Axis>,
    /// The length of the last digit that is given, in metres.
    unit_m: f64,
    /// The number of decimals, if it is spelt as decimal degrees.
    decimals: usize,
    has_minus: bool,
    /// Whether a letter or a mark of degrees says that it is an angle.
    is_marked: bool,
}

/// Two angles that were read together.
struct Pair {
    range: Range<usize>,
    first: Angle,
    second: Angle,
    /// Whether a label says which one is which.
    is_labelled: bool,
}

/// The first degrees in the text.
pub fn find(text: &str) -> Option<SpeltPlace> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let starts = text.char_indices().map(|(at, _)| at).filter(|at| may_start(text, *at));
    starts.into_iter().find_map(|start| {
        [Comma::Separates, Comma::BeginsDecimals].into_iter().find_map(|comma| {
            let pair = Cursor { text, at: start, comma }.pair()?;
            let ends = !Cursor { text, at: pair.range.end, comma }.goes_on();
            accepted(text, pair).filter(|_| ends)
        })
    })
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
    let (first, second) = (pair.first, pair.second);
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

/// Whole metres, at least one.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 111,320")]
pub fn metres(metres: f64) -> u32 {
    metres.clamp(1.0, DEGREE_M).ceil() as u32
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

/// What a word before a number says of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Of(Axis),
    Announces,
}

fn label(word: &str) -> Option<Label> {
    let word = word.to_lowercase();
    let is_one_of = |words: &[&str]| words.contains(&word.as_str());
    if is_one_of(&LATITUDE) {
        Some(Label::Of(Axis::Latitude))
    } else if is_one_of(&LONGITUDE) {
        Some(Label::Of(Axis::Longitude))
    } else if is_one_of(&ANNOUNCED) {
        Some(Label::Announces)
    } else {
        None
    }
}

/// The label that ends before this byte, and where it starts.
fn label_before(text: &str, at: usize) -> Option<(usize, Label)> {
    let is_mark = |letter: char| {
        letter.is_whitespace() || matches!(letter, ':' | '=' | '"' | '\'' | '(' | '[' | '{' | ',' | '.')
    };
    let before = text.get(..at)?.trim_end_matches(is_mark);
    let before = before.strip_suffix(" is").unwrap_or(before).trim_end_matches(is_mark);
    let word = before.rsplit(|letter: char| !letter.is_alphabetic()).next()?;
    Some((before.len() - word.len(), label(word)?))
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

const fn is_minus(letter: char) -> bool {
    matches!(letter, '-' | '\u{2212}' | '\u{2013}' | '\u{2010}' | '\u{2011}')
}

/// The axis of a letter for a direction, and whether its degrees are negative. `O` is east, as in Afrikaans.
const fn axis_of(letter: char) -> Option<(Axis, bool)> {
    match letter.to_ascii_uppercase() {
        'N' => Some((Axis::Latitude, false)),
        'S' => Some((Axis::Latitude, true)),
        'E' | 'O' => Some((Axis::Longitude, false)),
        'W' => Some((Axis::Longitude, true)),
        _ => None,
    }
}

/// A number, the length of its last digit as a part of one, and its decimals.
#[derive(Clone, Copy)]
struct Number {
    value: f64,
    decimals: usize,
}

impl Number {
    fn unit(self) -> f64 {
        let places = i32::try_from(self.decimals).unwrap_or(i32::MAX);
        10f64.powi(-places.min(20))
    }
}

/// Reads a text from a place on.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a str,
    at: usize,
    comma: Comma,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, is: impl Fn(char) -> bool) {
        self.at += self.rest().len() - self.rest().trim_start_matches(is).len();
    }

    fn take(&mut self, is: impl Fn(char) -> bool) -> Option<char> {
        let letter = self.peek().filter(|letter| is(*letter))?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn skip_spaces(&mut self) {
        self.skip(|letter| letter.is_whitespace() && letter != '\n');
    }

    /// A word of letters, if it is one of these.
    fn take_word(&mut self, is: impl Fn(&str) -> bool) -> bool {
        let rest = self.rest();
        let word = rest.split(|letter: char| !letter.is_alphabetic()).next().unwrap_or_default();
        let follows = rest.get(word.len()..).and_then(|rest| rest.chars().next());
        let is_it = !word.is_empty()
            && is(&word.to_lowercase())
            && !follows.is_some_and(|c| c.is_alphanumeric() && !c.is_ascii_digit());
        if is_it {
            self.at += word.len();
        }
        is_it
    }

    /// Two angles with what separates them.
    fn pair(mut self) -> Option<Pair> {
        let start = self.at;
        let mut first = self.angle()?;
        let gap_at = self.at;
        let mut is_labelled = false;
        if let Some((_, Label::Of(axis))) = label_before(self.text, start) {
            is_labelled = true;
            first.axis = first.axis.or(Some(axis));
        }
        let second_label = self.gap()?;
        // `-26.333+028.152` is a pair, `08.30-17.00` is not.
        let is_signed =
            first.has_minus && self.peek().is_some_and(|letter| is_minus(letter) || letter == '+');
        let is_apart = self.at > gap_at || first.is_marked || is_signed;
        let mut second = self.angle().filter(|_| is_apart)?;
        second.axis = second.axis.or(second_label);
        is_labelled |= second_label.is_some();
        Some(Pair { range: start..self.at, first, second, is_labelled })
    }

    /// Whether the number goes on, as in a date, an address of a computer or a word.
    fn goes_on(&self) -> bool {
        let mut rest = self.rest().chars();
        match rest.next() {
            Some('.' | ',' | '/' | ':') => rest.next().is_some_and(|letter| letter.is_ascii_digit()),
            Some(letter) => letter.is_alphanumeric(),
            None => false,
        }
    }

    /// What separates two angles, with the label of the second. `None` if it is too long to be that.
    fn gap(&mut self) -> Option<Option<Axis>> {
        let start = self.at;
        self.gap_marks();
        let word_at = self.at;
        if self.take_word(|word| matches!(word, "and" | "en" | "by" | "x" | "no")) {
            self.gap_marks();
        }
        let mut axis = None;
        let label_at = self.at;
        if self.take_word(|word| matches!(label(word), Some(Label::Of(_)))) {
            let word = self.text.get(label_at..self.at).unwrap_or_default();
            axis = match label(word) {
                Some(Label::Of(axis)) => Some(axis),
                _ => None,
            };
            let _ = self.take_word(|word| word == "is");
            self.skip(|letter| letter.is_whitespace() || matches!(letter, ':' | '=' | '"' | '\'' | '.'));
            let _ = self.take_word(|word| word == "is");
            self.skip(char::is_whitespace);
        }
        let marks = self.text.get(start..word_at)?;
        let is_short = marks.chars().count() <= LONGEST_GAP && marks.matches(',').count() <= 1;
        is_short.then_some(axis)
    }

    fn gap_marks(&mut self) {
        loop {
            self.skip(|letter| {
                letter.is_whitespace()
                    || matches!(letter, ',' | ';' | '/' | '|' | '&' | '~' | '"' | '(' | ')' | '[' | ']')
            });
            let rest = self.rest();
            let escaped = ["%2C", "%2c", "%20", "%3B", "%3b"].into_iter().find(|code| rest.starts_with(code));
            match escaped {
                Some(code) => self.at += code.len(),
                None => return,
            }
        }
    }

    /// An angle: a sign or a letter for the direction, degrees, perhaps minutes and seconds.
    fn angle(&mut self) -> Option<Angle> {
        let prefix = self.direction_before();
        let sign = self.take(|letter| is_minus(letter) || letter == '+');
        let has_minus = sign.is_some_and(is_minus);
        if sign.is_some() {
            self.skip_spaces();
        }
        let degrees = self.number()?;
        let mut mark = self.degree_mark();
        let with_minutes = if degrees.decimals == 0 { self.minutes(mark, prefix.is_some()) } else { None };
        let (value, unit_m) = match with_minutes {
            Some((after, minutes, seconds)) => {
                *self = after;
                mark = true;
                let unit = seconds.map_or(minutes.unit() / 60.0, |seconds| seconds.unit() / 3600.0);
                let seconds = seconds.map_or(0.0, |seconds| seconds.value);
                (degrees.value + minutes.value / 60.0 + seconds / 3600.0, unit * DEGREE_M)
            }
            None => (degrees.value, degrees.unit() * DEGREE_M),
        };
        let direction = prefix.or_else(|| self.direction_after());
        let is_negative = direction.map_or(has_minus, |(_, is_negative)| is_negative);
        Some(Angle {
            degrees: if is_negative { -value } else { value },
            axis: direction.map(|(axis, _)| axis),
            unit_m,
            decimals: degrees.decimals,
            has_minus,
            is_marked: mark || direction.is_some(),
        })
    }

    /// Minutes, perhaps with seconds, and where they end. Without marks only a letter for the direction tells
    /// them from other numbers.
    fn minutes(mut self, degree_mark: bool, has_direction: bool) -> Option<(Self, Number, Option<Number>)> {
        self.skip_spaces();
        let minutes = self.number().filter(|number| number.value < 60.0)?;
        let minute_mark =
            self.mark(&['\'', '\u{2032}', '\u{2019}', '\u{B4}', '`', '\u{2018}'], &["min", "minutes", "m"]);
        let after_minutes = self;
        self.skip_spaces();
        let seconds = self.number().filter(|number| minutes.decimals == 0 && number.value < 60.0);
        let seconds = seconds.map(|seconds| {
            let marks = ['"', '\u{2033}', '\u{201D}', '\u{201C}', '\'', '\u{2019}', '\u{2032}'];
            let mark = self.mark(&marks, &["sec", "seconds"]);
            (seconds, mark)
        });
        let (end, seconds, second_mark) = match seconds {
            Some((seconds, mark)) => (self, Some(seconds), mark),
            None => (after_minutes, None, false),
        };
        let mut after = end;
        let is_directed = has_direction || after.direction_after().is_some();
        let is_exact = degree_mark || seconds.is_some() || minutes.decimals > 0;
        let is_spelt = minute_mark || second_mark || is_directed && is_exact;
        is_spelt.then_some((end, minutes, seconds))
    }

    /// A number of at most three digits before its decimals.
    fn number(&mut self) -> Option<Number> {
        let rest = self.rest();
        let whole = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if !(1..=3).contains(&whole) {
            return None;
        }
        let point = if self.comma == Comma::BeginsDecimals { ',' } else { '.' };
        let fraction = rest.get(whole..).and_then(|rest| rest.strip_prefix(point)).unwrap_or_default();
        let decimals = fraction.len() - fraction.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let digits = format!("{}.{}", rest.get(..whole)?, fraction.get(..decimals.min(20))?);
        self.at += if decimals == 0 { whole } else { whole + 1 + decimals };
        // In the spelling with commas, a point would begin other decimals, and the other way round.
        let other = if self.comma == Comma::BeginsDecimals { '.' } else { '\u{0}' };
        let mut after = self.rest().chars();
        let goes_on = after.next().is_some_and(|letter| letter == '.' || letter == other)
            && after.next().is_some_and(|letter| letter.is_ascii_digit());
        if goes_on {
            return None;
        }
        Some(Number { value: digits.trim_end_matches('.').parse().ok()?, decimals })
    }

    fn degree_mark(&mut self) -> bool {
        let before = *self;
        self.skip_spaces();
        if self.mark(
            &['°', 'º', '˚', '⁰', '\u{2070}', '\u{2218}'],
            &["deg", "degs", "degrees", "degree", "grade", "d"],
        ) {
            return true;
        }
        *self = before;
        false
    }

    /// One or two of these characters, or one of these words.
    fn mark(&mut self, marks: &[char], words: &[&str]) -> bool {
        let before = *self;
        let is_mark = |letter| marks.contains(&letter);
        if self.take(is_mark).is_some() {
            let _ = self.take(|letter| is_mark(letter) && letter != '"');
            return true;
        }
        self.skip_spaces();
        if self.take_word(|word| words.contains(&word)) {
            return true;
        }
        *self = before;
        false
    }

    /// A letter for the direction before a number.
    fn direction_before(&mut self) -> Option<(Axis, bool)> {
        let before = *self;
        let letter = self.take(|letter| axis_of(letter).is_some());
        self.skip(|letter| matches!(letter, ' ' | ':' | '.'));
        match letter {
            Some(letter) if self.peek().is_some_and(|next| next.is_ascii_digit() || is_minus(next)) => {
                axis_of(letter)
            }
            _ => {
                *self = before;
                None
            }
        }
    }

    /// A letter or a word for the direction after a number.
    fn direction_after(&mut self) -> Option<(Axis, bool)> {
        let before = *self;
        self.skip_spaces();
        let word_at = self.at;
        const WORDS: [&str; 13] =
            ["n", "s", "e", "o", "w", "north", "south", "east", "west", "noord", "suid", "oos", "wes"];
        if self.take_word(|word| WORDS.contains(&word)) {
            return self.text.get(word_at..).and_then(|word| word.chars().next()).and_then(axis_of);
        }
        *self = before;
        None
    }
}
