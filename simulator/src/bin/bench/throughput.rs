//! Measures how fast a filled log of reports becomes rows: tickets a second, and processor time for each.

use std::time::Instant;

use anyhow::Result;
use simulator::clock::Checked;
use simulator::harness::TestInstallation;

use crate::figures::CpuSeconds;
use crate::fill::{PATIENCE, fill};

pub async fn measure(installation: &TestInstallation, reports: usize) -> Result<()> {
    let began = Instant::now();
    fill(installation, 0..reports)?;
    println!("filled {reports} reports in {:.1} s", began.elapsed().as_secs_f64());
    for round in ["cold", "warm"] {
        let target = if round == "cold" { reports } else { 2 * reports };
        if round == "warm" {
            fill(installation, reports..target)?;
        }
        let engine = installation.run("all")?;
        let began = Instant::now();
        let mut first = None;
        let before = CpuSeconds::so_far(installation, &engine)?;
        let what = format!("{target} tickets are rows");
        installation
            .wait_until(&what, PATIENCE, async || {
                let rows = installation.databases.number("postgres", "select count(*) from tickets").await?;
                if rows > (target - reports) as i64 && first.is_none() {
                    first = Some((Instant::now(), rows));
                }
                Ok(Checked::when(rows >= target as i64, || format!("{rows} rows")))
            })
            .await?;
        let whole = began.elapsed().as_secs_f64();
        let (first_at, first_rows) = first.unwrap_or((began, 0));
        let steady = (target as f64 - first_rows as f64) / first_at.elapsed().as_secs_f64();
        let rate = reports as f64 / whole;
        let cpu = CpuSeconds::so_far(installation, &engine)?.since(before);
        println!(
            "{round}: {whole:.1} s from start to the last row: {rate:.0} tickets/s; \
             {steady:.0}/s after the first rows; {}",
            cpu.per_ticket(reports)
        );
        chains(&engine.metrics().await?);
        engine.stop().await?;
    }
    Ok(())
}

/// How many records each chain had in how many transactions, and how long those took.
fn chains(metrics: &str) {
    let figure = |name: &str, labels: &str| -> f64 {
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix(&format!("trust_engine_runner_{name}{{{labels}}} ")));
        line.and_then(|value| value.parse().ok()).unwrap_or(0.0)
    };
    for chain in ["conversations", "tickets", "deliveries"] {
        let label = format!("chain=\"{chain}\"");
        let records = figure("records_total", &label);
        let took = figure("transaction_seconds_sum", &label);
        let transactions = figure("transactions_total", &format!("{label},outcome=\"committed\""));
        println!("    {chain}: {records} records in {transactions} transactions, {took:.1} s");
    }
}
