//! Reads two numbers as two angles, with the signs, marks and letters around them.

use std::ops::Range;

use super::labels::{Axis, Label, axis_of, label, label_before};
use crate::understanding::places::spelt_degrees::DEGREE_M;

/// The most characters between the two numbers of a pair.
const LONGEST_GAP: usize = 10;

/// Whether a comma separates two numbers or begins the decimals of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Comma {
    Separates,
    BeginsDecimals,
}

/// One of the two numbers of a pair.
#[derive(Clone, Copy, Debug)]
pub struct Angle {
    pub degrees: f64,
    pub axis: Option<Axis>,
    /// The length of the last digit that is given, in metres.
    pub unit_m: f64,
    /// The number of decimals, if it is spelt as decimal degrees.
    pub decimals: usize,
    pub has_minus: bool,
    /// Whether a letter or a mark of degrees says that it is an angle.
    pub is_marked: bool,
}

/// Two angles that were read together.
pub struct Pair {
    pub range: Range<usize>,
    pub first: Angle,
    pub second: Angle,
    /// Whether a label says which one is which.
    pub is_labelled: bool,
}

pub const fn is_minus(letter: char) -> bool {
    matches!(letter, '-' | '\u{2212}' | '\u{2013}' | '\u{2010}' | '\u{2011}')
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
pub struct Cursor<'a> {
    pub text: &'a str,
    pub at: usize,
    pub comma: Comma,
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
    pub fn pair(mut self) -> Option<Pair> {
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
    pub fn goes_on(&self) -> bool {
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
