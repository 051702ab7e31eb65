//! The meaning of a text: one linear model with several heads over the features of all languages together.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use topics::values::vocabulary::{Category, Severity};

use super::features::{Feature, FeatureKind};
use super::language::{best, likelihood};
use super::weights::{self, Aligned, Weights, length};

/// What a text is about, for the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// A municipal matter of a category.
    Municipal(Category),
    /// A matter of the police lane: violence.
    Violence,
    /// No matter: the text reports nothing.
    Nothing,
}

impl Matter {
    /// All matters, in the order of their columns.
    pub const ALL: [Self; 8] = [
        Self::Municipal(Category::Water),
        Self::Municipal(Category::Roads),
        Self::Municipal(Category::Electricity),
        Self::Municipal(Category::Waste),
        Self::Municipal(Category::Sanitation),
        Self::Municipal(Category::Other),
        Self::Violence,
        Self::Nothing,
    ];
}

/// The categories that the model knows, in the order of their columns, which begin those of [`Matter`]. It
/// does not know a newer category before it is trained with it; until then the lists of words alone find it.
const CATEGORIES: [Category; 6] = [
    Category::Water,
    Category::Roads,
    Category::Electricity,
    Category::Waste,
    Category::Sanitation,
    Category::Other,
];

/// Whether the model knows a category.
pub fn knows(category: Category) -> bool {
    CATEGORIES.contains(&category)
}

/// What a text wants, for the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wants {
    /// To report a problem.
    Report,
    /// To learn the status of a report.
    Status,
    /// To answer a question with yes.
    Yes,
    /// To answer a question with no.
    No,
    /// To greet, without anything else.
    Greeting,
    /// To thank for an answer or for the work.
    Thanks,
    /// To talk about something else than a problem or a report.
    Chat,
    /// To get help at once.
    Emergency,
    /// To take a report back.
    Withdraw,
    /// To get no more messages.
    Stop,
    /// To know what is done with the data.
    Privacy,
    /// To be answered in another language.
    Language,
    /// To know something that none of the others covers.
    Question,
}

impl Wants {
    /// All of them, in the order of their columns.
    pub const ALL: [Self; 13] = [
        Self::Report,
        Self::Status,
        Self::Yes,
        Self::No,
        Self::Greeting,
        Self::Thanks,
        Self::Chat,
        Self::Emergency,
        Self::Withdraw,
        Self::Stop,
        Self::Privacy,
        Self::Language,
        Self::Question,
    ];

    /// The word for it in labelled messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Status => "status-query",
            Self::Yes => "confirm-yes",
            Self::No => "confirm-no",
            Self::Greeting => "greeting",
            Self::Thanks => "thanks",
            Self::Chat => "chat",
            Self::Emergency => "emergency",
            Self::Withdraw => "withdraw",
            Self::Stop => "stop",
            Self::Privacy => "privacy",
            Self::Language => "language",
            Self::Question => "question",
        }
    }
}

/// The columns of the matter.
pub const MATTER: Range<usize> = 0..8;
/// The columns of the severity, in the order of [`Severity::ALL`].
pub const SEVERITY: Range<usize> = 8..12;
/// The columns of what a text wants.
pub const WANTS: Range<usize> = 12..25;
/// The columns of disclosure: neither, near miss, hint, plain.
pub const DISCLOSURE: Range<usize> = 25..29;
/// The column of whether the message must be held.
pub const HELD: usize = 29;
/// The number of columns.
pub const COLUMNS: usize = weights::MEANINGS;

static FILE: &Aligned<[u8]> = &Aligned(*include_bytes!("../../understanding/meaning.bin"));

static WEIGHTS: LazyLock<Option<Weights<'static>>> = LazyLock::new(|| Weights::read(&FILE.0));

/// What the model makes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    scores: Vec<i64>,
}

/// One class of a head, with its likelihood in 1/1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BestClass<T> {
    /// The class that has the highest score of its head.
    pub class: T,
    /// How likely it is, in 1/1000.
    pub likelihood: u32,
}

