//! `dead-letters show`.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use connectors::config::Config;
use connectors::kafka::dead_letters::case::{Case, CaseState, ReviewFacts, machine_of};
use connectors::kafka::dead_letters::{OpenedRecord, outcome};
use connectors::kafka::{Installation, LogError, editions};
use serde_json::Value;
use topics::codec::sealing::{KeyRing, SealError};
use topics::records::dead_letters::Source;
use topics::records::reviews::ReviewAct;
use topics::values::text::ActorName;

use super::letters::{LaneArguments, LaneLetters, off_the_runtime, reviewer};

/// Which dead letter is shown, and whether with its content.
#[derive(Args)]
pub struct ShowArguments {
    /// The id of the dead letter, or its first characters.
    id: String,
    #[command(flatten)]
    lane: LaneArguments,
    /// Shows the content of the original record, too.
    #[arg(long, requires_all = ["actor", "reason"])]
    open: bool,
    /// The login of the person who opens it, for the audit record.
    #[arg(long, requires = "open")]
    actor: Option<ActorName>,
    /// Why the person opens it, for the audit record.
    #[arg(long, requires = "open")]
    reason: Option<String>,
}

pub async fn run(config: &Config, arguments: ShowArguments) -> anyhow::Result<ExitCode> {
    let letters = LaneLetters::of(config, arguments.lane).await?;
    let case = letters.find(&arguments.id).await?;
    let mut text = describe(&letters, case.clone()).await?;
    if arguments.open {
        let actor = arguments.actor.context("--open needs --actor")?;
        let reviewer = reviewer(actor, arguments.reason.context("--open needs --reason")?)?;
        let LaneLetters { installation, ring, lane } = &letters;
        // The content is read first: nothing is noted of a look that was not possible.
        let of = *lane;
        let keys = ring.clone();
        let from = installation.clone();
        let letter = case.last.clone();
        let opened = off_the_runtime(move || of.open(&from, &keys, &letter)).await?;
        lane.note(installation, ring, &case, ReviewAct::Opened, &reviewer).await?;
        text.push_str(&content(&opened, ring));
    }
    super::super::print(text.trim_end())
}

/// Everything about a dead letter but its content.
async fn describe(letters: &LaneLetters, case: Case) -> anyhow::Result<String> {
    let lane = letters.lane;
    let installation = letters.installation.clone();
    let ring = letters.ring.clone();
    off_the_runtime(move || {
        let reasons = lane.reasons(&installation, &ring, &case.reviews)?;
        let mut text = facts(&case, lane.letters.name);
        text.push_str(&replay(&installation, &case, lane.letters.name)?);
        for (review, reason) in case.reviews.iter().zip(reasons) {
            text.push_str(&describe_review(&review.facts, &reason));
        }
        Ok::<_, LogError>(text)
    })
    .await
}

/// The line that says what came of the replay of a dead letter, or whether it can be replayed; empty for one
/// that is discarded.
fn replay(installation: &Installation, case: &Case, topic: &str) -> Result<String, LogError> {
    let machine = machine_of(&case.last.facts, topic, editions::cut(installation)?);
    Ok(match (machine, case.state()) {
        (machine, CaseState::Replayed(target)) => {
            let machine = machine.ok();
            let is_processed = match machine {
                Some(machine) => outcome::is_processed(installation, machine, &target)?,
                None => false,
            };
            format!("outcome        {}\n", after_replay(is_processed, machine.map(|of| of.name)))
        }
        (_, CaseState::Discarded) => String::new(),
        (Ok(machine), _) => format!("replay         possible: {} reads it\n", machine.name),
        (Err(obstacle), _) => format!("replay         not possible: {obstacle}\n"),
    })
}

/// The line about what a person did with a dead letter.
fn describe_review(facts: &ReviewFacts, reason: &str) -> String {
    let target = facts.target.as_ref().map(|target| format!(" to {}", address(target))).unwrap_or_default();
    format!("{}  {}{target} by {}: {}\n", facts.at, facts.act, facts.actor, printable(reason))
}

/// What is known of a record that was replayed and has not become a dead letter again.
fn after_replay(is_processed: bool, machine: Option<&str>) -> String {
    match (is_processed, machine) {
        (true, Some(machine)) => format!("{machine} has processed it; it did not fail again"),
        (_, Some(machine)) => format!("{machine} has not read it yet; is `trust-engine run` running?"),
        (_, None) => "not known, since no machine reads its log in the cut that is in force".to_owned(),
    }
}

fn facts(case: &Case, topic: &str) -> String {
    let facts = &case.last.facts;
    let mut text = format!("dead letter    {}\nstate          {}\n", case.id, case.state().word());
    let _ = writeln!(text, "class          {}", facts.class);
    let _ = writeln!(text, "stage          {}", facts.stage);
    let _ = writeln!(text, "time           {} (edition {})", facts.at, facts.edition);
    let source = match facts.source.offset {
        -1 => format!("{}, a request that was in no log", facts.source.topic),
        _ => address(&facts.source),
    };
    let _ = writeln!(text, "source         {source}");
    if let Some((line, column)) = facts.json_position {
        let _ = writeln!(text, "JSON wrong at  line {line}, column {column}");
    }
    let position = case.last.position;
    let _ = writeln!(
        text,
        "lies in        {topic}, partition {}, offset {}",
        position.partition, position.offset
    );
    if !case.earlier.is_empty() {
        let sources: Vec<String> = case.earlier.iter().map(|letter| address(&letter.facts.source)).collect();
        let _ = writeln!(text, "failed before  {}", sources.join("; "));
    }
    text
}

