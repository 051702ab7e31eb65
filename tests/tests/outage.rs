//! A broker that is away while residents write: the processes wait, and every message that was acknowledged
//! becomes one ticket and one answer. `OUTAGE_S` (45) is how long the broker is away each time, longer than
//! any time-out of the client but those that a test cannot wait for.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use simulator::clock::Progress;
use simulator::harness::neighbours::{Neighbours, ServerKind};
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::twilio::inbound::Inbound;
use tests::fixtures::{POTHOLE_REPORT, pin};

/// Residents begin to write this far apart, from before the outage until after it.
const APART: Duration = Duration::from_millis(500);
/// How long before and after the outage they write.
const AROUND: Duration = Duration::from_secs(5);
/// How long everything may take that follows from an outage.
const PATIENCE: Duration = Duration::from_secs(240);

fn outage() -> Duration {
    let seconds = std::env::var("OUTAGE_S").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(45))
}

/// A resident writes what is wrong and where; Twilio posts each message until it is acknowledged.
async fn write(installation: &TestInstallation, resident: String) -> Result<String> {
    let twilio = &installation.twilio;
    let words = twilio.send_message(Inbound::text(&resident, SENDER, POTHOLE_REPORT)).await;
    let pin = twilio.send_message(pin(&resident)).await;
    ensure!(words.acknowledged >= 1 && pin.acknowledged >= 1, "not acknowledged: {words:?} {pin:?}");
    Ok(resident)
}

/// Residents write before, during and after the time in which `away` keeps the broker away.
async fn write_through(name: &'static str, away: impl AsyncFnOnce(&Neighbours) -> Result<()>) -> Result<()> {
    let Some(neighbours) = Neighbours::own(name)? else { return Ok(()) };
    let installation = Arc::new(TestInstallation::start_on(neighbours.clone(), Plan::new(name, 2)).await?);
    let engine = installation.run_ready("all").await?;
    let count = u32::try_from((outage() + 2 * AROUND).as_millis() / APART.as_millis())?;
    let residents = {
        let installation = Arc::clone(&installation);
        tokio::spawn(async move {
            let mut writing = Vec::new();
            for number in 0..count {
                let (installation, resident) =
                    (Arc::clone(&installation), format!("whatsapp:+2700003{number:04}"));
                writing.push(tokio::spawn(async move { write(&installation, resident).await }));
                tokio::time::sleep(APART).await;
            }
            let mut residents = Vec::new();
            for one in writing {
                residents.push(one.await??);
            }
            Ok::<_, anyhow::Error>(residents)
        })
    };
    tokio::time::sleep(AROUND).await;
    away(&neighbours).await?;
    let residents = tokio::time::timeout(PATIENCE, residents).await.context("Twilio posts for ever")???;
    let all = async || {
        let rows = installation.databases.number("trust_engine", "select count(*) from tickets").await?;
        Ok(Progress::when(rows == i64::from(count), || format!("{rows} of {count} tickets")))
    };
    installation.wait_until("every report is a ticket in PostGIS", PATIENCE, all).await?;
    for resident in &residents {
        let told = async || {
            let taken = installation.twilio.taken_for(resident);
            let numbered = taken.iter().filter(|message| !numbers(&message.body).is_empty()).count();
            Ok(Progress::when(numbered == 1, || {
                format!("{numbered} tracking numbers of {} messages", taken.len())
            }))
        };
        installation.wait_until("each resident is told one tracking number", PATIENCE, told).await?;
    }
    ensure!(engine.runs()?, "the process ended:\n{}", engine.logged()?);
    engine.ready().await?;
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_answers_nothing_for_a_while_is_waited_for() -> Result<()> {
    write_through("frozen-broker", async |neighbours| {
        neighbours.freeze(ServerKind::Kafka)?;
        tokio::time::sleep(outage()).await;
        neighbours.thaw(ServerKind::Kafka)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_gone_for_a_while_is_waited_for() -> Result<()> {
    write_through("gone-broker", async |neighbours| {
        neighbours.kill(ServerKind::Kafka)?;
        tokio::time::sleep(outage()).await;
        neighbours.start(ServerKind::Kafka)
    })
    .await
}
