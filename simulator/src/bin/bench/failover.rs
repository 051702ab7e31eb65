//! Measures how long no ticket of a partition is written while one of two processes stops, is killed and
//! restarted, or is lost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use connectors::kafka::client::appender::Appender;
use simulator::clock::now_ms;
use simulator::harness::TestInstallation;
use simulator::harness::process::Engine;
use topics::values::time::Time;

use crate::fill::log;
use crate::opens::open;

/// The number of opened tickets a second: each partition gets one every 25 ms or so.
const RATE: f64 = 500.0;
/// How long each case is observed, which is longer than any of them should take.
const WATCH: Duration = Duration::from_secs(14);

pub async fn measure(installation: &TestInstallation) -> Result<()> {
    let appender = Appender::new(&log(installation))?;
    let mut number = 0;
    let _other = host(installation, "b").await?;
    for scene in ["planned stop", "kill -9 and restart", "host lost"] {
        let first = host(installation, "a").await?;
        feed(installation, &appender, &mut number, Duration::from_secs(3)).await?;
        let since = now_ms();
        match scene {
            "planned stop" => first.stop().await?,
            _ => first.kill(),
        }
        if scene == "kill -9 and restart" {
            let again = installation.run_on_host("tickets", "a")?;
            feed(installation, &appender, &mut number, WATCH).await?;
            again.stop().await?;
        } else {
            feed(installation, &appender, &mut number, WATCH).await?;
        }
        println!(
            "{scene}: the longest that a partition wrote nothing: {:.2} s",
            longest_gap(installation, since)?
        );
    }
    Ok(())
}

async fn host(installation: &TestInstallation, host: &str) -> Result<Engine> {
    let engine = installation.run_on_host("tickets", host)?;
    engine.ready().await?;
    Ok(engine)
}

async fn feed(
    installation: &TestInstallation,
    appender: &Appender,
    number: &mut usize,
    duration: Duration,
) -> Result<()> {
    let began = Instant::now();
    let first = *number;
    while began.elapsed() < duration {
        while ((*number - first) as f64) < began.elapsed().as_secs_f64() * RATE {
            open(installation, appender, *number, Time::from_millis(now_ms() + 86_400_000))?;
            *number += 1;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    appender.flush();
    Ok(())
}

/// The longest time in which some partition wrote no ticket, in seconds.
fn longest_gap(installation: &TestInstallation, since: i64) -> Result<f64> {
    let mut last: BTreeMap<u32, i64> = BTreeMap::new();
    let mut longest = 0;
    for record in
        installation.topics.read("tickets")?.iter().filter(|record| record.time.millis() >= since - 1_000)
    {
        let before = last.insert(record.partition, record.time.millis()).unwrap_or(record.time.millis());
        longest = longest.max(record.time.millis() - before);
    }
    Ok(longest as f64 / 1e3)
}
