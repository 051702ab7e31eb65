//! Requests for messages in the logs of deliveries, as the conversation appends them, and their arrival at
//! Twilio: for tests and measurements of the calls alone.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use topics::catalogue::{Notifications, ProtectedNotifications};
use topics::codec::partition::partition_of;
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::Sealed;
use topics::records::notifications::{Notification, Notify, OutgoingContent};
use topics::values::ids::{CitizenId, EventId, NotificationId, Pepper};
use topics::values::lane::Lane;
use topics::values::time::Time;
use topics::values::vocabulary::{Class, Language};

use super::kafka::Topics;
use super::process::Engine;
use super::{SENDER, TestInstallation};
use crate::clock::{Checked, now_ms};
use crate::twilio::ledger::AcceptedCall;

/// How long a takeover may take: the partitions of a lost process are assigned to another one after 6 s.
const HANDED_OVER: Duration = Duration::from_secs(60);

/// When another process took over, in milliseconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub struct HandOvers {
    /// Its owner was asked to stop.
    pub stopped_at: i64,
    /// Its next owner was killed.
    pub killed_at: i64,
}

/// How long a backlog may take, including takeovers and the lookups after them.
const WORKED_OFF: Duration = Duration::from_secs(300);

/// A backlog of one lane: a number of residents, each with the same number of messages, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Backlog {
    /// The lane that delivers the messages.
    pub lane: Lane,
    /// Number of residents who are written to.
    pub residents: u32,
    /// The number of messages for each resident.
    pub each: u32,
}

impl Backlog {
    /// The number of messages of the backlog.
    pub const fn messages(&self) -> usize {
        (self.residents * self.each) as usize
    }

    /// Asks for all of them.
    ///
    /// # Errors
    /// The broker does not take them.
    pub async fn ask(&self, topics: &Topics) -> Result<()> {
        let producer = topics.producer()?;
        for number in 0..self.each {
            for resident in 0..self.residents {
                let to = format!("whatsapp:+2783{resident:07}");
                let body = self.body(resident, number);
                let cause = EventId::of(&[b"backlog", body.as_bytes()]);
                let now = Time::from_millis(now_ms());
                let citizen = CitizenId::of(&Pepper::new(&[9; 16])?, &to);
                let record = Notification::Notify(Box::new(Notify {
                    notification: NotificationId::of(&cause, 0),
                    at: now,
                    edition: 0,
                    class: Class::Answer,
                    language: Language::En,
                    ticket: None,
                    window_end: None,
                    ignores_stop: false,
                    letter: Sealed(OutgoingContent {
                        citizen,
                        to,
                        from: SENDER.to_owned(),
                        body,
                        template: None,
                    }),
                }));
                let ring = &topics.key_ring;
                let address = Address::ByKey(topics.partitions);
                let envelope = Envelope::root(cause, now);
                let encode = match self.lane {
                    Lane::Protected => encode::<ProtectedNotifications>,
                    _ => encode::<Notifications>,
                };
                let outgoing = encode(ring, "tests", &envelope, address, SENDER.to_owned(), &record)?;
                topics.send(&producer, outgoing).await?;
            }
        }
        Ok(())
    }

    fn body(&self, resident: u32, number: u32) -> String {
        format!("{:?} {resident}: {number}", self.lane)
    }

    /// Waits until `count` messages of the backlog have arrived.
    ///
    /// # Errors
    /// The messages did not arrive in time.
    pub async fn arrive(&self, installation: &TestInstallation, count: usize) -> Result<()> {
        let look = async || {
            let arrived = self.arrived(&installation.twilio.taken()).len();
            Ok(Checked::when(arrived >= count, || format!("{arrived} of {count} {:?} messages", self.lane)))
        };
        installation.wait_until("the backlog is worked off so far", WORKED_OFF, look).await
    }

    /// Asks for all of them and lets three processes work them off: the first owner is stopped after half of
    /// them, the next is killed after three quarters, and the third does the rest.
    ///
    /// # Errors
    /// A machine does not start or stop, or the messages do not arrive.
    pub async fn work_off(&self, installation: &TestInstallation) -> Result<HandOvers> {
        let mut crew = Crew::new(installation, self.lane);
        for host in ["one", "two", "three"] {
            crew.hire(host).await?;
        }
        self.ask(&installation.topics).await?;
        // It takes a while to find out which process is the owner, so that begins before the takeover.
        self.arrive(installation, self.messages() / 4).await?;
        let first = crew.dismiss_owner().await?;
        self.arrive(installation, self.messages() / 2).await?;
        let stopped_at = now_ms();
        first.stop().await?;
        let second = crew.dismiss_owner().await?;
        self.arrive(installation, self.messages() * 3 / 4).await?;
        let killed_at = now_ms();
        second.kill();
        self.arrive(installation, self.messages()).await?;
        crew.dismiss_all().await?;
        Ok(HandOvers { stopped_at, killed_at })
    }

