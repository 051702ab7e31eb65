//! What happened to a ticket, as sentences.

use maud::{Markup, html};
use pipeline::rules::calendar::holidays::by_law;
use serde_json::{Map, Value};
use topics::records::ticket_actions::Refusal;
use topics::values::time::Time;

use super::labels::{moment, words};
use super::ticket_store::Happened;

/// The history as a list, the latest first.
pub fn list(history: &[Happened]) -> Markup {
    html! {
        ol.history {
            @for one in history.iter().rev() { li { (entry(one)) } }
        }
    }
}

fn entry(one: &Happened) -> Markup {
    // That a ticket is new says everything that its first values would.
    let changes = if one.action == "opened" { String::new() } else { changes(&one.changes) };
    html! {
        span.when { (moment(one.at)) } " " (sentence(one)) (absences(one))
        @if !changes.is_empty() { " " span.changes { (changes) } }
        @if let Some(note) = &one.note { p.words dir="auto" { (note) } }
    }
}

/// What happened, in one sentence.
pub fn sentence(one: &Happened) -> String {
    let who = who(one);
    let detail = |name: &str| one.details.get(name).and_then(Value::as_str).unwrap_or_default();
    match one.action.as_str() {
        "opened" => "The ticket was opened.".to_owned(),
        "applied" => format!("{who} {}.", deed(detail("action"))),
        "refused" => {
            let why = detail("refusal").parse::<Refusal>().map_or("", Refusal::explain);
            format!("{who} asked for {}, which was refused: {why}.", wish(detail("action")))
        }
        "moved" => format!("The {} deadline moved, since {}.", detail("clock"), days(one)),
        "resumed" => format!("The hold{} ended at the time that was set for it.", reason(one)),
        "restamped" => "The ticket got the policies of a new edition of the reference data.".to_owned(),
        "warned" => format!("The {} deadline came near.", detail("clock")),
        "breached" => format!("The {} deadline passed.", detail("clock")),
        "escalated" => format!("The ticket was escalated ({}).", words(detail("reason")).to_lowercase()),
        "stepped" => {
            let (step, offset) =
                (one.details.get("step").map_or_else(String::new, Value::to_string), detail("offset"));
            format!(
                "Step {step} of the ladder ({offset} of the {} deadline): {}{}.",
                detail("clock"),
                step_deed(detail("action")),
                stand_in(detail("stand_in"))
            )
        }
        "automated" => {
            format!(
                "Automation {} of the municipality: {}{}.",
                detail("automation"),
                automation_deed(detail("effect")),
                stand_in(detail("stand_in"))
            )
        }
        "handed_on" if detail("team").is_empty() => "The ticket was handed on.".to_owned(),
        "handed_on" => {
            format!("The ticket was routed again, since team {} is not there{}.", detail("team"), until(one))
        }
        "unattended" => {
            let who = detail("team");
            let who = if who.is_empty() { "the person".to_owned() } else { format!("team {who}") };
            format!("The ticket stays with {who}, who is not there{}: somebody has to look.", until(one))
        }
        "attended" => "Those who have the ticket are there again.".to_owned(),
        "ladder_changed" => {
            "The ticket has another ladder by a new edition of the reference data.".to_owned()
        }
        "rerouted" => "The ticket was routed again by a new edition of the reference data.".to_owned(),
        "auto_closed" => "The ticket was closed, since the resident did not answer.".to_owned(),
        "disarmed" => "A due time failed and was switched off; a person has to look.".to_owned(),
        other => format!("{}.", words(other)),
    }
}

fn who(one: &Happened) -> String {
    match one.role.as_str() {
        "resident" => "The resident".to_owned(),
        "system" => "The system".to_owned(),
        role if one.actor == role => format!("A member of {role}"),
        _ => one.actor.clone(),
    }
}

/// Who was reached in place of a recipient that does not exist or is absent.
fn stand_in(who: &str) -> &str {
    match who {
        "delegate" => "; whom it names is absent, and a delegate stood in",
        "lead" => "; whom it names does not exist or is absent, and the lead stood in",
        "manager" => "; whom it names does not exist or is absent, and a manager stood in",
        "nobody" => "; whom it names does not exist or is absent, and nobody could stand in",
        _ => "",
    }
}

