//! The figures: shares with their 95 % intervals, and which messages were misread.

use std::collections::BTreeMap;

use chance::Chance;
use serde::Deserialize;

use crate::gold::Gold;
use crate::messages::DisclosureLabel;

/// What a program answered about a message.
#[derive(Clone, Debug, Deserialize)]
pub struct Answered {
    /// The code of the language that the program found.
    pub language: String,
    /// The category that the program found, or `not-a-report`.
    pub category: String,
    /// The severity, if something is reported.
    pub severity: Option<String>,
    /// The intent that the program found.
    pub intent: String,
    /// The band of the screen: `certain`, `possible` or `none`.
    pub screen: String,
}

impl Answered {
    fn is_held(&self) -> bool {
        matches!(self.screen.as_str(), "certain" | "possible")
    }
}

/// A share of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// How many have the property.
    pub some: usize,
    /// How many there are.
    pub all: usize,
}

impl Share {
    /// Counts a message, which has the property or does not.
    pub fn count(&mut self, has: bool) {
        self.some += usize::from(has);
        self.all += 1;
    }

    /// The share in per cent.
    pub fn percent(self) -> f64 {
        if self.all == 0 { 0.0 } else { self.some as f64 * 100.0 / self.all as f64 }
    }

    /// The limits of the 95 % interval in per cent (Wilson).
    pub fn interval(self) -> (f64, f64) {
        let z = 1.96f64;
        let n = (self.all as f64).max(1.0);
        let p = self.some as f64 / n;
        let middle = p + z * z / (2.0 * n);
        let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        let scale = 100.0 / (1.0 + z * z / n);
        (((middle - spread) * scale).max(0.0), ((middle + spread) * scale).min(100.0))
    }
}

/// Whether a figure should be high or low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// A high figure is better.
    High,
    /// A low figure is better.
    Low,
}

/// One figure of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The name of the figure, as the table shows it.
    pub name: String,
    /// The value in per cent.
    pub value: f64,
    /// The limits of its 95 % interval.
    pub interval: (f64, f64),
    /// How many messages it is of.
    pub of: usize,
    /// Which direction is better.
    pub better: Better,
}

/// The table of figures, and the misread messages by kind of error.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// The figures in order.
    pub figures: Vec<Figure>,
    /// The places of the misread messages by kind of error.
    pub errors: BTreeMap<String, Vec<usize>>,
    /// How often a category (first) was read as another (second).
    pub confusion: BTreeMap<(String, String), usize>,
}

const GROUPS: [&str; 4] = ["en", "zu", "af", "other eight"];
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

fn group(language: &str) -> &str {
    if GROUPS.contains(&language) { language } else { "other eight" }
}

/// Counts shares by name, in order of first use.
#[derive(Default)]
struct Shares {
    names: Vec<(String, Better)>,
    shares: BTreeMap<String, Share>,
}

impl Shares {
    fn count(&mut self, name: String, better: Better, has: bool) {
        if !self.shares.contains_key(&name) {
            self.names.push((name.clone(), better));
        }
        self.shares.entry(name).or_default().count(has);
    }
}

/// Computes the table of figures from messages and the answers about them.
pub fn table(pairs: &[(&Gold, Answered)]) -> Figures {
    let mut shares = Shares::default();
    let mut table = Figures::default();
    for name in GROUPS {
        shares.names.push((format!("category, {name}"), Better::High));
    }
    for name in GROUPS {
        shares.names.push((format!("disclosures held, {name}"), Better::High));
    }
    for name in GROUPS {
        shares.names.push((format!("language, {name}"), Better::High));
    }
    shares.names.push(("language, en zu af".to_owned(), Better::High));
    for (name, _) in &shares.names {
        shares.shares.insert(name.clone(), Share::default());
    }
    for (index, (gold, said)) in pairs.iter().enumerate() {
        for (name, better, has) in judged(gold, said) {
            let is_error = has != (better == Better::High);
            if is_error {
                table.errors.entry(name.clone()).or_default().push(index);
            }
            shares.count(name, better, has);
        }
        let right = gold.categories.first().cloned().unwrap_or_default();
        *table.confusion.entry((right, said.category.clone())).or_default() += 1;
    }
    for (name, better) in shares.names {
        let share = shares.shares.get(&name).copied().unwrap_or_default();
        let figure =
            Figure { name, value: share.percent(), interval: share.interval(), of: share.all, better };
        table.figures.push(figure);
    }
    table.figures.push(intents(pairs));
    table
}

/// The properties of an answer that figures count.
fn judged(gold: &Gold, said: &Answered) -> Vec<(String, Better, bool)> {
    let mut out = Vec::new();
    let group = group(gold.language());
    let fits = |labels: &[String], word: &str| labels.iter().any(|label| label == word);
    let category = gold.categories.first().map_or("", String::as_str);
    let held = said.is_held();
    if gold.language() != "und" {
        out.push((format!("category, {group}"), Better::High, fits(&gold.categories, &said.category)));
        let right = fits(&gold.languages, &said.language);
        out.push((format!("language, {group}"), Better::High, right));
        if group != "other eight" {
            out.push(("language, en zu af".to_owned(), Better::High, right));
        }
    }
    match gold.disclosure {
        DisclosureLabel::Plain => {
            out.push((format!("disclosures held, {group}"), Better::High, held));
            out.push(("plain disclosures held".to_owned(), Better::High, held));
        }
        DisclosureLabel::Hint => {
            out.push((format!("disclosures held, {group}"), Better::High, held));
            out.push(("hesitant and indirect ones held".to_owned(), Better::High, held));
        }
        DisclosureLabel::NearMiss => out.push(("false alarms, near misses".to_owned(), Better::Low, held)),
        DisclosureLabel::Neither => {
            out.push(("false alarms, all the rest".to_owned(), Better::Low, held));
            if category != "not-a-report" {
                out.push(("false alarms, ordinary reports".to_owned(), Better::Low, held));
            }
        }
    }
    if !gold.disclosure.is_held() {
        out.push(("false alarms, all that is not".to_owned(), Better::Low, held));
    }
    of_severity(gold, said, &mut out);
    let is_report = said.category != "not-a-report";
    if category == "not-a-report" {
        let accepts = gold.categories.len() > 1;
        out.push(("not a report, called a report".to_owned(), Better::Low, is_report && !accepts));
    } else {
        let accepts = fits(&gold.categories, "not-a-report");
        out.push(("a report, called none".to_owned(), Better::Low, !is_report && !accepts));
    }
    out
}

