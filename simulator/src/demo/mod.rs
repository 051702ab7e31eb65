//! The demo: a day in four municipalities in about two minutes, with real servers and a simulated Twilio, and
//! a report of it that adds up.

pub mod accounts;
pub mod day;
mod desk;
mod engine;
pub mod facts;
mod picture;
mod print;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use connectors::config::DEFAULT_PARTITIONS;
use topics::codec::sealing::KeyRing;

use crate::harness::kafka::Topics;
use crate::harness::process::program;
use crate::twilio::{SimulatedTwilio, SimulatorPace, SimulatorSettings as TwilioSettings};
use engine::DemoEngine;

/// Plays a day at speed and prints what happened. `make demo` starts the servers and sets these variables.
#[derive(Clone, Parser)]
pub struct DemoSettings {
    /// Bootstrap servers of Kafka.
    #[arg(long, env = "KAFKA_BROKERS")]
    kafka_brokers: String,
    /// Prefix of all topic names.
    #[arg(long, env = "TOPIC_PREFIX", default_value = "")]
    topic_prefix: String,
    /// How many partitions logs and stores have.
    #[arg(long, env = "PARTITIONS", default_value_t = DEFAULT_PARTITIONS)]
    partitions: u32,
    /// The keys that seal personal data.
    #[arg(long, env = "KEY_RING", hide_env_values = true)]
    key_ring: String,
    /// The database as its owner.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// The database as the desk.
    #[arg(long, env = "DESK_DATABASE_URL", hide_env_values = true)]
    desk_database_url: String,
    /// The database as the police, to check that nothing waits there.
    #[arg(long, env = "SAPS_DATABASE_URL", hide_env_values = true)]
    saps_database_url: String,
    /// The database as the police lane's sink, to check that it is up to date.
    #[arg(long, env = "PROTECTED_SINK_DATABASE_URL", hide_env_values = true)]
    protected_sink_database_url: String,
    /// Base URL at which the program listens for webhooks.
    #[arg(long, env = "WHATSAPP_URL")]
    whatsapp_url: String,
    /// The address of the webhooks that Twilio's signatures cover.
    #[arg(long, env = "PUBLIC_URL")]
    public_url: String,
    /// The address of the desk.
    #[arg(long, env = "DESK_URL")]
    desk_url: String,
    /// Base URL of the program's metrics and health checks.
    #[arg(long, env = "METRICS_URL")]
    metrics_url: String,
    /// The WhatsApp number that residents write to.
    #[arg(long, env = "WHATSAPP_SENDER")]
    sender: String,
    /// SID of the Twilio account.
    #[arg(long, env = "TWILIO_ACCOUNT_SID")]
    account: String,
    /// Secret of the Twilio account.
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    auth_token: String,
    /// Where the simulated Twilio listens.
    #[arg(long, env = "TWILIO_API_URL")]
    twilio_api_url: String,
    /// The program's folder; its log goes beside it.
    #[arg(long, env = "STATE_DIR")]
    state_dir: PathBuf,
    /// How many residents there are.
    #[arg(long, env = "DEMO_RESIDENTS", default_value_t = 500)]
    residents: u32,
    /// The number of seconds in which they write their first messages.
    #[arg(long, env = "DEMO_DAY_S", default_value_t = 90)]
    day_s: u64,
    /// The seed of the random choices; another seed gives another day.
    #[arg(long, env = "DEMO_SEED", default_value_t = 1)]
    seed: u64,
    /// Whether the demo ends after the report, instead of waiting for Ctrl-C.
    #[arg(long, env = "DEMO_EXIT", default_value = "0", value_parser = yes, action = clap::ArgAction::Set)]
    exit: bool,
    /// The file to which the report is drawn, as SVG.
    #[arg(long, env = "DEMO_PICTURE")]
    picture: Option<PathBuf>,
}

/// `1`, `true` and `yes` mean yes.
fn yes(text: &str) -> Result<bool, std::convert::Infallible> {
    Ok(matches!(text, "1" | "true" | "yes"))
}

impl DemoSettings {
    fn addresses(&self) -> Result<DemoAddresses> {
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

    fn twilio(&self) -> Result<TwilioSettings> {
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

    fn log(&self) -> PathBuf {
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

/// Plays the day and prints the report. Fails if the accounts do not agree and `exit` is set.
///
/// # Errors
/// Something could not be started, or the day did not come to its end.
pub async fn run(settings: DemoSettings) -> Result<ExitCode> {
    let stop = stop_signal();
    tokio::pin!(stop);
    let twilio = SimulatedTwilio::start(settings.twilio()?).await?;
    let mut engine = DemoEngine::start(&program()?, &settings.log(), &settings.metrics_url)?;
    println!("trust-engine runs; its log: {}", settings.log().display());
    let played = tokio::select! {
        played = show(&settings, &twilio, &mut engine) => Some(played),
        () = &mut stop => None,
    };
    let code = match played {
        None => ExitCode::from(130),
        Some(Err(error)) => {
            engine.stop().await;
            return Err(error.context(engine.tail()));
        }
        Some(Ok(adds_up)) if settings.exit => {
            if adds_up {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Some(Ok(_)) => {
            println!("\nEverything goes on running: write to it, look around. Ctrl-C ends it.");
            stop.await;
            ExitCode::SUCCESS
        }
    };
    println!("Stopping.");
    engine.stop().await;
    Ok(code)
}

/// Plays the day and prints the report. Returns whether the accounts agree.
async fn show(settings: &DemoSettings, twilio: &SimulatedTwilio, engine: &mut DemoEngine) -> Result<bool> {
    engine.ready().await?;
    let logins = desk::invite(&program()?, &settings.desk_url).await?;
    println!("{logins}");
    let addresses = settings.addresses()?;
    let plan = day::DayPlan {
        residents: settings.residents,
        begin: Duration::from_secs(settings.day_s),
        seed: settings.seed,
    };
    let day = day::play(&addresses, twilio, plan, || match engine.ended()? {
        Some(status) => bail!("trust-engine ended with {status} in the middle of the day"),
        None => Ok(()),
    });
    let facts = facts::gather(&addresses, twilio, &day.await?).await?;
    let accounts = accounts::of(&facts);
    let report = print::report(&facts, &accounts);
    println!("{report}{}\n{logins}", print::where_to_look(settings).await);
    if let Some(path) = &settings.picture {
        std::fs::write(path, picture::svg(&report))
            .with_context(|| format!("DEMO_PICTURE {}", path.display()))?;
    }
    Ok(accounts.iter().all(accounts::CountCheck::adds_up))
}

/// Resolves at Ctrl-C or SIGTERM.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
