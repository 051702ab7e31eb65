//! Labelled messages: `pipeline/understanding/messages/*.tsv`, one file for each writer.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use pipeline::understanding::model::{Matter, Wants};
use pipeline::understanding::text::Text;
use topics::values::vocabulary::{Language, Severity};

/// What a writer's messages are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum MessageSet {
    /// The models learn from them.
    Train,
    /// Settings and thresholds are chosen by them.
    Development,
    /// The figures come from them.
    Test,
    /// Nothing was trained on them or chosen by them yet: what they show has no bias. The next training
    /// learns from them.
    Fresh,
}

/// How a message speaks of violence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DisclosureLabel {
    /// It does not speak of violence.
    Neither,
    /// It does not speak of violence, but shares words with a message that does.
    NearMiss,
    /// It hints at it.
    Hint,
    /// It says it outright.
    Plain,
}

impl DisclosureLabel {
    /// Whether the message must be held.
    pub const fn is_held(self) -> bool {
        matches!(self, Self::Hint | Self::Plain)
    }
}

/// A labelled message. Of several readings the first is the right one, the others are accepted.
#[derive(Clone, Debug)]
pub struct LabelledMessage {
    /// The name of the writer, which is the name of the file.
    pub writer: String,
    /// What the writer's messages are used for.
    pub part: MessageSet,
    /// The languages, the main one first.
    pub languages: Vec<Language>,
    /// The matters that count as right, the right one first.
    pub matters: Vec<Matter>,
    /// The severities; none if nothing is reported.
    pub severities: Vec<Severity>,
    /// What the message wants, the right reading first.
    pub wants: Vec<Wants>,
    /// How it speaks of violence.
    pub disclosure: DisclosureLabel,
    /// The text of the message.
    pub text: String,
    /// Earlier messages of the same chat.
    pub before: Vec<String>,
}

impl LabelledMessage {
    /// The main language, or [`Language::Und`] if none is labelled.
    pub fn language(&self) -> Language {
        self.languages.first().copied().unwrap_or(Language::Und)
    }

    /// The right matter, or [`Matter::Nothing`] if none is labelled.
    pub fn matter(&self) -> Matter {
        self.matters.first().copied().unwrap_or(Matter::Nothing)
    }
}

/// The folder of the labelled messages of this repository.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../pipeline/understanding/messages")
}

/// Reads all labelled messages, in the order of the files' names.
pub fn read(folder: &Path) -> anyhow::Result<Vec<LabelledMessage>> {
    let list = folder.join("parts.txt");
    let parts = std::fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let mut messages = Vec::new();
    let mut writers: Vec<(&str, MessageSet)> = Vec::new();
    for line in parts.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let Some((writer, part)) = line.split_once(' ') else { bail!("parts.txt: no part in {line:?}") };
        let part = match part.trim() {
            "train" => MessageSet::Train,
            "development" => MessageSet::Development,
            "test" => MessageSet::Test,
            "fresh" => MessageSet::Fresh,
            other => {
                bail!("parts.txt: {other:?} is not a set of messages; expected train, development or test")
            }
        };
        writers.push((writer, part));
    }
    writers.sort_unstable();
    for (writer, part) in writers {
        let path = folder.join(format!("{writer}.tsv"));
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') || line.starts_with("language\t") {
                continue;
            }
            let message = message(line, writer, part);
            messages.push(message.with_context(|| format!("{}, line {}", path.display(), number + 1))?);
        }
    }
    Ok(without_leaks(messages))
}

/// Leaves out what a writer of another part has written too: a measured message must not have been learnt.
fn without_leaks(mut messages: Vec<LabelledMessage>) -> Vec<LabelledMessage> {
    let plain = |message: &LabelledMessage| Text::new(&message.text).plain.normal.text;
    let measured: BTreeSet<String> =
        messages.iter().filter(|message| message.part != MessageSet::Train).map(plain).collect();
    messages.retain(|message| message.part != MessageSet::Train || !measured.contains(&plain(message)));
    messages
}

fn message(line: &str, writer: &str, part: MessageSet) -> anyhow::Result<LabelledMessage> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [language, matters, severities, wants, disclosure, text, before @ ..] = columns.as_slice() else {
        bail!("{} columns instead of six or seven", columns.len());
    };
    let disclosure = match *disclosure {
        "-" => DisclosureLabel::Neither,
        "near" => DisclosureLabel::NearMiss,
        "hint" => DisclosureLabel::Hint,
        "plain" => DisclosureLabel::Plain,
        other => bail!("{other:?} is not a kind of disclosure"),
    };
    let severities = severities.split('/').filter(|severity| *severity != "-");
    Ok(LabelledMessage {
        writer: writer.to_owned(),
        part,
        languages: language.split('+').map(|code| Ok(code.parse()?)).collect::<anyhow::Result<_>>()?,
        matters: matters.split('/').map(matter).collect::<anyhow::Result<_>>()?,
        severities: severities.map(|severity| Ok(severity.parse()?)).collect::<anyhow::Result<_>>()?,
        wants: wants.split('/').map(wants_of).collect::<anyhow::Result<_>>()?,
        disclosure,
        text: text.replace("\\n", "\n"),
        before: before
            .first()
            .map(|before| before.split(" | ").map(str::to_owned).filter(|text| !text.is_empty()).collect())
            .unwrap_or_default(),
    })
}

/// The matter that a label names.
pub fn matter(label: &str) -> anyhow::Result<Matter> {
    Ok(match label {
        "gbv" => Matter::Violence,
        "none" | "not-a-report" => Matter::Nothing,
        other => Matter::Municipal(other.parse()?),
    })
}

/// What a label says that a message wants.
pub fn wants_of(label: &str) -> anyhow::Result<Wants> {
    let found = Wants::ALL.into_iter().find(|wants| wants.as_str() == label);
    found.with_context(|| format!("{label:?} is not an intent"))
}
