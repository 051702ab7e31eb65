//! A broker that is away while residents write: the processes wait, and every message that was acknowledged
//! becomes one ticket and one answer. `OUTAGE_S` is how long the broker is away each time: by default 45 s
//! where it is frozen, which is longer than any time-out of the client that a test can wait for, 10 s where
//! it is killed, and 4 s in each state of a transaction. `MESSAGES_PER_S` is how many messages residents
//! write: 4, and 40 where the broker is killed, so that transactions are open then. `OUTAGE_STATE=Fetch`
//! plays only the outages that this request begins.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use simulator::clock::Checked;
use simulator::harness::kafka_proxy::{KafkaProxy, KafkaRequest, Loss};
use simulator::harness::neighbours::{Neighbours, ServerKind};
use simulator::harness::process::Engine;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::twilio::SimulatorPace;
use simulator::twilio::inbound::Inbound;
use tests::fixtures::{POTHOLE_REPORT, pin};

/// How long before and after the outage they write.
const AROUND: Duration = Duration::from_secs(3);
/// How long everything may take that follows from an outage, besides what it kept waiting: Twilio takes at
/// most 72 messages a second.
const PATIENCE: Duration = Duration::from_secs(240);

/// Each state of a transaction in which the broker goes away: the request that begins the outage, what still
/// happens of it, and whether it comes when the process starts.
const STATES: [(KafkaRequest, Loss, Moment); 11] = [
    (KafkaRequest::AddPartitionsToTxn, Loss::Request, Moment::Working),
    (KafkaRequest::Produce, Loss::Request, Moment::Working),
    (KafkaRequest::Produce, Loss::Answer, Moment::Working),
    (KafkaRequest::TxnOffsetCommit, Loss::Answer, Moment::Working),
    (KafkaRequest::EndTxn, Loss::Request, Moment::Working),
    (KafkaRequest::EndTxn, Loss::Answer, Moment::Working),
    (KafkaRequest::InitProducerId, Loss::Answer, Moment::Starting),
    (KafkaRequest::JoinGroup, Loss::Request, Moment::Starting),
    (KafkaRequest::OffsetFetch, Loss::Answer, Moment::Starting),
    (KafkaRequest::Fetch, Loss::Request, Moment::Starting),
    (KafkaRequest::OffsetFetch, Loss::Request, Moment::Asking),
];

/// After this long a broker has aborted the transaction of a process that it does not hear of: the time-out
/// of the transaction (5 s), and the time until the broker looks (10 s).
const ABORTED_AFTER: Duration = Duration::from_secs(18);

/// How long the broker is away at least while an outcome is asked for: longer than a question is repeated
/// otherwise.
const ASKED_FOR: Duration = Duration::from_secs(40);

/// When a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// The process reads and commits as usual.
    Working,
    /// The process was killed and starts again: it joins its groups and restores its stores.
    Starting,
    /// The broker comes back from an outage in a commit, in which it has aborted the transaction, so that the
    /// process asks for the outcome.
    Asking,
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// How long the broker is away, and how many messages residents write meanwhile.
#[derive(Clone, Copy)]
struct Outage {
    /// How long the broker is away.
    away: Duration,
    /// Residents begin to write this far apart, two messages each, from before the outage until after it.
    apart: Duration,
}

impl Outage {
    /// The settings, or these values.
    fn new(away_s: u64, messages_per_s: u64) -> Self {
        let per_s = u32::try_from(setting("MESSAGES_PER_S", messages_per_s)).unwrap_or(1).max(1);
        let away = Duration::from_secs(setting("OUTAGE_S", away_s));
        Self { away, apart: Duration::from_secs(2) / per_s }
    }

    /// How many residents write.
    fn residents(self) -> Result<u32> {
        Ok(u32::try_from((self.away + 2 * AROUND).as_millis() / self.apart.as_millis())?)
    }
}

