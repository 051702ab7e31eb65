//! One transaction of a chain: steps, store, offsets, and what follows from each way in which it can end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pipeline::engine::task::{Fault, Progress};
use rdkafka::TopicPartitionList;
use rdkafka::error::KafkaError;
use topics::codec::record::{Incoming, Outgoing};
use topics::records::dead_letters::DeadClass;

use crate::clock::present;
use crate::kafka::LogError;
use crate::kafka::client::convert;
use crate::kafka::client::transaction::{Ending, committed, is_refusal};
use crate::kafka::runner::assignment::Owned;
use crate::kafka::runner::batch::MOST_RECORDS;
use crate::kafka::runner::chain::Chain;
use crate::metrics::{DeliveryFate, TransactionOutcome};

/// The most time that stepping may take before the commit, in a backlog.
const MOST_TIME: Duration = Duration::from_millis(250);
/// The most bytes that a transaction may write, its stores' rows not counted: of each entity only the last
/// one is written.
const MOST_BYTES: usize = 32 << 20;
/// A transaction that aborts more often than this is halved; a record that is alone in one and refused more
/// often is put aside.
const MOST_ABORTS: u32 = 1;
/// How long to wait after an abort that is no record's fault.
const BACK_OFF: Duration = Duration::from_millis(100);

/// What a transaction took from each partition.
#[derive(Default)]
struct Taken {
    partitions: BTreeMap<u32, Vec<Incoming>>,
    records: usize,
    /// What its steps wrote. It is sent when they are done, so that the client makes few and large batches
    /// of it.
    outputs: Vec<Outgoing>,
    bytes: usize,
    /// How late due times were seen to have passed: the earliest of each step.
    late: Vec<Duration>,
    buried: Vec<DeadClass>,
}

/// What of a dead letter everybody may see.
#[derive(serde::Deserialize)]
struct Letter {
    class: DeadClass,
}

