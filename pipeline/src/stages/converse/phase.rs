//! What a conversation waits for, and the table of transitions between these phases. docs/conversation.md is
//! printed from the table, scripts walk every row, and properties check that random conversations keep to it.

use topics::records::conversations::State;

use super::says_what;

/// What a conversation waits for. If it waits for several things, the last variant counts: a draft may wait
/// for its place while a choice is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// There is no conversation: the resident has not written, or it has expired.
    Unknown,
    /// No question is open.
    Idle,
    /// The place of a report.
    AwaitsPlace,
    /// The problem of a report: so far there is only a place, or words that were not understood.
    AwaitsMatter,
    /// Which of several tickets an answer is about.
    AwaitsTicket,
    /// The choice of a lane for a message that may be a disclosure.
    InDoubt,
    /// The end of the time after a disclosure, in which every turn adds to it.
    Protected,
}

use Phase::{AwaitsMatter, AwaitsPlace, AwaitsTicket, Idle, InDoubt, Protected, Unknown};

impl Phase {
    /// All phases of a conversation.
    pub const ALL: [Self; 7] = [Unknown, Idle, AwaitsPlace, AwaitsMatter, AwaitsTicket, InDoubt, Protected];

    /// The phase of a conversation.
    pub const fn of(state: &State) -> Self {
        match state {
            State { protected: Some(_), .. } => Protected,
            State { choice: Some(_), .. } => InDoubt,
            State { which: Some(_), .. } => AwaitsTicket,
            State { draft: Some(draft), .. } if says_what(draft) => AwaitsPlace,
            State { draft: Some(_), .. } => AwaitsMatter,
            _ => Idle,
        }
    }

    /// The name of the phase in the documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unknown => "[*]",
            Idle => "idle",
            AwaitsPlace => "awaits_place",
            AwaitsMatter => "awaits_matter",
            AwaitsTicket => "awaits_ticket",
            InDoubt => "in_doubt",
            Protected => "protected",
        }
    }
}

/// What moves a conversation from one phase to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// A message from the resident.
    Resident,
    /// A due time that passes.
    Time,
}

/// A transition from one phase to another.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The phases that it starts from.
    pub from: &'static [Phase],
    /// The phase that it leads to.
    pub to: Phase,
    /// What causes the transition.
    pub by: Trigger,
    /// The description of the transition for the documents.
    pub when: &'static str,
}

const fn resident(from: &'static [Phase], to: Phase, when: &'static str) -> Way {
    Way { from, to, by: Trigger::Resident, when }
}

const fn time(from: &'static [Phase], to: Phase, when: &'static str) -> Way {
    Way { from, to, by: Trigger::Time, when }
}

/// All transitions between phases.
pub const TABLE: &[Way] = &[
    resident(&[Unknown], Idle, "a greeting, a question, STOP, what cannot be read"),
    resident(&[Unknown, Idle, AwaitsMatter, AwaitsTicket], AwaitsPlace, "words that say what is wrong"),
    resident(&[Unknown, Idle, AwaitsTicket], AwaitsMatter, "a place alone, or words that are not understood"),
    resident(&[AwaitsPlace, AwaitsMatter], Idle, "what was missing: a ticket; or it is taken back"),
    resident(&[Idle, AwaitsPlace, AwaitsMatter], AwaitsTicket, "an answer that several tickets wait for"),
    resident(&[AwaitsTicket], Idle, "one of the list, or something else"),
    resident(
        &[Unknown, Idle, AwaitsPlace, AwaitsMatter, AwaitsTicket],
        InDoubt,
        "words that may be a disclosure",
    ),
    resident(&[InDoubt], Idle, "1: a municipal problem"),
    resident(&[InDoubt], AwaitsPlace, "1, and a report waits"),
    resident(&[InDoubt], AwaitsMatter, "1, and a place waits"),
    resident(&[InDoubt], AwaitsTicket, "1, and a list waits"),
    resident(&[InDoubt], Protected, "2: something private, or a disclosure"),
    resident(&[Unknown, Idle, AwaitsPlace, AwaitsMatter, AwaitsTicket], Protected, "a disclosure"),
    resident(&[Protected], Idle, "1: a municipal problem"),
    resident(&[Protected], AwaitsPlace, "1, and a report waits"),
    resident(&[Protected], AwaitsMatter, "1, and a place waits"),
    resident(&[Protected], AwaitsTicket, "1, and a list waits"),
    time(&[AwaitsPlace], Idle, "60 min: a ticket without a place"),
    time(
        &[AwaitsMatter],
        Idle,
        "60 min: a ticket if there are words, a person looks at pictures, a pin alone is forgotten",
    ),
    time(&[AwaitsTicket], Idle, "60 min: the list is forgotten"),
    time(&[AwaitsTicket], AwaitsMatter, "60 min, and a place waits"),
    time(&[InDoubt], Protected, "30 min: a protected report, unconfirmed"),
    time(&[Protected], Idle, "60 min after the last disclosure"),
    time(&[Idle], Unknown, "90 days without a word, and all tickets closed: forgotten"),
];

/// The table as a Mermaid state diagram.
pub fn mermaid() -> String {
    let mut text = String::from("stateDiagram-v2\n");
    for way in TABLE {
        for from in way.from {
            text.push_str(&format!(
                "    {} --> {}: {}\n",
                from.as_str(),
                way.to.as_str(),
                way.when.replace([':', ';'], ",")
            ));
        }
    }
    text
}

/// The table as Markdown.
pub fn markdown() -> String {
    let mut text = String::from("| from | to | by | what happens |\n|---|---|---|---|\n");
    for way in TABLE {
        let from: Vec<&str> = way.from.iter().map(|phase| phase.as_str()).collect();
        let by = match way.by {
            Trigger::Resident => "resident",
            Trigger::Time => "time",
        };
        text.push_str(&format!("| {} | {} | {by} | {} |\n", from.join(", "), way.to.as_str(), way.when));
    }
    text
}
