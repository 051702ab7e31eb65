//! One transaction of a chain: steps, store, offsets, and what follows from each way in which it can end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pipeline::task::{Fault, Progress};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use topics::dead_letters::DeadClass;
use topics::record::Incoming;

use super::chain::Chain;
use super::intake::MOST_RECORDS;
use super::owned::Owned;
use crate::kafka::transaction::{Ending, committed};
use crate::kafka::{LogError, wire};
use crate::metrics::{Fate, TransactionOutcome};

/// The most time that stepping may take before the commit, in a backlog.
const MOST_TIME: Duration = Duration::from_millis(250);
/// The most bytes that a transaction may write.
const MOST_BYTES: usize = 32 << 20;
/// A transaction that aborts more often than this is halved, and one of a single record puts it aside.
const MOST_ABORTS: u32 = 1;

/// What a transaction took from each partition.
#[derive(Default)]
struct Taken {
    partitions: BTreeMap<u32, Vec<Incoming>>,
    records: usize,
    bytes: usize,
}

/// Why stepping ended early.
enum Stumble {
    /// The client did not take a record: the transaction aborts.
    Client(KafkaError),
    /// A task cannot go on: the process stops.
    Task(u32, Fault),
}

impl Chain {
    /// Processes what is stashed, if anything is, in one transaction.
    pub(super) fn transact(&mut self) -> Result<(), LogError> {
        if !self.owned.values().any(|owned| matches!(owned, Owned::Ready(ready) if ready.has_work())) {
            return Ok(());
        }
        let began = Instant::now();
        self.began = began;
        self.transactions.begin().map_err(LogError::client("beginning a transaction"))?;
        let mut taken = Taken::default();
        let ending = match self.fill(&mut taken, began) {
            Ok(()) if taken.records == 0 => self.transactions.abort("nothing to do".to_owned())?,
            Ok(()) => self.transactions.end(&self.consumer, &self.offsets(&taken))?,
            Err(Stumble::Client(error)) => self.transactions.abort(error.to_string())?,
            Err(Stumble::Task(partition, fault)) => {
                self.transactions.abort(fault.to_string())?;
                return Err(LogError::Task { chain: self.machine.name, partition, fault });
            }
        };
        self.conclude(taken, ending, began.elapsed())
    }

    /// Steps through what is stashed and writes what follows, stores last.
    fn fill(&mut self, taken: &mut Taken, began: Instant) -> Result<(), Stumble> {
        let working = self.owned.values().filter(|owned| matches!(owned, Owned::Ready(ready) if ready.has_work())).count();
        let share = (self.most / working.max(1)).max(1);
        for (partition, owned) in &mut self.owned {
            let Owned::Ready(ready) = owned else { continue };
            let task_fault = |fault| Stumble::Task(*partition, fault);
            let mut share = share.min(self.most - taken.records.min(self.most));
            while share > 0 && taken.bytes < MOST_BYTES && began.elapsed() < MOST_TIME {
                let Some(record) = ready.stash.pop_front() else { break };
                // Whatever happens to this record, an abort puts it back.
                let progress = if self.most == 1 && self.aborted > MOST_ABORTS {
                    ready.task.put_aside(&record, DeadClass::Uncommittable).map(|()| Progress::Done)
                } else {
                    ready.task.step(&record)
                };
                if let Ok(Progress::NeedsEdition(number)) = progress {
                    tracing::info!(chain = self.machine.name, partition, edition = number, "waits for an edition");
                    ready.awaits = Some(number);
                    ready.stash.push_front(record);
                    break;
                }
                taken.partitions.entry(*partition).or_default().push(record);
                progress.map_err(task_fault)?;
                taken.records += 1;
                share -= 1;
                for output in ready.task.outputs() {
                    taken.bytes += output.size();
                    self.transactions.send(&output).map_err(Stumble::Client)?;
                }
            }
            if taken.partitions.contains_key(partition) {
                for row in ready.task.close(self.transactions.id()).map_err(task_fault)? {
                    self.transactions.send(&row).map_err(Stumble::Client)?;
                }
            }
        }
        Ok(())
    }