/// A resident writes what is wrong and where; Twilio posts each message until it is acknowledged.
async fn write(installation: &TestInstallation, resident: String) -> Result<String> {
    let twilio = &installation.twilio;
    let words = twilio.send_message(Inbound::text(&resident, SENDER, POTHOLE_REPORT)).await;
    let pin = twilio.send_message(pin(&resident)).await;
    ensure!(words.acknowledged >= 1 && pin.acknowledged >= 1, "not acknowledged: {words:?} {pin:?}");
    Ok(resident)
}

/// As many residents as there are numbers write, one after the other.
async fn write_one_by_one(
    installation: &Arc<TestInstallation>,
    numbers: std::ops::Range<u32>,
    apart: Duration,
) -> Result<Vec<String>> {
    let mut writing = Vec::new();
    for number in numbers {
        let installation = Arc::clone(installation);
        let resident = format!("whatsapp:+270{number:08}");
        writing.push(tokio::spawn(async move { write(&installation, resident).await }));
        tokio::time::sleep(apart).await;
    }
    let mut residents = Vec::new();
    for one in writing {
        residents.push(one.await??);
    }
    Ok(residents)
}

/// Residents write before, during and after the outage that `away` causes.
async fn write_through(
    installation: &Arc<TestInstallation>,
    numbers: std::ops::Range<u32>,
    apart: Duration,
    away: impl AsyncFnOnce() -> Result<()>,
) -> Result<Vec<String>> {
    let writing = {
        let installation = Arc::clone(installation);
        tokio::spawn(async move { write_one_by_one(&installation, numbers, apart).await })
    };
    tokio::time::sleep(AROUND).await;
    away().await?;
    tokio::time::timeout(patience(), writing).await.context("Twilio posts for ever")??
}

/// An installation with two partitions, whose Twilio posts each message again until after an outage of this
/// length.
fn plan(name: &'static str, outage: Duration) -> Plan {
    let pace = SimulatorPace { webhook_patience: outage * 2 + PATIENCE, ..SimulatorPace::default() };
    Plan { pace, ..Plan::new(name, 2) }
}

fn patience() -> Duration {
    PATIENCE + Duration::from_secs(setting("OUTAGE_S", 0)) * 3
}

/// Every report is one ticket, and every resident receives one tracking number.
async fn all_arrived(installation: &TestInstallation, residents: &[String]) -> Result<()> {
    let count = i64::try_from(residents.len())?;
    let all = async || {
        let rows = installation.databases.number("trust_engine", "select count(*) from tickets").await?;
        Ok(Checked::when(rows == count, || format!("{rows} of {count} tickets")))
    };
    installation.wait_until("every report is a ticket in PostGIS", patience(), all).await?;
    for resident in residents {
        let told = async || {
            let taken = installation.twilio.taken_for(resident);
            let numbered = taken.iter().filter(|message| !numbers(&message.body).is_empty()).count();
            Ok(Checked::when(numbered == 1, || {
                format!("{numbered} tracking numbers of {} messages", taken.len())
            }))
        };
        installation.wait_until("each resident is told one tracking number", patience(), told).await?;
    }
    println!("{count} residents: 2 messages each, acknowledged; 1 ticket and 1 tracking number each");
    Ok(())
}

async fn still_runs(engine: &Engine) -> Result<()> {
    ensure!(engine.runs()?, "the process ended:\n{}", engine.logged()?);
    engine.ready().await
}

