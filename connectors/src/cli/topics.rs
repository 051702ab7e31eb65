//! `topics`, `schemas`: creates and checks the topics of the catalogue on the broker, and prints the
//! catalogue.

use std::process::ExitCode;

use clap::Subcommand;
use connectors::config::Config;
use connectors::kafka::admin;
use connectors::kafka::admin::adopt::adopt;
use connectors::kafka::admin::stage_cut;
use connectors::kafka::editions;
use pipeline::topology::TOPOLOGY;
use topics::catalogue::asyncapi::asyncapi;
use topics::catalogue::cut::Cut;
use topics::catalogue::schemas;

#[derive(Subcommand)]
pub enum TopicsCommand {
    /// Creates the topics that are missing and appends edition 0 to every log.
    Create {
        /// How many copies of each record: 1 on one broker, 3 on a cluster.
        #[arg(long, default_value_t = 1)]
        replication: i32,
        /// Where the chain of the conversations is cut: `route,stamp`, `route` (stamp stays chained to it),
        /// `stamp`, or `nowhere`. By default it stays as it is. It changes only when no record is in flight.
        #[arg(long)]
        cut: Option<Cut>,
    },
    /// Compares all topics with the catalogue, and shows how they are cut.
    Check,
    /// Lets a machine go on after an alarm about its log: records were deleted before they were read, the
    /// broker has lost records, or the topic was created again. The machine then reads every record that it
    /// cannot have processed. It must not run meanwhile.
    Adopt {
        /// The name of the machine or of the stage that is cut out, as in `trust-engine run`.
        machine: String,
    },
    /// Prints the catalogue of topics, as this program expects them on the broker.
    Describe,
}

pub async fn run(config: &Config, command: &TopicsCommand) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    match command {
        TopicsCommand::Describe => super::print(admin::describe(&installation)),
        TopicsCommand::Check => {
            super::wait_for_kafka(&installation).await;
            let checked = admin::check(&installation).await?;
            super::print(format!(
                "{checked}; the topic set is cut {}",
                stage_cut::cut_name(editions::cut(&installation)?)
            ))
        }
        TopicsCommand::Adopt { machine } => {
            let Some(machine) = TOPOLOGY.iter().find(|known| known.name == machine) else {
                let names: Vec<&str> = TOPOLOGY.iter().map(|known| known.name).collect();
                anyhow::bail!("there is no machine `{machine}`; the machines are {}", names.join(", "));
            };
            super::wait_for_kafka(&installation).await;
            super::print(adopt(&installation, machine).await?)
        }
        TopicsCommand::Create { replication, cut: wanted } => {
            super::wait_for_kafka(&installation).await;
            let created = admin::create(&installation, *replication).await?;
            let Some(wanted) = wanted else { return super::print(created) };
            super::print(created)?;
            super::print(stage_cut::cut(&installation, *wanted).await?)
        }
    }
}

/// The schemas of the records: JSON Schemas by `ce_type`, or the taps as an AsyncAPI document.
pub fn schemas(config: &Config, as_asyncapi: bool) -> anyhow::Result<String> {
    let document = if as_asyncapi {
        asyncapi(config.topic_prefix.as_str(), config.partitions.get())
    } else {
        serde_json::Value::Object(schemas::schemas())
    };
    Ok(serde_json::to_string_pretty(&document)?)
}
