//! Trains and measures the model of languages, from text in eleven languages and from labelled messages.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::Context;
use chance::Chance;
use pipeline::understanding::features;
use pipeline::understanding::language::{LANGUAGES, identify};
use pipeline::understanding::text::Text;
use topics::values::vocabulary::Language;

use crate::figures::{Better, Figure, Share};
use crate::messages::LabelledMessage;
use crate::table::{Example, Owners, Target, TrainingPlan, WeightTable, logarithm};

/// The bits of a row's number.
const BITS: u8 = 17;
/// The snippets of each language in one round of training.
const SNIPPETS: usize = 14_000;
/// The share of the odds by counts that training begins with.
const BEGIN: f32 = 0.6;
/// The size of the first step of the training.
const RATE: f32 = 0.1;
/// The rounds of training.
const ROUNDS: usize = 8;
/// How many messages of each language are seen in a round, about; those of a language with few are seen
/// often.
const MESSAGES: usize = 5_000;
/// The most often that a message is seen in a round.
const MOST_OFTEN: usize = 40;
/// One line in this number is kept aside to measure by.
const KEPT: u64 = 10;
/// The lengths that are measured, in characters.
pub const LENGTHS: [usize; 4] = [15, 30, 60, 120];
/// The number of snippets of each language and length that are measured.
const MEASURED: usize = 2_000;

/// Place names, which are the same in all languages.
const NAMES: &str = include_str!("../../pipeline/understanding/names.txt");

/// The lines of a language.
pub type LinesByLanguage = BTreeMap<Language, Vec<String>>;

/// The text of all languages: what to learn from and what is kept aside.
#[derive(Default)]
pub struct Corpus {
    learnt: LinesByLanguage,
    kept: LinesByLanguage,
}

/// Reads the text of all languages in a folder: files that are named `<language>.<corpus>.txt`.
pub fn read(folder: &Path) -> anyhow::Result<Corpus> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    let mut corpus = Corpus::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(language) = name.split('.').next().and_then(|code| code.parse().ok()) else { continue };
        if !name.ends_with(".txt") || !LANGUAGES.contains(&language) {
            continue;
        }
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for line in text.lines().filter(|line| line.len() >= 20) {
            let sum = line.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
            if !seen.insert(line.to_owned()) {
                continue;
            }
            let part = if sum % KEPT == 0 { &mut corpus.kept } else { &mut corpus.learnt };
            part.entry(language).or_default().push(line.to_owned());
        }
    }
    Ok(corpus)
}

/// A piece of a line with this number of characters, from the beginning of a word or from anywhere.
fn snippet(line: &str, length: usize, chance: &mut Chance) -> Option<String> {
    let letters: Vec<char> = line.chars().collect();
    let room = letters.len().checked_sub(length)?;
    let mut start = chance.index(room + 1);
    if chance.one_in(2) {
        let is_begin =
            |at: &usize| *at == 0 || letters.get(at - 1).is_some_and(|before| before.is_whitespace());
        start = (0..=start).rev().find(is_begin).unwrap_or(0);
    }
    Some(letters.iter().skip(start).take(length).collect())
}

fn features_of(text: &str) -> Vec<(u32, i32)> {
    let text = Text::new(text);
    let mut found = Vec::new();
    features::of_language(&text.plain.normal.text, text.marks, |hash, value| found.push((hash, value)));
    found
}

fn example(text: &str, language: Language, weight: f32, owners: &Owners) -> Option<Example> {
    let found = features_of(text);
    let shares: Vec<f32> = LANGUAGES.iter().map(|other| f32::from(u8::from(*other == language))).collect();
    let target = Target { columns: 0..LANGUAGES.len(), shares, weight };
    (found.len() > 2).then(|| Example { features: owners.normalised(&found), targets: vec![target] })
}

/// How often each feature occurs in each language.
type SnippetCounts = BTreeMap<u32, [u32; 11]>;

/// How much a message counts beside a line of the corpus.
const MESSAGE_COUNTS: u32 = 3;

fn count(corpus: &Corpus, messages: &[&LabelledMessage]) -> SnippetCounts {
    let mut counts: HashMap<u32, [u32; 11]> = HashMap::new();
    let mut add = |text: &str, language: Language, times: u32| {
        let Some(index) = LANGUAGES.iter().position(|other| *other == language) else { return };
        for (hash, _) in features_of(text) {
            if let Some(count) = counts.entry(hash).or_default().get_mut(index) {
                *count += times;
            }
        }
    };
    for (language, lines) in &corpus.learnt {
        for line in lines {
            add(line, *language, 1);
        }
    }
    for message in messages.iter().filter(|message| message.languages.len() == 1) {
        add(&message.text, message.language(), MESSAGE_COUNTS);
    }
    counts.into_iter().filter(|(_, counts)| counts.iter().sum::<u32>() >= 3).collect()
}

