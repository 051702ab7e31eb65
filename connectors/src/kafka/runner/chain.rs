//! A chain at work: follows its group, restores what it is given, and turns batches into transactions.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use pipeline::engine::step::TaskContext;
use pipeline::topology::MachineSpec;
use rdkafka::consumer::{BaseConsumer, Consumer};
use topics::codec::control::{Control, control_record};
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::clock::present;
use crate::health::PartHealth;
use crate::kafka::LogError;
use crate::kafka::client::convert;
use crate::kafka::client::group::{Membership, Rebalance, close, leave, pause, resume_at};
use crate::kafka::client::instance_slot::InstanceSlot;
use crate::kafka::client::lag::LagSchedule;
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::client::transaction::Transactions;
use crate::kafka::client::watchdog::Watchdog;
use crate::kafka::runner::assignment::{Owned, Ready, Restoring};
use crate::kafka::runner::batch::{self, Limits, MOST_RECORDS};
use crate::kafka::runner::restore::{Restore, Tasks};
use crate::kafka::runner::{ChainServices, RunnerSettings};
use crate::metrics::ChainMetrics;

/// The longest that a chain sleeps in a poll: how late it may notice that it is to stop, or an edition.
const LONGEST_POLL: Duration = Duration::from_millis(50);
/// Transactions begin at least this far apart: each costs the broker some 4 ms and 0.4 ms for each partition
/// that it writes to, however little that is. At 100 messages a second on two cores 50 ms led to less delay
/// than 20 or 35 (docs/performance.md).
const PACE: Duration = Duration::from_millis(50);
/// What a thread was asked to restore, and what came of it.
struct Restored {
    assignment: u64,
    partitions: usize,
    tasks: Result<Tasks, LogError>,
}

pub(super) struct Chain {
    pub(super) machine: &'static MachineSpec,
    pub(super) settings: RunnerSettings,
    pub(super) outside: Arc<dyn ChainServices>,
    pub(super) metrics: ChainMetrics,
    pub(super) consumer: BaseConsumer<Membership>,
    pub(super) transactions: Transactions,
    pub(super) owned: BTreeMap<u32, Owned>,
    /// The log's topic as the broker knows it.
    pub(super) topic: String,
    /// The most records of the next transaction; halved when transactions abort.
    pub(super) most: usize,
    /// How many transactions have aborted in a row.
    pub(super) aborted: u32,
    /// The record that was refused when it was alone in a transaction, by partition and offset, and how
    /// often in a row.
    pub(super) suspect: Option<(u32, i64)>,
    pub(super) refusals: u32,
    /// The partition that the next transaction begins with.
    pub(super) first: u32,
    pub(super) turns: LagSchedule,
    /// When the last transaction began.
    pub(super) began: Instant,
    /// Where tasks come back from the threads that restore them.
    restored: (mpsc::Sender<Restored>, mpsc::Receiver<Restored>),
    /// How many assignments there were.
    assignments: u64,
    group: String,
    health: Arc<PartHealth>,
    stop: Shutdown,
    _slot: InstanceSlot,
}

impl Chain {
    pub(super) fn new(
        machine: &'static MachineSpec,
        settings: RunnerSettings,
        outside: Arc<dyn ChainServices>,
        metrics: ChainMetrics,
        health: Arc<PartHealth>,
        stop: Shutdown,
    ) -> Result<Self, LogError> {
        let installation = &settings.installation;
        let slot = InstanceSlot::take(&settings.state, &format!("{}{}", installation.prefix, machine.name))?;
        let watchdog = Watchdog::start(machine.name)
            .map_err(|error| LogError::Alarm(format!("a thread cannot be made: {error}")))?;
        let member = format!("{}{}.{}.{}", installation.prefix, machine.name, settings.host, slot.number);
        let group = installation.topic(machine.name);
        let mut config = installation.client();
        config.set("group.id", &group).set("group.instance.id", &member);
        config.set("partition.assignment.strategy", "cooperative-sticky");
        config.set("session.timeout.ms", "6000").set("heartbeat.interval.ms", "300");
        config.set("enable.auto.commit", "false").set("isolation.level", "read_committed");
        // Where a partition begins is the restored row's to say. A log that does not hold that offset is an
        // alarm.
        config.set("auto.offset.reset", "error");
        config.set("fetch.wait.max.ms", "100").set("queued.max.messages.kbytes", "32768");
        let consumer: BaseConsumer<Membership> = config
            .create_with_context(Membership::default())
            .map_err(LogError::client("making a consumer"))?;
        let transactions = Transactions::new(installation, member, watchdog)?;
        let topic = installation.topic(machine.log.name);
        let owned = BTreeMap::new();
        Ok(Self {
            machine,
            settings,
            outside,
            metrics,
            consumer,
            transactions,
            owned,
            topic,
            most: MOST_RECORDS,
            aborted: 0,
            suspect: None,
            refusals: 0,
            first: 0,
            turns: LagSchedule::new(),
            began: Instant::now(),
            restored: mpsc::channel(),
            assignments: 0,
            group,
            health,
            stop,
            _slot: slot,
        })
    }

