//! `dead-letters`: shows what could not be processed, and lets a person open it, append it to its log again,
//! or discard it. Every act is noted with the person's name and reason.

mod letters;
mod list;
mod replay;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use connectors::config::Config;
use topics::records::reviews::ReviewAct;

pub use letters::since;
use letters::{LaneArguments, LaneLetters, ReviewerArguments};

const LIST_EXAMPLES: &str = "Examples:
  trust-engine dead-letters list
  trust-engine dead-letters list --lane intake --class undecodable --since 2d
  trust-engine dead-letters list --all --json";

const SHOW_EXAMPLES: &str = "Examples:
  trust-engine dead-letters show 3f2a9c
  trust-engine dead-letters show 3f2a9c --open --actor lindiwe.k --reason \"the alert of 03:10\"

Opening the content needs the key of the lane, and is noted before it is shown.";

const REPLAY_EXAMPLES: &str = "Examples:
  trust-engine dead-letters replay 3f2a9c --actor lindiwe.k --reason \"fixed in version 1.4\"
  trust-engine dead-letters replay --class panicked --since 2026-11-27T00:00:00Z --rate 50 \\
      --actor lindiwe.k --reason \"fixed in version 1.4\"

A record is appended to its log once, with the ce_id that it had, even if the command is killed and repeated.
Exit status: 0 processed; 2 failed again, refused, or cannot be replayed; 3 not processed yet.";

const DISCARD_EXAMPLES: &str = "Example:
  trust-engine dead-letters discard 3f2a9c --actor lindiwe.k --reason \"a test of the proxy\"

The dead letter stays in its topic and its table; it is no longer listed as open.";

/// Looks after the records that could not be processed.
#[derive(Subcommand)]
pub enum DeadLettersCommand {
    /// Lists dead letters by class, stage, source and state, without their content.
    #[command(after_help = LIST_EXAMPLES)]
    List(list::ListArguments),
    /// Shows one dead letter and what was done with it; its content only with --open.
    #[command(after_help = SHOW_EXAMPLES)]
    Show(show::ShowArguments),
    /// Appends the original records of dead letters to their logs again, and says what came of them.
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(replay::ReplayArguments),
    /// Notes that nothing follows from a dead letter.
    #[command(after_help = DISCARD_EXAMPLES)]
    Discard(DiscardArguments),
}

#[derive(Args)]
pub struct DiscardArguments {
    /// The id of the dead letter, or its first characters.
    id: String,
    #[command(flatten)]
    lane: LaneArguments,
    #[command(flatten)]
    reviewer: ReviewerArguments,
}

pub async fn run(config: &Config, command: DeadLettersCommand) -> anyhow::Result<ExitCode> {
    match command {
        DeadLettersCommand::List(arguments) => list::run(config, arguments).await,
        DeadLettersCommand::Show(arguments) => show::run(config, arguments).await,
        DeadLettersCommand::Replay(arguments) => replay::run(config, arguments).await,
        DeadLettersCommand::Discard(arguments) => discard(config, arguments).await,
    }
}

async fn discard(config: &Config, arguments: DiscardArguments) -> anyhow::Result<ExitCode> {
    let reviewer = arguments.reviewer.reviewer()?;
    let letters = LaneLetters::of(config, arguments.lane).await?;
    let case = letters.find(&arguments.id).await?;
    let state = case.state();
    if !state.is_open() {
        return super::print(format_args!("{}: is {} already", case.id, state.word()));
    }
    let LaneLetters { installation, ring, lane } = &letters;
    lane.note(installation, ring, &case, ReviewAct::Discarded, &reviewer).await?;
    super::print(format_args!("{}: discarded by {}", case.id, reviewer.actor))
}