    /// How many a second arrived before the first change of hands, the first second left out.
    pub fn rate(&self, times: &[i64]) -> f64 {
        let begin = times.first().map_or(0, |first| first + 1_000);
        let steady: Vec<i64> =
            times.iter().copied().take(self.messages() / 2).filter(|time| *time >= begin).collect();
        let span = steady.last().zip(steady.first()).map_or(0, |(last, first)| last - first);
        steady.len().saturating_sub(1) as f64 * 1e3 / span.max(1) as f64
    }

    /// Those of the messages taken that are this backlog's, oldest first.
    pub fn arrived(&self, taken: &[AcceptedCall]) -> Vec<AcceptedCall> {
        let lane = format!("{:?} ", self.lane);
        taken.iter().filter(|message| message.body.starts_with(&lane)).cloned().collect()
    }

    /// Whether every resident got each message once, in the order in which they were asked for.
    ///
    /// # Errors
    /// A resident did not: says who, and what they got.
    pub fn is_whole(&self, taken: &[AcceptedCall]) -> Result<()> {
        let mut got: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for message in self.arrived(taken) {
            got.entry(message.to).or_default().push(message.body);
        }
        for resident in 0..self.residents {
            let expected: Vec<String> = (0..self.each).map(|number| self.body(resident, number)).collect();
            let came = got.remove(&format!("whatsapp:+2783{resident:07}")).unwrap_or_default();
            if came != expected {
                bail!("resident {resident} was to get {expected:?} and got {came:?}");
            }
        }
        Ok(())
    }
}

/// When messages were taken, in milliseconds since the epoch, ascending.
pub fn times(taken: &[AcceptedCall]) -> Vec<i64> {
    let mut times: Vec<i64> = taken.iter().map(|message| message.taken_at_ms).collect();
    times.sort_unstable();
    times
}

/// The processes of several machines that share the work of one part, and who has it.
pub struct Crew<'a> {
    installation: &'a TestInstallation,
    part: &'static str,
    store: &'static str,
    engines: BTreeMap<String, Engine>,
}

impl<'a> Crew<'a> {
    /// The crew of a lane's deliveries, without anybody yet.
    pub fn new(installation: &'a TestInstallation, lane: Lane) -> Self {
        let (part, store) = match lane {
            Lane::Protected => ("protected", "protected-deliveries"),
            _ => ("deliveries", "deliveries"),
        };
        Self { installation, part, store, engines: BTreeMap::new() }
    }

    /// Starts a process on a host of its own.
    ///
    /// # Errors
    /// The process does not become ready.
    pub async fn hire(&mut self, host: &str) -> Result<()> {
        let engine = self.installation.run_on_host(self.part, host)?;
        engine.ready().await?;
        self.engines.insert(host.to_owned(), engine);
        Ok(())
    }

    /// The machine that wrote last in our sender's partition, if it runs.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn owner(&self) -> Result<Option<String>> {
        let partition = partition_of(SENDER.as_bytes(), self.installation.topics.partitions);
        let topics = self.installation.topics.clone();
        let store = self.store;
        let rows = tokio::task::spawn_blocking(move || topics.task_rows(store)).await??;
        let Some(row) = rows.get(&partition) else { return Ok(None) };
        let wrote = |host: &&String| row.transactional_id.contains(&format!(".{host}."));
        Ok(self.engines.keys().find(wrote).cloned())
    }

    /// Removes the machine that owns our sender's partition from the crew, and returns its process.
    ///
    /// # Errors
    /// No machine owned the partition in time.
    pub async fn dismiss_owner(&mut self) -> Result<Engine> {
        let look = async || {
            Ok(self.owner().await?.map_or_else(|| Checked::not_yet("no process owns it"), Checked::Yes))
        };
        let owner = self
            .installation
            .wait_until("another process has our sender's partition", HANDED_OVER, look)
            .await?;
        self.engines.remove(&owner).context("the owner is one of the crew")
    }

    /// Stops all remaining processes by plan.
    ///
    /// # Errors
    /// A process does not end well.
    pub async fn dismiss_all(self) -> Result<()> {
        for engine in self.engines.values() {
            engine.stop().await?;
        }
        Ok(())
    }
}
