//! `topics`, `schemas`: the catalogue, on the broker and on paper.

use std::process::ExitCode;

use clap::Subcommand;
use connectors::config::Config;
use connectors::kafka::admin;
use topics::catalogue::CATALOGUE;

#[derive(Subcommand)]
pub enum TopicsCommand {
    /// Creates the topics that are missing and appends edition 0 to every log.
    Create {
        /// How many copies of each record: 1 on one broker, 3 on a cluster.
        #[arg(long, default_value_t = 1)]
        replication: i32,
    },
    /// Compares all topics with the catalogue.
    Check,
    /// Prints the catalogue.
    Describe,
}

pub async fn run(config: &Config, command: &TopicsCommand) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    match command {
        TopicsCommand::Describe => super::print(admin::describe(&installation)),
        TopicsCommand::Check => {
            super::wait_for_kafka(&installation).await;
            super::print(admin::check(&installation).await?)
        }
        TopicsCommand::Create { replication } => {
            super::wait_for_kafka(&installation).await;
            super::print(admin::create(&installation, *replication).await?)
        }
    }
}

/// The JSON Schemas of all topics, by name.
pub fn schemas() -> anyhow::Result<String> {
    let all: serde_json::Map<String, serde_json::Value> =
        CATALOGUE.iter().map(|topic| (topic.spec.name.to_owned(), (topic.schema)().to_value())).collect();
    Ok(serde_json::to_string_pretty(&all)?)
}
