//! A chain at work: it follows its consumer group, restores the partitions that it is assigned, and processes
//! batches in transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use pipeline::topology::MachineSpec;
use topics::codec::record::Incoming;

use crate::clock::present;
use crate::health::PartHealth;
use crate::kafka::LogError;
use crate::kafka::client::group::Rebalance;
use crate::kafka::client::instance_slot::InstanceSlot;
use crate::kafka::client::log_ends::LogEnds;
use crate::kafka::client::shutdown::Shutdown;
use crate::kafka::client::transaction::Transactions;
use crate::kafka::client::watchdog::Watchdog;
use crate::kafka::runner::assignment::Ready;
use crate::kafka::runner::backlog::Pausing;
use crate::kafka::runner::batch::{Limits, MAX_RECORDS};
use crate::kafka::runner::clock_check::Clocks;
use crate::kafka::runner::commit::{Committer, Ownership, TransactionParts};
use crate::kafka::runner::log_reader::{self, LogReader};
use crate::kafka::runner::partitions::Partitions;
use crate::kafka::runner::report::ChainReport;
use crate::kafka::runner::restore::RestoredTasks;
use crate::kafka::runner::restore_thread::{RestoreJob, Restored};
use crate::kafka::runner::{ChainServices, RunnerSettings, control_records};
use crate::metrics::ChainMetrics;

/// The longest wait in one poll: the longest delay until a chain notices a request to stop, or an edition.
const LONGEST_POLL: Duration = Duration::from_millis(50);
/// Transactions begin at least this far apart: each costs the broker some 4 ms and 0.4 ms for each partition
/// that it writes to, however little that is. At 100 messages a second on two cores 50 ms led to less delay
/// than 20 or 35 (docs/performance.md).
const PACE: Duration = Duration::from_millis(50);
/// A partition that is set aside is restored again after this long.
const RETRY_ASIDE: Duration = Duration::from_secs(60);

/// A chain that is a member of its group.
pub(super) struct Chain {
    settings: RunnerSettings,
    services: Arc<dyn ChainServices>,
    report: ChainReport,
    log: LogReader,
    committer: Committer,
    partitions: Partitions,
    stop: Shutdown,
    /// Dropped last: until then no other process takes the transactional id of this chain.
    _slot: InstanceSlot,
}

impl Chain {
    pub(super) fn new(
        machine: &'static MachineSpec,
        settings: RunnerSettings,
        services: Arc<dyn ChainServices>,
        metrics: ChainMetrics,
        health: Arc<PartHealth>,
        stop: Shutdown,
    ) -> Result<Self, LogError> {
        let installation = &settings.installation;
        let slot = InstanceSlot::take(&settings.state, &format!("{}{}", installation.prefix, machine.name))?;
        let watchdog = Watchdog::start(installation, machine.name, &health, metrics.vitals(), &stop)
            .map_err(|error| LogError::Alarm(format!("a thread cannot be made: {error}")))?;
        let member = format!("{}{}.{}.{}", installation.prefix, machine.name, settings.host, slot.number);
        let group = installation.topic(machine.name);
        let consumer = log_reader::connect(installation, &group, &member)?;
        let transactions = Transactions::new(installation, member, watchdog)?;
        let topic = installation.topic(machine.log.name);
        Ok(Self {
            report: ChainReport::new(machine, metrics, health),
            log: LogReader::new(consumer, topic, LogEnds::new(installation)?),
            committer: Committer::new(transactions),
            partitions: Partitions::new(),
            settings,
            services,
            stop,
            _slot: slot,
        })
    }