    /// Works until it is asked to stop, then gives its partitions up at once.
    pub(super) fn run(mut self) -> Result<(), LogError> {
        tracing::info!(chain = self.machine.name, id = self.transactions.id(), "joins its group");
        // A panic must not unwind through a consumer that may hang in closing.
        let ran = catch_unwind(AssertUnwindSafe(|| self.subscribe().and_then(|()| self.work())));
        let result = ran.unwrap_or_else(|_| Err(LogError::Alarm(format!("{} panicked", self.machine.name))));
        if let Err(error) = &result {
            tracing::error!(chain = self.machine.name, %error, "stops");
        }
        self.health.not_ready("is stopping");
        self.leave();
        close(self.consumer);
        result
    }

    fn work(&mut self) -> Result<(), LogError> {
        while !self.stop.is_requested() {
            self.follow_group()?;
            self.finish_restores()?;
            self.follow_editions();
            self.check_cut()?;
            self.hold_waiting()?;
            self.append_ticks();
            self.show_lag();
            let stashed: usize =
                self.ready().filter(|ready| !ready.held).map(|ready| ready.stash.len()).sum();
            let busy = self.ready().any(Ready::has_work);
            let patience = if busy { Duration::ZERO } else { self.idle() };
            // Even with its hands full a chain polls: what the group has to say comes between the records.
            let most = MOST_RECORDS.saturating_sub(stashed).max(1);
            let limits = Limits { patience, not_before: self.began + PACE, most };
            let batch = batch::poll(&self.consumer, &self.settings.installation.prefix, limits)?;
            self.check_clock(batch.iter().map(|record| record.time).max())?;
            // Partitions may have gone while polling: their records go with them.
            self.follow_group()?;
            for record in batch {
                if let Some(Owned::Ready(ready)) = self.owned.get_mut(&record.partition) {
                    ready.take(record);
                }
            }
            self.transact()?;
        }
        Ok(())
    }

    pub(super) fn ready(&self) -> impl Iterator<Item = &Ready> {
        self.owned
            .values()
            .filter_map(|owned| if let Owned::Ready(ready) = owned { Some(ready.as_ref()) } else { None })
    }

    fn ready_mut(&mut self) -> impl Iterator<Item = (u32, &mut Ready)> {
        self.owned.iter_mut().filter_map(|(partition, owned)| {
            if let Owned::Ready(ready) = owned { Some((*partition, ready.as_mut())) } else { None }
        })
    }

    fn idle(&self) -> Duration {
        let now = present();
        let least = self.ready().map(|ready| ready.idle_for(now)).min().unwrap_or(LONGEST_POLL);
        least.clamp(Duration::from_millis(1), LONGEST_POLL)
    }

    /// A broker's clock far ahead would fire deadlines that have not come: nobody can take that back.
    fn check_clock(&self, time: Option<Time>) -> Result<(), LogError> {
        let ahead = time.map_or(Duration::ZERO, |time| time.since(present()));
        if ahead > Duration::from_secs(60) {
            let (chain, seconds) = (self.machine.name, ahead.as_secs());
            return Err(LogError::Alarm(format!(
                "{chain}: the broker's clock is {seconds} s ahead of this host's; set the clocks right"
            )));
        }
        Ok(())
    }

    /// A count as a log line may have it: how much there is in the police lane is nobody's business.
    pub(super) fn countable<T>(&self, count: T) -> Option<T> {
        (self.machine.lane != Lane::Protected).then_some(count)
    }

    /// A process that slept while somebody cut the topic set otherwise must not go on as before.
    fn check_cut(&self) -> Result<(), LogError> {
        let (machine, before, now) = (self.machine, self.settings.cut, self.settings.shelf.cut());
        if before == now || machine.chain(before) == machine.chain(now) {
            return Ok(());
        }
        Err(LogError::Alarm(format!(
            "{}: the topic set was cut otherwise since this process began; start it again",
            machine.name
        )))
    }

