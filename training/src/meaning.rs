//! Trains the model of meanings from labelled messages.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chance::Chance;
use pipeline::understanding::bands::by_rules;
use pipeline::understanding::features;
use pipeline::understanding::language::{LANGUAGES, NO_LANGUAGE};
use pipeline::understanding::model::{COLUMNS, DISCLOSURE, HELD, MATTER, Matter, SEVERITY, WANTS, Wants};
use pipeline::understanding::text::Text;
use topics::values::vocabulary::Severity;

use crate::messages::{DisclosureLabel, LabelledMessage};
use crate::table::{Example, Owners, Target, TrainingPlan, WeightTable};

/// The bits of a row's number.
const BITS: u8 = 16;
/// The rounds of training.
const ROUNDS: usize = 12;
/// How often a message is seen in a round with changed words.
const CHANGED: usize = 8;
/// The size of the first step of the training.
const RATE: f32 = 0.15;
/// How strongly weights are drawn to zero.
const DECAY: f32 = 2e-4;
/// The share of the readings that are only accepted.
const ACCEPTED: f32 = 0.3;

/// Trains the model and returns its file of weights.
pub fn train(messages: &[&LabelledMessage]) -> Vec<u8> {
    let mut chance = Chance::new(1);
    let owners = owners(messages);
    let mut table: WeightTable<32> = WeightTable::new(BITS, COLUMNS);
    let mut examples: Vec<Example> = Vec::new();
    for message in messages {
        examples.push(example(message, &message.text, &owners));
        for _ in 0..CHANGED {
            examples.push(example(message, &changed(&message.text, &mut chance), &owners));
        }
        if let Some(message) = after_ordinary(message, messages, &mut chance) {
            examples.push(example(&message, &message.text, &owners));
        }
    }
    for round in 0..ROUNDS {
        chance.shuffle(&mut examples);
        let plan = TrainingPlan { rate: RATE / (1.0 + round as f32 * 0.3), decay: DECAY };
        for example in &examples {
            table.learn(example, plan);
        }
        if round * 2 >= ROUNDS {
            table.average();
        }
    }
    table.file(&owners)
}

/// Gives the rows to the features that tell most about the matter and occur in at least two messages.
fn owners(messages: &[&LabelledMessage]) -> Owners {
    let mut counts: BTreeMap<u32, [f32; 8]> = BTreeMap::new();
    let mut totals = [0.0f32; 8];
    let mut all = 0.0f32;
    for message in messages {
        let Some(matter) = Matter::ALL.iter().position(|matter| *matter == message.matter()) else {
            continue;
        };
        all += 1.0;
        totals.iter_mut().skip(matter).take(1).for_each(|total| *total += 1.0);
        let hashes: BTreeSet<u32> =
            features_of(message, &message.text).into_iter().map(|(hash, _)| hash).collect();
        for hash in hashes {
            counts.entry(hash).or_default().iter_mut().skip(matter).take(1).for_each(|count| *count += 1.0);
        }
    }
    let importance = |(hash, counts): (u32, [f32; 8])| {
        let sum: f32 = counts.iter().sum();
        let surprise = |(count, total): (&f32, &f32)| (count - sum * total / all).abs();
        let spread: f32 = counts.iter().zip(&totals).map(surprise).sum();
        (sum >= 2.0).then_some((hash, 0.1 + spread))
    };
    Owners::choose(&counts.into_iter().filter_map(importance).collect(), BITS)
}

fn features_of(message: &LabelledMessage, text: &str) -> Vec<(u32, i32)> {
    let text = Text::new(text);
    let before: Vec<Text> = message.before.iter().map(|text| Text::new(text)).collect();
    let index = LANGUAGES.iter().position(|language| *language == message.language());
    let language = index.and_then(|index| u32::try_from(index).ok()).unwrap_or(NO_LANGUAGE);
    let features = features::of_meaning(&text, &before, by_rules(&text), language);
    features.into_iter().map(|feature| (feature.hash, feature.value)).collect()
}

