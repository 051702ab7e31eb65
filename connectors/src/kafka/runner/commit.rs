//! One transaction of a chain: steps, store and offsets, and what follows from each way in which it can end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pipeline::engine::task::{Fault, Progress};
use rdkafka::TopicPartitionList;
use rdkafka::error::KafkaError;
use topics::codec::record::{Incoming, Outgoing};
use topics::records::dead_letters::DeadClass;

use crate::clock::present;
use crate::kafka::LogError;
use crate::kafka::client::transaction::{AbortCause, Ending, Transactions};
use crate::kafka::runner::ChainServices;
use crate::kafka::runner::assignment::Ready;
use crate::kafka::runner::batch::MAX_RECORDS;
use crate::kafka::runner::log_reader::LogReader;
use crate::kafka::runner::partitions::Partitions;
use crate::kafka::runner::report::ChainReport;
use crate::metrics::{StageOutcome, TransactionOutcome};

/// The most time that the steps of one transaction may take before its commit, in a backlog.
const MAX_TIME: Duration = Duration::from_millis(250);
/// The most bytes that a transaction may write, its stores' rows not counted: of each entity only the last
/// one is written.
const MAX_BYTES: usize = 32 << 20;
/// After more aborts in a row than this, the next transaction is limited to half as many records. A record
/// that is alone in its transaction and is refused more often than this is dead-lettered.
const MAX_ABORTS: u32 = 1;
/// How long to wait after an abort that no record caused; longer while nothing but such aborts happens.
const BACK_OFF: Duration = Duration::from_millis(100);
const MAX_BACK_OFF: Duration = Duration::from_secs(2);
/// A producer that has committed nothing for this long although the broker answers is replaced: after a long
/// outage librdkafka's may wait for a new producer id without end, while every record that it is given times
/// out.
const MAX_WITHOUT_COMMIT: Duration = Duration::from_secs(30);

/// What a chain commits with.
pub(super) struct Committer {
    transactions: Transactions,
    /// The most records of the next transaction; halved when transactions abort.
    most: usize,
    /// How many transactions have aborted in a row.
    aborted: u32,
    /// The record, by partition and offset, that was refused when it was alone in a transaction.
    suspect: Option<(u32, i64)>,
    /// How many times in a row the suspect was refused.
    refusals: u32,
    /// The partition that the next transaction begins with.
    first: u32,
    /// When the last transaction began.
    began: Instant,
    /// Since when every transaction with records was aborted for a cause that no record has.
    failing_since: Option<Instant>,
}

/// The other parts of the chain that a transaction works with.
pub(super) struct TransactionParts<'a> {
    pub(super) report: &'a ChainReport,
    pub(super) log: &'a LogReader,
    pub(super) services: &'a dyn ChainServices,
    pub(super) partitions: &'a mut Partitions,
}

/// Whether the chain still owns the partitions of a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ownership {
    /// The chain still owns all of them.
    Kept,
    /// Another process has committed for one of them: the chain must join its group again.
    Lost,
}

/// What a transaction took from each partition.
#[derive(Default)]
struct TransactionContent {
    partitions: BTreeMap<u32, Vec<Incoming>>,
    /// The partition that it began with.
    first: Option<u32>,
    records: usize,
    /// What its steps wrote. It is sent after the last step, so that the client makes few and large batches
    /// of it.
    outputs: Vec<Outgoing>,
    bytes: usize,
    /// For each step at which a deadline had passed, how late the earliest one was.
    late: Vec<Duration>,
    dead_letters: Vec<DeadClass>,
}

/// The part of a dead letter that is not sealed.
#[derive(serde::Deserialize)]
struct OpenFields {
    class: DeadClass,
}

impl TransactionContent {
    /// The partition and offset of its record, if it has exactly one.
    fn alone(&self) -> Option<(u32, i64)> {
        let mut records = self
            .partitions
            .iter()
            .flat_map(|(partition, records)| records.iter().map(|record| (*partition, record.offset)));
        records.next().filter(|_| records.next().is_none())
    }

    /// Takes what the last step of a task wrote.
    fn take_outputs(&mut self, ready: &mut Ready, dead_letters: &str) {
        for output in ready.task.outputs() {
            self.bytes += output.size();
            if output.topic == dead_letters {
                let letter =
                    serde_json::from_slice::<OpenFields>(output.value.as_deref().unwrap_or_default());
                self.dead_letters.extend(letter.map(|letter| letter.class));
            }
            self.outputs.push(output);
        }
    }
}

/// Why stepping ended early.
enum StepError {
    /// The client did not take a record: the transaction aborts.
    Client(KafkaError),
    /// A task cannot go on: its partition is set aside.
    Task(u32, Fault),
}

impl Committer {
    pub(super) fn new(transactions: Transactions) -> Self {
        Self {
            transactions,
            most: MAX_RECORDS,
            aborted: 0,
            suspect: None,
            refusals: 0,
            first: 0,
            began: Instant::now(),
            failing_since: None,
        }
    }

    /// The transactional id of this chain.
    pub(super) fn id(&self) -> &str {
        self.transactions.id()
    }

