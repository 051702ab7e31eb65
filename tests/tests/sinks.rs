//! The fence of the sink: a sink that has lost a partition without noticing it writes nothing more of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use simulator::clock::{Checked, wait_until};
use simulator::harness::kafka::Topics;
use simulator::harness::postgres::Databases;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::tickets::{WantedTicket, send_steadily};
use topics::catalogue::TicketEvents;

const TICKETS: u32 = 3_000;
/// Longer than the group waits for a member, and longer than a transaction may last.
const FROZEN: Duration = Duration::from_secs(20);

/// Reads the sink's offsets until it is stopped. None of them may decrease.
async fn watch_offsets(databases: Databases, stop: Arc<AtomicBool>) -> Result<usize> {
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    let mut looks = 0;
    while !stop.load(Ordering::Relaxed) {
        for row in
            databases.owner("select topic || '-' || partition as place, next from sink_offsets").await?
        {
            let place = row.get("place").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            let next = row.get("next").and_then(serde_json::Value::as_i64).unwrap_or(0);
            let before = last.insert(place.clone(), next).unwrap_or(0);
            if next < before {
                bail!("the offset of {place} went back from {before} to {next}");
            }
        }
        looks += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(looks)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sink_that_was_stopped_for_twenty_seconds_doubles_no_row_and_moves_no_offset_back() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("sinks", 2)).await? else { return Ok(()) };
    let databases = installation.databases.clone();
    let topics = installation.topics.clone();
    installation.run_ready("tickets").await?;
    let frozen = installation.run_on_host("sink", "frozen")?;
    frozen.ready().await?;
    let stop = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn(watch_offsets(databases.clone(), stop.clone()));
    // About half a minute of tickets, so that everything below happens in the middle of them.
    let asking =
        tokio::spawn(send_steadily(topics.clone(), TICKETS, Duration::from_millis(10), WantedTicket::open));
    let rows = async || databases.number("trust_engine", "select count(*) from tickets").await;
    let some = async || {
        let rows = rows().await?;
        Ok(Checked::when(rows > 100, || format!("{rows} rows")))
    };
    installation.wait_until("the first sink writes", SOON, some).await?;
    frozen.freeze()?;
    let frozen_at = rows().await?;
    let other = installation.run_on_host("sink", "other")?;
    let more = async || {
        let rows = rows().await?;
        Ok(Checked::when(rows > frozen_at + 200, || format!("{rows} rows, {frozen_at} of the frozen one")))
    };
    let started = tokio::time::Instant::now();
    installation.wait_until("the other sink has taken over", SOON, more).await?;
    tokio::time::sleep_until(started + FROZEN).await;
    frozen.thaw()?;
    asking.await??;
    let all = async || {
        let rows = rows().await?;
        Ok(Checked::when(rows == i64::from(TICKETS), || format!("{rows} of {TICKETS} rows")))
    };
    installation.wait_until("all tickets are in PostGIS", SOON, all).await?;
    audited(&installation, &topics).await?;
    stop.store(true, Ordering::Relaxed);
    assert!(watching.await?? > 20, "the offsets were hardly looked at");
    assert!(other.runs()?);
    Ok(())
}

/// Every event of the log is one row of the audit log, and none is there twice.
async fn audited(installation: &TestInstallation, topics: &Topics) -> Result<()> {
    let events = i64::try_from(topics.decoded::<TicketEvents>()?.len())?;
    let look = async || {
        let rows = installation.databases.number("trust_engine", "select count(*) from audit_logs").await?;
        Ok(Checked::when(rows == events, || format!("{rows} rows of {events} events")))
    };
    wait_until("every event is in the audit log once", SOON, look).await
}
