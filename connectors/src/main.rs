//! `trust-engine`: the only program. It connects the connectors to each other; no other module knows more
//! than one of them.

mod cli;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use connectors::config::{Config, ConfigErrors, LogFormat};
use tracing_subscriber::EnvFilter;

/// Records consist of many small allocations that one thread makes and another frees. The system's allocator
/// needed a sixth of the processor time for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit status of a command whose configuration is wrong (EX_CONFIG of sysexits.h).
const WRONG_CONFIGURATION: u8 = 78;

/// Processes municipal service requests from WhatsApp as a stream.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// A TOML file with settings. Variables of the environment have priority over it.
    #[arg(long, global = true, env = "TRUST_ENGINE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the whole system in memory, in the terminal: write as a resident, and see what follows.
    Try(cli::r#try::TryArguments),
    /// Reads messages as JSON lines (`id`, `text`, `before`) and prints what is understood of each.
    Understand,
    #[command(flatten)]
    Configured(Configured),
}

/// The commands that need the settings.
#[derive(Subcommand)]
enum Configured {
    /// Runs a part of the program, or all parts.
    Run {
        /// The part to run.
        #[arg(value_enum, default_value_t = cli::part::Part::All)]
        part: cli::part::Part,
    },
    /// Creates, checks or describes the topics.
    #[command(subcommand)]
    Topics(cli::topics::TopicsCommand),
    /// Migrates the tables to the version of this program.
    Migrate,
    /// Fills or reads the reference tables.
    #[command(subcommand)]
    Reference(cli::reference::ReferenceCommand),
    /// Imports a file of boundaries, wards, teams, policies, staff, places, calendars or closing days into
    /// the reference tables.
    #[command(subcommand)]
    Import(cli::import::ImportCommand),
    /// Declares a public holiday for one year, or withdraws it.
    #[command(subcommand)]
    Holiday(cli::holiday::HolidayCommand),
    /// Publishes the reference tables as the next edition.
    Publish(cli::reference::PublishArguments),
    /// Looks at what was published.
    #[command(subcommand)]
    Edition(cli::edition::EditionCommand),
    /// Compares the pepper and the keys with those that the installation was run with.
    #[command(subcommand)]
    Keys(cli::keys::KeysCommand),
    /// Shows how the installation is, and what to do about what is wrong.
    Status(cli::status::StatusArguments),
    /// Checks that logs, stores, groups and tables agree, and that each message is accounted for.
    Verify(cli::verify::VerifyArguments),
    /// Lists the records that could not be processed, opens them, replays or discards them.
    #[command(subcommand)]
    DeadLetters(cli::dead_letters::DeadLettersCommand),
    /// Lets a sink go on with another log than the one that it was filled from.
    #[command(subcommand)]
    Sink(cli::sink::SinkCommand),
    /// Invites people to the desk, or closes their accounts.
    #[command(subcommand)]
    Staff(cli::staff::StaffCommand),
    /// Changes a ticket: appends a command and waits for its answer.
    Change(cli::change::ChangeArguments),
    /// Explains why a ticket has its team and its deadlines.
    Explain(cli::explain::ExplainArguments),
    /// Shows the time of the logs beside the clocks, or sets it back after a clock was wrong.
    Time(cli::time::TimeArguments),
    /// Prints the machines: a diagram and a table.
    Topology {
        /// How the topic set is cut, as for `topics create`.
        #[arg(long, default_value_t)]
        cut: topics::catalogue::cut::Cut,
    },
    /// Prints the JSON Schema of every kind of record, under its `ce_type`.
    Schemas {
        /// Prints the taps as an AsyncAPI 3 document instead.
        #[arg(long)]
        asyncapi: bool,
    },
    /// Checks all settings and prints them, redacted, each with its source.
    Config,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match start(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("trust-engine: {error:#}");
            if error.is::<ConfigErrors>() { ExitCode::from(WRONG_CONFIGURATION) } else { ExitCode::FAILURE }
        }
    }
}

fn start(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let command = match arguments.command {
        Command::Try(arguments) => {
            return cli::r#try::run(&arguments, std::env::var("NO_COLOR").ok().as_deref());
        }
        Command::Understand => return cli::understand::run(),
        Command::Configured(command) => command,
    };
    let file = arguments.config;
    let load = move || Config::load(file.as_deref(), |name| std::env::var(name).ok());
    let config = load()?;
    watch_over(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match command {
        Configured::Run { part } => cli::run::run(&config, Arc::new(load), part, &runtime),
        Configured::Topics(command) => runtime.block_on(cli::topics::run(&config, &command)),
        Configured::Migrate => runtime.block_on(cli::reference::migrate(&config)),
        Configured::Reference(command) => runtime.block_on(cli::reference::run(&config, &command)),
        Configured::Import(command) => runtime.block_on(cli::import::run(&config, command)),
        Configured::Holiday(command) => runtime.block_on(cli::holiday::run(&config, &command)),
        Configured::Publish(arguments) => runtime.block_on(cli::reference::publish(&config, &arguments)),
        Configured::Edition(command) => runtime.block_on(cli::edition::run(&config, command)),
        Configured::Keys(command) => runtime.block_on(cli::keys::run(&config, command)),
        Configured::Status(arguments) => runtime.block_on(cli::status::run(&config, arguments)),
        Configured::Verify(arguments) => runtime.block_on(cli::verify::run(&config, arguments)),
        Configured::DeadLetters(command) => runtime.block_on(cli::dead_letters::run(&config, command)),
        Configured::Sink(command) => runtime.block_on(cli::sink::run(&config, &command)),
        Configured::Staff(command) => runtime.block_on(cli::staff::run(&config, command)),
        Configured::Change(change) => runtime.block_on(cli::change::run(&config, change)),
        Configured::Explain(explain) => runtime.block_on(cli::explain::run(&config, explain)),
        Configured::Time(arguments) => runtime.block_on(cli::time::run(&config, arguments)),
        Configured::Topology { cut } => cli::print(pipeline::topology::describe(cut)),
        Configured::Schemas { asyncapi } => cli::print(cli::topics::schemas(&config, asyncapi)?),
        Configured::Config => cli::print(config.describe()),
    }
}

/// Sets up logging. Of a panic only the position is logged, because its message may contain a resident's
/// words.
fn watch_over(config: &Config) -> anyhow::Result<()> {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(config.log.as_str())?)
        .with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Json => lines.json().init(),
        LogFormat::Text => lines.with_ansi(false).init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "the program panicked");
    }));
    // reqwest and sqlx share one implementation of TLS; an error would only mean that it is set already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(())
}
