//! `understand`: what the pipeline understands of messages, as JSON lines.

use std::io::{BufRead, BufWriter, Write};
use std::process::ExitCode;

use anyhow::Context;
use pipeline::understanding::answer::{Answer, answer};
use serde::{Deserialize, Serialize};

/// A message to understand.
#[derive(Deserialize)]
struct TextToUnderstand {
    id: serde_json::Value,
    text: String,
    /// The sender's earlier messages of the same chat, the oldest first.
    #[serde(default)]
    before: Vec<String>,
}

/// What is understood of the message with this id.
#[derive(Serialize)]
struct UnderstoodLine {
    id: serde_json::Value,
    #[serde(flatten)]
    answer: Answer,
}

/// Reads messages from standard input and writes what is understood of each to standard output.
pub fn run() -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for (index, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.context("cannot read standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        let question: TextToUnderstand =
            serde_json::from_str(&line).map_err(|error| not_a_message(index + 1, &error))?;
        let before: Vec<&str> = question.before.iter().map(String::as_str).collect();
        let understood = UnderstoodLine { id: question.id, answer: answer(&question.text, &before) };
        serde_json::to_writer(&mut out, &understood)?;
        // It is no error if the reader of the output has closed it.
        if writeln!(out).is_err() {
            break;
        }
    }
    let _ = out.flush();
    Ok(ExitCode::SUCCESS)
}

/// The error for a line that cannot be read. It quotes nothing, because the line may hold a resident's words.
fn not_a_message(line: usize, error: &serde_json::Error) -> anyhow::Error {
    let column = error.column();
    anyhow::anyhow!(
        "line {line}, column {column}: not an object with \"id\", \"text\" and, if needed, \"before\" \
         (a list of texts)"
    )
}
