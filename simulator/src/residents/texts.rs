//! What residents write, in three languages: lines of `texts/*.txt`, written for this demo.

use std::collections::BTreeMap;

use chance::Chance;
use topics::values::vocabulary::Language;

const SOURCES: [(Language, &str); 3] = [
    (Language::En, include_str!("texts/en.txt")),
    (Language::Zu, include_str!("texts/zu.txt")),
    (Language::Af, include_str!("texts/af.txt")),
];

/// All texts, by language and section.
#[derive(Clone, Debug)]
pub struct ResidentTexts(BTreeMap<(Language, &'static str), Vec<&'static str>>);

impl ResidentTexts {
    /// Reads the texts of all languages from the files in this crate.
    pub fn read() -> Self {
        let mut texts: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (language, source) in SOURCES {
            let mut section = "";
            for line in source.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                    Some(name) => section = name,
                    None => texts.entry((language, section)).or_default().push(line),
                }
            }
        }
        Self(texts)
    }

    /// One of the texts of a section; empty if the section is missing.
    pub fn pick(&self, language: Language, section: &str, chance: &mut Chance) -> String {
        let all = self.of(language, section);
        chance.one_of(all).copied().unwrap_or_default().to_owned()
    }

    /// All texts of a section.
    pub fn of(&self, language: Language, section: &str) -> &[&'static str] {
        self.0
            .iter()
            .find(|((known, name), _)| *known == language && *name == section)
            .map_or(&[], |(_, texts)| texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_there_in_every_language() {
        let texts = ResidentTexts::read();
        let sections: std::collections::BTreeSet<&str> =
            texts.0.keys().map(|(_, section)| *section).collect();
        assert_eq!(sections.len(), 16);
        for section in sections {
            for (language, _) in SOURCES {
                assert!(!texts.of(language, section).is_empty(), "{language} {section}");
            }
        }
    }

    #[test]
    fn no_text_is_longer_than_a_message_and_none_stands_twice() {
        let texts = ResidentTexts::read();
        let all: Vec<&str> = texts.0.values().flatten().copied().collect();
        assert!(all.iter().all(|text| text.chars().count() < 1600));
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    }
}