/// Until when the team is not there.
fn until(one: &Happened) -> String {
    let day = one.details.get("until").and_then(Value::as_str);
    day.map_or_else(String::new, |day| format!(" until {day}"))
}

/// The people who should have been reached and are absent, a sentence for each.
pub fn absences(one: &Happened) -> String {
    let absent = one.details.get("absent").and_then(Value::as_array).into_iter().flatten();
    let sentence = |absentee: &Value| {
        let detail = |name: &str| absentee.get(name).and_then(Value::as_str);
        let until = detail("until").map_or_else(String::new, |day| format!(" until {day}"));
        let stand_in = detail("stand_in").unwrap_or("nobody");
        Some(format!(" {} is absent{until}, {stand_in} stands in.", detail("login")?))
    };
    absent.filter_map(sentence).collect()
}

/// The days because of which a calendar moved a deadline, with the names of those that are holidays by law.
fn days(one: &Happened) -> String {
    let listed = |name: &str| {
        let days = one.details.get(name).and_then(Value::as_array).into_iter().flatten();
        let day = |day: &Value| {
            let day = day.as_str()?;
            let holiday = day.parse().ok().and_then(by_law);
            Some(holiday.map_or_else(|| day.to_owned(), |holiday| format!("{day} ({holiday})")))
        };
        days.filter_map(day).collect::<Vec<_>>().join(", ")
    };
    match (listed("closed"), listed("opened")) {
        (closed, opened) if closed.is_empty() && opened.is_empty() => "the working hours changed".to_owned(),
        (closed, opened) if opened.is_empty() => format!("{closed} counts no more"),
        (closed, opened) if closed.is_empty() => format!("{opened} counts again"),
        (closed, opened) => format!("{closed} counts no more and {opened} counts again"),
    }
}

/// Why the ticket was held until then.
fn reason(one: &Happened) -> String {
    let reason = one.changes.get("hold_reason").and_then(|change| change.get("old")).and_then(Value::as_str);
    reason.map_or_else(String::new, |reason| format!(" ({})", words(reason).to_lowercase()))
}

fn automation_deed(effect: &str) -> &str {
    match effect {
        "escalate" => "the ticket was escalated",
        "assign" => "the ticket was assigned",
        "notify" => "staff were told",
        "severity" => "the severity was set",
        "tag" => "a tag was added",
        other => other,
    }
}

fn step_deed(action: &str) -> &str {
    match action {
        "notify" => "staff were told",
        "assign" => "the ticket was assigned",
        "raise_severity" => "the severity was raised",
        "escalate" => "the ticket was escalated",
        "tell_resident" => "the resident was told",
        other => other,
    }
}

fn deed(action: &str) -> &str {
    match action {
        "status" => "changed the status",
        "assign" => "assigned the ticket",
        "note" => "wrote a note",
        "reply" => "replied to the resident",
        "correct" => "corrected the report",
        "hold" => "put the ticket on hold",
        "resume" => "ended the hold",
        "addendum" => "added to the report",
        other => other,
    }
}

fn wish(action: &str) -> &str {
    match action {
        "status" => "another status",
        "assign" => "another assignment",
        "note" => "a note",
        "reply" => "a reply",
        "correct" => "a correction",
        "hold" => "a hold",
        "resume" => "the end of a hold",
        "addendum" => "an addition",
        other => other,
    }
}

/// The changes that people read.
fn changes(changes: &Map<String, Value>) -> String {
    const SHOWN: [&str; 14] = [
        "status",
        "outcome",
        "assigned_team",
        "assigned_to",
        "category",
        "severity",
        "language",
        "municipality",
        "queue",
        "tier",
        "response_due_at",
        "resolution_due_at",
        "hold_reason",
        "held_until",
    ];
    let shown = SHOWN.iter().filter_map(|field| {
        let change = changes.get(*field)?;
        let old = value(change.get("old"));
        let new = value(change.get("new"));
        let name = match *field {
            "response_due_at" => "Response deadline".to_owned(),
            "resolution_due_at" => "Resolution deadline".to_owned(),
            other => words(other),
        };
        Some(format!("{name}: {old} → {new}"))
    });
    shown.collect::<Vec<_>>().join("; ")
}