    /// When the last transaction began.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// Processes what is stashed, if anything is, in one transaction.
    pub(super) fn transact(&mut self, mut work: TransactionParts<'_>) -> Result<Ownership, LogError> {
        if !work.partitions.has_work() {
            return Ok(Ownership::Kept);
        }
        let began = Instant::now();
        self.began = began;
        self.transactions.begin()?;
        let mut taken = TransactionContent::default();
        let ending = match self.fill(&mut work, &mut taken, began) {
            Ok(()) if taken.partitions.is_empty() => {
                self.transactions.abort("nothing to do".to_owned(), AbortCause::Other)?
            }
            Ok(()) => self.transactions.end(work.log.consumer(), &offsets(&work, &taken))?,
            Err(StepError::Client(error)) => {
                self.transactions.abort(error.to_string(), AbortCause::of(&error))?
            }
            Err(StepError::Task(partition, fault)) => {
                self.transactions.abort(fault.to_string(), AbortCause::Other)?;
                work.partitions.put_back(taken.partitions);
                return set_aside(&mut work, partition, fault);
            }
        };
        self.conclude(&mut work, taken, ending, began.elapsed())
    }

    /// Steps through the stashed records and sends what the steps wrote, the stores' rows of each partition
    /// last.
    fn fill(
        &mut self,
        work: &mut TransactionParts<'_>,
        taken: &mut TransactionContent,
        began: Instant,
    ) -> Result<(), StepError> {
        let machine = work.report.machine();
        let share = (self.most / work.partitions.with_work().max(1)).max(1);
        // Each transaction begins with another partition, so that one with a long backlog does not use up the
        // time of the others.
        for partition in work.partitions.in_order_from(self.first) {
            let Some(ready) = work.partitions.get_ready_mut(partition) else { continue };
            let mut share = share.min(self.most - taken.records.min(self.most));
            while share > 0 && taken.bytes < MAX_BYTES && began.elapsed() < MAX_TIME {
                let Some(record) = ready.backlog.next() else { break };
                let due = ready.task.next_due();
                let progress = self.step(partition, ready, &record);
                if let Ok(Progress::NeedsEdition(number)) = progress {
                    tracing::info!(chain = machine.name, partition, edition = number, "waits for an edition");
                    ready.backlog.await_edition(record, number);
                    break;
                }
                // The record is noted before the step's error is returned: an abort stashes it again.
                taken.partitions.entry(partition).or_default().push(record);
                progress.map_err(|fault| StepError::Task(partition, fault))?;
                taken.records += 1;
                share -= 1;
                taken
                    .late
                    .extend(due.filter(|due| *due <= ready.task.row().time).map(|due| present().since(due)));
                taken.take_outputs(ready, machine.dead_letters.name);
            }
            if ready.backlog.awaited().is_none() && ready.skip_control_records() {
                taken.partitions.entry(partition).or_default();
            }
            if taken.partitions.contains_key(&partition) {
                taken.first.get_or_insert(partition);
                taken.outputs.extend(ready.task.close(self.transactions.id()));
            }
        }
        taken.outputs.iter().try_for_each(|output| self.transactions.send(output)).map_err(StepError::Client)
    }

    /// Processes a record, or dead-letters the one that was refused too often.
    fn step(&self, partition: u32, ready: &mut Ready, record: &Incoming) -> Result<Progress, Fault> {
        if self.suspect == Some((partition, record.offset)) && self.refusals > MAX_ABORTS {
            ready.task.dead_letter(record, DeadClass::Uncommittable).map(|()| Progress::Done)
        } else {
            ready.task.step(record)
        }
    }

    fn conclude(
        &mut self,
        work: &mut TransactionParts<'_>,
        taken: TransactionContent,
        ending: Ending,
        took: Duration,
    ) -> Result<Ownership, LogError> {
        let records = taken.records;
        let outcome = match &ending {
            Ending::Committed => TransactionOutcome::Committed,
            Ending::Aborted { .. } => TransactionOutcome::Aborted,
            Ending::Unknown(_) => TransactionOutcome::Unknown,
        };
        work.report.metrics().transaction(outcome, records as u64, took);
        match ending {
            Ending::Committed => {
                self.most = (self.most * 2).min(MAX_RECORDS);
                self.aborted = 0;
                self.suspect = None;
                self.failing_since = None;
                self.refusals = 0;
                self.first = taken.first.map_or(0, |partition| partition + 1);
                apply_commit(work, taken);
                Ok(Ownership::Kept)
            }
            Ending::Aborted { why, cause } => {
                let alone = taken.alone();
                let is_skip = !taken.partitions.is_empty();
                work.partitions.put_back(taken.partitions);
                if cause == AbortCause::LostMembership {
                    return Ok(Ownership::Lost);
                }
                if records > 0 {
                    self.narrow(work.report, records, &why);
                    self.suspect(alone, cause);
                    self.check_producer(work, &why)?;
                } else if is_skip {
                    std::thread::sleep(BACK_OFF);
                }
                Ok(Ownership::Kept)
            }
            Ending::Unknown(why) => self.settle_unknown_outcome(work, taken, &why),
        }
    }

