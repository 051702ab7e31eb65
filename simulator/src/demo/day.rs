//! The day itself: residents write, staff work, and time passes, until nothing is left to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::task::JoinSet;

use super::settings::DemoAddresses;
use crate::harness::kafka::Topics;
use crate::harness::postgres::rows;
use crate::residents::habits::ScriptStep;
use crate::residents::play::{Player, Story};
use crate::residents::population;
use crate::residents::staff::{Office, Staff};
use crate::twilio::SimulatedTwilio;

/// How long a resident waits for an expected message: longer than the latest resolution, and longer than the
/// minute of a flood.
const PATIENCE: Duration = Duration::from_secs(75);
/// How long the day may go on after the last resident has begun.
const EVENING: Duration = Duration::from_secs(480);
/// The pause between two rounds of the staff.
const LOOK: Duration = Duration::from_millis(400);
/// The time between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(10);

/// The size of a simulated day.
#[derive(Clone, Copy, Debug)]
pub struct DayPlan {
    /// How many residents there are.
    pub residents: u32,
    /// The period in which they write their first messages.
    pub begin: Duration,
    /// The seed of the random choices; another seed gives another day.
    pub seed: u64,
}

/// The results of the day that no server holds.
pub struct DemoDay {
    /// What each resident did and experienced.
    pub stories: Vec<Story>,
    /// The ids of the staff's commands.
    pub commands: Vec<String>,
    /// The duration of the day.
    pub took: Duration,
}

/// Plays a day to its end: until no resident, member of staff or stage has anything left to do. `look` is
/// called repeatedly; its error ends the day.
///
/// # Errors
/// The day does not come to rest, or a server does not answer.
pub async fn play(
    addresses: &DemoAddresses,
    twilio: &SimulatedTwilio,
    plan: DayPlan,
    mut look: impl FnMut() -> Result<()>,
) -> Result<DemoDay> {
    let started = Instant::now();
    println!("A day begins: {} residents, seed {}.", plan.residents, plan.seed);
    let mut residents = Residents::start(addresses, twilio, plan);
    let mut staff =
        Staff::new(Office { database_url: addresses.desk.clone(), topics: addresses.topics.clone() })?;
    let mut said = Instant::now();
    loop {
        look()?;
        residents.look()?;
        let acted = staff.look().await?;
        let open = match residents.busy() {
            Some(who) => who,
            None if acted > 0 => "the staff are busy".to_owned(),
            None => unrest(addresses, twilio).await?,
        };
        if open.is_empty() {
            break;
        }
        if started.elapsed() > plan.begin + EVENING {
            bail!("the day did not come to rest within {:?}: {open}", plan.begin + EVENING);
        }
        if said.elapsed() > PROGRESS {
            progress(addresses, twilio, started, residents.stories.len()).await?;
            said = Instant::now();
        }
        tokio::time::sleep(LOOK).await;
    }
    residents.stories.sort_by_key(|story| story.resident.number);
    Ok(DemoDay { stories: residents.stories, commands: staff.commands, took: started.elapsed() })
}

/// The residents, each in its own task.
struct Residents {
    playing: JoinSet<Story>,
    /// The present step of each resident, by number.
    steps: Arc<Mutex<BTreeMap<u32, String>>>,
    stories: Vec<Story>,
}

impl Residents {
    fn start(addresses: &DemoAddresses, twilio: &SimulatedTwilio, plan: DayPlan) -> Self {
        let mut playing = JoinSet::new();
        let steps: Arc<Mutex<BTreeMap<u32, String>>> = Arc::default();
        for resident in population(plan.seed, plan.residents, plan.begin) {
            let twilio = twilio.clone();
            let sender = addresses.sender.clone();
            let steps = steps.clone();
            playing.spawn(async move {
                tokio::time::sleep(resident.begins).await;
                let number = resident.number;
                let habit = resident.habit;
                let says =
                    |step: &ScriptStep| drop(lock(&steps).insert(number, format!("{habit:?}: {step:?}")));
                let story = Player::new(&twilio, &sender, &resident, PATIENCE).play(says).await;
                lock(&steps).remove(&number);
                story
            });
        }
        Self { playing, steps, stories: Vec::new() }
    }

    /// Collects the stories that are over.
    fn look(&mut self) -> Result<()> {
        while let Some(story) = self.playing.try_join_next() {
            self.stories.push(story.context("a resident's story broke off")?);
        }
        Ok(())
    }

