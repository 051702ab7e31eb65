//! The in-memory driver: runs all machines of an installation on virtual time in one thread, for tests and
//! scripts. Topics are vectors and a transaction is applied as a whole. The tasks are the same ones that run
//! on Kafka.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use topics::catalogue::{TopicSpec, Use};
use topics::codec::control::control_record;
use topics::codec::record::{Incoming, Outgoing};
use topics::records::control::Control;
use topics::values::lane::Lane;
use topics::values::time::Time;

use crate::engine::effect::Effect;
use crate::engine::task::{Fault, Progress, Task};
use crate::rules::edition::Edition;

/// Creates the task of a partition, also when a crashed task is replaced.
pub type MakeTask = Box<dyn Fn(u32) -> Box<dyn Task>>;

/// One machine of the installation, as the driver runs it.
pub struct DriverMachine {
    /// The topic that the machine consumes.
    pub log: &'static TopicSpec,
    /// The topic of its store, or `None` for a stage without a store.
    pub store: Option<&'static TopicSpec>,
    /// Creates the task of a partition.
    pub make: MakeTask,
}

/// Simulates external services: receives the effects of committed steps and returns records to append, with a
/// time now or later.
pub type EffectHandler = Box<dyn FnMut(Time, &Effect) -> Vec<Outgoing>>;

/// An installation that runs in memory on virtual time.
pub struct Driver {
    machines: Vec<DriverMachine>,
    tasks: BTreeMap<(usize, u32), Box<dyn Task>>,
    topics: BTreeMap<(&'static str, u32), Vec<Incoming>>,
    editions: Vec<Arc<Edition>>,
    partitions: u32,
    now: Time,
    effect_handler: EffectHandler,
    /// The maximum number of records in one transaction.
    pub transaction: usize,
    /// The maximum number of transactions at one moment of the virtual time. Tasks that need more keep each
    /// other busy forever.
    pub most_transactions: usize,
}

/// The reason why the driver cannot continue.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// A task cannot continue.
    #[error(transparent)]
    Task(#[from] Fault),
    /// The tasks never stop writing records.
    #[error(
        "at {now} the tasks have run {transactions} transactions and still have records to process: \
         look for records that cause each other"
    )]
    Livelock {
        /// The virtual time at which the tasks do not come to rest.
        now: Time,
        /// The number of transactions that were run at that time.
        transactions: usize,
    },
}

impl Driver {
    /// Creates an installation with empty topics whose virtual time is `now`.
    pub fn new(
        machines: Vec<DriverMachine>,
        partitions: u32,
        now: Time,
        effect_handler: EffectHandler,
    ) -> Self {
        let mut driver = Self {
            machines,
            tasks: BTreeMap::new(),
            topics: BTreeMap::new(),
            editions: Vec::new(),
            partitions,
            now,
            effect_handler,
            transaction: 100,
            most_transactions: 100_000,
        };
        for machine in 0..driver.machines.len() {
            for partition in 0..partitions {
                driver.start(machine, partition);
            }
        }
        driver
    }

    fn start(&mut self, machine: usize, partition: u32) {
        let Some(made) = self.machines.get(machine) else { return };
        let mut task = (made.make)(partition);
        for edition in &self.editions {
            task.add_edition(edition.clone());
        }
        self.tasks.insert((machine, partition), task);
    }

    /// The current virtual time.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The records of one partition of a topic, oldest first.
    pub fn records(&self, topic: &'static str, partition: u32) -> &[Incoming] {
        self.topics.get(&(topic, partition)).map_or(&[], Vec::as_slice)
    }

    /// The records of all partitions of a topic, partition by partition.
    pub fn all(&self, topic: &'static str) -> impl Iterator<Item = &Incoming> {
        (0..self.partitions).flat_map(move |partition| self.records(topic, partition))
    }

    /// Whether every machine of this lane has processed its whole log.
    pub fn has_caught_up(&self, lane: Lane) -> bool {
        self.tasks.iter().all(|((machine, partition), task)| {
            let Some(log) = self.machines.get(*machine).map(|machine| machine.log) else { return true };
            let length = self.records(log.name, *partition).len();
            log.lane != lane || usize::try_from(task.row().next_offset).is_ok_and(|next| next >= length)
        })
    }

    /// Appends a record as the broker does, with its time and the next offset.
    pub fn append(&mut self, record: Outgoing) {
        let log = self.topics.entry((record.topic, record.partition)).or_default();
        let offset = i64::try_from(log.len()).unwrap_or(i64::MAX);
        log.push(record.appended(offset, self.now));
    }