    /// The input offsets that go with the transaction.
    fn offsets(&self, taken: &Taken) -> TopicPartitionList {
        let mut offsets = TopicPartitionList::new();
        for partition in taken.partitions.keys() {
            if let Some(Owned::Ready(ready)) = self.owned.get(partition) {
                let next = Offset::Offset(ready.task.row().next_offset);
                // An offset of a task is never negative, which is all that this could refuse.
                let _ = offsets.add_partition_offset(&self.topic, wire::native(*partition), next);
            }
        }
        offsets
    }

    fn conclude(&mut self, taken: Taken, ending: Ending, took: Duration) -> Result<(), LogError> {
        let records = taken.records;
        let outcome = match &ending {
            Ending::Committed => TransactionOutcome::Committed,
            Ending::Aborted(_) => TransactionOutcome::Aborted,
            Ending::Unknown(_) => TransactionOutcome::Unknown,
        };
        self.metrics.transaction(outcome, records as u64, took);
        match ending {
            Ending::Committed => {
                self.most = (self.most * 2).min(MOST_RECORDS);
                self.aborted = 0;
                self.keep(taken);
                Ok(())
            }
            Ending::Aborted(why) => {
                self.put_back(taken);
                if records > 0 {
                    self.narrow(records, &why);
                }
                Ok(())
            }
            Ending::Unknown(why) => self.find_out(taken, &why),
        }
    }

    /// After repeated aborts makes transactions smaller, until the record that cannot be committed stands alone.
    fn narrow(&mut self, records: usize, why: &str) {
        self.aborted += 1;
        tracing::warn!(chain = self.machine.name, records, aborted = self.aborted, why, "a transaction was aborted");
        if self.aborted > MOST_ABORTS && self.most > 1 {
            self.most = (records / 2).max(1);
            self.aborted = if self.most == 1 { 0 } else { MOST_ABORTS };
        }
    }

    fn put_back(&mut self, taken: Taken) {
        for (partition, records) in taken.partitions {
            if let Some(Owned::Ready(ready)) = self.owned.get_mut(&partition) {
                ready.task.roll_back();
                ready.put_back(records);
            }
        }
    }

    fn keep(&mut self, taken: Taken) {
        for partition in taken.partitions.into_keys() {
            let Some(Owned::Ready(ready)) = self.owned.get_mut(&partition) else { continue };
            for effect in ready.task.commit() {
                self.outside.ask(effect);
            }
            let row = ready.task.row().clone();
            for (stage, counts) in &row.counts {
                let before = ready.committed.counts.get(stage).copied().unwrap_or_default();
                let count = |fate, now: u64, then: u64| self.metrics.stage_records(stage.as_str(), fate, now.saturating_sub(then));
                count(Fate::Received, counts.received, before.received);
                count(Fate::Forwarded, counts.forwarded, before.forwarded);
                count(Fate::Filtered, counts.filtered, before.filtered);
                count(Fate::Rejected, counts.rejected, before.rejected);
            }
            self.metrics.edition(row.edition);
            ready.committed = row;
        }
        let entities = self.owned.values().map(|owned| if let Owned::Ready(ready) = owned { ready.task.entities() } else { 0 });
        self.metrics.open_entities(entities.sum::<usize>() as u64);
    }

    /// The answer to a commit was lost: the committed offsets say which way it went, for each partition.
    fn find_out(&mut self, taken: Taken, why: &str) -> Result<(), LogError> {
        tracing::warn!(chain = self.machine.name, why, "the outcome of a transaction is unknown: asks for the committed offsets");
        let offsets = committed(&self.consumer, &self.topic, taken.partitions.keys().copied())?;
        let (mut kept, mut dropped, mut lost) = (Taken::default(), Taken::default(), false);
        for (partition, records) in taken.partitions {
            let Some(Owned::Ready(ready)) = self.owned.get(&partition) else { continue };
            let before = Some(ready.committed.next_offset).filter(|offset| *offset > 0);
            match offsets.get(&partition).copied() {
                now if now == Some(ready.task.row().next_offset) => kept.partitions.insert(partition, records),
                now if now == before => dropped.partitions.insert(partition, records),
                _ => {
                    lost = true;
                    None
                }
            };
        }
        self.keep(kept);
        self.put_back(dropped);
        if lost { self.rejoin() } else { Ok(()) }
    }
}
