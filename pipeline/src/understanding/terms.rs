//! What a text means as far as weighted lists can tell.

use std::collections::BTreeMap;

use topics::values::vocabulary::{Category, Language, Sentiment, Severity};

use super::lexicon::Hit;
use super::lists::ListKind;
use super::meaning::{Intent, Meaning, WORDS_OF_A_QUESTION};
use super::normal::Normal;
use super::numbers;
use super::text::{Reading, Text};

/// A category of at least this weight outweighs words that withdraw a report.
const CLEAR: u32 = 10;

/// The meaning of a text by lists alone.
pub fn by_lists(text: &Text, before: Language) -> Meaning {
    let mut best = of_reading(&text.plain, before);
    for other in text.others.iter().map(|reading| of_reading(reading, before)) {
        if other.0 > best.0 {
            best = other;
        }
    }
    best.1
}

/// The meaning of one reading, with the weight of its category.
fn of_reading(reading: &Reading, before: Language) -> (u32, Meaning) {
    let text = &reading.normal;
    let hits = FoundTerms { hits: &reading.terms, words: text.words().count() };
    let language = hits.language(before);
    let category = hits.category();
    let intent = hits.intent(text, category.map_or(0, |(_, weight)| weight));
    let meaning = Meaning {
        language,
        category: category.map(|(category, _)| category),
        severity: hits.severity(),
        sentiment: hits.sentiment(),
        intent,
        another: hits.weight(ListKind::Another) > 0,
        worse: hits.has(ListKind::Worse),
        denies: hits.denies(),
        reporting: hits.has(ListKind::Report) || category.is_some(),
        answers_only: hits.answers_only(text, intent),
        known: language.is_some()
            || !hits.hits.is_empty()
            || text.words().all(|word| word.bytes().all(|b| b.is_ascii_digit())),
        words: hits.words,
        request: None,
    };
    (category.map_or(0, |(_, weight)| weight), meaning)
}

/// The terms that were found in a text.
struct FoundTerms<'a> {
    hits: &'a [Hit<ListKind>],
    words: usize,
}