/// The message as it is after ordinary ones of the same writer, if it is not labelled after others already.
/// That a message follows another one must not tell anything by itself.
fn after_ordinary(
    message: &LabelledMessage,
    messages: &[&LabelledMessage],
    chance: &mut Chance,
) -> Option<LabelledMessage> {
    if !message.before.is_empty() {
        return None;
    }
    let is_ordinary = |other: &&&LabelledMessage| {
        other.writer == message.writer && !other.disclosure.is_held() && other.text != message.text
    };
    let ordinary: Vec<&&LabelledMessage> = messages.iter().filter(is_ordinary).collect();
    let count = 1 + chance.index(3);
    let before: Vec<String> =
        (0..count).filter_map(|_| chance.one_of(&ordinary)).map(|other| other.text.clone()).collect();
    (!before.is_empty()).then(|| LabelledMessage { before, ..message.clone() })
}

/// The example that a message makes with this text.
fn example(message: &LabelledMessage, text: &str, owners: &Owners) -> Example {
    Example { features: owners.normalised(&features_of(message, text)), targets: targets(message) }
}

fn targets(message: &LabelledMessage) -> Vec<Target> {
    let weight = weight_of(message);
    let mut targets = vec![
        head(MATTER, &Matter::ALL, &message.matters, 1.0),
        head(WANTS, &Wants::ALL, &message.wants, 1.0),
    ];
    if !message.severities.is_empty() {
        let critical = message.severities.first() == Some(&Severity::Critical);
        targets.push(head(SEVERITY, Severity::ALL, &message.severities, if critical { 1.5 } else { 1.0 }));
    }
    let degrees =
        [DisclosureLabel::Neither, DisclosureLabel::NearMiss, DisclosureLabel::Hint, DisclosureLabel::Plain];
    targets.push(head(DISCLOSURE, &degrees, &[message.disclosure], weight));
    let held = f32::from(u8::from(message.disclosure.is_held()));
    targets.push(Target { columns: HELD..HELD + 1, shares: vec![held], weight });
    targets
}

/// How much a message counts for disclosure: hints and near misses are the hard ones.
const fn weight_of(message: &LabelledMessage) -> f32 {
    match message.disclosure {
        DisclosureLabel::Neither => 1.0,
        DisclosureLabel::NearMiss => 1.5,
        DisclosureLabel::Hint => 2.0,
        DisclosureLabel::Plain => 1.5,
    }
}

/// A head that should say the first of these, with a share for the others.
fn head<T: PartialEq>(columns: Range<usize>, classes: &[T], labels: &[T], weight: f32) -> Target {
    let others = labels.len().saturating_sub(1);
    let first = if others == 0 { 1.0 } else { 1.0 - ACCEPTED };
    let other = if others == 0 { 0.0 } else { ACCEPTED / others as f32 };
    let share = |class: &T| match labels.iter().position(|label| label == class) {
        Some(0) => first,
        Some(_) => other,
        None => 0.0,
    };
    Target { columns, shares: classes.iter().map(share).collect(), weight }
}

/// A text as another person may type it: with words left out, letters swapped, doubled or left out.
fn changed(text: &str, chance: &mut Chance) -> String {
    let mut words: Vec<String> = Vec::new();
    let all: Vec<&str> = text.split_whitespace().collect();
    for word in &all {
        if all.len() > 3 && chance.one_in(10) {
            continue;
        }
        words.push(if chance.one_in(6) { misspelt(word, chance) } else { (*word).to_owned() });
    }
    words.join(" ")
}

fn misspelt(word: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 {
        return word.to_owned();
    }
    let at = 1 + chance.index(letters.len() - 2);
    match chance.index(5) {
        0 => letters.swap(at, at + 1),
        1 => {
            letters.remove(at);
        }
        2 => letters.insert(at, letters.get(at).copied().unwrap_or('e')),
        _ => {
            let first: Vec<char> = letters.drain(..1).collect();
            letters.retain(|letter| !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u'));
            letters.splice(0..0, first);
        }
    }
    letters.into_iter().collect()
}
