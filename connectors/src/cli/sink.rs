//! `sink`: what the sinks believe of the log that fed them.

use std::process::ExitCode;

use clap::Subcommand;
use connectors::config::Config;

use topics::values::lane::Lane;

use super::run::sink;

#[derive(Subcommand)]
pub enum SinkCommand {
    /// Takes the log that is there now for the one to go on with: every topic is read again, and what is in
    /// the tables already stays as it is.
    Adopt {
        /// The police lane's sink instead of the municipal one.
        #[arg(long)]
        protected: bool,
    },
}

pub async fn run(config: &Config, command: &SinkCommand) -> anyhow::Result<ExitCode> {
    let SinkCommand::Adopt { protected } = command;
    let installation = super::installation(config)?;
    super::wait_for_kafka(&installation).await;
    let lane = if *protected { Lane::Protected } else { Lane::Municipal };
    let forgotten = sink(config, &installation, lane)?.adopt().await?;
    super::print(format_args!(
        "the offsets of {forgotten} partitions are forgotten; the sink reads them from the beginning"
    ))
}
