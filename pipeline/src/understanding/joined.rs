//! The meaning of a text by lists and models together, each where it is better.

use topics::values::vocabulary::{Category, Language, Severity};

use super::language::Guess;
use super::meaning::{Intent, Meaning, WORDS_OF_A_QUESTION};
use super::model::{BestClass, Opinion, Wants, knows};
use super::requests;
use super::terms::by_lists;
use super::text::Text;

/// The likelihoods, in 1/1000, from which the model decides although the lists say something else, and where
/// they say nothing.
const SURE: u32 = 500;
const SURER: u32 = 650;
/// The likelihood of nothing from which a text reports nothing; in a few words that the lists name a category
/// for it must be `SURE_OF_FEW`.
pub const NOTHING: u32 = 300;
/// The same where the lists name a category in more than a few words, or in talk.
const NOTHING_DESPITE_LISTS: u32 = 600;
/// The weighted likelihood from which the model decides the intent.
const SURE_OF_INTENT: u32 = 400;
/// The likelihood from which the model names a category in a few words that the lists do not know.
const SURE_OF_FEW: u32 = 800;
/// The likelihood from which a matter is critical.
const CRITICAL: u32 = 200;
/// The likelihood of a critical matter from which it is at least high, if that is likely, too.
const NEARLY_CRITICAL: u32 = 80;
/// The most words of an answer: from there on, a text that begins with yes or no may be a report.
const WORDS_OF_AN_ANSWER: usize = 8;
/// The most words that languages share so often that the conversation's own language decides.
const WORDS_OF_ANY_LANGUAGE: usize = 2;
/// The most words of a text that can be a name and nothing else.
const WORDS_OF_A_NAME: usize = 2;
/// The most words that are few: they say little by themselves.
const FEW_WORDS: usize = 5;

/// The meaning of a text by lists and models together.
pub fn of(text: &Text, guess: Option<Guess>, opinion: &Opinion, known: Option<Language>) -> Meaning {
    let mut lists = by_lists(text, known.unwrap_or(Language::En));
    if let Some((request, is_all)) = requests::find(&text.plain.normal) {
        lists.request = Some(request);
        lists.answers_only |= is_all;
        lists.known = true;
    }
    if lists.is_certain() {
        let language = language(&lists, guess);
        return Meaning { language, ..lists };
    }
    let category = category(&lists, opinion, knows);
    let is_nothing = category.is_none() && opinion.nothing() >= NOTHING;
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

/// The category, where `knows` says which of them the model knows: it cannot correct the lists in another.
fn category(lists: &Meaning, opinion: &Opinion, knows: fn(Category) -> bool) -> Option<Category> {
    let nothing = opinion.nothing();
    let likely = opinion.category();
    let is_few = lists.words <= FEW_WORDS;
    match lists.category {
        Some(_) if nothing >= NOTHING_DESPITE_LISTS && (!is_few || is_talk(lists.intent)) => None,
        Some(category) if !knows(category) => Some(category),
        Some(_) if likely.likelihood >= if is_few { SURER } else { SURE } => Some(likely.class),
        Some(category) => Some(category),
        None if nothing >= NOTHING => None,
        None if likely.likelihood >= if is_few { SURE_OF_FEW } else { SURER } => Some(likely.class),
        None => None,
    }
}

/// Whether the intent needs no matter.
const fn is_talk(intent: Intent) -> bool {
    matches!(intent, Intent::Status | Intent::Greeting | Intent::Thanks | Intent::Withdraw | Intent::Chat)
}

/// The intent. Lists are better at short answers, at texts that begin with a question for a status, and at
/// what takes a report back.
fn intent(lists: &Meaning, category: Option<Category>, opinion: &Opinion) -> Intent {
    let wants = weighted(opinion);
    let is_by_lists = match lists.intent {
        Intent::Withdraw => true,
        Intent::Yes | Intent::No => lists.words <= WORDS_OF_AN_ANSWER,
        Intent::Status | Intent::Unclear => lists.answers_only,
        _ => false,
    };
    // A word or two that no list knows are a name, of which the model knows no more than how rare names are.
    let is_name = !lists.known && lists.words <= WORDS_OF_A_NAME;
    if is_by_lists || is_name || wants.likelihood < SURE_OF_INTENT {
        return lists.intent;
    }
    match wants.class {
        Wants::Report | Wants::Emergency if category.is_some() => Intent::Report,
        Wants::Status if lists.words > FEW_WORDS || wants.likelihood >= SURER => Intent::Status,
        Wants::Yes if category.is_none() => Intent::Yes,
        Wants::No if category.is_none() => Intent::No,
        Wants::Greeting => Intent::Greeting,
        Wants::Thanks => Intent::Thanks,
        Wants::Withdraw => Intent::Withdraw,
        _ => lists.intent,
    }
}

/// What a text wants most, rare wants weighted up: they are missed more often than they are found wrongly.
fn weighted(opinion: &Opinion) -> BestClass<Wants> {
    let percent = |wants| match wants {
        Wants::Yes => 170,
        Wants::No | Wants::Thanks => 250,
        _ => 100,
    };
    let weighted =
        |class| BestClass { class, likelihood: opinion.likelihood_of_wanting(class) * percent(class) / 100 };
    let report = BestClass { class: Wants::Report, likelihood: 0 };
    let higher = |best: BestClass<Wants>, next: BestClass<Wants>| {
        if next.likelihood > best.likelihood { next } else { best }
    };
    Wants::ALL.into_iter().map(weighted).fold(report, higher)
}

/// The severity of the lists, corrected where the model is sure: what endangers people is not missed.
fn severity(lists: &Meaning, opinion: &Opinion) -> Severity {
    let critical = opinion.likelihood_of(Severity::Critical);
    let high = critical + opinion.likelihood_of(Severity::High);
    let low = opinion.likelihood_of(Severity::Low);
    let is_nearly_critical =
        critical >= if lists.words <= FEW_WORDS { CRITICAL / 2 } else { NEARLY_CRITICAL } && high >= SURER;
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

#[cfg(test)]
mod tests {
    use super::super::features::of_meaning;
    use super::super::violence::Band;
    use super::*;

    #[test]
    fn the_model_does_not_correct_a_category_that_it_does_not_know() {
        let text = Text::new("there is a huge pothole in the main road near the school, cars swerve");
        let opinion = Opinion::of(&of_meaning(&text, &[], Band::None, 0));
        let lists = Meaning { category: Some(Category::Water), ..by_lists(&text, Language::En) };
        assert_eq!(category(&lists, &opinion, |_| true), Some(Category::Roads));
        assert_eq!(category(&lists, &opinion, |known| known != Category::Water), Some(Category::Water));
    }
}
