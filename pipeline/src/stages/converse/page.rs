//! docs/conversation.md, printed from the rules that decide, and the transitions between phases that follow
//! from them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use topics::values::vocabulary::Language;

use super::decide::{LANE_RULES, LaneMove, MUNICIPAL_RULES, Move, explain};
use super::due::ConversationDue;
use super::phase::{MunicipalPhase, Phase, PrivatePhase, Trigger};
use crate::rules::texts;

/// A step of a conversation from one phase to another.
pub type PhaseTransition = (Phase, Phase, Trigger);

/// All transitions that the rules allow, with what causes them.
pub fn transitions() -> BTreeMap<PhaseTransition, BTreeSet<String>> {
    let mut all: BTreeMap<PhaseTransition, BTreeSet<String>> = BTreeMap::new();
    let mut add = |from: Phase, to: Phase, by: Trigger, cause: String| {
        if from != to {
            all.entry((from, to, by)).or_default().insert(cause);
        }
    };
    for rule in MUNICIPAL_RULES {
        for before in rule.phases {
            for after in rule.leads_to.phases_after(*before) {
                // A resident who has not written has no tickets.
                let is_possible = |from: &Phase| *from != Phase::Unknown || !rule.leads_to.needs_ticket();
                for from in municipal(*before).into_iter().filter(is_possible) {
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

/// The transitions as a Mermaid state diagram: an arrow for each, with the moves that lead that way.
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
            [
                "idle",
                "awaits_place",
                "awaits_problem",
                "awaits_confirmation",
                "awaits_ticket",
                "awaits_answer",
            ] => "any".to_owned(),
            ["idle", "awaits_place", "awaits_problem", "awaits_confirmation"] => {
                "no question about tickets is open".to_owned()
            }
            some => some.join(", "),
        };
        text.push_str(&format!("| {phases} | {} | {:?} |\n", rule.when, rule.leads_to));
    }
    text
}

/// The moves and what the resident sees, as Markdown.
pub fn moves() -> String {
    let mut text = String::from("| move | what happens, and what the resident sees |\n|---|---|\n");
    for each in LaneMove::ALL {
        text.push_str(&format!("| {each:?} | {} |\n", each.explain()));
    }
    for each in Move::ALL {
        text.push_str(&format!("| {each:?} | {} |\n", explain(each)));
    }
    text
}

/// The texts that the moves and the due times name, in English, as Markdown.
pub fn replies() -> String {
    let mut text = String::from("| text | in English |\n|---|---|\n");
    for id in reply_ids() {
        text.push_str(&format!("| {id} | {} |\n", texts::say(Language::En, id, &[])));
    }
    text
}

/// The ids of the texts: the words in backquotes.
fn reply_ids() -> BTreeSet<&'static str> {
    let of_moves = Move::ALL.into_iter().map(explain);
    let of_lanes = LaneMove::ALL.into_iter().map(LaneMove::explain);
    let of_time = ConversationDue::ALL.into_iter().map(|due| due.explain().1);
    of_moves.chain(of_lanes).chain(of_time).flat_map(|text| text.split('`').skip(1).step_by(2)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_that_the_page_names_exists() {
        for id in reply_ids() {
            assert!(!texts::say(Language::En, id, &[]).is_empty(), "{id}");
        }
    }

    #[test]
    fn every_move_follows_from_a_rule() {
        for each in Move::ALL {
            assert!(MUNICIPAL_RULES.iter().any(|rule| rule.leads_to == each), "{each:?}");
        }
        for each in LaneMove::ALL {
            assert!(LANE_RULES.iter().any(|rule| rule.leads_to == each), "{each:?}");
        }
    }

    #[test]
    fn every_move_of_a_rule_is_explained() {
        assert!(MUNICIPAL_RULES.iter().all(|rule| Move::ALL.contains(&rule.leads_to)));
        assert!(LANE_RULES.iter().all(|rule| LaneMove::ALL.contains(&rule.leads_to)));
    }
}
