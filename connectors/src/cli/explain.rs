//! `explain`: says why a ticket is where it is and due when it is, from its own record and its edition.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use connectors::config::Config;
use connectors::kafka::desk;
use connectors::kafka::editions;

/// Explains a ticket.
#[derive(Args)]
pub struct ExplainArguments {
    /// The ticket's id, or its tracking number.
    ticket: String,
}

pub async fn run(config: &Config, arguments: ExplainArguments) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    let ring = config.require_key_ring()?.clone();
    super::wait_for_kafka(&installation).await;
    let id = super::change::find(config, &arguments.ticket).await?;
    let explained = tokio::task::spawn_blocking(move || -> anyhow::Result<String> {
        let ticket = desk::ticket(&installation, &ring, &id)?.with_context(|| format!("there is no ticket {id}, or it was forgotten"))?;
        let mut routed_by = None;
        editions::read(&installation, |published| {
            if published.manifest.number == ticket.routing.edition {
                routed_by = Some(published);
            }
        })?;
        let edition = routed_by.and_then(|published| published.edition().ok()).unwrap_or_default();
        Ok(pipeline::explain::explain(&ticket, &edition))
    });
    super::print(explained.await??)
}
