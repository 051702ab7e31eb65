//! The lists of weighted words that texts are read by: a file for each language.

use std::sync::LazyLock;

use topics::values::vocabulary::{Category, Language, Severity};

use super::lexicon::Lexicon;

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    Language,
    Category(Category),
    Severity(Severity),
    Negative,
    Positive,
    Greeting,
    Thanks,
    Please,
    Chat,
    Status,
    Yes,
    No,
    Withdraw,
    Stop,
    Start,
    Municipal,
    Private,
    Another,
    Worse,
    Report,
    Extent,
}

const FILES: [(Language, &str); 11] = [
    (Language::En, include_str!("../../../lexicon/en.txt")),
    (Language::Af, include_str!("../../../lexicon/af.txt")),
    (Language::Zu, include_str!("../../../lexicon/zu.txt")),
    (Language::Xh, include_str!("../../../lexicon/xh.txt")),
    (Language::Nso, include_str!("../../../lexicon/nso.txt")),
    (Language::St, include_str!("../../../lexicon/st.txt")),
    (Language::Tn, include_str!("../../../lexicon/tn.txt")),
    (Language::Ss, include_str!("../../../lexicon/ss.txt")),
    (Language::Ve, include_str!("../../../lexicon/ve.txt")),
    (Language::Ts, include_str!("../../../lexicon/ts.txt")),
    (Language::Nr, include_str!("../../../lexicon/nr.txt")),
];

/// All lists of all languages.
pub static LISTS: LazyLock<Lexicon<List>> = LazyLock::new(|| Lexicon::new(&FILES, list));

fn list(name: &str) -> Option<List> {
    Some(match name {
        "language" => List::Language,
        "negative" => List::Negative,
        "positive" => List::Positive,
        "greeting" => List::Greeting,
        "thanks" => List::Thanks,
        "please" => List::Please,
        "chat" => List::Chat,
        "status" => List::Status,
        "yes" => List::Yes,
        "no" => List::No,
        "withdraw" => List::Withdraw,
        "stop" => List::Stop,
        "start" => List::Start,
        "municipal" => List::Municipal,
        "private" => List::Private,
        "another" => List::Another,
        "worse" => List::Worse,
        "report" => List::Report,
        "extent" => List::Extent,
        other => {
            let category = other.parse().ok().map(List::Category);
            return category.or_else(|| other.parse().ok().map(List::Severity));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::names;
    use super::*;

    #[test]
    fn no_star_stands_within_a_term() {
        for (_, file) in FILES {
            for term in super::super::lexicon::terms(file) {
                assert!(!term.contains(['*', '{', '}']), "{term}");
            }
        }
    }

    #[test]
    fn every_list_of_the_files_is_known() {
        for (_, file) in FILES {
            assert_eq!(
                names(file).into_iter().filter(|name| list(name).is_none()).collect::<Vec<_>>(),
                Vec::<&str>::new()
            );
        }
    }
}