    fn subscribe(&self) -> Result<(), LogError> {
        self.consumer.subscribe(&[&self.topic]).map_err(LogError::client("subscribing"))
    }

    /// Gives all partitions up, so that another member has them at once. What they permitted is not to be
    /// begun from now on: their next owner may begin before the goodbyes are over.
    fn leave(&mut self) {
        self.outside.reassigned();
        leave(&self.consumer);
        for partition in std::mem::take(&mut self.owned).into_keys() {
            self.metrics.forget_lag(self.machine.log.name, partition);
        }
    }

    /// After a transaction whose partitions turned out to be somebody else's: begins anew.
    pub(super) fn rejoin(&mut self) -> Result<(), LogError> {
        tracing::warn!(
            chain = self.machine.name,
            "another process owns what this one thought its own: joins anew"
        );
        self.leave();
        self.consumer.context().changes();
        self.subscribe()
    }

    fn follow_group(&mut self) -> Result<(), LogError> {
        for change in self.consumer.context().changes() {
            match change {
                Rebalance::Assigned(partitions) => {
                    self.outside.reassigned();
                    self.restore(partitions)?;
                }
                Rebalance::Revoked(partitions) => {
                    self.outside.reassigned();
                    for partition in partitions {
                        self.owned.remove(&partition);
                        self.metrics.forget_lag(self.machine.log.name, partition);
                    }
                }
                Rebalance::Failed(why) => {
                    return Err(LogError::Alarm(format!(
                        "{}: the group's change could not be followed: {why}",
                        self.machine.name
                    )));
                }
            }
            self.report_health();
        }
        Ok(())
    }

    fn report_health(&self) {
        let waits = self.owned.iter().find_map(|(partition, owned)| match owned {
            Owned::Restoring(_) => Some(format!("restores partition {partition}")),
            Owned::Ready(ready) => {
                ready.awaits.map(|number| format!("partition {partition} waits for edition {number}"))
            }
        });
        self.metrics.vitals().up(waits.is_none());
        match waits {
            Some(why) => self.health.not_ready(why),
            None => self.health.ready(),
        }
    }

    /// Begins to restore partitions on a thread of their own; the others go on.
    fn restore(&mut self, partitions: Vec<u32>) -> Result<(), LogError> {
        self.assignments += 1;
        let restoring = Restoring { since: Instant::now(), assignment: self.assignments };
        self.owned.extend(partitions.iter().map(|partition| (*partition, Owned::Restoring(restoring))));
        let RunnerSettings { installation, ring, pepper, shelf, cut, .. } = &self.settings;
        let (installation, ring, pepper, shelf, cut) =
            (installation.clone(), ring.clone(), pepper.clone(), shelf.clone(), *cut);
        let (group, machine, restored) = (self.group.clone(), self.machine, self.restored.0.clone());
        let (own_id, asked) = (self.transactions.id().to_owned(), partitions.len());
        let work = move || {
            let make = |partition| {
                let partitions = installation.partitions;
                let around =
                    TaskContext { partition, partitions, ring: ring.clone(), pepper: pepper.clone(), cut };
                let mut task = (machine.make)(around);
                if let Some(newest) = shelf.newest() {
                    task.add_edition(newest);
                }
                (partition, task)
            };
            let mut tasks: Tasks = partitions.into_iter().map(make).collect();
            let answer = |tasks| {
                restored.send(Restored { assignment: restoring.assignment, partitions: asked, tasks })
            };
            // The chain may have ended meanwhile. Closing the clients is nothing to wait for.
            let _ = match Restore::new(&installation, &group, machine, &own_id) {
                Ok(restore) => {
                    let ran = catch_unwind(AssertUnwindSafe(|| restore.run(&mut tasks)));
                    let panicked =
                        |_| Err(LogError::Alarm("the thread that restored partitions panicked".to_owned()));
                    answer(ran.unwrap_or_else(panicked).map(|()| tasks))
                }
                Err(error) => answer(Err(error)),
            };
        };
        let thread = std::thread::Builder::new().name(format!("{}-restore", machine.name));
        thread.spawn(work).map_err(|error| LogError::Alarm(format!("a thread cannot be made: {error}")))?;
        Ok(())
    }

