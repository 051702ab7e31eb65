//! A day of 300 residents, during which every machine is killed.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use simulator::demo::accounts::{self, CountCheck};
use simulator::demo::day::{self, DayPlan};
use simulator::demo::{DemoAddresses, facts};
use simulator::harness::process::Engine;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::twilio::SimulatorPace;

const MACHINES: [&str; 7] =
    ["whatsapp", "conversations", "tickets", "deliveries", "protected", "sink", "protected-sink"];
/// The time between the kills of two machines.
const PEACE: Duration = Duration::from_secs(5);

fn addresses(installation: &TestInstallation) -> DemoAddresses {
    let url = |role: &str| installation.databases.url(role);
    DemoAddresses {
        topics: installation.topics.clone(),
        owner: url("trust_engine"),
        desk: url("desk"),
        saps: url("saps"),
        protected_sink: url("protected_sink"),
        sender: SENDER.to_owned(),
    }
}

/// Kills each machine in turn while the day goes on, and starts it again.
struct Reaper<'a> {
    installation: &'a TestInstallation,
    running: Vec<(&'static str, Engine)>,
    next: usize,
    last: Instant,
}

impl Reaper<'_> {
    fn look(&mut self) -> Result<()> {
        for (name, engine) in &self.running {
            if !engine.runs()? {
                bail!("{name} ended by itself\n{}", self.installation.processes.tails());
            }
        }
        let Some((name, engine)) = self.running.get_mut(self.next).filter(|_| self.last.elapsed() > PEACE)
        else {
            return Ok(());
        };
        engine.kill();
        *engine = self.installation.run(name)?;
        self.next += 1;
        self.last = Instant::now();
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_residents_through_the_death_of_every_machine_and_all_adds_up() -> Result<()> {
    // Twilio posts a callback that was not answered again: a receipt may be posted while the webhook is down.
    let pace = SimulatorPace { callback_tries: 600, ..SimulatorPace::default() };
    let Some(installation) = TestInstallation::start(Plan { pace, ..Plan::new("day", 3).fast() }).await?
    else {
        return Ok(());
    };
    let mut running = Vec::new();
    for name in MACHINES {
        running.push((name, installation.run_ready(name).await?));
    }
    let addresses = addresses(&installation);
    let reaper = RefCell::new(Reaper { installation: &installation, running, next: 0, last: Instant::now() });
    let plan = DayPlan { residents: 300, begin: Duration::from_secs(60), seed: 7 };
    let day = day::play(&addresses, &installation.twilio, plan, || reaper.borrow_mut().look()).await;
    let day = day.with_context(|| installation.processes.tails())?;
    assert_eq!(reaper.borrow().next, MACHINES.len(), "not every machine has died");
    let facts = facts::gather(&addresses, &installation.twilio, &day).await?;
    let wrong: Vec<String> =
        accounts::of(&facts).iter().filter(|one| !one.adds_up()).map(CountCheck::to_string).collect();
    let in_vain: Vec<String> = day
        .stories
        .iter()
        .filter_map(|story| Some(format!("{:?}: {}", story.resident.habit, story.in_vain.as_ref()?)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{in_vain:#?}");
    Ok(())
}
