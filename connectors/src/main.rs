//! `trust-engine`: the one binary. It brings the proper names together; nothing else knows more than one of
//! them.

mod cli;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use connectors::config::{Config, ConfigErrors, LogFormat};
use tracing_subscriber::EnvFilter;

/// Records are many small pieces of memory, made on one thread and let go on another: the system's allocator
/// took a sixth of the processor for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit status of a command whose configuration is wrong (EX_CONFIG of sysexits.h).
const WRONG_CONFIGURATION: u8 = 78;

/// Municipal service requests from WhatsApp, as a stream.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// A TOML file with settings; the environment goes before it.
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
    /// Runs the machines of a part, or all.
    Run {
        /// The part of the program to run.
        #[arg(value_enum, default_value_t = cli::part::Part::All)]
        part: cli::part::Part,
    },
    /// Creates, checks or describes the topics.
    #[command(subcommand)]
    Topics(cli::topics::TopicsCommand),
    /// Brings the tables to this program's version.
    Migrate,
    /// Fills or reads the reference tables.
    #[command(subcommand)]
    Reference(cli::reference::ReferenceCommand),
    /// Brings a file of boundaries, wards, teams, policies, staff or places into the reference tables.
    #[command(subcommand)]
    Import(cli::import::ImportCommand),
    /// Publishes the reference tables as the next edition.
    Publish(cli::reference::PublishArguments),
    /// Looks at what was published.
    #[command(subcommand)]
    Edition(cli::edition::EditionCommand),
    /// Compares the pepper and the keys with those that the installation was run with.
    #[command(subcommand)]
    Keys(cli::keys::KeysCommand),
    /// What the sink believes of the log.
    #[command(subcommand)]
    Sink(cli::sink::SinkCommand),
    /// Asks for a change of a ticket and waits for the answer.
    Change(cli::change::ChangeArguments),
    /// Says why a ticket is where it is, and due when it is.
    Explain(cli::explain::ExplainArguments),
    /// Shows the time of the logs beside the clocks, or brings it back after a clock was wrong.
    Time(cli::time::TimeArguments),
    /// Prints the machines: a diagram and a table.
    Topology {
        /// How the topic set is cut: as for `topics create`.
        #[arg(long, default_value_t)]
        cut: topics::catalogue::cut::Cut,
    },
    /// Prints the JSON Schema of every kind of record, under its `ce_type`.
    Schemas {
        /// Instead, the taps as an AsyncAPI 3 document.
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
        Configured::Publish(arguments) => runtime.block_on(cli::reference::publish(&config, &arguments)),
        Configured::Edition(command) => runtime.block_on(cli::edition::run(&config, command)),
        Configured::Keys(command) => runtime.block_on(cli::keys::run(&config, command)),
        Configured::Sink(command) => runtime.block_on(cli::sink::run(&config, &command)),
        Configured::Change(change) => runtime.block_on(cli::change::run(&config, change)),
        Configured::Explain(explain) => runtime.block_on(cli::explain::run(&config, explain)),
        Configured::Time(arguments) => runtime.block_on(cli::time::run(&config, arguments)),
        Configured::Topology { cut } => cli::print(pipeline::topology::describe(cut)),
        Configured::Schemas { asyncapi } => cli::print(cli::topics::schemas(&config, asyncapi)?),
        Configured::Config => cli::print(config.describe()),
    }
}

/// Sets up the log, and says where a panic was, but not with which words: they may be a resident's.
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
        tracing::error!(place, "a panic");
    }));
    // reqwest and sqlx share one implementation of TLS; a second call would only say that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(())
}