    /// After repeated aborts makes transactions smaller, until the record that cannot be committed is alone
    /// in one.
    fn narrow(&mut self, report: &ChainReport, records: usize, why: &str) {
        self.aborted += 1;
        tracing::warn!(
            chain = report.machine().name,
            records = report.countable(records),
            aborted = self.aborted,
            why,
            "a transaction was aborted"
        );
        if self.aborted > MAX_ABORTS && self.most > 1 {
            self.most = (records / 2).max(1);
            self.aborted = MAX_ABORTS;
        }
    }

    /// Only a record that the broker refuses repeatedly while it is alone in its transaction is
    /// dead-lettered. Any other cause may be temporary, and the transaction is retried without a limit.
    fn suspect(&mut self, alone: Option<(u32, i64)>, cause: AbortCause) {
        if cause == AbortCause::Other {
            let failing = self.failing_since.get_or_insert_with(Instant::now).elapsed();
            std::thread::sleep((failing / 4).clamp(BACK_OFF, MAX_BACK_OFF));
            return;
        }
        self.failing_since = None;
        if alone.is_some() {
            self.refusals = if self.suspect == alone { self.refusals + 1 } else { 1 };
            self.suspect = alone;
        }
    }

    /// The answer to a commit was lost: the committed offsets of each partition show whether the transaction
    /// was committed.
    fn settle_unknown_outcome(
        &self,
        work: &mut TransactionParts<'_>,
        taken: TransactionContent,
        why: &str,
    ) -> Result<Ownership, LogError> {
        if taken.partitions.is_empty() {
            return Ok(Ownership::Kept);
        }
        tracing::warn!(
            chain = work.report.machine().name,
            why,
            "the outcome of a transaction is unknown: asks for the committed offsets"
        );
        let offsets = work.log.outcome(&self.transactions, taken.partitions.keys().copied())?;
        let mut kept = TransactionContent::default();
        let mut dropped = BTreeMap::new();
        let mut membership = Ownership::Kept;
        for (partition, records) in taken.partitions {
            let Some(ready) = work.partitions.get_ready(partition) else { continue };
            let before = Some(ready.committed.next_offset).filter(|offset| *offset > 0);
            let now = offsets.get(&partition).copied();
            if now == Some(ready.task.row().next_offset) {
                kept.partitions.insert(partition, records);
            } else if now == before {
                dropped.insert(partition, records);
            } else {
                membership = Ownership::Lost;
            }
        }
        apply_commit(work, kept);
        work.partitions.put_back(dropped);
        Ok(membership)
    }

    /// Returns an error if the producer has to be replaced, which the chain's restart does.
    fn check_producer(&self, work: &TransactionParts<'_>, why: &str) -> Result<(), LogError> {
        let fails = self.failing_since.is_some_and(|since| since.elapsed() > MAX_WITHOUT_COMMIT);
        if fails && work.log.broker_answers() {
            return Err(LogError::ProducerFails { why: why.to_owned() });
        }
        Ok(())
    }
}

/// Sets aside the partition of a task that cannot go on. The chain goes on with its others.
fn set_aside(work: &mut TransactionParts<'_>, partition: u32, fault: Fault) -> Result<Ownership, LogError> {
    let chain = work.report.machine().name;
    let error = LogError::Task { chain, partition, fault };
    work.log.pause(partition)?;
    work.report.set_aside(work.partitions, partition, error.to_string());
    Ok(Ownership::Kept)
}

/// The input offsets that are committed with the transaction.
fn offsets(work: &TransactionParts<'_>, taken: &TransactionContent) -> TopicPartitionList {
    let next = taken.partitions.keys().filter_map(|partition| {
        work.partitions.get_ready(*partition).map(|ready| (*partition, ready.task.row().next_offset))
    });
    work.log.positions(next)
}

/// After a commit: commits the tasks, starts their effects, and counts.
fn apply_commit(work: &mut TransactionParts<'_>, taken: TransactionContent) {
    let metrics = work.report.metrics();
    taken.late.into_iter().for_each(|late| metrics.due_late(late));
    taken.dead_letters.into_iter().for_each(|class| metrics.dead_letters(class, 1));
    for partition in taken.partitions.into_keys() {
        let Some(ready) = work.partitions.get_ready_mut(partition) else { continue };
        for effect in ready.task.commit() {
            work.services.carry_out(effect);
        }
        let row = ready.task.row().clone();
        for (stage, counts) in &row.counts {
            let before = ready.committed.counts.get(stage).copied().unwrap_or_default();
            let count = |fate, now: u64, then: u64| {
                metrics.stage_records(stage.as_str(), fate, now.saturating_sub(then))
            };
            count(StageOutcome::Received, counts.received, before.received);
            count(StageOutcome::Forwarded, counts.forwarded, before.forwarded);
            count(StageOutcome::Filtered, counts.filtered, before.filtered);
            count(StageOutcome::Rejected, counts.rejected, before.rejected);
        }
        metrics.edition(row.edition);
        ready.note_committed(row);
    }
    metrics.open_entities(work.partitions.entities() as u64);
}