/// An outage of the whole broker.
async fn survives(
    name: &'static str,
    outage: Outage,
    away: impl AsyncFnOnce(&Neighbours) -> Result<()>,
) -> Result<()> {
    let Some(neighbours) = Neighbours::own(name)? else { return Ok(()) };
    let plan = plan(name, outage.away);
    let installation = Arc::new(TestInstallation::start_on(neighbours.clone(), plan).await?);
    let engine = installation.run_ready("all").await?;
    let numbers = 0..outage.residents()?;
    let away = async || away(&neighbours).await;
    let residents = write_through(&installation, numbers, outage.apart, away).await?;
    all_arrived(&installation, &residents).await?;
    still_runs(&engine).await?;
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_answers_nothing_for_a_while_is_waited_for() -> Result<()> {
    let outage = Outage::new(45, 4);
    survives("frozen-broker", outage, async |neighbours| {
        neighbours.freeze(ServerKind::Kafka)?;
        tokio::time::sleep(outage.away).await;
        neighbours.thaw(ServerKind::Kafka)
    })
    .await
}

/// Kafka leaves transactions behind that hang in about one of three such kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_and_comes_back_is_waited_for() -> Result<()> {
    let outage = Outage::new(10, 40);
    survives("killed-broker", outage, async |neighbours| {
        neighbours.kill(ServerKind::Kafka)?;
        tokio::time::sleep(outage.away).await;
        neighbours.start(ServerKind::Kafka)
    })
    .await
}

/// Begins an outage at the request, waits, and ends it.
async fn lose(
    proxy: &KafkaProxy,
    (request, loss, _): (KafkaRequest, Loss, Moment),
    away: Duration,
) -> Result<()> {
    proxy.arm(request, loss);
    proxy.wait_for_outage(Duration::from_secs(30)).await?;
    println!("{request:?}, its {loss:?} lost: away for {} s", away.as_secs());
    tokio::time::sleep(away).await;
    proxy.end_outage();
    Ok(())
}

/// Begins an outage in a commit, ends it when the broker has aborted the transaction, and begins another one
/// at the request.
async fn lose_commit_and_outcome(
    proxy: &KafkaProxy,
    (request, loss, _): (KafkaRequest, Loss, Moment),
    away: Duration,
) -> Result<()> {
    proxy.arm(KafkaRequest::EndTxn, Loss::Request);
    proxy.wait_for_outage(Duration::from_secs(30)).await?;
    tokio::time::sleep(ABORTED_AFTER).await;
    proxy.arm(request, loss);
    proxy.end_outage();
    proxy.wait_for_outage(Duration::from_secs(30)).await?;
    println!("a commit, then {request:?}, its {loss:?} lost: away for {} s", away.as_secs());
    tokio::time::sleep(away).await;
    proxy.end_outage();
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_goes_away_in_any_state_of_a_transaction_is_waited_for() -> Result<()> {
    let name = "states-broker";
    let Some(neighbours) = Neighbours::own_behind_proxy(name).await? else { return Ok(()) };
    let proxy = neighbours.proxy.clone().context("there is no proxy")?;
    let outage = Outage::new(4, 4);
    let installation = Arc::new(TestInstallation::start_on(neighbours, plan(name, outage.away)).await?);
    let mut engine = installation.run_ready("all").await?;
    let mut residents = Vec::new();
    let only = std::env::var("OUTAGE_STATE").ok();
    for state in STATES {
        if only.as_ref().is_some_and(|only| *only != format!("{:?}", state.0)) {
            continue;
        }
        let first = u32::try_from(residents.len())?;
        let away = outage.away;
        let writers = first..first + outage.residents()?;
        let next = write_through(&installation, writers, outage.apart, async || {
            match state.2 {
                Moment::Working => lose(&proxy, state, away).await,
                Moment::Starting => {
                    engine.kill();
                    // The requests that begin an outage at the start are not sent again later.
                    let (lost, started) =
                        tokio::join!(lose(&proxy, state, away), async { installation.run("all") });
                    engine = started?;
                    lost
                }
                Moment::Asking => {
                    lose_commit_and_outcome(&proxy, state, away.max(ASKED_FOR)).await?;
                    let logged = engine.logged()?;
                    let failed = logged.lines().filter(|line| {
                        line.contains("is started again after a pause") && line.contains("committed offsets")
                    });
                    ensure!(failed.count() == 0, "{logged}");
                    Ok(())
                }
            }
        });
        residents.extend(next.await?);
        all_arrived(&installation, &residents).await?;
        still_runs(&engine).await?;
    }
    engine.stop().await
}
