//! Measures the time from a deadline to its breach record while many tickets are open, and then how long it
//! takes to restore these tickets.

use std::time::Duration;

use anyhow::Result;
use connectors::kafka::client::appender::Appender;
use simulator::clock::{Checked, now_ms};
use simulator::harness::TestInstallation;
use topics::catalogue::Breaches;
use topics::values::time::Time;
use topics::values::vocabulary::Level;

use crate::figures::percentile_of;
use crate::fill::{PATIENCE, log};
use crate::opens::open;

/// How many of the open tickets breach during the measurement.
const BREACHES: usize = 2_000;
/// The period over which their deadlines are spread.
const SPREAD_MS: usize = 20_000;

pub async fn measure(installation: &TestInstallation, tickets: usize) -> Result<()> {
    let engine = installation.run_ready("tickets").await?;
    let appender = Appender::new(&log(installation))?;
    let far = Time::from_millis(now_ms() + 86_400_000);
    for n in 0..tickets {
        open(installation, &appender, n, far)?;
    }
    appender.flush();
    caught_up(installation).await?;
    println!("{tickets} tickets are open");
    let begin = now_ms() + 3_000;
    for n in 0..BREACHES {
        let due = Time::from_millis(begin + (n * SPREAD_MS / BREACHES) as i64);
        open(installation, &appender, tickets + n, due)?;
    }
    appender.flush();
    let mut late = Vec::new();
    installation
        .wait_until("all deadlines are seen to have passed", PATIENCE, async || {
            tokio::time::sleep(Duration::from_secs(1)).await;
            late = delays(installation)?;
            Ok(Checked::when(late.len() >= BREACHES, || format!("{} of {BREACHES}", late.len())))
        })
        .await?;
    let half = percentile_of(&late, 50);
    let most = percentile_of(&late, 99);
    println!(
        "due_at to breach record, {tickets} tickets open: p50 {half:.0} ms, p99 {most:.0} ms of {} breaches",
        late.len()
    );
    engine.kill();
    let again = installation.run_ready("tickets").await?;
    let millis: Vec<f64> =
        again.logged()?.lines().filter(|line| line.contains("restored")).filter_map(restored_in).collect();
    let slowest = millis.iter().copied().fold(0.0, f64::max);
    println!(
        "restored {tickets} tickets in {} partitions at once after kill -9: {slowest:.0} ms",
        millis.len()
    );
    again.stop().await
}

/// How many milliseconds after its deadline each breach was recorded.
fn delays(installation: &TestInstallation) -> Result<Vec<f64>> {
    let breaches = installation.topics.decoded::<Breaches>()?;
    let breaches = breaches.iter().filter(|breach| breach.record.level == Level::Breach);
    let delay = breaches.map(|breach| breach.incoming.time.millis() - breach.record.due_at.millis());
    Ok(delay.map(|millis| millis as f64).collect())
}

fn restored_in(line: &str) -> Option<f64> {
    line.rsplit_once("millis=")?.1.trim().parse().ok()
}

/// Waits until the log of tickets is read to its end.
async fn caught_up(installation: &TestInstallation) -> Result<()> {
    let written = installation.topics.read("ticket-commands")?.len();
    installation
        .wait_until("the log of tickets is read to its end", PATIENCE, async || {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let received = received_by_track(installation)?;
            let is_read = received + 2 * installation.topics.partitions as usize >= written;
            Ok(Checked::when(is_read, || format!("{received} of about {written}")))
        })
        .await
}

/// How many records the stage `track` has received.
fn received_by_track(installation: &TestInstallation) -> Result<usize> {
    let rows = installation.topics.task_rows("tickets")?;
    let counts = rows.values().flat_map(|row| row.counts.iter());
    let received = counts.filter(|(stage, _)| stage.as_str() == "track").map(|(_, counts)| counts.received);
    Ok(received.sum::<u64>() as usize)
}