    /// The residents who are not done.
    fn busy(&self) -> Option<String> {
        let steps = lock(&self.steps);
        let some: Vec<String> =
            steps.iter().take(5).map(|(number, step)| format!("resident {number}, {step}")).collect();
        (!self.playing.is_empty())
            .then(|| format!("{} residents are not done: {} ...", self.playing.len(), some.join("; ")))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn progress(
    addresses: &DemoAddresses,
    twilio: &SimulatedTwilio,
    started: Instant,
    done: usize,
) -> Result<()> {
    let query = "select (select count(*) from tickets) as tickets, (select count(*) from breaches \
        where level = 'breach') as breaches,
                        (select count(*) from tickets where status = 'closed') as closed";
    let row = rows(&addresses.owner, query).await?.into_iter().next().unwrap_or_default();
    let number = |name: &str| row.get(name).map(ToString::to_string).unwrap_or_default();
    let (heard, taken) = twilio.look(|ledger| (ledger.heard.len(), ledger.taken.len()));
    println!(
        "{:>4} s: {heard} messages in, {taken} out; {} tickets, {} closed; {} deadlines missed; \
         {done} residents are done",
        started.elapsed().as_secs(),
        number("tickets"),
        number("closed"),
        number("breaches"),
    );
    Ok(())
}

/// What is left to do; empty when the day is over.
async fn unrest(addresses: &DemoAddresses, twilio: &SimulatedTwilio) -> Result<String> {
    if twilio.in_flight() > 0 {
        return Ok("callbacks are in flight".to_owned());
    }
    // Tickets that staff, residents or deadlines will still change, and messages that are not sent yet.
    let tickets = "select count(*) as waiting from tickets
                    where status <> 'closed'
                      and (status = 'resolved' or assigned_team is not null or coalesce(response_met_at, \
                      response_breached_at) is null
                           or coalesce(resolution_met_at, resolution_breached_at) is null)";
    let messages =
        "select count(*) as waiting from deliveries where status in ('queued', 'sending', 'unknown')";
    for (url, query, what) in [
        (&addresses.owner, tickets, "tickets are open"),
        (&addresses.owner, messages, "messages are waiting"),
        (
            &addresses.saps,
            &*messages.replace("from ", "from protected."),
            "something waits in the police lane",
        ),
    ] {
        let waiting = rows(url, query).await?.first().map_or(0, |row| row["waiting"].as_i64().unwrap_or(0));
        if waiting > 0 {
            return Ok(what.to_owned());
        }
    }
    let asked = addresses.topics.clone();
    if let Some(log) = tokio::task::spawn_blocking(move || undrained(&asked)).await?? {
        return Ok(format!("{log} is not read to its end"));
    }
    behind(addresses).await
}

/// A log that its machine has not read to its end.
fn undrained(topics: &Topics) -> Result<Option<&'static str>> {
    // No stage is cut out in a demo, so every machine has a store.
    for (machine, store) in
        pipeline::topology::TOPOLOGY.iter().filter_map(|machine| Some((machine, machine.store?)))
    {
        let next = topics
            .task_rows(store.name)?
            .into_iter()
            .map(|(partition, row)| (partition, row.next_offset))
            .collect();
        if topics.has_more(machine.log.name, &next)? {
            return Ok(Some(machine.log.name));
        }
    }
    Ok(None)
}

/// The sink that has not written all records; empty if both have.
async fn behind(addresses: &DemoAddresses) -> Result<String> {
    let sinks = [
        (&addresses.owner, "sink_offsets", "the sink is behind"),
        (&addresses.protected_sink, "protected.sink_offsets", "the protected sink is behind"),
    ];
    for (url, table, what) in sinks {
        let mut next: BTreeMap<String, BTreeMap<u32, i64>> = BTreeMap::new();
        for row in rows(url, &format!("select topic, partition, next from {table}")).await? {
            let row: Position = serde_json::from_value(row)?;
            next.entry(row.topic).or_default().insert(row.partition, row.next);
        }
        let topics = addresses.topics.clone();
        let more = tokio::task::spawn_blocking(move || {
            next.iter().map(|(topic, next)| topics.has_more(topic, next)).collect::<Result<Vec<bool>>>()
        });
        if more.await??.contains(&true) {
            return Ok(what.to_owned());
        }
    }
    Ok(String::new())
}

/// How far a sink is in a partition.
#[derive(serde::Deserialize)]
struct Position {
    topic: String,
    partition: u32,
    next: i64,
}