impl Taken {
    /// Its record, if it is one only.
    fn alone(&self) -> Option<(u32, i64)> {
        let mut records = self
            .partitions
            .iter()
            .flat_map(|(partition, records)| records.iter().map(|record| (*partition, record.offset)));
        records.next().filter(|_| records.next().is_none())
    }
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
        self.transactions.begin()?;
        let mut taken = Taken::default();
        let ending = match self.fill(&mut taken, began) {
            Ok(()) if taken.records == 0 => self.transactions.abort("nothing to do".to_owned(), false)?,
            Ok(()) => self.transactions.end(&self.consumer, &self.offsets(&taken))?,
            Err(Stumble::Client(error)) => self.transactions.abort(error.to_string(), is_refusal(&error))?,
            Err(Stumble::Task(partition, fault)) => {
                self.transactions.abort(fault.to_string(), false)?;
                return Err(LogError::Task { chain: self.machine.name, partition, fault });
            }
        };
        self.conclude(taken, ending, began.elapsed())
    }

    /// Steps through what is stashed and writes what follows, stores last.
    fn fill(&mut self, taken: &mut Taken, began: Instant) -> Result<(), Stumble> {
        let working = self
            .owned
            .values()
            .filter(|owned| matches!(owned, Owned::Ready(ready) if ready.has_work()))
            .count();
        let share = (self.most / working.max(1)).max(1);
        // Each time another partition is first: one with a long backlog leaves the others their time.
        let (later, sooner) = (self.owned.range(self.first..), self.owned.range(..self.first));
        let order: Vec<u32> = later.chain(sooner).map(|(partition, _)| *partition).collect();
        for partition in order {
            let Some(Owned::Ready(ready)) = self.owned.get_mut(&partition) else { continue };
            let task_fault = |fault| Stumble::Task(partition, fault);
            let mut share = share.min(self.most - taken.records.min(self.most));
            while share > 0 && taken.bytes < MOST_BYTES && began.elapsed() < MOST_TIME {
                let Some(record) = ready.stash.pop_front() else { break };
                let due = ready.task.next_due();
                // Whatever happens to this record, an abort puts it back.
                let progress =
                    if self.suspect == Some((partition, record.offset)) && self.refusals > MOST_ABORTS {
                        ready.task.put_aside(&record, DeadClass::Uncommittable).map(|()| Progress::Done)
                    } else {
                        ready.task.step(&record)
                    };
                if let Ok(Progress::NeedsEdition(number)) = progress {
                    tracing::info!(
                        chain = self.machine.name,
                        partition,
                        edition = number,
                        "waits for an edition"
                    );
                    ready.awaits = Some(number);
                    ready.stash.push_front(record);
                    break;
                }
                taken.partitions.entry(partition).or_default().push(record);
                progress.map_err(task_fault)?;
                taken.records += 1;
                share -= 1;
                taken
                    .late
                    .extend(due.filter(|due| *due <= ready.task.row().time).map(|due| present().since(due)));
                for output in ready.task.outputs() {
                    taken.bytes += output.size();
                    if output.topic == self.machine.dead_letters.name {
                        let letter =
                            serde_json::from_slice::<Letter>(output.value.as_deref().unwrap_or_default());
                        taken.buried.extend(letter.map(|letter| letter.class));
                    }
                    taken.outputs.push(output);
                }
            }
            if taken.partitions.contains_key(&partition) {
                taken.outputs.extend(ready.task.close(self.transactions.id()));
            }
        }
        taken.outputs.iter().try_for_each(|output| self.transactions.send(output)).map_err(Stumble::Client)
    }

    /// The input offsets that go with the transaction.
    fn offsets(&self, taken: &Taken) -> TopicPartitionList {
        let next = taken.partitions.keys().filter_map(|partition| match self.owned.get(partition) {
            Some(Owned::Ready(ready)) => Some((*partition, ready.task.row().next_offset)),
            _ => None,
        });
        convert::positions(&self.topic, next)
    }

    fn conclude(&mut self, taken: Taken, ending: Ending, took: Duration) -> Result<(), LogError> {
        let records = taken.records;
        let outcome = match &ending {
            Ending::Committed => TransactionOutcome::Committed,
            Ending::Aborted { .. } => TransactionOutcome::Aborted,
            Ending::Unknown(_) => TransactionOutcome::Unknown,
        };
        self.metrics.transaction(outcome, records as u64, took);
        match ending {
            Ending::Committed => {
                self.most = (self.most * 2).min(MOST_RECORDS);
                (self.aborted, self.suspect, self.refusals) = (0, None, 0);
                self.first = taken.partitions.keys().next().map_or(0, |partition| partition + 1);
                self.keep(taken);
                Ok(())
            }
            Ending::Aborted { why, refused } => {
                let alone = taken.alone();
                self.put_back(taken);
                if records > 0 {
                    self.narrow(records, &why);
                    self.suspect(alone, refused);
                }
                Ok(())
            }
            Ending::Unknown(why) => self.find_out(taken, &why),
        }
    }

    /// After repeated aborts makes transactions smaller, until the record that cannot be committed stands
    /// alone.
    fn narrow(&mut self, records: usize, why: &str) {
        self.aborted += 1;
        tracing::warn!(
            chain = self.machine.name,
            records = self.countable(records),
            aborted = self.aborted,
            why,
            "a transaction was aborted"
        );
        if self.aborted > MOST_ABORTS && self.most > 1 {
            self.most = (records / 2).max(1);
            self.aborted = MOST_ABORTS;
        }
    }

    /// Only a record that the broker refuses, alone in its transaction and again, is put aside; everything
    /// else may pass by itself, and is tried again for as long as it takes.
    fn suspect(&mut self, alone: Option<(u32, i64)>, refused: bool) {
        if !refused {
            std::thread::sleep(BACK_OFF);
        } else if alone.is_some() {
            self.refusals = if self.suspect == alone { self.refusals + 1 } else { 1 };
            self.suspect = alone;
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
        taken.late.into_iter().for_each(|late| self.metrics.due_late(late));
        taken.buried.into_iter().for_each(|class| self.metrics.dead_letters(class, 1));
        for partition in taken.partitions.into_keys() {
            let Some(Owned::Ready(ready)) = self.owned.get_mut(&partition) else { continue };
            for effect in ready.task.commit() {
                self.outside.ask(effect);
            }
            let row = ready.task.row().clone();
            for (stage, counts) in &row.counts {
                let before = ready.committed.counts.get(stage).copied().unwrap_or_default();
                let count = |fate, now: u64, then: u64| {
                    self.metrics.stage_records(stage.as_str(), fate, now.saturating_sub(then))
                };
                count(DeliveryFate::Received, counts.received, before.received);
                count(DeliveryFate::Forwarded, counts.forwarded, before.forwarded);
                count(DeliveryFate::Filtered, counts.filtered, before.filtered);
                count(DeliveryFate::Rejected, counts.rejected, before.rejected);
            }
            self.metrics.edition(row.edition);
            ready.committed = row;
        }
        let entities = self
            .owned
            .values()
            .map(|owned| if let Owned::Ready(ready) = owned { ready.task.entities() } else { 0 });
        self.metrics.open_entities(entities.sum::<usize>() as u64);
    }

    /// The answer to a commit was lost: the committed offsets say which way it went, for each partition.
    fn find_out(&mut self, taken: Taken, why: &str) -> Result<(), LogError> {
        if taken.partitions.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            chain = self.machine.name,
            why,
            "the outcome of a transaction is unknown: asks for the committed offsets"
        );
        let offsets = committed(&self.consumer, &self.topic, taken.partitions.keys().copied())?;
        let (mut kept, mut dropped, mut lost) = (Taken::default(), Taken::default(), false);
        for (partition, records) in taken.partitions {
            let Some(Owned::Ready(ready)) = self.owned.get(&partition) else { continue };
            let before = Some(ready.committed.next_offset).filter(|offset| *offset > 0);
            match offsets.get(&partition).copied() {
                now if now == Some(ready.task.row().next_offset) => {
                    kept.partitions.insert(partition, records)
                }
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