/// The address of a record in words.
pub(super) fn address(source: &Source) -> String {
    format!("{}, partition {}, offset {}", source.topic, source.partition, source.offset)
}

/// The original record, with its sealed fields opened as far as the keys go.
fn content(record: &OpenedRecord, ring: &KeyRing) -> String {
    let bytes = |bytes: &Option<Vec<u8>>| match bytes {
        Some(bytes) => printable(&String::from_utf8_lossy(bytes)),
        None => "none".to_owned(),
    };
    let mut text = format!("\nkey            {}\n", bytes(&record.key));
    for (name, value) in &record.headers {
        let _ = writeln!(text, "header         {}: {}", printable(name), printable(value));
    }
    let json = record.value.as_deref().and_then(|value| serde_json::from_slice::<Value>(value).ok());
    let value = match json {
        Some(mut value) => {
            open_sealed(&mut value, ring);
            printable(&format!("{value:#}"))
        }
        None => bytes(&record.value),
    };
    let _ = writeln!(text, "value\n{value}");
    text
}

/// Replaces every sealed text within `value` by what is in it.
fn open_sealed(value: &mut Value, ring: &KeyRing) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| open_sealed(item, ring)),
        Value::Object(fields) => fields.values_mut().for_each(|field| open_sealed(field, ring)),
        Value::String(text) if is_sealed(text) => match ring.open(text) {
            Ok(plain) => {
                *value = serde_json::from_slice(&plain)
                    .unwrap_or_else(|_| String::from_utf8_lossy(&plain).into_owned().into());
            }
            Err(SealError::WrongKey) => {
                let id = text.split('.').next().unwrap_or_default();
                *text = format!("(sealed with {id}, which KEY_RING does not hold)");
            }
            Err(_) => *text = "(sealed, and damaged)".to_owned(),
        },
        _ => {}
    }
}

/// Whether a text looks as sealed fields do on the wire.
fn is_sealed(text: &str) -> bool {
    let Some((id, sealed)) = text.split_once('.') else { return false };
    let Some((lane, number)) = id.rsplit_once('-') else { return false };
    matches!(lane, "intake" | "municipal" | "protected")
        && (1..=4).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && sealed.len() >= 30
}

/// A text without characters that control a terminal.
fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() => c.escape_unicode().to_string(),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use topics::codec::sealing::{Sealed, in_scope};
    use topics::values::ids::EventId;
    use topics::values::lane::Lane;

    use super::*;

    const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

    fn ring(lanes: &[&str]) -> Arc<KeyRing> {
        let text: Vec<String> = lanes.iter().map(|lane| format!("{lane}-1:{KEY}")).collect();
        Arc::new(text.join(",").parse().unwrap())
    }

    fn sealed(lane: Lane, words: &str) -> Value {
        let all = ring(&["intake", "municipal", "protected"]);
        let write = || serde_json::to_value(Sealed(words.to_owned())).unwrap();
        in_scope(&all, lane, &EventId::of(&[b"x"]), write).0
    }

    #[test]
    fn sealed_fields_are_opened_as_far_as_the_keys_go() {
        let record = OpenedRecord {
            source: Source { topic: "messages".parse().unwrap(), partition: 0, offset: 5 },
            key: Some(b"key".to_vec()),
            value: Some(
                json!({
                    "words": [sealed(Lane::Intake, "a burst pipe")],
                    "note": sealed(Lane::Municipal, "a secret note"),
                    "team": "municipal-1.north",
                })
                .to_string()
                .into_bytes(),
            ),
            headers: vec![("ce_id".to_owned(), "1\u{1b}[2J".to_owned())],
        };
        let shown = content(&record, &ring(&["intake"]));
        assert!(shown.contains("a burst pipe") && shown.contains("municipal-1.north"), "{shown}");
        assert!(shown.contains("(sealed with municipal-1, which KEY_RING does not hold)"), "{shown}");
        assert!(!shown.contains("a secret note") && !shown.contains('\u{1b}'), "{shown}");
    }

    #[test]
    fn what_is_no_json_is_shown_as_a_text_that_controls_no_terminal() {
        let record = OpenedRecord {
            source: Source { topic: "messages".parse().unwrap(), partition: 0, offset: 5 },
            key: None,
            value: Some(b"{\"half\x1b]0;title\x07\xff".to_vec()),
            headers: Vec::new(),
        };
        let shown = content(&record, &ring(&["intake"]));
        assert!(shown.contains("key            none") && shown.contains("\\u{1b}]0;title\\u{7}"), "{shown}");
    }
}