fn of_severity(gold: &Gold, said: &Answered, out: &mut Vec<(String, Better, bool)>) {
    let Some(right) = gold.severities.first() else { return };
    let step = |severity: &str| SEVERITIES.iter().position(|other| *other == severity);
    let answer = said.severity.as_deref().unwrap_or("medium");
    let is_near = gold.severities.iter().any(|accepted| {
        step(accepted).zip(step(answer)).is_some_and(|(accepted, said)| accepted.abs_diff(said) <= 1)
    });
    out.push(("severity within one step".to_owned(), Better::High, is_near));
    let fits = gold.severities.iter().any(|accepted| accepted == answer);
    out.push(("severity right".to_owned(), Better::High, fits));
    if right == "critical" {
        out.push(("critical found".to_owned(), Better::High, answer == "critical"));
        let is_low = matches!(answer, "low" | "medium");
        out.push(("critical, called low or medium".to_owned(), Better::Low, is_low));
    } else if !gold.severities.iter().any(|severity| severity == "critical") {
        out.push(("not critical, called critical".to_owned(), Better::Low, answer == "critical"));
    }
}

const INTENTS: [&str; 8] =
    ["report", "status-query", "confirm-yes", "confirm-no", "greeting", "thanks", "chat", "emergency"];

/// The right intent, and the one that was read, by their numbers. An accepted one is right.
fn intent_labels(gold: &Gold, said: &Answered) -> Option<(usize, usize)> {
    let right = gold.intents.first()?;
    let is_accepted = gold.intents.contains(&said.intent);
    let index = |word: &str| INTENTS.iter().position(|intent| *intent == word);
    let said = index(&said.intent)?;
    Some((if is_accepted { said } else { index(right)? }, said))
}

/// As many of the labels, each drawn from all of them.
fn resampled(labels: &[(usize, usize)], chance: &mut Chance) -> Vec<(usize, usize)> {
    (0..labels.len()).filter_map(|_| labels.get(chance.index(labels.len())).copied()).collect()
}

/// The macro-F1 of the intents, with an interval by resampling.
fn intents(pairs: &[(&Gold, Answered)]) -> Figure {
    let labels: Vec<(usize, usize)> =
        pairs.iter().filter_map(|(gold, said)| intent_labels(gold, said)).collect();
    let mut chance = Chance::new(3);
    let mut samples: Vec<f64> = (0..400).map(|_| macro_f1(&resampled(&labels, &mut chance))).collect();
    samples.sort_by(f64::total_cmp);
    let at = |index: usize| samples.get(index).copied().unwrap_or(0.0) * 100.0;
    Figure {
        name: "intent, macro-F1 (x 100)".to_owned(),
        value: macro_f1(&labels) * 100.0,
        interval: (at(10), at(389)),
        of: labels.len(),
        better: Better::High,
    }
}

fn macro_f1(labels: &[(usize, usize)]) -> f64 {
    let mut sum = 0.0;
    let mut classes = 0.0;
    for class in 0..INTENTS.len() {
        let right = labels.iter().filter(|(gold, said)| *gold == class && *said == class).count() as f64;
        let gold = labels.iter().filter(|(gold, _)| *gold == class).count() as f64;
        let said = labels.iter().filter(|(_, said)| *said == class).count() as f64;
        if gold > 0.0 {
            classes += 1.0;
            sum += 2.0 * right / (gold + said);
        }
    }
    if classes > 0.0 { sum / classes } else { 0.0 }
}

/// The F1 of each intent, for the report of errors.
pub fn f1_of_intents(pairs: &[(&Gold, Answered)]) -> Vec<(String, f64, usize)> {
    INTENTS.iter().map(|intent| f1_of_intent(pairs, intent)).collect()
}

/// The intent, its F1, and how many messages have it.
fn f1_of_intent(pairs: &[(&Gold, Answered)], intent: &str) -> (String, f64, usize) {
    let is_meant = |gold: &Gold, said: &Answered| right_intent(gold, said) == intent;
    let gold = pairs.iter().filter(|(gold, said)| is_meant(gold, said)).count();
    let said = pairs.iter().filter(|(_, said)| said.intent == intent).count();
    let right = pairs.iter().filter(|(gold, said)| is_meant(gold, said) && said.intent == intent).count();
    (intent.to_owned(), 2.0 * right as f64 / (gold + said).max(1) as f64, gold)
}

/// What would be right to say: what was said, if it is accepted.
fn right_intent<'a>(gold: &'a Gold, said: &'a Answered) -> &'a str {
    if gold.intents.contains(&said.intent) {
        &said.intent
    } else {
        gold.intents.first().unwrap_or(&said.intent)
    }
}
