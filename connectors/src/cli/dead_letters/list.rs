//! `dead-letters list`.

use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;
use connectors::config::Config;
use connectors::kafka::dead_letters::Cases;
use connectors::kafka::dead_letters::case::{Case, ReviewFacts};
use serde_json::{Value, json};
use topics::records::dead_letters::DeadClass;
use topics::values::time::Time;

use super::letters::{LaneArguments, LaneLetters, since};

/// Which dead letters are listed, and how.
#[derive(Args)]
pub struct ListArguments {
    #[command(flatten)]
    lane: LaneArguments,
    /// Only dead letters of this class, such as undecodable, rejected or panicked.
    #[arg(long)]
    class: Option<DeadClass>,
    /// Only dead letters since this time: 2026-11-27T03:00:00Z, or 90m, 12h or 3d ago.
    #[arg(long, value_parser = since)]
    since: Option<Time>,
    /// Lists those that were replayed or discarded, too.
    #[arg(long)]
    all: bool,
    /// Prints one JSON object a line.
    #[arg(long)]
    json: bool,
}

impl ListArguments {
    fn wants(&self, case: &Case) -> bool {
        let facts = &case.last.facts;
        self.class.is_none_or(|class| facts.class == class)
            && self.since.is_none_or(|since| facts.at >= since)
            && (self.all || case.state().is_open())
    }
}

pub async fn run(config: &Config, arguments: ListArguments) -> anyhow::Result<ExitCode> {
    let read = LaneLetters::of(config, LaneArguments { lane: arguments.lane.lane }).await?.read().await?;
    let text = match arguments.json {
        true => read.cases.iter().filter(|case| arguments.wants(case)).map(json_line).collect(),
        false => table(&read, &arguments),
    };
    super::super::print(text.trim_end())
}

/// A dead letter as a JSON object on one line.
fn json_line(case: &Case) -> String {
    let facts = &case.last.facts;
    let last = case.reviews.last().map(|review| json_review(&review.facts));
    let line = json!({
        "id": case.id,
        "at": facts.at,
        "class": facts.class,
        "stage": facts.stage,
        "source": facts.source,
        "edition": facts.edition,
        "state": case.state().word(),
        "times": case.earlier.len() + 1,
        "last_review": last,
    });
    format!("{line}\n")
}

fn json_review(facts: &ReviewFacts) -> Value {
    json!({ "act": facts.act, "at": facts.at, "actor": facts.actor, "target": facts.target })
}

fn table(read: &Cases, arguments: &ListArguments) -> String {
    let wanted: Vec<&Case> = read.cases.iter().filter(|case| arguments.wants(case)).collect();
    let mut text = String::new();
    if !wanted.is_empty() {
        let _ = writeln!(
            text,
            "{:<32}  {:<24}  {:<16}  {:<14}  {:<12}  source",
            "id", "time", "class", "stage", "state"
        );
    }
    for case in &wanted {
        let facts = &case.last.facts;
        let source = match facts.source.offset {
            -1 => format!("{}, a request", facts.source.topic),
            offset => format!("{}-{} at {offset}", facts.source.topic, facts.source.partition),
        };
        let _ = writeln!(
            text,
            "{:<32}  {:<24}  {:<16}  {:<14}  {:<12}  {source}",
            case.id.as_str(),
            facts.at.to_string(),
            facts.class,
            facts.stage.as_str(),
            case.state().word()
        );
    }
    let _ = writeln!(text, "{}", summary(read, &wanted, arguments.all));
    text
}

/// How many there are, and what is left out.
fn summary(read: &Cases, shown: &[&Case], all: bool) -> String {
    let mut text = match (shown.len(), all) {
        (0, true) => "there is no dead letter".to_owned(),
        (0, false) => "there is no open dead letter".to_owned(),
        (1, _) => "1 dead letter".to_owned(),
        (count, _) => format!("{count} dead letters"),
    };
    let closed = read.cases.iter().filter(|case| !case.state().is_open()).count();
    if !all && closed > 0 {
        let _ = write!(text, "; {closed} that were replayed or discarded are listed with --all");
    }
    if read.unreadable > 0 {
        let _ = write!(
            text,
            "; {} records were written by a newer version of this program and are not listed",
            read.unreadable
        );
    }
    text
}
