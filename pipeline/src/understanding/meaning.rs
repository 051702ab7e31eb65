//! What a cleared text means, as far as weighted lists can tell: language, category, severity, tone and
//! intent.

use std::collections::BTreeMap;

use topics::values::vocabulary::{Category, Language, Sentiment, Severity};

use super::language::Guess;
use super::lexicon::Hit;
use super::lists::ListKind;
use super::model::{Opinion, Wants};
use super::normal::Normal;
use super::text::{Reading, Text};
use super::{numbers, understand};

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
    /// Whether the lists alone decide: a command, a number, or an answer or greeting that the lists cover.
    const fn is_certain(&self) -> bool {
        match self.intent {
            Intent::Stop
            | Intent::Start
            | Intent::Number(_)
            | Intent::Municipal
            | Intent::Private
            | Intent::Nothing => true,
            Intent::Yes | Intent::No | Intent::Greeting | Intent::Thanks => self.mere,
            _ => false,
        }
    }

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
    understand(text, &[], Some(before)).meaning
}

/// The likelihoods, in 1/1000, from which the model decides although the lists say something else, and where
/// they say nothing.
const SURE: u32 = 500;
const SURER: u32 = 650;
/// The likelihood of nothing from which a text that the lists name no category for reports nothing.
const UNLIKELY: u32 = 420;
/// The likelihood from which the model decides the intent.
const SURE_OF_INTENT: u32 = 400;
/// The likelihood from which the model names a category in a few words that the lists do not know.
const SURE_OF_FEW: u32 = 800;
/// The likelihood from which a matter is critical.
const CRITICAL: u32 = 220;
/// The likelihood of a critical matter, and of an emergency, from which it is at least high.
const NEARLY_CRITICAL: u32 = 40;
/// The most words of an answer: from there on, a text that begins with yes or no may be a report.
const WORDS_OF_AN_ANSWER: usize = 8;
/// The most words that languages share so often that the conversation's own language decides.
const WORDS_OF_ANY_LANGUAGE: usize = 2;
/// The most words that are few: they say little by themselves.
const FEW_WORDS: usize = 5;

/// The meaning of a text by lists and models together.
pub fn of(text: &Text, guess: Option<Guess>, opinion: &Opinion, known: Option<Language>) -> Meaning {
    let lists = by_lists(text, known.unwrap_or(Language::En));
    if lists.is_certain() {
        let language = language(&lists, guess);
        return Meaning { language, ..lists };
    }
    let category = category(&lists, opinion);
    let is_nothing = category.is_none() && opinion.nothing() >= UNLIKELY;
    Meaning {
        language: language(&lists, guess),
        category,
        severity: if category.is_some() { severity(&lists, opinion) } else { lists.severity },
        intent: intent(&lists, category, opinion),
        reporting: category.is_some() || lists.reporting && !is_nothing,
        known: lists.known || guess.is_some_and(|guess| guess.is_known),
        ..lists
    }
}

/// The language: the model's, unless it does not know the words, or is unsure and the lists know better.
fn language(lists: &Meaning, guess: Option<Guess>) -> Option<Language> {
    let Some(guess) = guess else { return lists.language };
    if lists.words <= WORDS_OF_ANY_LANGUAGE && lists.language.is_some() {
        return lists.language;
    }
    let sure = if lists.words <= FEW_WORDS { SURE_OF_FEW } else { SURER };
    if guess.confidence >= sure && guess.is_known {
        Some(guess.language)
    } else {
        lists.language.or(guess.is_known.then_some(guess.language))
    }
}

fn category(lists: &Meaning, opinion: &Opinion) -> Option<Category> {
    let nothing = opinion.nothing();
    let likely = opinion.category();
    let is_few = lists.words <= FEW_WORDS;
    match lists.category {
        Some(_) if nothing >= SURER && is_talk(lists.intent) => None,
        Some(_) if nothing >= SURE_OF_FEW && !is_few => None,
        Some(_) if likely.likelihood >= SURER => Some(likely.class),
        Some(category) => Some(category),
        None if nothing >= UNLIKELY => None,
        None if likely.likelihood >= if is_few { SURE_OF_FEW } else { SURE } => Some(likely.class),
        None => None,
    }
}

/// Whether the intent needs no matter.
const fn is_talk(intent: Intent) -> bool {
    matches!(intent, Intent::Status | Intent::Greeting | Intent::Thanks | Intent::Withdraw | Intent::Chat)
}

/// The intent. Lists are better at short answers, and at what takes a report back.
fn intent(lists: &Meaning, category: Option<Category>, opinion: &Opinion) -> Intent {
    let wants = opinion.wants();
    let is_by_lists = match lists.intent {
        Intent::Withdraw => true,
        Intent::Yes | Intent::No => lists.words <= WORDS_OF_AN_ANSWER,
        Intent::Unclear => lists.mere,
        _ => false,
    };
    if is_by_lists || wants.likelihood < SURE_OF_INTENT {
        return lists.intent;
    }
    match wants.class {
        Wants::Report | Wants::Emergency if category.is_some() => Intent::Report,
        Wants::Status if lists.words > FEW_WORDS || wants.likelihood >= SURER => Intent::Status,
        Wants::Yes => Intent::Yes,
        Wants::No => Intent::No,
        Wants::Greeting => Intent::Greeting,
        Wants::Thanks => Intent::Thanks,
        Wants::Withdraw => Intent::Withdraw,
        _ => lists.intent,
    }
}

/// The severity of the lists, corrected where the model is sure: what endangers people is not missed.
fn severity(lists: &Meaning, opinion: &Opinion) -> Severity {
    let critical = opinion.likelihood_of(Severity::Critical);
    let high = critical + opinion.likelihood_of(Severity::High);
    let low = opinion.likelihood_of(Severity::Low);
    let emergency = opinion.likelihood_of_wanting(Wants::Emergency);
    let is_nearly_critical = critical >= NEARLY_CRITICAL
        && (emergency >= NEARLY_CRITICAL || critical >= CRITICAL / 2)
        && lists.words > FEW_WORDS;
    match lists.severity {
        _ if critical >= CRITICAL => Severity::Critical,
        Severity::Critical if critical >= NEARLY_CRITICAL / 2 || lists.words <= WORDS_OF_AN_ANSWER => {
            Severity::Critical
        }
        Severity::Critical => Severity::High,
        severity if is_nearly_critical => severity.max(Severity::High),
        Severity::Low if high >= SURE => Severity::Medium,
        Severity::Medium if high >= SURE_OF_FEW && lists.words > WORDS_OF_A_QUESTION => Severity::High,
        Severity::High if low >= SURE => Severity::Medium,
        Severity::Medium if low >= SURE_OF_FEW => Severity::Low,
        severity => severity,
    }
}

/// The meaning of a text by lists alone.
fn by_lists(text: &Text, before: Language) -> Meaning {
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
