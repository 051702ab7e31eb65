//! The band of a text: rules and model together.
//!
//! - A rule that finds violence makes a text certain, whatever the model finds. Only listed exceptions lower
//!   that: the `neutral` terms of the lists for the words that they cover; and the concepts that use words of
//!   violence in another sense (idioms, things, animals, strangers, campaigns), which leave it as evidence.
//! - The model raises a text to possible by its score, so that the resident is asked. The thresholds depend on
//!   the language.
//! - Words that only may speak of violence (the rules' band possible) are evidence: with them a lower score is
//!   enough.

use topics::values::vocabulary::Language;

use super::language::Guess;
use super::model::Opinion;
use super::text::{Reading, Text};
use super::violence::{Band, Role, band_of};

/// The scores from which the model holds a text, in 1/1024 of a logit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// From here on the text may speak of violence if a list says so too.
    pub with_evidence: i64,
    /// From here on the text may speak of violence.
    pub possible: i64,
}

/// A text of fewer words than this says too little for the model alone: names of places, such as `at home`,
/// are most of them. It then needs this much more.
const MIN_WORDS: usize = 3;
const SHORT_TEXT: i64 = 2_000;
/// Where the lists name words that have another meaning here, as in `shaya ucingo` (to phone), the model needs
/// this much more.
const OTHER_MEANING: i64 = 1_000;

/// The thresholds of a language, chosen on the development part of the labelled messages.
pub const fn thresholds(language: Option<Language>) -> Thresholds {
    match language {
        Some(Language::En) => Thresholds { with_evidence: -1500, possible: -450 },
        Some(Language::Af) => Thresholds { with_evidence: -1500, possible: 0 },
        Some(Language::Zu) => Thresholds { with_evidence: -1500, possible: -500 },
        _ => Thresholds { with_evidence: -1500, possible: -800 },
    }
}

/// The band that the rules find: the highest of all readings. Where a list names an exception, words that
/// speak of violence are only evidence.
pub fn by_rules(text: &Text) -> Band {
    let has_exception = text.plain.concepts.iter().any(|hit| hit.list.is_exception());
    let band = |reading: &Reading| band_of(&reading.normal, &reading.roles, has_exception);
    text.readings().map(band).max().unwrap_or(Band::None)
}

/// The band that rules and model find together.
pub fn joined(text: &Text, rule: Band, opinion: &Opinion, guess: Option<Guess>) -> Band {
    if text.plain.normal.is_empty() {
        return rule;
    }
    let thresholds = thresholds(guess.map(|guess| guess.language));
    let score = opinion.disclosure();
    let has_other_meaning = text.plain.roles.iter().any(|hit| hit.list == Role::Neutral);
    let more = match text.plain.normal.words().count() {
        ..MIN_WORDS => SHORT_TEXT,
        _ if has_other_meaning => OTHER_MEANING,
        _ => 0,
    };
    let possible = if rule == Band::None { thresholds.possible + more } else { thresholds.with_evidence };
    if rule == Band::Certain {
        Band::Certain
    } else if score >= possible {
        Band::Possible
    } else {
        Band::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_leaves_what_a_rule_finds_as_evidence() {
        let rule = |text: &str| by_rules(&Text::new(text));
        assert_eq!(rule("he raped me last night"), Band::Certain);
        assert_eq!(rule("no joke my husband beats me"), Band::Certain);
        assert_eq!(rule("indoda yami iyangishaya"), Band::Certain);
        assert_eq!(rule("that councillor has raped the budget"), Band::Possible);
        assert_eq!(rule("lekker poster oor GBV by die taxi rank"), Band::Possible);
        assert_eq!(rule("ikhansela lethu lidlwengula isabelomali"), Band::Possible);
        assert_eq!(rule("no water since monday"), Band::None);
    }
}