    fn finish_restores(&mut self) -> Result<(), LogError> {
        let finished: Vec<_> = self.restored.1.try_iter().collect();
        for Restored { assignment, partitions, tasks } in finished {
            let ours = self.restoring(assignment);
            match tasks {
                Ok(tasks) => self.take_restored(tasks, &ours)?,
                Err(error) if ours.len() == partitions => return Err(error),
                // What went meanwhile its new owner has moved on: that is no reason for an alarm about it,
                // nor about the rest.
                Err(error) => {
                    tracing::warn!(chain = self.machine.name, %error, "restores again what is still its own");
                    if !ours.is_empty() {
                        self.restore(ours)?;
                    }
                }
            }
            self.report_health();
        }
        Ok(())
    }

    /// The partitions of this assignment that are still to be restored, and still ours.
    fn restoring(&self, assignment: u64) -> Vec<u32> {
        let of = |owned: &Owned| matches!(owned, Owned::Restoring(restoring) if restoring.assignment == assignment);
        self.owned.iter().filter(|(_, owned)| of(owned)).map(|(partition, _)| *partition).collect()
    }

    fn take_restored(&mut self, tasks: Tasks, ours: &[u32]) -> Result<(), LogError> {
        let mut positions = Vec::new();
        for (partition, task) in tasks {
            let Some(Owned::Restoring(restoring)) =
                self.owned.get(&partition).filter(|_| ours.contains(&partition))
            else {
                continue;
            };
            let (took, next_offset, entities) =
                (restoring.since.elapsed(), task.row().next_offset, task.entities());
            let (from, entities, millis) =
                (self.countable(next_offset), self.countable(entities), took.as_millis());
            tracing::info!(
                chain = self.machine.name,
                partition,
                next_offset = from,
                entities,
                millis,
                "restored"
            );
            self.metrics.restored(took);
            self.owned.insert(partition, Owned::Ready(Box::new(Ready::new(task))));
            positions.push((partition, next_offset));
        }
        resume_at(&self.consumer, &convert::positions(&self.topic, positions))
    }

    /// Hands the tasks the editions that they wait for, and new ones, which it announces in their logs.
    fn follow_editions(&mut self) {
        let RunnerSettings { shelf, appender, .. } = &self.settings;
        let (shelf, appender, log) = (shelf.clone(), appender.clone(), self.machine.log);
        let newest = shelf.newest();
        for (partition, ready) in self.ready_mut() {
            if let Some(edition) = ready.awaits.and_then(|number| shelf.ask(number)) {
                ready.task.add_edition(edition);
                ready.awaits = None;
            }
            if let Some(newest) = newest.as_ref().filter(|newest| ready.wants_edition(newest.number)) {
                ready.task.add_edition(newest.clone());
                // A stage that is cut out is told by each record, and has no log of its own to say it in.
                if newest.number > ready.task.row().edition {
                    appender.append_and_forget(&control_record(
                        log,
                        partition,
                        Control::Edition(newest.number),
                        present(),
                    ));
                }
            }
        }
    }

    /// Reads nothing more of partitions whose tasks wait for an edition: their records would fill the chain's
    /// hands.
    fn hold_waiting(&mut self) -> Result<(), LogError> {
        let mut changed = false;
        for (partition, owned) in &mut self.owned {
            let Owned::Ready(ready) = owned else { continue };
            match (ready.awaits, ready.held) {
                (Some(_), false) => pause(&self.consumer, &self.topic, *partition)?,
                (None, true) => {
                    let next =
                        ready.stash.back().map_or(ready.task.row().next_offset, |record| record.offset + 1);
                    resume_at(&self.consumer, &convert::positions(&self.topic, [(*partition, next)]))?;
                }
                _ => {}
            }
            changed |= ready.held != ready.awaits.is_some();
            ready.held = ready.awaits.is_some();
        }
        if changed {
            self.report_health();
        }
        Ok(())
    }

    /// Says in the logs that time passes. Without a store nothing is due, and a tap has no words for it.
    fn append_ticks(&mut self) {
        if self.machine.store.is_none() {
            return;
        }
        let now = present();
        let (appender, log, metrics) =
            (self.settings.appender.clone(), self.machine.log, self.metrics.clone());
        for (partition, ready) in self.ready_mut() {
            if ready.wants_tick(now) {
                appender.append_and_forget(&control_record(log, partition, Control::Tick, now));
                metrics.ticked();
            }
        }
    }
}