    fn machine(&self) -> &'static MachineSpec {
        self.report.machine()
    }

    /// Works until it is asked to stop, then gives up its partitions at once.
    pub(super) fn run(mut self) -> Result<(), LogError> {
        let chain = self.machine().name;
        tracing::info!(chain, id = self.committer.id(), "joins its group");
        // A panic must not unwind through a consumer that may hang in closing.
        let ran = catch_unwind(AssertUnwindSafe(|| self.log.subscribe().and_then(|()| self.work())));
        let result = ran.unwrap_or_else(|_| Err(LogError::Alarm(format!("{chain} panicked"))));
        // A broker that is away when the part is asked to stop is waited for no longer. What it has of the
        // last transaction is seen at the next start.
        let result = result
            .or_else(|error| if self.stop.is_requested() && error.may_pass() { Ok(()) } else { Err(error) });
        self.report.show_stopping();
        self.leave();
        self.log.close();
        result
    }

    fn work(&mut self) -> Result<(), LogError> {
        while !self.stop.is_requested() {
            self.follow_group()?;
            self.finish_restores()?;
            self.retry_aside()?;
            self.follow_editions();
            self.check_cut()?;
            self.pause_waiting()?;
            let clocks = self.look_at_clocks()?;
            self.append_ticks(&clocks);
            self.show_waits();
            self.show_lag();
            let batch = self.poll(&clocks)?;
            // Partitions may have been revoked by the poll: their records are dropped.
            self.follow_group()?;
            self.take(batch, &clocks);
            self.transact()?;
        }
        // Retention may delete the control records that the logs end with before the next start, which would
        // then find that its position is gone.
        self.look_at_ends(Ready::is_idle);
        self.transact()
    }

    /// Polls even if the stash is full, since rebalances are served by the poll.
    fn poll(&self, clocks: &Clocks) -> Result<Vec<Incoming>, LogError> {
        let stashed = self.partitions.stashed();
        let patience = if self.partitions.has_work() { Duration::ZERO } else { self.idle(clocks) };
        let most = MAX_RECORDS.saturating_sub(stashed).max(1);
        let limits = Limits { patience, not_before: self.committer.began() + PACE, most };
        self.log.poll(&self.settings.installation.prefix, limits)
    }

    fn idle(&self, clocks: &Clocks) -> Duration {
        // No deadline is waited for while no tick may follow it.
        if clocks.wrong().is_some() {
            return LONGEST_POLL;
        }
        let least = self.partitions.idle_for(clocks.now()).unwrap_or(LONGEST_POLL);
        least.clamp(Duration::from_millis(1), LONGEST_POLL)
    }

    fn transact(&mut self) -> Result<(), LogError> {
        let work = TransactionParts {
            report: &self.report,
            log: &self.log,
            services: self.services.as_ref(),
            partitions: &mut self.partitions,
        };
        match self.committer.transact(work)? {
            Ownership::Kept => Ok(()),
            Ownership::Lost => self.rejoin(),
        }
    }

    /// Looks at the clocks. Sets aside the partitions whose log is ahead of them already: a clock that is far
    /// ahead fires deadlines too early, which cannot be undone.
    fn look_at_clocks(&mut self) -> Result<Clocks, LogError> {
        let machine = self.machine();
        let topic = self.settings.installation.topic(machine.log.name);
        let brokers = self.settings.appender.broker_clocks();
        let owned = self.partitions.ready_mut().map(|(partition, _)| partition);
        let clocks = Clocks::look(machine, brokers, &topic, owned);
        let mut ahead = Vec::new();
        for (partition, ready) in self.partitions.ready_mut() {
            ready.release(clocks.latest());
            ahead.extend(clocks.why_ahead(machine.name, ready.committed.time).map(|why| (partition, why)));
        }
        for (partition, why) in ahead {
            self.log.pause(partition)?;
            self.report.set_aside(&mut self.partitions, partition, why);
        }
        self.report.metrics().clock_difference(clocks.largest_difference());
        if self.report.note_clocks(clocks.wrong()) {
            self.report.show_health(self.partitions.waits());
        }
        Ok(clocks)
    }

    /// Stashes what was read.
    fn take(&mut self, batch: Vec<Incoming>, clocks: &Clocks) {
        self.partitions.take(batch, clocks.latest());
        for (partition, ready) in self.partitions.ready_mut() {
            if let Some(time) = ready.backlog.ahead().filter(|_| !ready.backlog.is_paused()) {
                let seconds = time.since(clocks.now()).as_secs();
                tracing::error!(
                    chain = self.report.machine().name,
                    partition,
                    seconds,
                    "a partition is set aside: its next record is ahead of this host's clock; set the \
                     clocks right"
                );
            }
        }
    }

    /// A process that did not run while the cut of the topic set was changed must not continue with the old
    /// chain.
    fn check_cut(&self) -> Result<(), LogError> {
        let machine = self.machine();
        let before = self.settings.cut;
        let now = self.settings.editions.cut();
        if before == now || machine.chain(before) == machine.chain(now) {
            return Ok(());
        }
        Err(LogError::Alarm(format!(
            "{}: the cut of the topic set has changed since this process started; start it again",
            machine.name
        )))
    }

    /// Gives up all partitions, so that another member is assigned them at once. The services are told first:
    /// the next owner may begin with what was permitted here before the group has answered.
    fn leave(&mut self) {
        self.services.reassigned();
        self.log.leave();
        for partition in self.partitions.revoke_all() {
            self.report.forget_lag(partition);
        }
    }

    /// Leaves and joins the group again, after a transaction on partitions that it no longer owns.
    fn rejoin(&mut self) -> Result<(), LogError> {
        tracing::warn!(
            chain = self.machine().name,
            "no longer owns a partition that it worked on: joins the group again"
        );
        self.leave();
        self.log.changes();
        self.log.subscribe()
    }

    fn follow_group(&mut self) -> Result<(), LogError> {
        for change in self.log.changes() {
            match change {
                Rebalance::Assigned(partitions) => {
                    self.services.reassigned();
                    self.restore(partitions)?;
                }
                Rebalance::Revoked(partitions) => {
                    self.services.reassigned();
                    for partition in partitions {
                        self.partitions.revoke(partition);
                        self.report.forget_lag(partition);
                    }
                }
                Rebalance::Failed(why) => {
                    return Err(LogError::Alarm(format!(
                        "{}: the group's change could not be followed: {why}",
                        self.machine().name
                    )));
                }
            }
            self.report.show_health(self.partitions.waits());
        }
        Ok(())
    }

    fn restore(&mut self, partitions: Vec<u32>) -> Result<(), LogError> {
        let job = RestoreJob::new(&self.settings, self.machine(), self.committer.id());
        self.partitions.restore(partitions, job)
    }

    fn finish_restores(&mut self) -> Result<(), LogError> {
        for Restored { assignment, partitions, tasks } in self.partitions.finished_restores() {
            let ours = self.partitions.restoring(assignment);
            match tasks {
                Ok(tasks) => self.take_restored(tasks, &ours)?,
                Err(error) if ours.len() == partitions && !error.may_pass() => {
                    for partition in ours {
                        self.report.set_aside(&mut self.partitions, partition, error.to_string());
                    }
                }
                // A broker that did not answer may answer a new client. And if a partition was revoked in the
                // meantime, its new owner has changed its store: the error may come from that, so it says
                // nothing about the partitions that are still assigned.
                Err(error) => {
                    tracing::warn!(chain = self.machine().name, %error, "restores again the partitions that \
                        are still assigned");
                    if !ours.is_empty() {
                        self.restore(ours)?;
                    }
                }
            }
            self.report.show_aside(&self.partitions);
        }
        Ok(())
    }

    /// Restores partitions that have been set aside for a while, each by itself: the cause may be gone for
    /// one and not for another.
    fn retry_aside(&mut self) -> Result<(), LogError> {
        for partition in self.partitions.aside_for(RETRY_ASIDE) {
            self.restore(vec![partition])?;
        }
        Ok(())
    }

    fn take_restored(&mut self, tasks: RestoredTasks, ours: &[u32]) -> Result<(), LogError> {
        let mut positions = Vec::new();
        for (partition, restored) in tasks {
            let since = self.partitions.restoring_since(partition);
            let Some(since) = since.filter(|_| ours.contains(&partition)) else { continue };
            let took = since.elapsed();
            let restored = match restored {
                Ok(restored) => restored,
                Err(error) => {
                    self.report.set_aside(&mut self.partitions, partition, error.to_string());
                    continue;
                }
            };
            let next_offset = restored.start;
            tracing::info!(
                chain = self.machine().name,
                partition,
                next_offset = self.report.countable(next_offset),
                entities = self.report.countable(restored.task.entities()),
                millis = took.as_millis(),
                "restored"
            );
            self.report.metrics().restored(took);
            self.partitions.add_ready(partition, restored);
            positions.push((partition, next_offset));
        }
        self.log.resume_at(positions)
    }

    /// Hands the tasks the editions that they wait for, and new ones.
    fn follow_editions(&mut self) {
        let RunnerSettings { editions, appender, .. } = &self.settings;
        control_records::hand_out_editions(editions, appender, self.machine().log, &mut self.partitions);
    }

    /// Appends ticks to the logs of tasks that are due. A machine without a store has no deadlines.
    fn append_ticks(&mut self, clocks: &Clocks) {
        let machine = self.machine();
        if machine.store.is_none() {
            return;
        }
        let appender = &self.settings.appender;
        let ticks = control_records::append_ticks(appender, machine.log, clocks, &mut self.partitions);
        self.report.metrics().ticks_appended(ticks);
    }

    /// Pauses the partitions whose tasks wait for an edition or for this host's clock, whose records would
    /// fill the stash, and resumes those whose tasks no longer wait.
    fn pause_waiting(&mut self) -> Result<(), LogError> {
        let mut changed = false;
        for (partition, ready) in self.partitions.ready_mut() {
            match ready.backlog.pausing() {
                Pausing::Unchanged => continue,
                Pausing::Pause => self.log.pause(partition)?,
                Pausing::Resume => self.log.resume_at([(partition, ready.read_until())])?,
            }
            changed = true;
        }
        if changed {
            self.report.show_aside(&self.partitions);
        }
        Ok(())
    }

    /// Shows, once a second, how old the oldest stashed record is and what the partitions wait for.
    fn show_waits(&mut self) {
        if !self.report.waits_are_due() {
            return;
        }
        let oldest = self.partitions.oldest_age(|time| present().since(time));
        self.report.metrics().vitals().oldest_age(oldest);
        self.report.show_health(self.partitions.waits());
        self.report.metrics().partitions_waiting_for_edition(self.partitions.count_overdue());
        let chain = self.machine().name;
        for (partition, ready) in self.partitions.ready_mut() {
            if let Some(edition) = ready.backlog.alarm() {
                tracing::error!(
                    chain,
                    partition,
                    edition,
                    "waits for an edition for more than a minute: is it in the topic editions? `trust-engine \
                     publish` appends what is missing"
                );
            }
        }
    }

    /// Shows the lag, every few seconds. Where only control records are left, the position moves past them.
    fn show_lag(&mut self) {
        if self.log.lag_is_due() {
            self.look_at_ends(Ready::is_settled);
        }
    }

    /// Shows the lag. Of those partitions for which `is_done` holds, notes which have only control records
    /// left.
    fn look_at_ends(&mut self, is_done: fn(&Ready) -> bool) {
        let log = self.machine().log.name;
        let mut positions = BTreeMap::new();
        let mut done = BTreeSet::new();
        for (partition, ready) in self.partitions.ready_mut() {
            positions.insert(partition, ready.task.row().next_offset);
            if is_done(ready) {
                done.insert(partition);
            }
        }
        let behind = self.log.ends().lag_behind(log, &positions, |partition| done.contains(&partition));
        for (partition, records) in behind.lag {
            self.report.metrics().lag(log, partition, records);
        }
        for (partition, end) in behind.without_records {
            if let Some(ready) = self.partitions.get_ready_mut(partition) {
                ready.note_clear_until(end);
            }
        }
    }
}
