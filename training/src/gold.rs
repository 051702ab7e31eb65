//! What is measured: messages with the labels that count as right.

use std::path::Path;

use anyhow::Context;
use pipeline::understanding::model::{Matter, Wants};
use serde_json::Value;

use crate::messages::{DisclosureLabel, LabelledMessage};

/// A message with the labels that count as right, the first one preferred.
#[derive(Clone, Debug)]
pub struct Gold {
    /// The id by which answers refer to it.
    pub id: String,
    /// The text of the message.
    pub text: String,
    /// Earlier messages of the same chat.
    pub before: Vec<String>,
    /// The codes of the languages that count as right.
    pub languages: Vec<String>,
    /// The categories that count as right.
    pub categories: Vec<String>,
    /// The severities that count as right; empty if nothing is reported.
    pub severities: Vec<String>,
    /// The intents that count as right.
    pub intents: Vec<String>,
    /// How it speaks of violence. In messages of others a plain disclosure does not differ from a hint.
    pub disclosure: DisclosureLabel,
}

impl Gold {
    /// The code of the preferred language, or `und` if no language is labelled.
    pub fn language(&self) -> &str {
        self.languages.first().map_or("und", String::as_str)
    }
}

/// A labelled message of this repository.
pub fn of_message((index, message): (usize, &LabelledMessage)) -> Gold {
    let category = |matter: &Matter| match matter {
        Matter::Municipal(category) => category.as_str().to_owned(),
        Matter::Violence => "gbv".to_owned(),
        Matter::Nothing => "not-a-report".to_owned(),
    };
    let mut intents: Vec<String> = message.wants.iter().map(|wants| public(*wants).to_owned()).collect();
    intents.dedup();
    Gold {
        id: format!("{}-{index}", message.writer),
        text: message.text.clone(),
        before: message.before.clone(),
        languages: message.languages.iter().map(|language| language.as_str().to_owned()).collect(),
        categories: message.matters.iter().map(category).collect(),
        severities: message.severities.iter().map(|severity| severity.as_str().to_owned()).collect(),
        intents,
        disclosure: message.disclosure,
    }
}

/// The word that answers use for what a message wants.
const fn public(wants: Wants) -> &'static str {
    match wants {
        Wants::Withdraw | Wants::Stop | Wants::Privacy | Wants::Language | Wants::Question => "chat",
        wants => wants.as_str(),
    }
}

/// Reads messages of others: JSON lines with `accept`.
pub fn read(path: &Path) -> anyhow::Result<Vec<Gold>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines().map(gold).collect()
}

fn gold(line: &str) -> anyhow::Result<Gold> {
    let value: Value = serde_json::from_str(line)?;
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let accepted = |name: &str| -> Vec<String> {
        let others = value.get("accept").and_then(|accept| accept.get(name)).and_then(Value::as_array);
        let others = others.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        std::iter::once(field(name)).filter(|first| !first.is_empty()).chain(others).collect()
    };
    let is = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or(false);
    let disclosure = match (is("gbv"), is("near_miss")) {
        (true, _) => DisclosureLabel::Plain,
        (false, true) => DisclosureLabel::NearMiss,
        (false, false) => DisclosureLabel::Neither,
    };
    Ok(Gold {
        id: field("id"),
        text: field("text"),
        before: Vec::new(),
        languages: accepted("language"),
        categories: accepted("category"),
        severities: accepted("severity"),
        intents: accepted("intent"),
        disclosure,
    })
}
