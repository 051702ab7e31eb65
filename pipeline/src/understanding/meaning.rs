//! What a text means: language, category, severity, tone and intent.

use topics::values::vocabulary::{Category, Language, Sentiment, Severity};

use super::requests::Request;

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
    pub answers_only: bool,
    /// Whether the lists know its language or any of its words.
    pub known: bool,
    /// The number of its words.
    pub words: usize,
    /// What it asks of the service itself.
    pub request: Option<Request>,
}

impl Meaning {
    /// Whether the lists alone decide: a command, a number, or an answer or greeting that the lists cover.
    pub const fn is_certain(&self) -> bool {
        match self.intent {
            Intent::Stop
            | Intent::Start
            | Intent::Number(_)
            | Intent::Municipal
            | Intent::Private
            | Intent::Nothing => true,
            Intent::Yes | Intent::No | Intent::Greeting | Intent::Thanks => self.answers_only,
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

/// A text with more words than this is more than a question.
pub const WORDS_OF_A_QUESTION: usize = 12;
