//! `sink`: lets the sinks go on with another log than the one that they were filled from.

use std::process::ExitCode;

use clap::Subcommand;
use connectors::config::Config;

use topics::values::lane::Lane;

use super::run::sink;

#[derive(Subcommand)]
pub enum SinkCommand {
    /// Accepts the present log: every topic is read from its beginning, and rows that are in the tables
    /// already stay as they are.
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
