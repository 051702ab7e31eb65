//! The addresses on which a process listens.

use anyhow::Context;
use connectors::config::Config;
use tokio::net::TcpListener;

use super::desk;
use crate::cli::part::Part;

/// The addresses on which this process listens, apart from that of its metrics.
pub(super) struct Listeners {
    /// The address of the webhooks, if this process serves them.
    pub(super) webhooks: Option<TcpListener>,
    /// The address of the desk, where it is the only part. Beside the webhooks the desk listens by itself,
    /// since its address, if it is in use, must not keep messages from being taken.
    pub(super) desk: Option<TcpListener>,
}

impl Listeners {
    /// Listens on what `part` serves.
    pub(super) async fn of(config: &Config, part: Part) -> anyhow::Result<Self> {
        let webhooks = if part.includes(Part::Whatsapp) { Some(listen(config).await?) } else { None };
        let desk = if part == Part::Desk { Some(desk::listen(config).await?) } else { None };
        Ok(Self { webhooks, desk })
    }
}

/// Listens on the address that Twilio posts to.
pub(super) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.require_whatsapp_listen()?;
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("WHATSAPP_LISTEN {address} cannot be listened on; is the port in use?"))
}
