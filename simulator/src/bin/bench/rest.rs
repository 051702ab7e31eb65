//! Measures what an installation costs at which nothing arrives: processor time, threads and memory.

use std::time::Duration;

use anyhow::{Context, Result};
use simulator::harness::TestInstallation;

use crate::figures::CpuSeconds;

/// How long the engine and the broker may finish what their start has left to do.
const SETTLE: Duration = Duration::from_secs(20);

pub async fn measure(installation: &TestInstallation, seconds: u32) -> Result<()> {
    let engine = installation.run_ready("all").await?;
    tokio::time::sleep(SETTLE).await;
    let before = CpuSeconds::so_far(installation, &engine)?;
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    let used = CpuSeconds::so_far(installation, &engine)?.since(before);
    let status = std::fs::read_to_string(format!("/proc/{}/status", engine.pid()))?;
    let field = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context(name.to_owned())?;
        Ok(line.split_whitespace().next().context("no value")?.parse()?)
    };
    println!(
        "at rest for {seconds} s: {}; engine with {} threads and {} MB",
        used.percent(f64::from(seconds)),
        field("Threads:")?,
        field("VmRSS:")? / 1024
    );
    engine.stop().await
}