/// How strongly the counts of a feature speak for each language, centred (naive Bayes).
fn odds(counts: &[u32; 11], totals: &[f64; 11]) -> [f32; 11] {
    let mut odds = [0.0f32; 11];
    for ((odds, count), total) in odds.iter_mut().zip(counts).zip(totals) {
        *odds = logarithm((f64::from(*count) + SMOOTH) / total * 1e6) as f32;
    }
    let mean = odds.iter().sum::<f32>() / 11.0;
    odds.map(|one| one - mean)
}

/// What is added to each count.
const SMOOTH: f64 = 0.3;

/// Trains the model and returns its file of weights.
pub fn train(corpus: &Corpus, messages: &[&LabelledMessage]) -> Vec<u8> {
    let mut chance = Chance::new(11);
    let counts = count(corpus, messages);
    let mut totals = [0.0f64; 11];
    for counts in counts.values() {
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += f64::from(*count) + SMOOTH;
        }
    }
    let importance = |(hash, counts): (&u32, &[u32; 11])| {
        let spread =
            odds(counts, &totals).iter().zip(counts).map(|(odds, count)| odds.abs() * *count as f32).sum();
        (*hash, spread)
    };
    let owners = Owners::choose(&counts.iter().map(importance).collect(), BITS);
    let mut table: WeightTable<11> = WeightTable::new(BITS, LANGUAGES.len());
    for (hash, counts) in &counts {
        if let Some(row) = owners.row(*hash) {
            table.begin(row, odds(counts, &totals).map(|one| one * BEGIN));
        }
    }
    let names: Vec<&str> = NAMES.lines().filter(|line| !line.starts_with('#')).collect();
    for round in 0..ROUNDS {
        let mut examples = Vec::new();
        for (language, lines) in &corpus.learnt {
            for _ in 0..SNIPPETS {
                let length = 6 + chance.index(26) + chance.index(2) * chance.index(120);
                let line = lines.get(chance.index(lines.len())).map_or("", String::as_str);
                let Some(mut text) = snippet(line, length, &mut chance) else { continue };
                if chance.one_in(4) {
                    let name = names.get(chance.index(names.len())).copied().unwrap_or_default();
                    text = if chance.one_in(2) { format!("{text} {name}") } else { format!("{name} {text}") };
                }
                examples.extend(example(&text, *language, 1.0, &owners));
            }
        }
        for message in messages {
            let language = message.language();
            if !LANGUAGES.contains(&language) {
                continue;
            }
            let is_mixed = message.languages.len() > 1;
            let of_language = messages.iter().filter(|other| other.language() == language).count();
            for time in 0..(MESSAGES / of_language).clamp(1, MOST_OFTEN) {
                let text =
                    if time == 0 { message.text.clone() } else { some_words(&message.text, &mut chance) };
                examples.extend(example(&text, language, if is_mixed { 0.4 } else { 1.0 }, &owners));
            }
        }
        chance.shuffle(&mut examples);
        let plan = TrainingPlan { rate: RATE / (1.0 + round as f32 * 0.5), decay: 2e-6 };
        for example in &examples {
            table.learn(example, plan);
        }
        if round + 2 >= ROUNDS {
            table.average();
        }
    }
    table.file(&owners)
}

/// A run of the words of a text.
fn some_words(text: &str, chance: &mut Chance) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let length = 1 + chance.index(words.len());
    let start = chance.index(words.len().saturating_sub(length) + 1);
    words.iter().skip(start).take(length).copied().collect::<Vec<_>>().join(" ")
}

/// The figures of all lengths: the mean of the eleven languages.
pub fn figures(corpus: &Corpus) -> Vec<Figure> {
    LENGTHS.into_iter().map(|length| figure(corpus, length)).collect()
}

fn figure(corpus: &Corpus, length: usize) -> Figure {
    let counts = measure(corpus, length);
    let all = Share {
        some: counts.values().map(|(some, _)| some).sum(),
        all: counts.values().map(|(_, all)| all).sum(),
    };
    Figure {
        name: format!("language, {length} characters of unseen text"),
        value: all.percent(),
        interval: all.interval(),
        of: all.all,
        better: Better::High,
    }
}

/// How many of the snippets of a length are recognised, by language.
pub fn measure(corpus: &Corpus, length: usize) -> BTreeMap<Language, (usize, usize)> {
    let mut chance = Chance::new(length as u64);
    let mut counts = BTreeMap::new();
    for (language, lines) in &corpus.kept {
        let long: Vec<&String> = lines.iter().filter(|line| line.chars().count() >= length).collect();
        let mut right = 0;
        let mut all = 0;
        for _ in 0..MEASURED {
            let line = long.get(chance.index(long.len())).map_or("", |line| line.as_str());
            let Some(text) = snippet(line, length, &mut chance) else { continue };
            all += 1;
            let guess = identify(&Text::new(&text), None);
            right += usize::from(guess.is_some_and(|guess| guess.language == *language));
        }
        counts.insert(*language, (right, all));
    }
    counts
}