fn value(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => match text.parse::<Time>() {
            Ok(at) => moment(at),
            Err(_) => text.replace('_', " "),
        },
        Some(Value::Number(number)) => number.to_string(),
        _ => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn happened(action: &str, role: &str, details: Value, changes: Value) -> Happened {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        Happened {
            at: Time::from_millis(0),
            action: action.to_owned(),
            details: object(details),
            changes: object(changes),
            actor: "thandi.m".to_owned(),
            role: role.to_owned(),
            note: Some("<script>alert(1)</script>".to_owned()),
            revision: 2,
        }
    }

    #[test]
    fn a_change_is_a_sentence_and_words_are_escaped() {
        let change = json!({"status": {"old": "open", "new": "in_progress"}});
        let shown = list(&[happened("applied", "staff", json!({"action": "status"}), change)]).into_string();
        assert!(shown.contains("thandi.m changed the status. "), "{shown}");
        assert!(shown.contains("Status: open → in progress"), "{shown}");
        assert!(!shown.contains("<script>"), "{shown}");
    }

    #[test]
    fn what_moved_a_deadline_and_what_ended_a_hold_is_said() {
        let days = json!({"clock": "resolution", "closed": ["2026-09-24", "2026-11-04"], "opened": []});
        let change = json!({"resolution_due_at":
            {"old": "2026-09-24T08:00:00.000Z", "new": "2026-09-25T08:00:00.000Z"}});
        let moved = happened("moved", "system", days, change);
        assert_eq!(
            sentence(&moved),
            "The resolution deadline moved, since 2026-09-24 (Heritage Day), 2026-11-04 counts no more."
        );
        let shown = list(&[moved]).into_string();
        assert!(shown.contains("Resolution deadline: 24 Sep 10:00 → 25 Sep 10:00"), "{shown}");
        let hours = json!({"clock": "response", "closed": [], "opened": []});
        assert_eq!(
            sentence(&happened("moved", "system", hours, json!({}))),
            "The response deadline moved, since the working hours changed."
        );
        let change = json!({"hold_reason": {"old": "waiting_for_parts", "new": null}});
        assert_eq!(
            sentence(&happened("resumed", "system", json!({}), change)),
            "The hold (waiting for parts) ended at the time that was set for it."
        );
    }

    #[test]
    fn who_stood_in_is_said() {
        let step = json!({"step": 2, "clock": "resolution", "offset": "-2h", "action": "notify",
            "stand_in": "nobody"});
        assert_eq!(
            sentence(&happened("stepped", "system", step, json!({}))),
            "Step 2 of the ladder (-2h of the resolution deadline): staff were told; whom it names does not \
             exist or is absent, and nobody could stand in."
        );
    }

    #[test]
    fn who_is_absent_is_said_with_the_day_and_who_stands_in() {
        let absent = json!({"clock": "resolution", "absent": [
            {"login": "nomsa", "until": "2026-03-06", "stand_in": "thandi.m"}, {"login": "sipho"}]});
        let shown = list(&[happened("breached", "system", absent, json!({}))]).into_string();
        let said = "nomsa is absent until 2026-03-06, thandi.m stands in. sipho is absent, nobody stands in.";
        assert!(shown.contains(said), "{shown}");
    }

    #[test]
    fn what_is_handed_on_and_what_stays_is_said() {
        let of = |action: &str, details: Value| sentence(&happened(action, "system", details, json!({})));
        let team = json!({"team": "EKU-WATER", "until": "2026-03-06"});
        let expected = "The ticket was routed again, since team EKU-WATER is not there until 2026-03-06.";
        assert_eq!(of("handed_on", team.clone()), expected);
        let expected =
            "The ticket stays with team EKU-WATER, who is not there until 2026-03-06: somebody has to look.";
        assert_eq!(of("unattended", team), expected);
        assert_eq!(of("handed_on", json!({})), "The ticket was handed on.");
    }

    #[test]
    fn a_refusal_says_why() {
        let refused =
            happened("refused", "staff", json!({"action": "reply", "refusal": "stale_revision"}), json!({}));
        assert_eq!(
            sentence(&refused),
            "thandi.m asked for a reply, which was refused: someone has changed the ticket since you looked; \
             look again and repeat."
        );
    }
}
