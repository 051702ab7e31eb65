//! Fills the log of conversations with reports.

use std::time::Duration;

use anyhow::Result;
use connectors::kafka;
use connectors::kafka::client::appender::Appender;
use simulator::harness::TestInstallation;

/// The description of the installation that the program's appender needs.
pub fn log(installation: &TestInstallation) -> kafka::Installation {
    kafka::Installation {
        brokers: installation.neighbours.kafka_brokers.clone(),
        prefix: installation.topics.prefix.clone(),
        partitions: installation.topics.partitions,
    }
}

/// Appends reports of residents, each of another one, and waits until the broker has them.
pub fn fill(installation: &TestInstallation, numbers: std::ops::Range<usize>) -> Result<()> {
    let appender = Appender::new(&log(installation))?;
    for n in numbers {
        appender.append_and_forget(&installation.report(n)?);
    }
    appender.flush();
    Ok(())
}

/// The time-out of a run.
pub const PATIENCE: Duration = Duration::from_secs(300);
