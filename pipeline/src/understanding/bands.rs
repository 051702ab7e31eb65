//! The band of a text: rules and model together.
//!
//! - A rule that finds violence makes a text certain, whatever the model finds. Only listed exceptions lower
//!   that: the `neutral` terms of the lists for the words that they cover; and the concepts that use words of
//!   violence in another sense (idioms, things, animals, strangers, campaigns), which leave it as evidence.
//! - The model raises a text to possible by its score, so that the resident is asked. The thresholds depend
//!   on the language.
//! - A text that it does not raise by itself may be raised by what the same person wrote before.
//! - Words that only may speak of violence (the rules' band possible) are evidence: with them a lower score
//!   is enough.

use topics::values::vocabulary::Language;

use super::language::Guess;
use super::model::Opinion;
use super::text::{Reading, Text};
use super::violence::{Band, WordRole, band_of};

/// The score from which the model holds a text if a list says, too, that it may speak of violence, in 1/1024
/// of a logit.
const WITH_EVIDENCE: i64 = -1_500;

/// A text of fewer words than this says too little for the model alone: names of places, such as `at home`,
/// are most of them. It then needs this much more.
const MIN_WORDS: usize = 3;
const SHORT_TEXT: i64 = 2_000;
/// Where the lists name words that have another meaning here, as in `shaya ucingo` (to phone), the model
/// needs this much more.
const OTHER_MEANING: i64 = 1_000;
/// The score from which the model holds a text that it does not hold by itself, but after the sender's
/// earlier ones.
const AFTER_OTHERS: i64 = -500;

/// The score from which the model holds a text of this language without other evidence, in 1/1024 of a logit.
const fn threshold(language: Option<Language>) -> i64 {
    match language {
        Some(Language::En) => -900,
        Some(Language::Af) => -250,
        Some(Language::Zu) => -500,
        _ => -800,
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
    let threshold = threshold(guess.map(|guess| guess.language));
    let score = opinion.disclosure();
    let has_other_meaning = text.plain.roles.iter().any(|hit| hit.list == WordRole::Neutral);
    let more = match text.plain.normal.words().count() {
        ..MIN_WORDS => SHORT_TEXT,
        _ if has_other_meaning => OTHER_MEANING,
        _ => 0,
    };
    let possible = if rule == Band::None { threshold + more } else { WITH_EVIDENCE };
    if rule == Band::Certain {
        Band::Certain
    } else if score >= possible {
        Band::Possible
    } else {
        Band::None
    }
}

/// The band of a text that has none by itself, by what the model makes of it after the sender's earlier
/// texts.
pub fn after_others(opinion: &Opinion) -> Band {
    if opinion.disclosure() >= AFTER_OTHERS { Band::Possible } else { Band::None }
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