    /// Publishes an edition: adds it to every task and appends a notice to every log. A tap gets no notice,
    /// because each record of a tap names its edition.
    pub fn publish(&mut self, edition: Arc<Edition>) {
        self.editions.push(edition.clone());
        for task in self.tasks.values_mut() {
            task.add_edition(edition.clone());
        }
        let logs: Vec<&'static TopicSpec> =
            self.machines.iter().map(|machine| machine.log).filter(|log| log.used_as == Use::Log).collect();
        for log in logs {
            for partition in 0..self.partitions {
                self.append(control_record(log, partition, Control::Edition(edition.number), self.now));
            }
        }
    }

    /// Replaces the task with a new one that restores itself from the store's topic. A task without a store
    /// continues at its committed offset.
    ///
    /// # Errors
    /// Returns the fault if the store's topic cannot be restored.
    pub fn crash(&mut self, machine: usize, partition: u32) -> Result<(), DriverError> {
        let position = self.tasks.get(&(machine, partition)).map_or(0, |task| task.row().next_offset);
        self.start(machine, partition);
        let Some(task) = self.tasks.get_mut(&(machine, partition)) else { return Ok(()) };
        let Some(store) = self.machines.get(machine).and_then(|machine| machine.store) else {
            task.begin_at(position);
            return Ok(());
        };
        for record in self.topics.get(&(store.name, partition)).map_or(&[][..], Vec::as_slice) {
            task.restore(record)?;
        }
        Ok(())
    }

    /// Runs all tasks until none has records to process. Each task processes its whole backlog before the
    /// next task runs, so the order of records that two tasks write into one partition does not depend on the
    /// transaction size.
    ///
    /// # Errors
    /// Fails if a task cannot continue, or if the tasks do not come to rest.
    pub fn settle(&mut self) -> Result<(), DriverError> {
        self.run_backlog(0).map(drop)
    }

    /// Runs all tasks until none has records to process; `transactions` were run at this time before. Returns
    /// the number of transactions that have been run at this time.
    fn run_backlog(&mut self, mut transactions: usize) -> Result<usize, DriverError> {
        let keys: Vec<(usize, u32)> = self.tasks.keys().copied().collect();
        loop {
            let before = transactions;
            for (machine, partition) in &keys {
                while self.transact(*machine, *partition)? {
                    transactions += 1;
                    if transactions > self.most_transactions {
                        return Err(DriverError::Livelock { now: self.now, transactions });
                    }
                }
            }
            if transactions == before {
                return Ok(transactions);
            }
        }
    }

    /// Runs one transaction of one task; returns whether the task had anything to do.
    fn transact(&mut self, machine: usize, partition: u32) -> Result<bool, Fault> {
        let Some(log) = self.machines.get(machine).map(|machine| machine.log) else { return Ok(false) };
        let Some(task) = self.tasks.get_mut(&(machine, partition)) else { return Ok(false) };
        let from = usize::try_from(task.row().next_offset).unwrap_or(0);
        let records = self.topics.get(&(log.name, partition)).map_or(&[][..], Vec::as_slice);
        let mut taken = 0;
        for record in records.iter().skip(from).take(self.transaction) {
            if task.step(record)? != Progress::Done {
                break;
            }
            taken += 1;
        }
        if taken == 0 {
            return Ok(false);
        }
        let mut outputs = task.outputs();
        outputs.extend(task.close("driver"));
        let effects = task.commit();
        for output in outputs {
            self.append(output);
        }
        for effect in effects {
            for answer in (self.effect_handler)(self.now, &effect) {
                self.append(answer);
            }
        }
        Ok(true)
    }

    /// Advances the virtual time by `duration` and appends a tick at each due time on the way.
    ///
    /// # Errors
    /// Fails if a task cannot continue, or if the tasks do not come to rest.
    pub fn pass(&mut self, duration: Duration) -> Result<(), DriverError> {
        let end = self.now + duration;
        let mut transactions = self.run_backlog(0)?;
        while let Some((time, (machine, partition))) = self.next_due().filter(|(time, _)| *time <= end) {
            if time > self.now {
                self.now = time;
                transactions = 0;
            }
            if let Some(log) = self.machines.get(machine).map(|machine| machine.log) {
                self.append(control_record(log, partition, Control::Tick, self.now));
            }
            transactions = self.run_backlog(transactions)?;
        }
        self.now = end;
        Ok(())
    }

    /// The task that needs a tick first, and when.
    fn next_due(&self) -> Option<(Time, (usize, u32))> {
        self.tasks.iter().filter_map(|(key, task)| Some((task.next_due()?, *key))).min()
    }
}
