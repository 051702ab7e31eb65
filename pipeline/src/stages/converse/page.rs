//! docs/conversation.md, printed from the rules that decide, and the transitions between phases that follow
//! from them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use super::decide::{LANE_RULES, LaneMove, MUNICIPAL_RULES, Move};
use super::due::ConversationDue;
use super::phase::{MunicipalPhase, Phase, PrivatePhase, Trigger};

/// A step of a conversation from one phase to another.
pub type Transition = (Phase, Phase, Trigger);

/// All transitions that the rules allow, with what causes them.
pub fn transitions() -> BTreeMap<Transition, BTreeSet<String>> {
    let mut all: BTreeMap<Transition, BTreeSet<String>> = BTreeMap::new();
    let mut add = |from: Phase, to: Phase, by: Trigger, cause: String| {
        // A resident who has not written has no tickets to choose from.
        let is_possible = from != to && (from, to) != (Phase::Unknown, Phase::AwaitsTicket);
        if is_possible {
            all.entry((from, to, by)).or_default().insert(cause);
        }
    };
    for rule in MUNICIPAL_RULES {
        for before in rule.phases {
            for after in rule.leads_to.phases_after(*before) {
                for from in municipal(*before) {
                    add(from, Phase::of_municipal(*after), Trigger::Resident, name(rule.leads_to));
                }
            }
        }
    }
    for rule in LANE_RULES.iter().filter(|rule| rule.leads_to != LaneMove::TakeAsMunicipal) {
        for before in rule.phases {
            for after in rule.leads_to.phases_after(*before) {
                for from in private(*before) {
                    // From no phase to no phase: a conversation is unknown only before the first message.
                    for to in private(*after).into_iter().filter(|to| *to != Phase::Unknown) {
                        add(from, to, Trigger::Resident, name(rule.leads_to));
                    }
                }
            }
        }
    }
    for due in ConversationDue::ALL {
        let (before, after) = due.phases();
        for from in before {
            for to in after {
                add(*from, *to, Trigger::Time, name(due));
            }
        }
    }
    all
}

/// The phases that are this one to the municipal lane.
fn municipal(phase: MunicipalPhase) -> Vec<Phase> {
    match phase {
        MunicipalPhase::Idle => vec![Phase::Unknown, Phase::Idle],
        other => vec![Phase::of_municipal(other)],
    }
}

/// The phases that are this one to the police lane.
fn private(phase: PrivatePhase) -> Vec<Phase> {
    match phase {
        PrivatePhase::Closed => MunicipalPhase::ALL.into_iter().flat_map(municipal).collect(),
        PrivatePhase::AwaitsLane => vec![Phase::AwaitsLane],
        PrivatePhase::Protected => vec![Phase::Protected],
    }
}

fn name(of: impl Debug) -> String {
    format!("{of:?}")
}

/// The transitions as a Mermaid state diagram. Where more than a few moves lead the same way, their names follow
/// one another; what time does is marked as such.
pub fn mermaid() -> String {
    let mut text = String::from("stateDiagram-v2\n");
    for ((from, to, by), causes) in transitions() {
        let causes: Vec<String> = causes.into_iter().collect();
        let by = match by {
            Trigger::Resident => "",
            Trigger::Time => "time, ",
        };
        let line = format!("    {} --> {}: {by}{}\n", from.as_str(), to.as_str(), causes.join(", "));
        text.push_str(&line);
    }
    text
}

/// The rules for the lane of a turn, as Markdown.
pub fn lane_rules() -> String {
    let mut text = String::from("| while | what the resident sends | move |\n|---|---|---|\n");
    for rule in LANE_RULES {
        let phases: Vec<&str> = rule.phases.iter().map(|phase| private_name(*phase)).collect();
        let phases = if phases.len() == 3 { "any".to_owned() } else { phases.join(", ") };
        text.push_str(&format!("| {phases} | {} | {:?} |\n", rule.when, rule.leads_to));
    }
    text
}

const fn private_name(phase: PrivatePhase) -> &'static str {
    match phase {
        PrivatePhase::Closed => "nothing private is open",
        PrivatePhase::AwaitsLane => Phase::AwaitsLane.as_str(),
        PrivatePhase::Protected => Phase::Protected.as_str(),
    }
}

/// The rules for a municipal turn, as Markdown.
pub fn municipal_rules() -> String {
    let mut text = String::from("| while | what the resident sends | move |\n|---|---|---|\n");
    for rule in MUNICIPAL_RULES {
        let phases: Vec<&str> =
            rule.phases.iter().map(|phase| Phase::of_municipal(*phase).as_str()).collect();
        let phases = match phases.as_slice() {
            ["idle", "awaits_place", "awaits_problem", "awaits_ticket"] => "any".to_owned(),
            ["idle", "awaits_place", "awaits_problem"] => "any but awaits_ticket".to_owned(),
            some => some.join(", "),
        };
        text.push_str(&format!("| {phases} | {} | {:?} |\n", rule.when, rule.leads_to));
    }
    text
}

/// The moves and what the resident sees, as Markdown.
pub fn moves() -> String {
    let mut text = String::from("| move | what happens, and what the resident sees |\n|---|---|\n");
    for mv in LaneMove::ALL {
        text.push_str(&format!("| {mv:?} | {} |\n", mv.explain()));
    }
    for mv in Move::ALL {
        text.push_str(&format!("| {mv:?} | {} |\n", mv.explain()));
    }
    text
}

/// What time alone does, as Markdown.
pub fn due_times() -> String {
    let mut text = String::from("| event | when | what happens |\n|---|---|---|\n");
    for due in ConversationDue::ALL {
        let (when, what) = due.explain();
        text.push_str(&format!("| {due:?} | {when} | {what} |\n"));
    }
    text
}
