//! The texts that residents read: Fluent files in three languages, `texts/{en,zu,af}.ftl`.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use topics::records::editions::Emergency;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Language, Status};
use unic_langid::LanguageIdentifier;

use crate::languages;

/// The most characters that Twilio accepts in one message.
pub const LONGEST: usize = 1_600;

/// The most characters of a reply from staff: a template has 1,024 with all its variables
/// (<https://www.twilio.com/docs/content/using-variables-with-content-api>), some of which name the report.
pub const LONGEST_REPLY: usize = 800;

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<(Language, Bundle)>> = LazyLock::new(|| {
    let files = languages::texts().into_iter().chain(languages::first_texts());
    files.map(|(language, text)| (language, bundle(language, text))).collect()
});

fn bundle(language: Language, text: &str) -> Bundle {
    let id: LanguageIdentifier = language.as_str().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Isolation marks around variables would change the texts.
    bundle.set_use_isolating(false);
    // A test finds syntax errors in a file; here the valid messages of such a file are used.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

/// The text `name` in this language, or else in the one that answers to it are written in.
pub fn say(language: Language, name: &str, values: &[(&str, &str)]) -> String {
    let bundle = |language| BUNDLES.iter().find(|(known, _)| *known == language).map(|(_, bundle)| bundle);
    let has_it = |bundle: &&'static Bundle| bundle.has_message(name);
    let own = bundle(language).filter(has_it);
    let Some(bundle) = own.or_else(|| bundle(language.answered_in())) else { return String::new() };
    let Some(pattern) = bundle.get_message(name).and_then(|message| message.value()) else {
        return String::new();
    };
    let args: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let mut errors = Vec::new();
    bundle.format_pattern(pattern, Some(&args), &mut errors).chars().take(LONGEST).collect()
}

/// The name of a status for residents.
pub fn status(language: Language, status: Status) -> String {
    say(language, &format!("status-{status}"), &[])
}

/// The name of a category for residents.
pub fn category(language: Language, category: Category) -> String {
    say(language, &format!("category-{category}"), &[])
}

/// A moment as a resident reads it: South African time, two hours ahead of UTC all year since 1944.
pub fn moment(language: Language, at: Time) -> String {
    let Ok(timestamp) = jiff::Timestamp::from_millisecond(at.millis()) else { return String::new() };
    let local = jiff::tz::Offset::constant(2).to_datetime(timestamp);
    let month = say(language, &format!("month-{}", local.month()), &[]);
    let day = local.day().to_string();
    let year = local.year().to_string();
    let time = format!("{:02}:{:02}", local.hour(), local.minute());
    say(language, "moment", &[("day", &day), ("month", &month), ("year", &year), ("time", &time)])
}

/// The numbers of these services that the edition has; empty if it has none.
pub fn numbers(language: Language, emergency: &Emergency, services: &[&str]) -> String {
    let known = services.iter().filter_map(|service| Some((service, emergency.numbers.get(*service)?)));
    known
        .map(|(service, number)| say(language, &format!("service-{service}"), &[("number", number)]))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The categories, each with its number from 1, for a resident who answers with a number.
pub fn menu(language: Language) -> String {
    let entries = (1..).zip(Category::ALL).map(|(number, category)| menu_entry(language, number, *category));
    entries.collect::<Vec<_>>().join(", ")
}

/// A category with its number in the [`menu`].
pub fn menu_entry(language: Language, number: usize, entry: Category) -> String {
    format!("{number} {}", category(language, entry))
}

/// A text with emergency numbers, or its variant without numbers if the edition has none.
pub fn with_numbers(language: Language, name: &str, emergency: &Emergency, services: &[&str]) -> String {
    match numbers(language, emergency, services) {
        none if none.is_empty() => say(language, &format!("{name}-unnumbered"), &[]),
        numbers => say(language, name, &[("numbers", &numbers)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_first_texts_exist_in_all_languages() {
        for (language, text) in languages::first_texts() {
            assert!(FluentResource::try_new(text.to_owned()).is_ok(), "{language}");
            let all = [
                "answered-in-english",
                "greeting",
                "help",
                "help-unnumbered",
                "held-other_body",
                "held-outage",
                "held-waiting_for_parts",
                "held-waiting_for_resident",
                "held-weather",
            ];
            assert_eq!(names(text), BTreeSet::from(all), "{language}");
            for name in all {
                let values = [
                    ("numbers", "police 10111, 0800 428 428"),
                    ("n", "7K2M4P9QX"),
                    ("deadline", "30 September 2026 at 08:00"),
                ];
                let said = say(language, name, &values);
                assert!(
                    said.chars().count() <= 300 && !said.contains(['{', '}']),
                    "{language} {name}: {said}"
                );
                assert_ne!(said, say(Language::En, name, &values));
            }
        }
    }

    const ANSWERED: [Language; 3] = [Language::En, Language::Zu, Language::Af];

    fn names(text: &str) -> BTreeSet<&str> {
        text.lines()
            .filter(|line| !line.starts_with(['#', ' ']))
            .filter_map(|line| Some(line.split_once(" = ")?.0))
            .collect()
    }

    #[test]
    fn every_text_is_there_in_every_language_and_says_something() {
        let files = languages::texts();
        let (_, first) = files[0];
        for (language, text) in files {
            assert!(FluentResource::try_new(text.to_owned()).is_ok(), "{language}");
            assert_eq!(names(text), names(first), "{language}");
            for name in names(text) {
                let values = [
                    "n",
                    "s",
                    "text",
                    "day",
                    "month",
                    "year",
                    "time",
                    "category",
                    "deadline",
                    "municipality",
                    "number",
                    "numbers",
                    "place",
                    "choices",
                    "days",
                ];
                let values: Vec<(&str, &str)> = values.iter().map(|value| (*value, "x")).collect();
                let said = say(language, name, &values);
                assert!(
                    !said.is_empty() && !said.contains(['{', '}', '\u{2068}']),
                    "{language} {name}: {said}"
                );
            }
        }
    }

    #[test]
    fn updates_have_the_agreed_words() {
        let update =
            |language, now| say(language, "update", &[("n", "TRACKING9"), ("s", &status(language, now))]);
        let all: Vec<String> = ANSWERED
            .iter()
            .flat_map(|language| Status::ALL.iter().map(|now| update(*language, *now)))
            .collect();
        let agreed = [
            "Update for TRACKING9: Your report is now received and under review.",
            "Update for TRACKING9: Your report is now being worked on.",
            "Update for TRACKING9: Your report is now escalated to senior team.",
            "Update for TRACKING9: Your report is now resolved - please confirm.",
            "Update for TRACKING9: Your report is now closed.",
            "Isibuyekezo se-TRACKING9: Umbiko wakho manje yamukelwe futhi ibhekwa.",
            "Isibuyekezo se-TRACKING9: Umbiko wakho manje kuyasebenzelwa.",
            "Isibuyekezo se-TRACKING9: Umbiko wakho manje idluliselwe ethimini eliphezulu.",
            "Isibuyekezo se-TRACKING9: Umbiko wakho manje ixazululiwe - sicela uqinisekise.",
            "Isibuyekezo se-TRACKING9: Umbiko wakho manje ivaliwe.",
            "Opdatering vir TRACKING9: U verslag is nou ontvang en onder hersiening.",
            "Opdatering vir TRACKING9: U verslag is nou word aan gewerk.",
            "Opdatering vir TRACKING9: U verslag is nou verwys na senior span.",
            "Opdatering vir TRACKING9: U verslag is nou opgelos - bevestig asseblief.",
            "Opdatering vir TRACKING9: U verslag is nou gesluit.",
        ];
        assert_eq!(all, agreed);
    }

    #[test]
    fn a_moment_is_told_in_south_african_time() {
        let at: Time = "2026-03-01T22:30:00.000Z".parse().unwrap();
        assert_eq!(
            ANSWERED.map(|language| moment(language, at)),
            ["2 March 2026 at 00:30", "2 Mashi 2026 ngo-00:30", "2 Maart 2026 om 00:30"]
        );
    }

    #[test]
    fn other_languages_are_answered_in_english() {
        assert_eq!(say(Language::Xh, "thanks", &[]), "You are welcome.");
        assert_eq!(say(Language::Und, "thanks", &[]), "You are welcome.");
    }
}
