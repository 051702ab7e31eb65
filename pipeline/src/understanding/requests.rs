//! What a text asks of the service itself: how it treats personal data, another language, or to correct what
//! was understood. Its lists are apart from those of the meanings, so that they are no features of the
//! models.

use std::sync::LazyLock;

use topics::values::vocabulary::Language;

use super::lexicon::{Hit, Lexicon, terms};
use super::normal::Normal;
use crate::languages::{self, LanguageFile};

/// What a text asks of the service itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// How personal data is treated.
    Privacy,
    /// To be answered in this language.
    Language(Language),
    /// To correct what was understood.
    Correction,
}

/// The lists of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestList {
    Privacy,
    Language(Language),
    /// Words that may be beside the name of a language.
    Filler,
    /// Denies that a language is asked for.
    Refusal,
    Wrong,
    /// Words that may be beside those that say that something is wrong.
    Softener,
}

static FILES: LazyLock<Vec<LanguageFile>> = LazyLock::new(languages::requests);

static LISTS: LazyLock<Lexicon<RequestList>> = LazyLock::new(|| Lexicon::new(terms(&FILES, list)));

/// The weight of a term that is a request wherever it is in the text.
const ANYWHERE: u32 = 2;
/// The most words from a denial to what it denies.
const NEAR: usize = 2;
/// A text with more words than this says more than that something is wrong.
const WORDS_OF_A_CORRECTION: usize = 9;

fn list(name: &str) -> Option<RequestList> {
    Some(match name {
        "privacy" => RequestList::Privacy,
        "filler" => RequestList::Filler,
        "refusal" => RequestList::Refusal,
        "wrong" => RequestList::Wrong,
        "softener" => RequestList::Softener,
        "english" => RequestList::Language(Language::En),
        "afrikaans" => RequestList::Language(Language::Af),
        "zulu" => RequestList::Language(Language::Zu),
        "xhosa" => RequestList::Language(Language::Xh),
        "sepedi" => RequestList::Language(Language::Nso),
        "sesotho" => RequestList::Language(Language::St),
        "setswana" => RequestList::Language(Language::Tn),
        "swati" => RequestList::Language(Language::Ss),
        "venda" => RequestList::Language(Language::Ve),
        "tsonga" => RequestList::Language(Language::Ts),
        "ndebele" => RequestList::Language(Language::Nr),
        _ => return None,
    })
}

/// What a text asks of the service, if it asks anything of it, and whether it says nothing else.
pub fn find(text: &Normal) -> Option<(Request, bool)> {
    let mut hits = Vec::new();
    LISTS.hits(text, |hit| hits.push(hit));
    let found = RequestHits { hits, words: text.words().count() };
    let request =
        found.language().map(Request::Language).or_else(|| found.privacy()).or_else(|| found.correction())?;
    Some((request, found.covers_all(|list| list != RequestList::Refusal)))
}

/// The terms of requests in a text.
struct RequestHits {
    hits: Vec<Hit<RequestList>>,
    words: usize,
}

impl RequestHits {
    /// The language that the text asks for: by a phrase, or because it says nothing else.
    fn language(&self) -> Option<Language> {
        let named: Vec<(&Hit<RequestList>, Language)> = self
            .hits
            .iter()
            .filter(|hit| !self.is_refused(hit))
            .filter_map(
                |hit| if let RequestList::Language(named) = hit.list { Some((hit, named)) } else { None },
            )
            .collect();
        let is_filler = |list| matches!(list, RequestList::Language(_) | RequestList::Filler);
        let phrase = named.iter().find(|(hit, _)| hit.weight >= ANYWHERE);
        let found = phrase.or_else(|| named.first().filter(|_| self.covers_all(is_filler)));
        found.map(|(_, language)| *language)
    }

    /// Whether the words before a language deny it, as in `I dont speak English`.
    fn is_refused(&self, named: &Hit<RequestList>) -> bool {
        let is_near = |hit: &Hit<RequestList>| {
            hit.list == RequestList::Refusal && hit.last < named.first && named.first - hit.last <= NEAR
        };
        self.hits.iter().any(is_near)
    }

    fn privacy(&self) -> Option<Request> {
        self.hits.iter().any(|hit| hit.list == RequestList::Privacy).then_some(Request::Privacy)
    }

    /// A short text that says that something is wrong.
    fn correction(&self) -> Option<Request> {
        let says_wrong = |hit: &Hit<RequestList>| hit.list == RequestList::Wrong;
        let is_phrase = self.words <= WORDS_OF_A_CORRECTION
            && self.hits.iter().any(|hit| says_wrong(hit) && hit.weight >= ANYWHERE);
        let is_all = self.hits.iter().any(says_wrong)
            && self.covers_all(|list| matches!(list, RequestList::Wrong | RequestList::Softener));
        (is_phrase || is_all).then_some(Request::Correction)
    }

    /// Whether terms of such lists cover all words of the text.
    fn covers_all(&self, is: impl Fn(RequestList) -> bool) -> bool {
        let covers = |word| self.hits.iter().any(|hit| is(hit.list) && hit.first <= word && word <= hit.last);
        (0..self.words).all(covers)
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::check_files;
    use super::super::normal::readings;
    use super::*;

    fn request(text: &str) -> Option<Request> {
        find(readings(text).first().unwrap()).map(|(request, _)| request)
    }

    #[test]
    fn every_list_and_every_term_of_the_files_can_be_read() {
        check_files(&FILES, list);
    }

    #[test]
    fn requests_are_found_in_three_languages() {
        for text in [
            "what do you do with my number?",
            "POPIA?",
            "wat doen julle met my nommer",
            "nenzani ngenombolo yami?",
        ] {
            assert_eq!(request(text), Some(Request::Privacy), "{text}");
        }
        for (text, language) in [
            ("Afrikaans asb", Language::Af),
            ("please in English", Language::En),
            ("can you please reply in english", Language::En),
            ("ngesiZulu", Language::Zu),
            ("no water here. English please", Language::En),
            ("isiXhosa please", Language::Xh),
            ("Sesotho", Language::St),
        ] {
            assert_eq!(request(text), Some(Request::Language(language)), "{text}");
        }
        for text in [
            "wrong",
            "no thats wrong",
            "that is not what I said",
            "dis nie wat ek gesê het nie",
            "angishongo lokho",
        ] {
            assert_eq!(request(text), Some(Request::Correction), "{text}");
        }
    }

    #[test]
    fn names_of_places_and_reports_are_no_requests() {
        for text in [
            "I dont speak English",
            "ek verstaan nie engels nie",
            "Zulu Street",
            "the Afrikaans school has no water",
            "in front of the English church",
            "my number is 082 123 4567",
            "the pipe is on the wrong side of the road",
            "something is wrong with the street light",
        ] {
            assert_eq!(request(text), None, "{text}");
        }
    }
}
