//! `migrate`, `reference`, `publish`: the tables, and the editions made of them.

use std::process::ExitCode;

use clap::Subcommand;
use connectors::append::Append;
use connectors::config::Config;
use connectors::kafka::client::appender::Appender;
use connectors::postgis;
use connectors::postgis::reference;
use sqlx::postgres::PgPool;

#[derive(Subcommand)]
pub enum ReferenceCommand {
    /// Fills the reference tables with the demo's data.
    Demo {
        /// Deadlines and waits are seconds, so that a day passes while one watches.
        #[arg(long)]
        fast: bool,
    },
}

/// The login that owns the tables.
pub fn owner(config: &Config) -> anyhow::Result<PgPool> {
    Ok(postgis::connect(config.require_database_url()?.with_password(), 2)?)
}

pub async fn migrate(config: &Config) -> anyhow::Result<ExitCode> {
    postgis::migrate(config.require_database_url()?.with_password()).await?;
    super::print("the tables are those of this program")
}

pub async fn run(config: &Config, command: &ReferenceCommand) -> anyhow::Result<ExitCode> {
    match command {
        ReferenceCommand::Demo { fast } => {
            reference::demo(&owner(config)?, *fast).await?;
            super::print(
                "the reference tables hold the demo's data; `trust-engine publish` makes an edition of them",
            )
        }
    }
}

pub async fn publish(config: &Config) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    let pool = owner(config)?;
    let publication = reference::publish(&pool).await?;
    super::wait_for_kafka(&installation).await;
    let appender = Appender::new(&installation)?;
    for record in publication.records.clone() {
        appender.append(record).await?;
    }
    reference::confirm(&pool, &publication).await?;
    super::print(if publication.changed {
        format!("edition {} is published", publication.number)
    } else {
        format!("nothing has changed since edition {}", publication.number)
    })
}
