//! Measures the path of a report on a real Kafka and a real PostGIS: `bench/run.sh` starts both and calls
//! this.
//!
//! Every figure is of one run on one machine, with the broker, the database, the engine and this program on
//! it.

mod breach;
mod deliveries;
mod edition;
mod failover;
mod figures;
mod fill;
mod latency;
mod opens;
mod rest;
mod throughput;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use simulator::harness::{Plan, TestInstallation};

#[derive(Parser)]
struct Arguments {
    /// How many partitions logs and stores have.
    #[arg(long, global = true, default_value_t = 12)]
    partitions: u32,
    #[command(subcommand)]
    what: Measurement,
}

#[derive(Clone, Subcommand)]
enum Measurement {
    /// Processes a filled log of reports until all of them are rows.
    Throughput {
        /// Number of reports in the backlog.
        #[arg(long, default_value_t = 100_000)]
        reports: usize,
    },
    /// Measures the time from the webhook's 200 to the row.
    Latency {
        /// Rate of incoming messages, in messages a second.
        #[arg(long, default_value_t = 100)]
        rate: u32,
        /// Duration of the measurement, in seconds.
        #[arg(long, default_value_t = 30)]
        seconds: u32,
    },
    /// Measures processor time, threads and memory while nothing arrives.
    Rest {
        /// Duration of the measurement, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Measures the time from a deadline to its breach record, among many open tickets.
    Breach {
        /// Number of open tickets.
        #[arg(long, default_value_t = 100_000)]
        tickets: usize,
    },
    /// Measures messages a second at the simulated Twilio, also while another process takes over.
    Deliveries {
        /// Size of the backlog, in seconds at the rate that Twilio allows.
        #[arg(long, default_value_t = 40)]
        seconds: u32,
    },
    /// Measures how long no ticket is written when a process stops, is killed, or is lost with its machine.
    Failover,
    /// Measures the time from a new edition in its topic to the first decision by it, and to the last
    /// decision by the previous edition.
    Edition {
        /// Rate of incoming messages during the measurement, in messages a second.
        #[arg(long, default_value_t = 100)]
        rate: u32,
        /// Number of editions to publish.
        #[arg(long, default_value_t = 10)]
        editions: u32,
        /// A GeoJSON file of municipalities to begin with, so that an edition is as large as a real one.
        #[arg(long)]
        boundaries: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    // Only the first call in a process has an effect; an error of a later one can be ignored.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Arguments { partitions, what } = Arguments::parse();
    let name = match &what {
        Measurement::Throughput { .. } => "bench-throughput",
        Measurement::Latency { .. } => "bench-latency",
        Measurement::Rest { .. } => "bench-rest",
        Measurement::Breach { .. } => "bench-breach",
        Measurement::Deliveries { .. } => "bench-deliveries",
        Measurement::Failover => "bench-failover",
        Measurement::Edition { .. } => "bench-edition",
    };
    let Some(installation) = TestInstallation::start(Plan::new(name, partitions)).await? else {
        bail!("run bench/run.sh: it starts the neighbours")
    };
    match what {
        Measurement::Throughput { reports } => throughput::measure(&installation, reports).await,
        Measurement::Latency { rate, seconds } => latency::measure(&installation, rate, seconds).await,
        Measurement::Rest { seconds } => rest::measure(&installation, seconds).await,
        Measurement::Breach { tickets } => breach::measure(&installation, tickets).await,
        Measurement::Deliveries { seconds } => deliveries::measure(&installation, seconds).await,
        Measurement::Failover => failover::measure(&installation).await,
        Measurement::Edition { rate, editions, boundaries } => {
            edition::measure(&installation, rate, editions, boundaries).await
        }
    }
}