impl Opinion {
    /// What the model makes of these features.
    pub fn of(features: &[Feature]) -> Self {
        WEIGHTS.as_ref().map_or_else(|| Self { scores: Vec::new() }, |weights| Self::by(weights, features))
    }

    /// What a model with these weights makes of these features.
    pub fn by(weights: &Weights<'_>, features: &[Feature]) -> Self {
        Self { scores: weights.scores(features.iter().map(|feature| (feature.hash, feature.value))) }
    }

    /// How likely it is that the text reports nothing, in 1/1000.
    pub fn nothing(&self) -> u32 {
        let scores = self.scores.get(MATTER).unwrap_or_default();
        scores.get(7).map_or(0, |score| likelihood(scores, *score))
    }

    /// What the text is about.
    pub fn matter(&self) -> BestClass<Matter> {
        self.choice(MATTER, &Matter::ALL, Matter::Nothing)
    }

    /// The category, if the text is municipal.
    pub fn category(&self) -> BestClass<Category> {
        self.choice(0..CATEGORIES.len(), &CATEGORIES, Category::Other)
    }

    /// The severity, if the text reports something.
    pub fn severity(&self) -> BestClass<Severity> {
        self.choice(SEVERITY, Severity::ALL, Severity::Medium)
    }

    /// The likelihood of a severity in 1/1000.
    pub fn likelihood_of(&self, severity: Severity) -> u32 {
        let scores = self.scores.get(SEVERITY).unwrap_or_default();
        let index = Severity::ALL.iter().position(|other| *other == severity);
        index.and_then(|index| scores.get(index)).map_or(0, |score| likelihood(scores, *score))
    }

    /// What the text wants.
    pub fn wants(&self) -> BestClass<Wants> {
        self.choice(WANTS, &Wants::ALL, Wants::Chat)
    }

    /// The likelihood in 1/1000 of what a text wants.
    pub fn likelihood_of_wanting(&self, wants: Wants) -> u32 {
        let scores = self.scores.get(WANTS).unwrap_or_default();
        let index = Wants::ALL.iter().position(|other| *other == wants);
        index.and_then(|index| scores.get(index)).map_or(0, |score| likelihood(scores, *score))
    }

    /// How much speaks for holding the text, in 1/1024 of a logit: the mean of what three heads say.
    pub fn disclosure(&self) -> i64 {
        let score = |column: usize| self.scores.get(column).copied().unwrap_or(0);
        let most = |columns: Range<usize>| columns.map(score).max().unwrap_or(0);
        let degree = most(27..29) - most(25..27);
        let matter = score(6) - most(0..6).max(score(7));
        (score(HELD) * 2 + degree + matter) / 4
    }

    fn choice<T: Copy>(&self, columns: Range<usize>, classes: &[T], default: T) -> BestClass<T> {
        let scores = self.scores.get(columns).unwrap_or_default();
        let found = best(scores).and_then(|(index, score)| Some((classes.get(index).copied()?, score)));
        let Some((class, score)) = found else { return BestClass { class: default, likelihood: 0 } };
        BestClass { class, likelihood: likelihood(scores, score) }
    }
}

/// The kinds of features that add most to a column, the most important first. `most` is how many to return.
pub fn decisive(features: &[Feature], column: usize, most: usize) -> Vec<(FeatureKind, i64)> {
    let Some(weights) = WEIGHTS.as_ref() else { return Vec::new() };
    let known = features.iter().filter(|feature| weights.row(feature.hash).is_some());
    let squares = known.map(|feature| u64::from((feature.value * feature.value).unsigned_abs())).sum();
    let length = length(squares);
    let mut of_kind: BTreeMap<FeatureKind, i64> = BTreeMap::new();
    for feature in features {
        *of_kind.entry(feature.kind).or_default() +=
            weights.share(feature.hash, feature.value, column, length);
    }
    let mut shares: Vec<(FeatureKind, i64)> = of_kind.into_iter().filter(|(_, share)| *share > 0).collect();
    shares.sort_by_key(|(kind, share)| (std::cmp::Reverse(*share), *kind));
    shares.truncate(most);
    shares
}
