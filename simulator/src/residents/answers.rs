//! How residents read the answers.

use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{Language, Status};

/// The languages that the residents write and read.
pub const LANGUAGES: [Language; 3] = [Language::En, Language::Zu, Language::Af];

/// The news about a ticket in the agreed texts, written independently of the program, so that the program's
/// texts are checked.
pub fn update(language: Language, number: &str, status: Status) -> String {
    let words = status_words(language, status);
    match language {
        Language::Zu => format!("Isibuyekezo se-{number}: Umbiko wakho manje {words}."),
        Language::Af => format!("Opdatering vir {number}: U verslag is nou {words}."),
        _ => format!("Update for {number}: Your report is now {words}."),
    }
}

const fn status_words(language: Language, status: Status) -> &'static str {
    match (language, status) {
        (Language::Zu, Status::Open) => "yamukelwe futhi ibhekwa",
        (Language::Zu, Status::InProgress) => "kuyasebenzelwa",
        (Language::Zu, Status::Escalated) => "idluliselwe ethimini eliphezulu",
        (Language::Zu, Status::Resolved) => "ixazululiwe - sicela uqinisekise",
        (Language::Zu, Status::Closed) => "ivaliwe",
        (Language::Af, Status::Open) => "ontvang en onder hersiening",
        (Language::Af, Status::InProgress) => "word aan gewerk",
        (Language::Af, Status::Escalated) => "verwys na senior span",
        (Language::Af, Status::Resolved) => "opgelos - bevestig asseblief",
        (Language::Af, Status::Closed) => "gesluit",
        (_, Status::Open) => "received and under review",
        (_, Status::InProgress) => "being worked on",
        (_, Status::Escalated) => "escalated to senior team",
        (_, Status::Resolved) => "resolved - please confirm",
        (_, Status::Closed) => "closed",
    }
}

/// The tracking numbers that a message names.
pub fn numbers(body: &str) -> Vec<TrackingNumber> {
    body.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|word| word.parse().ok()).collect()
}

/// The news that a message brings, in any of the languages: the number, the status, the language.
pub fn news(body: &str) -> Option<(TrackingNumber, Status, Language)> {
    numbers(body).into_iter().find_map(|number| {
        LANGUAGES.iter().find_map(|language| {
            let is = |status: &&Status| body.contains(&update(*language, number.as_str(), **status));
            Status::ALL.iter().find(is).map(|status| (number.clone(), *status, *language))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use topics::values::ids::Pepper;

    #[test]
    fn residents_write_languages_that_they_are_answered_in() {
        for language in LANGUAGES {
            assert_eq!(language.answered_in(), language);
        }
    }

    #[test]
    fn news_is_recognised_in_every_language_and_status() {
        let number = TrackingNumber::issue(&Pepper::new(&[7; 32]).unwrap(), 1, 0, 2);
        for language in LANGUAGES {
            for status in Status::ALL {
                let body = format!("{}\n", update(language, number.as_str(), *status));
                assert_eq!(news(&body), Some((number.clone(), *status, language)));
            }
        }
        assert_eq!(news("Update for 123456789: Your report is now closed."), None);
    }
}
