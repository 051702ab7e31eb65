//! Reads answers to a question with few answers, and that something was understood wrongly.

use topics::records::conversations::Asked;
use topics::values::ids::TicketId;
use topics::values::vocabulary::Status;

use super::facts::{Heard, Named, TicketAnswer, TurnFacts, TurnKind};
use crate::stages::converse::decide::{QuestionReply, Says};
use crate::understanding::meaning::Intent;
use crate::understanding::requests::Request;

/// Reads an answer to the open question. Returns `None` if no question is open, or if it gets no answer.
pub fn read_answer<'a>(facts: &TurnFacts<'a, '_>, named: &Named, kind: TurnKind) -> Option<Heard<'a>> {
    let (reply, ticket) = match &facts.known.question?.about {
        Asked::Number { near, .. } => read_number(facts, named, kind, near.as_ref())?,
        Asked::Correction { ticket } => (read_what_is_wrong(facts)?, ticket.clone()),
        Asked::RightProblem { ticket } => (read_right_problem(facts, named)?, Some(ticket.clone())),
        Asked::RightPlace { .. } => return None,
        Asked::SameMatter { ticket } => {
            let reply = match yes_or_no(facts, kind)? {
                YesOrNo::Yes => QuestionReply::SameMatter,
                YesOrNo::No => QuestionReply::OtherMatter,
                YesOrNo::OtherNumber => QuestionReply::NotOffered,
            };
            (reply, Some(ticket.clone()))
        }
    };
    Some(Heard { ticket, says_more: facts.says_more(), ..facts.heard(Says::Answers(reply)) })
}

/// An answer to a question with 1 for yes and 2 for no.
enum YesOrNo {
    Yes,
    No,
    OtherNumber,
}

fn yes_or_no(facts: &TurnFacts<'_, '_>, kind: TurnKind) -> Option<YesOrNo> {
    match (facts.meaning.intent, kind) {
        (Intent::Number(1), _) => Some(YesOrNo::Yes),
        (Intent::Number(2), _) => Some(YesOrNo::No),
        (Intent::Number(_), _) => Some(YesOrNo::OtherNumber),
        (_, TurnKind::Answer(TicketAnswer::Yes)) if facts.meaning.answers_only => Some(YesOrNo::Yes),
        (_, TurnKind::Answer(TicketAnswer::No)) if facts.meaning.answers_only => Some(YesOrNo::No),
        _ => None,
    }
}

/// A yes or no to a number that is nearly that of a ticket, or a number alone.
fn read_number(
    facts: &TurnFacts<'_, '_>,
    named: &Named,
    kind: TurnKind,
    near: Option<&TicketId>,
) -> Option<(QuestionReply, Option<TicketId>)> {
    let is_number_alone = kind == TurnKind::AsksStatus && facts.meaning.intent != Intent::Status;
    match named {
        Named::Ticket(ticket) if is_number_alone => {
            return Some((QuestionReply::RightTicket, Some(ticket.clone())));
        }
        Named::Mistyped | Named::Unknown if is_number_alone => {
            return Some((QuestionReply::WrongTicket, None));
        }
        Named::Nothing => {}
        Named::Ticket(_) | Named::Near(_) | Named::Mistyped | Named::Unknown => return None,
    }
    let near = near?;
    Some(match yes_or_no(facts, kind)? {
        YesOrNo::Yes => (QuestionReply::RightTicket, Some(near.clone())),
        YesOrNo::No => (QuestionReply::WrongTicket, None),
        YesOrNo::OtherNumber => (QuestionReply::NotOffered, None),
    })
}

const fn read_what_is_wrong(facts: &TurnFacts<'_, '_>) -> Option<QuestionReply> {
    match facts.meaning.intent {
        Intent::Number(1) => Some(QuestionReply::PlaceIsWrong),
        Intent::Number(2) => Some(QuestionReply::ProblemIsWrong),
        Intent::Number(3) | Intent::Withdraw => Some(QuestionReply::AllIsWrong),
        Intent::Number(_) => Some(QuestionReply::NotOffered),
        _ => None,
    }
}

/// Words that say what the problem is, about no other ticket.
fn read_right_problem(facts: &TurnFacts<'_, '_>, named: &Named) -> Option<QuestionReply> {
    let says_it = matches!(facts.meaning.intent, Intent::Report | Intent::Unclear | Intent::No | Intent::Yes);
    (says_it && !facts.meaning.answers_only && matches!(named, Named::Nothing))
        .then_some(QuestionReply::RightProblem)
}

/// Reads that something was understood wrongly: in the ticket that the turn names, in the report that waits,
/// or in the ticket that was mentioned last. A ticket that waits for a confirmation is denied instead.
pub fn read_correction<'a>(facts: &TurnFacts<'a, '_>, named: &Named) -> Option<Heard<'a>> {
    if facts.meaning.request != Some(Request::Correction) {
        return None;
    }
    let tickets = &facts.known.tickets;
    let ticket = match named {
        Named::Ticket(ticket) => Some(ticket.clone()),
        _ if facts.known.draft.is_some() => None,
        Named::Nothing => Some(facts.recent_today()?),
        Named::Near(_) | Named::Mistyped | Named::Unknown => return None,
    };
    let is_over = ticket.as_ref().is_some_and(|ticket| tickets.is_over(ticket));
    let awaits_answer = tickets.open().iter().any(|ticket| tickets.status(ticket) == Some(Status::Resolved));
    if is_over || awaits_answer {
        return None;
    }
    Some(Heard { ticket, ..facts.heard(Says::SaysWrong) })
}
