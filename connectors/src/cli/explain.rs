//! `explain`: says why a ticket is where it is and due when it is, from its own record and its edition.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use connectors::config::Config;
use connectors::kafka::admin::ticket_reader;
use connectors::kafka::{Installation, editions};
use topics::codec::sealing::KeyRing;
use topics::values::ids::TicketId;

/// Explains why a ticket is where it is, and why it is due when it is.
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
    let explained = tokio::task::spawn_blocking(move || explain(&installation, &ring, &id));
    super::print(explained.await??)
}

/// Explains the ticket `id` by its record, the edition that has routed it, and the one by which it was last
/// written.
fn explain(installation: &Installation, ring: &Arc<KeyRing>, id: &TicketId) -> anyhow::Result<String> {
    let ticket = ticket_reader::ticket(installation, ring, id)?
        .with_context(|| format!("there is no ticket {id}, or it was forgotten"))?;
    let numbers = [ticket.routing.edition, ticket.edition];
    let known = editions::read(installation, |known, _| numbers.contains(&known))?;
    let [routed_by, present] = numbers
        .map(|number| known.get(&number).and_then(|published| published.edition().ok()).unwrap_or_default());
    Ok(pipeline::rules::explain::explain(&ticket, &routed_by, &present))
}
