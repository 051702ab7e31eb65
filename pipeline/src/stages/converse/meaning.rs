//! What a cleared text means, as far as weighted lists can tell: language, category, severity, tone and
//! intent.

use std::collections::BTreeMap;

use topics::values::vocabulary::{Category, Language, Sentiment, Severity};

use super::lexicon::Hit;
use super::lists::{LISTS, ListKind};
use super::normal::{Normal, readings};
use super::numbers;

/// The meaning of a cleared text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The language of the text, or `None` if there is too little evidence for any.
    pub language: Option<Language>,
    /// The category of the matter that the text reports, if it reports one.
    pub category: Option<Category>,
    /// The severity of the matter.
    pub severity: Severity,
    /// The tone of the text.
    pub sentiment: Sentiment,
    /// The intent of the text.
    pub intent: Intent,
    /// Whether it says that it is about a different matter than before.
    pub another: bool,
    /// Whether it says that the matter has become worse.
    pub worse: bool,
    /// Whether it says that the matter is not resolved.
    pub denies: bool,
    /// Whether it reports a problem.
    pub reporting: bool,
    /// Whether it is an answer or a question without further content.
    pub mere: bool,
    /// Whether the lists know its language or any of its words.
    pub known: bool,
    /// The number of its words.
    pub words: usize,
}

impl Meaning {
    /// The language that the resident is answered in from here on, or `None` if the text tells none. Words
    /// that are the same in all languages cannot.
    pub fn language_of_resident(&self) -> Option<Language> {
        let is_the_same_in_all =
            matches!(self.intent, Intent::Stop | Intent::Start | Intent::Number(_) | Intent::Nothing);
        self.language.filter(|_| !is_the_same_in_all)
    }
}

/// The intent of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The message reports a problem.
    Report,
    /// Asks for the status of a ticket.
    Status,
    /// Answers yes: the problem is resolved.
    Yes,
    /// Answers no: the problem is not resolved.
    No,
    /// The message withdraws a report.
    Withdraw,
    /// Wants to receive no more messages.
    Stop,
    /// Wants to receive messages again.
    Start,
    /// Chooses the municipal lane.
    Municipal,
    /// Chooses the police lane.
    Private,
    /// Chooses the entry of a list with this number.
    Number(usize),
    /// The message is a greeting.
    Greeting,
    /// The message says thanks.
    Thanks,
    /// Is small talk without a problem.
    Chat,
    /// Has known words, but no meaning that the lists can tell.
    Unclear,
    /// The text has no words.
    Nothing,
}

/// A category of at least this weight outweighs words that withdraw a report.
const CLEAR: u32 = 10;
/// A text with more words than this is more than a question.
pub const WORDS_OF_A_QUESTION: usize = 12;

/// Reads what a text means. If two languages are equally likely, `before`, the language of the conversation
/// so far, decides.
pub fn read(text: &str, before: Language) -> Meaning {
    let readings = readings(text);
    let Some(plain) = readings.first() else { return nothing() };
    let mut best = of(plain, before);
    for other in readings.iter().skip(1).map(|reading| of(reading, before)) {
        if other.0 > best.0 {
            best = other;
        }
    }
    best.1
}

fn nothing() -> Meaning {
    Meaning {
        language: None,
        category: None,
        severity: Severity::Medium,
        sentiment: Sentiment::Neutral,
        intent: Intent::Nothing,
        another: false,
        worse: false,
        denies: false,
        reporting: false,
        mere: true,
        known: false,
        words: 0,
    }
}

/// The meaning of one reading, with the weight of its category.
fn of(text: &Normal, before: Language) -> (u32, Meaning) {
    let hits = FoundTerms { hits: LISTS.hits(text), words: text.words().count() };
    let language = hits.language(before);
    let category = hits.category();
    let intent = hits.intent(text, category.map_or(0, |(_, weight)| weight));
    let meaning = Meaning {
        language,
        category: category.map(|(category, _)| category),
        severity: hits.severity(),
        sentiment: hits.sentiment(),
        intent,
        another: hits.has(ListKind::Another),
        worse: hits.has(ListKind::Worse),
        denies: hits.denies(),
        reporting: hits.has(ListKind::Report) || category.is_some(),
        mere: hits.is_mere(text, intent),
        known: language.is_some()
            || !hits.hits.is_empty()
            || text.words().all(|word| word.bytes().all(|b| b.is_ascii_digit())),
        words: hits.words,
    };
    (category.map_or(0, |(_, weight)| weight), meaning)
}

/// The terms that were found in a text.
struct FoundTerms {
    hits: Vec<Hit<ListKind>>,
    words: usize,
}

impl FoundTerms {
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
    fn is_mere(&self, text: &Normal, intent: Intent) -> bool {
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
