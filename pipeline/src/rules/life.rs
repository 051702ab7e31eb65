//! The life of a ticket as one table: which status leads to which, by whom, and on what condition. All code
//! that changes a status uses the table, and the documents are printed from it; a step that is not in it is
//! refused.

use topics::values::vocabulary::{Outcome, Role, Status};

/// An actor that can move a ticket to another status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// A member of the team; managers are included.
    Staff,
    /// The manager of a team.
    Manager,
    /// The resident who reported it.
    Resident,
    /// A deadline that passed.
    Escalation,
    /// A due time that is not a deadline.
    Time,
}

impl Initiator {
    /// The initiators as which an actor of this role may act. The system sends no commands: it moves tickets
    /// by their clocks.
    pub const fn of(role: Role) -> &'static [Self] {
        match role {
            Role::Staff => &[Self::Staff],
            Role::Manager => &[Self::Staff, Self::Manager],
            Role::Resident => &[Self::Resident],
            Role::System => &[],
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Manager => "manager",
            Self::Resident => "resident",
            Self::Escalation => "escalation",
            Self::Time => "time",
        }
    }
}

/// The condition of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// There is no condition.
    Nothing,
    /// The actor has to give a reason in words.
    Reason,
    /// The actor has to give one of these outcomes; if there is only one, it may be left out.
    Outcome(&'static [Outcome]),
    /// The ticket was closed less than `reopen_s` ago.
    Recent,
}

/// A row of the table: a step from any status of `from` to any status of `to`.
#[derive(Debug)]
pub struct Transition {
    /// The statuses that the step starts from.
    pub from: &'static [Status],
    /// The statuses that the step leads to.
    pub to: &'static [Status],
    /// The actors that may take the step.
    pub by: &'static [Initiator],
    /// The condition of the step.
    pub needs: Condition,
}

use Initiator::{Escalation, Manager, Resident, Staff, Time};
use Status::{Closed, Escalated, InProgress, Open, Resolved};

const fn row(
    from: &'static [Status],
    to: &'static [Status],
    by: &'static [Initiator],
    needs: Condition,
) -> Transition {
    Transition { from, to, by, needs }
}

/// All transitions between statuses; any other is refused.
pub const TABLE: &[Transition] = &[
    row(&[Open], &[InProgress, Resolved], &[Staff], Condition::Nothing),
    row(&[InProgress], &[Resolved], &[Staff], Condition::Nothing),
    row(&[InProgress], &[Open], &[Staff], Condition::Reason),
    row(&[Open, InProgress], &[Escalated], &[Escalation, Manager], Condition::Nothing),
    row(&[Escalated], &[InProgress, Resolved], &[Staff], Condition::Nothing),
    row(
        &[Open, InProgress, Escalated],
        &[Closed],
        &[Staff],
        Condition::Outcome(&[Outcome::Duplicate, Outcome::Referred, Outcome::Invalid]),
    ),
    row(&[Open, InProgress, Escalated], &[Closed], &[Resident], Condition::Outcome(&[Outcome::Withdrawn])),
    row(&[Resolved], &[Closed], &[Resident], Condition::Outcome(&[Outcome::Confirmed])),
    row(&[Resolved], &[Closed], &[Time], Condition::Outcome(&[Outcome::Unanswered])),
    row(&[Resolved], &[InProgress], &[Resident, Staff], Condition::Nothing),
    row(&[Closed], &[InProgress], &[Resident, Manager], Condition::Recent),
];

/// The rows that lead from one status to another.
pub fn ways(from: Status, to: Status) -> impl Iterator<Item = &'static Transition> {
    TABLE.iter().filter(move |row| row.from.contains(&from) && row.to.contains(&to))
}

/// The row by which one of `by` may move a ticket from one status to another.
pub fn way(from: Status, to: Status, by: &[Initiator]) -> Option<&'static Transition> {
    ways(from, to).find(|row| row.by.iter().any(|who| by.contains(who)))
}

/// The table as Markdown, for the documents.
pub fn markdown() -> String {
    let mut text = String::from("| from | to | by | needs |\n|---|---|---|---|\n");
    for row in TABLE {
        let needs = match row.needs {
            Condition::Nothing => String::new(),
            Condition::Reason => "a reason".to_owned(),
            Condition::Outcome(outcomes) => format!("outcome {}", list(outcomes, |outcome| outcome.as_str())),
            Condition::Recent => "closed less than `reopen_s` ago".to_owned(),
        };
        let from = list(row.from, |status| status.as_str());
        let to = list(row.to, |status| status.as_str());
        text.push_str(&format!("| {from} | {to} | {} | {needs} |\n", list(row.by, Initiator::as_str)));
    }
    text
}

/// The table as a Mermaid state diagram: an arrow for each step, with the actors that may take it.
pub fn mermaid() -> String {
    let mut text = String::from("stateDiagram-v2\n    [*] --> open\n");
    for from in Status::ALL {
        for to in Status::ALL {
            let by: Vec<&str> = ways(*from, *to).flat_map(|row| row.by).map(|by| by.as_str()).collect();
            if !by.is_empty() {
                text.push_str(&format!("    {from} --> {to}: {}\n", by.join(", ")));
            }
        }
    }
    text.push_str("    closed --> [*]\n");
    text
}

fn list<T: Copy>(of: &[T], word: impl Fn(T) -> &'static str) -> String {
    of.iter().map(|one| word(*one)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::clocks;
    use expect_test::expect_file;
    use topics::records::ticket_actions::Refusal;

    /// The page of the documents that this table prints.
    fn page() -> String {
        let refusals: String =
            Refusal::ALL.iter().map(|refusal| format!("| {refusal} | {} |\n", refusal.explain())).collect();
        format!(
            "# The life of a ticket\n\n\
             Written by the tests of `pipeline/src/rules/life.rs` from the tables that the program runs; \
             edit\n\
             those, then `UPDATE_EXPECT=1 cargo test -p pipeline life`.\n\n\
             ```mermaid\n{}```\n\n{}\n\
             `staff` includes managers; `escalation` is a passed deadline. Any other step is refused.\n\n\
             ## What moves a deadline\n\n\
             The clocks stand still while a ticket is resolved or closed. When it is reopened:\n\n{}\n\
             A date that the resident's \"no\" has moved is still recorded in `breaches` when it passes, \
             without an\n\
             escalation: the promise counts as missed, and the ticket has its new date. A correction of \
             category,\n\
             severity or place gives the deadlines that the corrected report would have had from the start. \
             A\n\
             deadline that it brings back is missed at once if it has passed, even if the clock was met \
             meanwhile.\n\
             Assigning a ticket or putting it back to `open` moves nothing. A deadline that was missed \
             stays missed.\n\n\
             ## Refusals\n\n\
             Every command is answered by one record of `ticket-events`, applied or refused with one of \
             these:\n\n\
             | refusal | what it tells the person who asked |\n|---|---|\n{refusals}",
            mermaid(),
            markdown(),
            clocks::reopenings_markdown()
        )
    }

    #[test]
    fn the_documents_show_the_table_that_runs() {
        expect_file!["../../../docs/ticket-life.md"].assert_eq(&page());
    }

    #[test]
    fn no_actor_has_two_ways_from_one_status_to_another() {
        for from in Status::ALL {
            for to in Status::ALL {
                for by in [Staff, Manager, Resident, Escalation, Time] {
                    assert!(
                        ways(*from, *to).filter(|row| row.by.contains(&by)).count() <= 1,
                        "{from} {to} {by:?}"
                    );
                }
            }
        }
    }
}
