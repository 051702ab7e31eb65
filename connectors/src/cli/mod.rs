//! The subcommands of the program, one module each, and what several of them need.

pub mod change;
pub mod dead_letters;
pub mod edition;
pub mod explain;
pub mod holiday;
pub mod import;
pub mod keys;
pub mod part;
pub mod reference;
pub mod run;
pub mod sink;
pub mod staff;
pub mod status;
pub mod time;
pub mod topics;
pub mod r#try;
pub mod understand;
pub mod verify;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use connectors::config::Config;
use connectors::kafka::Installation;
use connectors::kafka::admin;

/// How often to say that the broker is still not available.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Prints the result of a subcommand. It is no error if the reader of the output has closed it.
pub fn print(text: impl std::fmt::Display) -> anyhow::Result<ExitCode> {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(ExitCode::SUCCESS)
}

/// The broker and the names on it.
pub fn installation(config: &Config) -> anyhow::Result<Installation> {
    Ok(Installation {
        brokers: config.require_kafka_brokers()?.as_str().to_owned(),
        prefix: config.topic_prefix.as_str().to_owned(),
        partitions: config.partitions.get(),
    })
}

/// Waits until the broker answers, and says every 10 s that it does not.
pub async fn wait_for_kafka(installation: &Installation) {
    let mut said: Option<Instant> = None;
    loop {
        let asked = installation.clone();
        match tokio::task::spawn_blocking(move || admin::cluster_id(&asked)).await {
            Ok(Ok(_)) => return,
            _ if said.is_none_or(|said| said.elapsed() >= LOG_INTERVAL) => {
                tracing::warn!(
                    brokers = installation.brokers,
                    "waits for Kafka: no answer yet; is it running, and is KAFKA_BROKERS right?"
                );
                said = Some(Instant::now());
            }
            _ => tokio::time::sleep(Duration::from_millis(300)).await,
        }
    }
}
