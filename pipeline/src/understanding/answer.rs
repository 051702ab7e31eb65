//! What is understood of a text, as `trust-engine understand` prints it.

use serde::Serialize;
use topics::values::vocabulary::{Language, Sentiment, Severity};

use super::features::FeatureKind;
use super::joined::NOTHING;
use super::meaning::Intent;
use super::model::{HELD, Matter, Opinion, Wants, decisive};
use super::places;
use super::violence::Band;
use super::{Understood, understand};

/// What is understood of a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The language, or `und`.
    pub language: Language,
    /// How sure the language is, from 0 to 1.
    pub language_confidence: f64,
    /// The category of a municipal matter, `gbv` or `not-a-report`.
    pub category: &'static str,
    /// The severity of what is reported.
    pub severity: Option<Severity>,
    /// The tone of the text.
    pub sentiment: Sentiment,
    /// What the text wants.
    pub intent: &'static str,
    /// The band of the screen: `certain`, `possible`, `none`, or `unscreened` if no list and no model knows
    /// the words.
    pub screen: &'static str,
    /// The place that the text spells: its degrees, `-26.333,28.152`, or a code or link as it is written.
    pub place: Option<String>,
    /// The codes of the features that decided, the most important first.
    pub why: Vec<String>,
}

/// What is understood of a text after the sender's earlier ones.
pub fn answer(text: &str, before: &[&str]) -> Answer {
    let spelt = places::find(text);
    let besides = spelt.as_ref().map(|spelt| spelt.besides(text).unwrap_or_default());
    let understood = understand(besides.as_deref().unwrap_or(text), before, None);
    Answer { place: spelt.and_then(|spelt| spelt.written(text)), ..answer_of(&understood) }
}

/// What is understood of a text without its place, as `trust-engine understand` prints it.
pub fn answer_of(understood: &Understood) -> Answer {
    let matter = matter(understood);
    Answer {
        language: understood.meaning.language.unwrap_or(Language::Und),
        language_confidence: f64::from(understood.guess.map_or(0, |guess| guess.confidence)) / 1000.0,
        category: match matter {
            Matter::Municipal(category) => category.as_str(),
            Matter::Violence => "gbv",
            Matter::Nothing => "not-a-report",
        },
        severity: severity(understood, matter),
        sentiment: understood.meaning.sentiment,
        intent: intent(understood, matter),
        screen: screen(understood),
        place: None,
        why: why(understood, matter),
    }
}

/// What a text is about.
fn matter(understood: &Understood) -> Matter {
    let meaning = &understood.meaning;
    let nothing = understood.opinion.nothing();
    let is_talk = matches!(
        meaning.intent,
        Intent::Status | Intent::Yes | Intent::No | Intent::Greeting | Intent::Thanks | Intent::Withdraw
    );
    let reports = meaning.reporting || (!is_talk && !meaning.answers_only);
    match understood.band {
        Band::Certain | Band::Possible => Matter::Violence,
        Band::None if !reports || meaning.category.is_none() && nothing >= NOTHING => Matter::Nothing,
        Band::None => Matter::Municipal(meaning.category.unwrap_or(understood.opinion.category().class)),
    }
}

/// The severity of what is reported. Violence is at least high.
fn severity(understood: &Understood, matter: Matter) -> Option<Severity> {
    match matter {
        Matter::Nothing => None,
        Matter::Municipal(_) => Some(understood.meaning.severity),
        Matter::Violence if understood.opinion.likelihood_of(Severity::Critical) >= CRITICAL => {
            Some(Severity::Critical)
        }
        Matter::Violence => Some(Severity::High),
    }
}

/// The likelihood, in 1/1000, from which violence is critical.
const CRITICAL: u32 = 300;

const fn screen(understood: &Understood) -> &'static str {
    match understood.band {
        Band::Certain => "certain",
        Band::Possible => "possible",
        Band::None if understood.meaning.known => "none",
        Band::None => "unscreened",
    }
}

/// The word for what a text wants.
fn intent(understood: &Understood, matter: Matter) -> &'static str {
    match understood.meaning.intent {
        Intent::Status => "status-query",
        Intent::Yes => "confirm-yes",
        Intent::No => "confirm-no",
        Intent::Greeting => "greeting",
        Intent::Thanks => "thanks",
        _ if matter == Matter::Nothing => "chat",
        _ if is_emergency(&understood.opinion) => "emergency",
        _ => "report",
    }
}

/// Whether help must come at once: because the text says so, or because life is in danger.
fn is_emergency(opinion: &Opinion) -> bool {
    let report = opinion.likelihood_of_wanting(Wants::Report);
    let emergency = opinion.likelihood_of_wanting(Wants::Emergency);
    let critical = opinion.likelihood_of(Severity::Critical);
    (emergency * 1000 + report * critical * 3 / 5) * 5 / 2 >= report * 1000
}

/// The most codes of an explanation.
const MAX_CODES: usize = 5;

fn why(understood: &Understood, matter: Matter) -> Vec<String> {
    let column = match matter {
        Matter::Violence => Some(HELD),
        matter => Matter::ALL.iter().position(|other| *other == matter),
    };
    let decisive = decisive(&understood.features, column.unwrap_or(0), MAX_CODES);
    decisive.into_iter().map(|(kind, _)| code(kind)).collect()
}

/// The code of a kind of features. It has no word of the resident.
fn code(kind: FeatureKind) -> String {
    let text = match kind {
        FeatureKind::List(list) => format!("list:{list:?}"),
        FeatureKind::Role(role) => format!("screen:{role:?}"),
        FeatureKind::Roles(first, then) => format!("screen:{first:?}>{then:?}"),
        FeatureKind::Concept(concept) => format!("concept:{}", concept.name()),
        FeatureKind::Concepts(first, then) => format!("concept:{}+{}", first.name(), then.name()),
        FeatureKind::Rule(band) => format!("rule:{band:?}"),
        kind => format!("{kind:?}"),
    };
    text.to_lowercase().replace('(', ":").replace(')', "")
}
