//! `simulated-twilio`: a simulated Twilio as a program of its own. TWILIO_API_URL has to name its address.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use clap::Parser;
use simulator::twilio::SimulatorSettings;

/// A simulated Twilio: REST API, signed webhooks and callbacks, faults on demand (POST /control/faults).
#[derive(Parser)]
struct Arguments {
    /// The URL of which it listens on the host and port.
    #[arg(long, env = "TWILIO_API_URL")]
    url: String,
    /// The account's SID: `AC` and 32 hex digits.
    #[arg(long, env = "TWILIO_ACCOUNT_SID")]
    account: String,
    /// The account's secret, which authenticates calls and signs webhooks.
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    token: String,
    /// The address of the webhooks that its signatures cover.
    #[arg(long, env = "PUBLIC_URL")]
    public: String,
    /// The address at which the webhooks listen; by default the signed address.
    #[arg(long, env = "WHATSAPP_URL")]
    whatsapp: Option<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let seed = uuid::Uuid::new_v4().to_string();
    let settings = SimulatorSettings {
        listen: address_of(&arguments.url)?,
        account_sid: arguments.account,
        auth_token: arguments.token,
        webhooks: vec![arguments.whatsapp.unwrap_or_else(|| arguments.public.clone())],
        ..SimulatorSettings::new(&seed, &arguments.public)
    };
    let twilio = simulator::twilio::start(settings).await?;
    println!(
        "The simulated Twilio listens on {}; POST {}/control/send makes a resident write. Ctrl-C ends it.",
        twilio.url(),
        twilio.url()
    );
    tokio::signal::ctrl_c().await.context("no Ctrl-C here")
}

/// The address that `url` (`http://127.0.0.1:8081`) names.
fn address_of(url: &str) -> Result<SocketAddr> {
    let text = url.trim_start_matches("http://").trim_end_matches('/');
    text.parse().with_context(|| format!("{url} is not http:// with an address and a port"))
}
