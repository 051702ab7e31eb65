//! The lists of weighted words that a text's meaning is read from: one file for each language.

use std::sync::LazyLock;

use topics::values::vocabulary::{Category, Severity};

use super::lexicon::{self, Term};
use crate::languages::{self, LanguageFile};

/// The subject of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListKind {
    /// Words that are typical of one language.
    Language,
    /// Words that name a matter of a category.
    Category(Category),
    /// Words that tell how severe a matter is.
    Severity(Severity),
    /// Words of an angry or unhappy tone.
    Negative,
    /// Words of a friendly tone.
    Positive,
    /// Words that greet, such as *hello*.
    Greeting,
    /// Words that say thanks.
    Thanks,
    /// Words that ask politely, such as *please*.
    Please,
    /// Words of small talk.
    Chat,
    /// Words that ask for the status of a report.
    Status,
    /// Words that answer a question with yes.
    Yes,
    /// Words that answer a question with no.
    No,
    /// Words that take a report back.
    Withdraw,
    /// Words that ask for no more messages.
    Stop,
    /// Words that ask for messages again.
    Start,
    /// Words that choose the municipal lane.
    Municipal,
    /// Words that choose the police lane.
    Private,
    /// Words that say that the matter is a different one.
    Another,
    /// Words that say that the matter has become worse.
    Worse,
    /// Words that say that something is broken or wrong, without its category.
    Report,
    /// Words that describe how far a matter extends.
    Extent,
}

impl ListKind {
    /// Whether the words are talk that needs no matter.
    pub const fn is_talk(self) -> bool {
        matches!(self, Self::Greeting | Self::Thanks | Self::Please | Self::Chat | Self::Yes | Self::No)
    }

    /// The number by which the features of the model know the list.
    pub const fn number(self) -> u32 {
        match self {
            Self::Language => 0,
            Self::Category(category) => number_of_category(category),
            Self::Severity(severity) => 200 + severity as u32,
            Self::Negative => 1,
            Self::Positive => 2,
            Self::Greeting => 3,
            Self::Thanks => 4,
            Self::Please => 5,
            Self::Chat => 6,
            Self::Status => 7,
            Self::Yes => 8,
            Self::No => 9,
            Self::Withdraw => 10,
            Self::Stop => 11,
            Self::Start => 12,
            Self::Municipal => 13,
            Self::Private => 14,
            Self::Another => 15,
            Self::Worse => 16,
            Self::Report => 17,
            Self::Extent => 18,
        }
    }
}

/// The number by which the features of the model know a category. The weights are trained with the numbers of
/// the first six, so these stay when the vocabulary gets a newer word before `other`, which has 106 then.
const fn number_of_category(category: Category) -> u32 {
    match category {
        Category::Other => 105,
        first if first as u32 <= Category::Sanitation as u32 => 100 + first as u32,
        newer => 101 + newer as u32,
    }
}

static FILES: LazyLock<Vec<LanguageFile>> = LazyLock::new(languages::lexicons);

/// The terms of all lists of all languages.
pub fn terms<L: Copy>(wrap: impl Fn(ListKind) -> L) -> Vec<Term<L>> {
    lexicon::terms(&FILES, |name| list(name).map(&wrap))
}

fn list(name: &str) -> Option<ListKind> {
    Some(match name {
        "language" => ListKind::Language,
        "negative" => ListKind::Negative,
        "positive" => ListKind::Positive,
        "greeting" => ListKind::Greeting,
        "thanks" => ListKind::Thanks,
        "please" => ListKind::Please,
        "chat" => ListKind::Chat,
        "status" => ListKind::Status,
        "yes" => ListKind::Yes,
        "no" => ListKind::No,
        "withdraw" => ListKind::Withdraw,
        "stop" => ListKind::Stop,
        "start" => ListKind::Start,
        "municipal" => ListKind::Municipal,
        "private" => ListKind::Private,
        "another" => ListKind::Another,
        "worse" => ListKind::Worse,
        "report" => ListKind::Report,
        "extent" => ListKind::Extent,
        other => {
            let category = other.parse().ok().map(ListKind::Category);
            return category.or_else(|| other.parse().ok().map(ListKind::Severity));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::check_files;
    use super::*;

    #[test]
    fn every_list_and_every_term_of_the_files_can_be_read() {
        check_files(&FILES, list);
    }

    #[test]
    fn the_weights_know_the_categories_by_the_numbers_that_they_were_trained_with() {
        let names = ["water", "roads", "electricity", "waste", "sanitation", "other"];
        let numbers = names.map(|name| list(name).map(ListKind::number));
        assert_eq!(numbers, [Some(100), Some(101), Some(102), Some(103), Some(104), Some(105)]);
        let mut all: Vec<u32> =
            Category::ALL.iter().map(|category| ListKind::Category(*category).number()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), Category::ALL.len(), "two categories have one number");
    }
}
