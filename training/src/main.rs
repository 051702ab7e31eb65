//! `training train` computes the weights, `training evaluate` measures what the pipeline understands,
//! `training tune` shows what thresholds of the screen cost, `training bench` measures speed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use training::gold::Gold;
use training::messages::{LabelledMessage, MessageSet};
use training::{evaluate, figures, gold, language, meaning, messages, record, tune};

/// Trains and measures the models of the pipeline.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Computes the weights in `pipeline/understanding`.
    Train(Train),
    /// Measures what the pipeline understands.
    Evaluate(Evaluate),
    /// Prints what thresholds of the screen hold and let through on the development part.
    Tune,
    /// Measures how many messages one core reads in a second.
    Bench,
}

#[derive(Args)]
struct Train {
    /// The folder with text in all languages; without it `../shared/data/lid`.
    #[arg(long)]
    languages: Option<PathBuf>,
    /// The model to train.
    #[arg(long, value_enum, default_value_t = Model::Both)]
    only: Model,
    /// Keeps the development part aside, to choose settings by it. The weights of a release learn from it
    /// too.
    #[arg(long)]
    without_development: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Model {
    Both,
    Language,
    Meaning,
}

#[derive(Args)]
struct Evaluate {
    /// The folder with text in all languages; without it `../shared/data/lid`.
    #[arg(long)]
    languages: Option<PathBuf>,
    /// The part to measure.
    #[arg(long, value_enum, default_value_t = MessageSet::Test)]
    part: MessageSet,
    /// Measures the answers in this file of JSON lines instead of the pipeline's.
    #[arg(long)]
    answers: Option<PathBuf>,
    /// Messages of others with their labels (JSON lines); without it
    /// `../shared/data/messages/examples.jsonl`.
    #[arg(long)]
    examples: Option<PathBuf>,
    /// How many messages of each kind of error to print.
    #[arg(long, default_value_t = 3)]
    errors: usize,
    /// Writes the messages of the part as JSON lines with `id`, `text` and `before`, and measures nothing.
    #[arg(long)]
    write: Option<PathBuf>,
    /// Writes the figures into docs/understanding.md.
    #[arg(long)]
    record: bool,
    /// With `--record`: answers (JSON lines) whose figures become the column `before`.
    #[arg(long)]
    before: Option<PathBuf>,
}

fn main() -> anyhow::Result<ExitCode> {
    let messages = messages::read(&messages::folder())?;
    match Options::parse().command {
        Command::Train(options) => train(&options, &messages)?,
        Command::Evaluate(options) => evaluate(&options, &messages)?,
        Command::Tune => {
            let weights = std::fs::read(weights_folder().join("meaning.bin"))?;
            let curves = tune::curves(&messages, &weights);
            let summary = tune::summary(&messages, &weights);
            print!("{curves}{summary}{}", tune::after_ordinary(&messages, &weights));
        }
        Command::Bench => {
            let all: Vec<Gold> = messages.iter().enumerate().map(gold::of_message).collect();
            println!("{:.0} messages/s on one core, of {} messages", evaluate::speed(&all), all.len());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn weights_folder() -> PathBuf {
    messages::folder().join("..")
}

fn train(options: &Train, messages: &[LabelledMessage]) -> anyhow::Result<()> {
    let folder = weights_folder();
    let is_learnt = |message: &&LabelledMessage| match message.part {
        MessageSet::Train => true,
        MessageSet::Development => !options.without_development,
        MessageSet::Test | MessageSet::Fresh => false,
    };
    let learnt: Vec<&LabelledMessage> = messages.iter().filter(is_learnt).collect();
    if options.only != Model::Meaning {
        match beside("shared/data/lid", options.languages.clone()) {
            Some(path) => {
                let corpus = language::read(&path)?;
                std::fs::write(folder.join("language.bin"), language::train(&corpus, &learnt))?;
            }
            None => println!("language.bin stays as it is: there is no text in ../shared/data/lid"),
        }
    }
    if options.only != Model::Language {
        std::fs::write(folder.join("meaning.bin"), meaning::train(&learnt))?;
    }
    Ok(())
}

fn evaluate(options: &Evaluate, messages: &[LabelledMessage]) -> anyhow::Result<()> {
    let of_part = messages.iter().filter(|message| message.part == options.part);
    let gold: Vec<Gold> = of_part.enumerate().map(gold::of_message).collect();
    if let Some(path) = &options.write {
        return evaluate::write(&gold, path);
    }
    let pairs = match &options.answers {
        Some(path) => evaluate::answers_of(&gold, path)?,
        None => evaluate::answers(&gold),
    };
    let mut table = figures::table(&pairs);
    if let Some(path) = beside("shared/data/lid", options.languages.clone()) {
        table.figures.extend(language::figures(&language::read(&path)?));
    } else {
        println!("The language by length is not measured: there is no text in ../shared/data/lid.");
    }
    println!("# {} messages of the part {:?}\n\n{}", pairs.len(), options.part, evaluate::print(&table));
    println!("{}\n{}", evaluate::print_confusion(&table), evaluate::print_intents(&pairs));
    print!("{}", evaluate::print_errors(&table, &pairs, options.errors));
    if options.record {
        let before = options.before.as_deref().map(|path| evaluate::answers_of(&gold, path)).transpose()?;
        let before = before.map(|pairs| figures::table(&pairs));
        record::write(&table, before.as_ref(), &evaluate::print_confusion(&table))?;
    }
    if let Some(path) = beside("shared/data/messages/examples.jsonl", options.examples.clone()) {
        let gold = gold::read(&path).with_context(|| format!("{}", path.display()))?;
        let pairs = evaluate::answers(&gold);
        let table = figures::table(&pairs);
        println!("\n# {} messages of others, never learnt from\n\n{}", pairs.len(), evaluate::print(&table));
    }
    Ok(())
}

/// The path of an option, or else this path beside the workspace, if there is one.
fn beside(path: &str, option: Option<PathBuf>) -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let beside = above.map(|above| above.join(path)).find(|path| path.exists());
    option.or(beside)
}
