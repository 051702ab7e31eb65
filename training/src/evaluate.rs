//! Measures what the pipeline understands of labelled messages, and prints it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use pipeline::understanding::answer::{Answer, answer};
use pipeline::understanding::understand_turn;
use serde_json::Value;
use topics::values::vocabulary::Language;

use crate::figures::{Answered, Figures, f1_of_intents};
use crate::gold::Gold;

/// The answers of the pipeline to these messages.
pub fn answers(gold: &[Gold]) -> Vec<(&Gold, Answered)> {
    gold.iter().map(|gold| (gold, answered(answer(&gold.text, &texts(&gold.before))))).collect()
}

fn texts(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn answered(said: Answer) -> Answered {
    Answered {
        language: said.language.as_str().to_owned(),
        category: said.category.to_owned(),
        severity: said.severity.map(|severity| severity.as_str().to_owned()),
        intent: said.intent.to_owned(),
        screen: said.screen.to_owned(),
    }
}

/// Writes the messages as JSON lines, for another program to answer.
pub fn write(gold: &[Gold], path: &Path) -> anyhow::Result<()> {
    let line = |gold: &Gold| {
        serde_json::json!({"id": gold.id, "text": gold.text, "before": gold.before}).to_string() + "\n"
    };
    std::fs::write(path, gold.iter().map(line).collect::<String>())
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The answers of another program, from a file of JSON lines with the ids of these messages.
pub fn answers_of<'a>(gold: &'a [Gold], path: &Path) -> anyhow::Result<Vec<(&'a Gold, Answered)>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut by_id = BTreeMap::new();
    for line in text.lines() {
        let value: Value = serde_json::from_str(line)?;
        let id = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        by_id.insert(id, serde_json::from_value::<Answered>(value)?);
    }
    Ok(gold.iter().filter_map(|gold| Some((gold, by_id.remove(&gold.id)?))).collect())
}

/// The table of figures as text.
pub fn print(table: &Figures) -> String {
    let mut out = String::new();
    for figure in &table.figures {
        let (low, high) = figure.interval;
        let _ = writeln!(
            out,
            "{:<36} {:>5.1}   {:>5.1} - {:<5.1} of {}",
            figure.name, figure.value, low, high, figure.of
        );
    }
    out
}

/// The matrix of categories as text: a row for each right one, a column for each answer.
pub fn print_confusion(table: &Figures) -> String {
    let names = ["water", "sanitation", "electricity", "roads", "waste", "other", "gbv", "not-a-report"];
    let mut out = format!("{:<14}", "right \\ read");
    for name in names {
        let _ = write!(out, "{:>6}", name.get(..5).unwrap_or(name));
    }
    for right in names {
        let _ = write!(out, "\n{right:<14}");
        for said in names {
            let count = table.confusion.get(&(right.to_owned(), said.to_owned())).copied().unwrap_or(0);
            let _ = write!(out, "{count:>6}");
        }
    }
    out + "\n"
}

/// The kinds of error, the most frequent first, with a few messages of each.
pub fn print_errors(table: &Figures, pairs: &[(&Gold, Answered)], most: usize) -> String {
    let mut out = String::new();
    let mut kinds: Vec<(&String, &Vec<usize>)> = table.errors.iter().collect();
    kinds.sort_by_key(|(name, indexes)| (std::cmp::Reverse(indexes.len()), (*name).clone()));
    for (name, indexes) in kinds {
        let _ = writeln!(out, "{name}: {} errors", indexes.len());
        for (gold, said) in indexes.iter().take(most).filter_map(|index| pairs.get(*index)) {
            let _ = writeln!(
                out,
                "   {} [{} {} {} {}] read as [{} {} {} {} {}]: {}",
                gold.id,
                gold.language(),
                gold.categories.join("/"),
                gold.severities.join("/"),
                gold.intents.join("/"),
                said.language,
                said.category,
                said.severity.as_deref().unwrap_or("-"),
                said.intent,
                said.screen,
                gold.text.replace('\n', "\\n"),
            );
        }
    }
    out
}

/// The F1 of each intent as text.
pub fn print_intents(pairs: &[(&Gold, Answered)]) -> String {
    let each = f1_of_intents(pairs).into_iter();
    let lines = each.map(|(intent, f1, count)| format!("{intent} {:.0} ({count})", f1 * 100.0));
    format!("F1 of intents: {}\n", lines.collect::<Vec<_>>().join(", "))
}

/// How many messages one core understands in a second, as turns of residents who have written in isiZulu.
pub fn speed(gold: &[Gold]) -> f64 {
    let rounds = 20_000 / gold.len().max(1) + 1;
    let mut read = 0u32;
    let start = Instant::now();
    for _ in 0..rounds {
        for gold in gold {
            std::hint::black_box(understand_turn(&gold.text, &[], Language::Zu));
            read += 1;
        }
    }
    f64::from(read) / start.elapsed().as_secs_f64()
}