impl FoundTerms<'_> {
    fn has(&self, list: ListKind) -> bool {
        self.hits.iter().any(|hit| hit.list == list)
    }

    fn weight(&self, list: ListKind) -> u32 {
        self.hits.iter().filter(|hit| hit.list == list).map(|hit| hit.weight).sum()
    }

    /// Whether the text denies something. The English `no` alone does not, because of `no water`; a phrase or
    /// the word of another language does.
    fn denies(&self) -> bool {
        let says_so = |hit: &Hit<ListKind>| {
            hit.list == ListKind::No && (hit.last > hit.first || hit.language != Language::En)
        };
        self.hits.iter().any(says_so)
    }

    /// Whether terms of the lists cover all words of the text.
    fn covered(&self, lists: &[ListKind]) -> bool {
        let is_covered = |word| {
            self.hits.iter().any(|hit| lists.contains(&hit.list) && hit.first <= word && word <= hit.last)
        };
        self.words > 0 && (0..self.words).all(is_covered)
    }

    /// Whether one term of the list covers all words of the text.
    fn is_all(&self, list: ListKind) -> bool {
        self.hits.iter().any(|hit| hit.list == list && hit.first == 0 && hit.last + 1 == self.words)
    }

    /// Whether the text is an answer or a question without further content. Terms of yes and no with a weight
    /// above 1 also describe the problem, so they count as further content. So does a problem that is
    /// described before the question.
    fn answers_only(&self, text: &Normal, intent: Intent) -> bool {
        let asked = self.first(|list| list == ListKind::Status);
        let matter = self.first(|list| matches!(list, ListKind::Category(_)));
        match intent {
            Intent::Status => {
                return self.words <= WORDS_OF_A_QUESTION && (matter.is_none() || asked <= matter);
            }
            Intent::Number(_) | Intent::Municipal | Intent::Private => return true,
            _ => {}
        }
        let number = numbers::places(text);
        let says_nothing = |hit: &Hit<ListKind>| match hit.list {
            ListKind::Yes | ListKind::No => hit.weight == 1,
            ListKind::Greeting
            | ListKind::Thanks
            | ListKind::Please
            | ListKind::Chat
            | ListKind::Withdraw
            | ListKind::Status => true,
            // `What about` followed by a number.
            ListKind::Language => intent == Intent::Unclear,
            _ => false,
        };
        let is_answer =
            |word| self.hits.iter().any(|hit| says_nothing(hit) && hit.first <= word && word <= hit.last);
        (0..self.words).all(|word| number.contains(&word) || is_answer(word))
    }

    /// The first word that a term of such a list covers.
    fn first(&self, is: impl Fn(ListKind) -> bool) -> Option<usize> {
        self.hits.iter().filter(|hit| is(hit.list)).map(|hit| hit.first).min()
    }

    fn begins(&self, list: ListKind) -> bool {
        self.hits.iter().any(|hit| hit.list == list && hit.first == 0)
    }

    fn language(&self, before: Language) -> Option<Language> {
        let mut votes: BTreeMap<Language, u32> = BTreeMap::new();
        // `Please` is used in all languages.
        for hit in self.hits.iter().filter(|hit| hit.list != ListKind::Please) {
            // A term of the list of languages has its own weight; any other term counts once.
            let weight = if hit.list == ListKind::Language { hit.weight } else { 1 };
            *votes.entry(hit.language).or_default() += weight;
        }
        let most = *votes.values().max()?;
        let tied = |language: Language| votes.get(&language) == Some(&most);
        if tied(before) { Some(before) } else { votes.keys().copied().find(|language| tied(*language)) }
    }

    /// The category with its weight. Words such as `the whole road` describe the extent of something else and
    /// do not count, unless the text reports a problem and has no other category.
    fn category(&self) -> Option<(Category, u32)> {
        let is_extent = |hit: &Hit<ListKind>| {
            self.hits.iter().any(|extent| extent.list == ListKind::Extent && extent.covers(hit))
        };
        self.heaviest(|hit| !is_extent(hit)).or_else(|| self.heaviest(|_| self.has(ListKind::Report)))
    }

    /// The category with the highest weight in the terms that `counts` accepts.
    fn heaviest(&self, counts: impl Fn(&Hit<ListKind>) -> bool) -> Option<(Category, u32)> {
        let weights = Category::ALL
            .iter()
            .map(|category| (*category, self.longest(ListKind::Category(*category), &counts)));
        // Of equal weights the first wins, so `other`, the last category, wins only with a higher weight.
        let heavier =
            |best: (Category, u32), next: (Category, u32)| if best.1 >= next.1 { best } else { next };
        weights.filter(|(_, weight)| *weight > 0).reduce(heavier)
    }

    /// The weight of a list. Of several terms that end at the same word only the heaviest counts.
    fn longest(&self, list: ListKind, counts: impl Fn(&Hit<ListKind>) -> bool) -> u32 {
        let mut of_word: BTreeMap<usize, u32> = BTreeMap::new();
        for hit in self.hits.iter().filter(|hit| hit.list == list && counts(hit)) {
            let at = of_word.entry(hit.last).or_default();
            *at = (*at).max(hit.weight + u32::try_from(hit.last - hit.first).unwrap_or(0));
        }
        of_word.values().sum()
    }

    fn severity(&self) -> Severity {
        let says = |severity| self.has(ListKind::Severity(severity));
        if says(Severity::Critical) {
            Severity::Critical
        } else if says(Severity::High) {
            Severity::High
        } else if says(Severity::Low) {
            Severity::Low
        } else {
            Severity::Medium
        }
    }

    fn sentiment(&self) -> Sentiment {
        match self.weight(ListKind::Negative).cmp(&self.weight(ListKind::Positive)) {
            std::cmp::Ordering::Greater => Sentiment::Negative,
            std::cmp::Ordering::Less => Sentiment::Positive,
            std::cmp::Ordering::Equal => Sentiment::Neutral,
        }
    }

    fn intent(&self, text: &Normal, category: u32) -> Intent {
        const POLITE: [ListKind; 2] = [ListKind::Greeting, ListKind::Thanks];
        let all =
            |list: ListKind| self.covered(&[list, ListKind::Greeting, ListKind::Thanks]) && self.has(list);
        if text.is_empty() {
            return Intent::Nothing;
        }
        if self.is_all(ListKind::Stop) {
            return Intent::Stop;
        }
        if self.is_all(ListKind::Start) {
            return Intent::Start;
        }
        if let Some(number) =
            text.words().next().filter(|_| self.words == 1).and_then(|word| word.parse().ok())
        {
            return Intent::Number(number);
        }
        if self.is_all(ListKind::Municipal) {
            Intent::Municipal
        } else if self.is_all(ListKind::Private) {
            Intent::Private
        } else if self.has(ListKind::Withdraw) && category < CLEAR {
            Intent::Withdraw
        } else if self.has(ListKind::Status) {
            Intent::Status
        } else if all(ListKind::Yes) {
            Intent::Yes
        } else if all(ListKind::No) {
            Intent::No
        } else if self.covered(&POLITE) {
            if self.has(ListKind::Thanks) && self.begins(ListKind::Thanks) {
                Intent::Thanks
            } else {
                Intent::Greeting
            }
        } else if category > 0 {
            self.answer_or_report()
        } else if self.covered(&[ListKind::Chat, ListKind::Greeting, ListKind::Thanks]) {
            Intent::Chat
        } else if self.begins(ListKind::Yes) {
            Intent::Yes
        } else if self.begins(ListKind::No) {
            Intent::No
        } else if self.begins(ListKind::Thanks) {
            Intent::Thanks
        } else {
            Intent::Unclear
        }
    }

    /// Distinguishes a report such as `no water` from an answer such as `no it drips as before`: in an answer
    /// the words of the list continue after the first word.
    fn answer_or_report(&self) -> Intent {
        let phrase =
            |list: ListKind| self.hits.iter().any(|hit| hit.list == list && hit.first == 0 && hit.last > 0);
        let more = |list: ListKind| {
            self.begins(list) && self.hits.iter().any(|hit| hit.list == list && hit.first == 1)
        };
        if phrase(ListKind::No) || more(ListKind::No) {
            Intent::No
        } else if self.begins(ListKind::Yes) && self.words <= 6 {
            Intent::Yes
        } else {
            Intent::Report
        }
    }
}
