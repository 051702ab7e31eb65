//! The texts of questions with few answers.

use topics::records::conversations::{Asked, Question};
use topics::values::ids::TicketId;
use topics::values::vocabulary::Language;

use super::tickets::TicketMap;
use crate::rules::texts;

/// The question as a text.
pub fn text(question: &Question, tickets: &TicketMap, language: Language) -> String {
    let about = |name, ticket: &TicketId| {
        let number = tickets.get(ticket).map_or("", |known| known.tracking_number.as_str());
        texts::say(language, name, &[("n", number)])
    };
    match &question.about {
        Asked::Number { near: Some(ticket), .. } => about("number-near", ticket),
        Asked::Number { near: None, .. } => texts::say(language, "number-mistyped", &[]),
        Asked::Correction { .. } => texts::say(language, "ask-wrong", &[]),
        Asked::RightPlace { ticket } => about("ask-right-place", ticket),
        Asked::RightProblem { ticket } => about("ask-right-problem", ticket),
        Asked::SameMatter { ticket } => about("ask-same", ticket),
    }
}
