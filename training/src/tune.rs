//! What the thresholds of the screen cost: which share of the development part each would hold.

use std::fmt::Write as _;

use pipeline::understanding::model::Opinion;
use pipeline::understanding::violence::Band;
use pipeline::understanding::weights::Weights;
use pipeline::understanding::{understand, understand_by};

use crate::figures::Share;
use crate::messages::{DisclosureLabel, LabelledMessage, MessageSet};

/// For each language, the shares that are held from each threshold on, together with the rules that are
/// certain.
pub fn curves(messages: &[LabelledMessage], weights: &[u8]) -> String {
    let mut out = String::new();
    let Some(weights) = Weights::read(weights) else { return out };
    for language in ["en", "af", "zu", "other"] {
        let is_of = |message: &&LabelledMessage| {
            let code = message.language().as_str();
            let group = if ["en", "af", "zu"].contains(&code) { code } else { "other" };
            message.part == MessageSet::Development && group == language
        };
        let scored: Vec<(DisclosureLabel, bool, i64)> =
            messages.iter().filter(is_of).map(|message| score(message, &weights)).collect();
        let _ = writeln!(out, "{language}: threshold, plain, hints, near misses, the rest");
        for threshold in (-12..=12).map(|step| step * 256) {
            let share = |kind: DisclosureLabel| share_held(&scored, kind, threshold);
            let kinds = [
                DisclosureLabel::Plain,
                DisclosureLabel::Hint,
                DisclosureLabel::NearMiss,
                DisclosureLabel::Neither,
            ];
            let _ = writeln!(out, "{threshold:>6} {}", kinds.map(share).join(" "));
        }
    }
    out
}

/// The share of the messages of a kind that the rules or this threshold hold.
fn share_held(scored: &[(DisclosureLabel, bool, i64)], kind: DisclosureLabel, threshold: i64) -> String {
    let mut share = Share::default();
    for (_, rule, score) in scored.iter().filter(|(other, _, _)| *other == kind) {
        share.count(*rule || *score >= threshold);
    }
    format!("{:>6.1} of {:<3}", share.percent(), share.all)
}

fn score(message: &LabelledMessage, weights: &Weights<'_>) -> (DisclosureLabel, bool, i64) {
    let before: Vec<&str> = message.before.iter().map(String::as_str).collect();
    let understood = understand(&message.text, &before, None);
    let opinion = Opinion::by(weights, &understood.features);
    (message.disclosure, understood.rule == Band::Certain, opinion.disclosure())
}

/// How well the model does on the development part, in one line for each language: the share of disclosures
/// that it holds where it holds 3 % of the rest, and the shares of right matters, intents and severities.
pub fn summary(messages: &[LabelledMessage], weights: &[u8]) -> String {
    let mut out = String::new();
    let Some(weights) = Weights::read(weights) else { return out };
    for language in ["en", "af", "zu"] {
        let mut held: Vec<i64> = Vec::new();
        let mut others: Vec<i64> = Vec::new();
        let mut matter = Share::default();
        let mut wants = Share::default();
        let mut severity = Share::default();
        let is_of = |message: &&LabelledMessage| {
            message.part == MessageSet::Development && message.language().as_str() == language
        };
        for message in messages.iter().filter(is_of) {
            let before: Vec<&str> = message.before.iter().map(String::as_str).collect();
            let opinion = Opinion::by(&weights, &understand(&message.text, &before, None).features);
            matter.count(message.matters.contains(&opinion.matter().class));
            wants.count(message.wants.contains(&opinion.wants().class));
            if !message.severities.is_empty() {
                severity.count(message.severities.contains(&opinion.severity().class));
            }
            let scores = if message.disclosure.is_held() { &mut held } else { &mut others };
            scores.push(opinion.disclosure());
        }
        others.sort_unstable();
        for percent in [97, 94] {
            let threshold = others.get(others.len() * percent / 100).copied().unwrap_or(0);
            let share =
                held.iter().filter(|score| **score > threshold).count() as f64 / held.len().max(1) as f64;
            let _ = write!(out, "{language} held {:.1} at {threshold}; ", share * 100.0);
        }
        let shares = [matter, wants, severity].map(|share| format!("{:.1}", share.percent()));
        let _ = writeln!(out, "matter, intent, severity {}", shares.join(" "));
    }
    out
}

/// How many of the development messages that speak of nothing private are held by themselves, and after three
/// other such messages of their writer.
pub fn after_ordinary(messages: &[LabelledMessage], weights: &[u8]) -> String {
    let Some(weights) = Weights::read(weights) else { return String::new() };
    let is_ordinary = |message: &&LabelledMessage| {
        message.part == MessageSet::Development && !message.disclosure.is_held() && message.before.is_empty()
    };
    let ordinary: Vec<&LabelledMessage> = messages.iter().filter(is_ordinary).collect();
    let is_held = |text: &str, before: &[&str]| {
        let opinion_of = |features: &[_]| Opinion::by(&weights, features);
        understand_by(opinion_of, text, before, None).band != Band::None
    };
    let (mut alone, mut after) = (Share::default(), Share::default());
    for window in ordinary.windows(4) {
        let [first, second, third, last] = window else { continue };
        if first.writer == last.writer {
            let before = [first, second, third].map(|message| message.text.as_str());
            alone.count(is_held(&last.text, &[]));
            after.count(is_held(&last.text, &before));
        }
    }
    let shares = [alone, after].map(|share| format!("{:.1}", share.percent()));
    format!("held of {} ordinary messages, alone and after others: {}\n", alone.all, shares.join(" "))
}
