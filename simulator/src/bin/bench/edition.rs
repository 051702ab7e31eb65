//! Measures the time from a new edition in its topic to the first ticket that is routed by it, and to the
//! last one that is routed by the previous edition, while reports arrive. All times are the broker's.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use connectors::kafka::client::appender::Appender;
use simulator::clock::Checked;
use simulator::harness::TestInstallation;
use topics::catalogue::{Assignments, Editions};
use topics::records::assignments::Assignment;
use topics::records::editions::EditionRecord;

use crate::figures::{cpu_seconds, percentile_of};
use crate::fill::{PATIENCE, log};

/// Time between the publication of two editions.
const APART: Duration = Duration::from_secs(4);

pub async fn measure(
    installation: &TestInstallation,
    rate: u32,
    editions: u32,
    boundaries: Option<PathBuf>,
) -> Result<()> {
    if let Some(file) = boundaries {
        installation.run_to_end(&["import", "boundaries", &file.to_string_lossy()]).await?;
    }
    let engine = installation.run_ready("all").await?;
    let enough = Arc::new(AtomicBool::new(false));
    let appender = Appender::new(&log(installation))?;
    let (loaded, changed) = tokio::join!(load(installation, &appender, rate, &enough), async {
        let changed = change(installation, editions).await;
        enough.store(true, Ordering::Relaxed);
        changed
    });
    changed?;
    let reports = loaded?;
    installation
        .wait_until("all reports are routed", PATIENCE, async || {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let routed = installation.topics.read("assignments")?.len();
            Ok(Checked::when(routed >= reports, || format!("{routed} of {reports}")))
        })
        .await?;
    tell(installation, rate, cpu_seconds(engine.pid())?)?;
    engine.stop().await
}

/// Appends reports at a steady rate until it is stopped. Returns how many.
async fn load(
    installation: &TestInstallation,
    appender: &Appender,
    rate: u32,
    enough: &AtomicBool,
) -> Result<usize> {
    let began = Instant::now();
    let mut n = 0;
    while !enough.load(Ordering::Relaxed) {
        while (n as f64) < began.elapsed().as_secs_f64() * f64::from(rate) {
            appender.append_and_forget(&installation.report(n)?);
            n += 1;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    appender.flush();
    Ok(n)
}

/// Publishes editions, each with another response time.
async fn change(installation: &TestInstallation, editions: u32) -> Result<()> {
    let file = installation.folder().join("policies.csv");
    for edition in 0..editions {
        tokio::time::sleep(APART).await;
        let row = format!("municipality,category,severity,response_hours\nEKU,,,{}\n", edition % 2 + 10);
        std::fs::write(&file, row)?;
        installation.run_to_end(&["import", "policies", &file.to_string_lossy()]).await?;
        let said = installation.run_to_end(&["publish"]).await?;
        let number =
            said.split_whitespace().find_map(|word| word.parse().ok()).with_context(|| said.clone())?;
        installation
            .wait_until(&format!("a ticket is routed by edition {number}"), PATIENCE, async || {
                tokio::time::sleep(Duration::from_millis(500)).await;
                let newest = routed(installation)?.into_iter().map(|(edition, _)| edition).max();
                Ok(Checked::when(newest == Some(number), || format!("the newest is {newest:?}")))
            })
            .await?;
    }
    tokio::time::sleep(APART).await;
    Ok(())
}

/// The edition that routed each ticket, and when.
fn routed(installation: &TestInstallation) -> Result<Vec<(u32, i64)>> {
    let decided = installation.topics.decoded::<Assignments>()?;
    let of = decided.iter().filter_map(|one| match &one.record {
        Assignment::Assignment(assigned) => Some((assigned.routing.edition, one.incoming.time.millis())),
        Assignment::Addendum(_) => None,
    });
    Ok(of.collect())
}

fn tell(installation: &TestInstallation, rate: u32, cpu: f64) -> Result<()> {
    let records = installation.topics.decoded::<Editions>()?;
    let published: BTreeMap<u32, i64> = records
        .iter()
        .filter_map(|one| match &one.record {
            EditionRecord::Manifest(manifest) => Some((manifest.number, one.incoming.time.millis())),
            EditionRecord::Part(_) | EditionRecord::Cut(_) | EditionRecord::Fingerprint(_) => None,
        })
        .collect();
    let size: usize = records.iter().filter_map(|one| one.incoming.value.as_ref()).map(Vec::len).sum();
    let routed = routed(installation)?;
    let mut first = Vec::new();
    let mut last = Vec::new();
    for (number, at) in published.iter().filter(|(number, _)| **number > 1) {
        let new = routed.iter().filter(|(edition, _)| edition == number).map(|(_, at)| at).min();
        let old = routed.iter().filter(|(edition, _)| edition < number).map(|(_, at)| at).max();
        first.push((new.with_context(|| format!("nothing was routed by edition {number}"))? - at) as f64);
        last.push((old.context("nothing was routed before")? - at) as f64);
    }
    println!(
        "{} editions of about {} kB each at {rate} reports/s: \
         published to the first ticket routed by it p50 {:.0} ms, most {:.0} ms; \
         to the last one routed by the edition before p50 {:.0} ms, most {:.0} ms; \
         {cpu:.1} s CPU of the engine in all",
        first.len(),
        size / published.len().max(1) / 1_000,
        percentile_of(&first, 50),
        percentile_of(&first, 100),
        percentile_of(&last, 50),
        percentile_of(&last, 100),
    );
    Ok(())
}
