//! The settings of the demo, and the addresses of the installation in which it plays a day.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use connectors::config::DEFAULT_PARTITIONS;
use topics::codec::sealing::KeyRing;

use crate::harness::kafka::Topics;
use crate::twilio::{SimulatorPace, SimulatorSettings as TwilioSettings};

/// Plays a day at speed and prints what happened. `make demo` starts the servers and sets these variables.
#[derive(Clone, Parser)]
pub struct DemoSettings {
    /// Bootstrap servers of Kafka.
    #[arg(long, env = "KAFKA_BROKERS")]
    pub(super) kafka_brokers: String,
    /// Prefix of all topic names.
    #[arg(long, env = "TOPIC_PREFIX", default_value = "")]
    pub(super) topic_prefix: String,
    /// How many partitions logs and stores have.
    #[arg(long, env = "PARTITIONS", default_value_t = DEFAULT_PARTITIONS)]
    pub(super) partitions: u32,
    /// The keys that seal personal data.
    #[arg(long, env = "KEY_RING", hide_env_values = true)]
    pub(super) key_ring: String,
    /// The database as its owner.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub(super) database_url: String,
    /// The database as the desk.
    #[arg(long, env = "DESK_DATABASE_URL", hide_env_values = true)]
    pub(super) desk_database_url: String,
    /// The database as the police, to check that nothing waits there.
    #[arg(long, env = "SAPS_DATABASE_URL", hide_env_values = true)]
    pub(super) saps_database_url: String,
    /// The database as the police lane's sink, to check that it is up to date.
    #[arg(long, env = "PROTECTED_SINK_DATABASE_URL", hide_env_values = true)]
    pub(super) protected_sink_database_url: String,
    /// Base URL at which the program listens for webhooks.
    #[arg(long, env = "WHATSAPP_URL")]
    pub(super) whatsapp_url: String,
    /// The address of the webhooks that Twilio's signatures cover.
    #[arg(long, env = "PUBLIC_URL")]
    pub(super) public_url: String,
    /// The address of the desk.
    #[arg(long, env = "DESK_URL")]
    pub(super) desk_url: String,
    /// Base URL of the program's metrics and health checks.
    #[arg(long, env = "METRICS_URL")]
    pub(super) metrics_url: String,
    /// The WhatsApp number that residents write to.
    #[arg(long, env = "WHATSAPP_SENDER")]
    pub(super) sender: String,
    /// SID of the Twilio account.
    #[arg(long, env = "TWILIO_ACCOUNT_SID")]
    pub(super) account: String,
    /// Secret of the Twilio account.
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    pub(super) auth_token: String,
    /// Where the simulated Twilio listens.
    #[arg(long, env = "TWILIO_API_URL")]
    pub(super) twilio_api_url: String,
    /// The program's folder; its log goes beside it.
    #[arg(long, env = "STATE_DIR")]
    pub(super) state_dir: PathBuf,
    /// How many residents there are.
    #[arg(long, env = "DEMO_RESIDENTS", default_value_t = 500)]
    pub(super) residents: u32,
    /// The number of seconds in which they write their first messages.
    #[arg(long, env = "DEMO_DAY_S", default_value_t = 90)]
    pub(super) day_s: u64,
    /// The seed of the random choices; another seed gives another day.
    #[arg(long, env = "DEMO_SEED", default_value_t = 1)]
    pub(super) seed: u64,
    /// Whether the demo ends after the report, instead of waiting for Ctrl-C.
    #[arg(long, env = "DEMO_EXIT", default_value = "0", value_parser = yes, action = clap::ArgAction::Set)]
    pub(super) exit: bool,
    /// The file to which the report is drawn, as SVG.
    #[arg(long, env = "DEMO_PICTURE")]
    pub(super) picture: Option<PathBuf>,
}

/// `1`, `true` and `yes` mean yes.
fn yes(text: &str) -> Result<bool, std::convert::Infallible> {
    Ok(matches!(text, "1" | "true" | "yes"))
}

impl DemoSettings {
    /// The addresses of the installation in which the day is played.
    pub(super) fn addresses(&self) -> Result<DemoAddresses> {
        let key_ring = Arc::new(self.key_ring.parse::<KeyRing>().context("KEY_RING")?);
        let brokers = self.kafka_brokers.clone();
        let prefix = self.topic_prefix.clone();
        Ok(DemoAddresses {
            topics: Topics { brokers, prefix, partitions: self.partitions, key_ring },
            owner: self.database_url.clone(),
            desk: self.desk_database_url.clone(),
            saps: self.saps_database_url.clone(),
            protected_sink: self.protected_sink_database_url.clone(),
            sender: self.sender.clone(),
        })
    }

    /// The settings of the simulated Twilio.
    pub(super) fn twilio(&self) -> Result<TwilioSettings> {
        let address = self.twilio_api_url.trim_start_matches("http://").trim_end_matches('/');
        Ok(TwilioSettings {
            listen: address.parse().with_context(|| {
                format!("TWILIO_API_URL {} is not an http:// address with a port", self.twilio_api_url)
            })?,
            account_sid: self.account.clone(),
            auth_token: self.auth_token.clone(),
            webhooks: vec![self.whatsapp_url.clone()],
            // The phones are as fast as the day: it takes half a second until a message is read.
            pace: SimulatorPace {
                sent: Duration::from_millis(50),
                delivered: Duration::from_millis(150),
                read: Duration::from_millis(300),
                callback_tries: 3,
                ..SimulatorPace::default()
            },
            ..TwilioSettings::new(&uuid::Uuid::new_v4().to_string(), &self.public_url)
        })
    }

    /// The file of the log of the program.
    pub(super) fn log(&self) -> PathBuf {
        self.state_dir.parent().unwrap_or(&self.state_dir).join("trust-engine.log")
    }
}

/// The addresses of the installation in which a day is played.
#[derive(Clone)]
pub struct DemoAddresses {
    /// The topics of the installation, with all keys.
    pub topics: Topics,
    /// The database as its owner.
    pub owner: String,
    /// The database as the desk.
    pub desk: String,
    /// The database as the police.
    pub saps: String,
    /// The database as the police lane's sink.
    pub protected_sink: String,
    /// The WhatsApp number that residents write to.
    pub sender: String,
}
