//! The metrics of a chain.

use std::time::Duration;

use ::prometheus::{Gauge, Histogram, IntCounter, IntGauge};
use topics::records::dead_letters::DeadClass;
use topics::values::lane::Lane;

use super::Metrics;
use super::parts::{Vitals, gauge, show_from_zero};

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionOutcome {
    /// The transaction was committed: its records and offsets count.
    Committed,
    /// The transaction was aborted: none of its records is visible to readers.
    Aborted,
    /// The broker did not say whether it committed or aborted the transaction.
    Unknown,
}

impl TransactionOutcome {
    const ALL: [Self; 3] = [Self::Committed, Self::Aborted, Self::Unknown];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Aborted => "aborted",
            Self::Unknown => "unknown",
        }
    }
}

/// What happened to a record in a stage: the value of the label `fate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageOutcome {
    /// The stage received the record.
    Received,
    /// The stage forwarded the record to the next one.
    Forwarded,
    /// The stage filtered the record: it does not need it.
    Filtered,
    /// The stage rejected the record: it could not process it.
    Rejected,
}

impl StageOutcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Forwarded => "forwarded",
            Self::Filtered => "filtered",
            Self::Rejected => "rejected",
        }
    }
}

/// The metrics of the runner of a chain. The methods are the same in every lane; in the police lane those
/// that count do nothing.
#[derive(Clone)]
pub enum ChainMetrics {
    /// A chain of the intake or of the municipalities.
    Open(Box<OpenChain>),
    /// A chain of the police lane.
    Protected(Vitals),
}

/// The counts of a chain that may be counted.
#[derive(Clone)]
pub struct OpenChain {
    vitals: Vitals,
    all: Metrics,
    chain: String,
    records: IntCounter,
    transactions: [IntCounter; TransactionOutcome::ALL.len()],
    transaction_seconds: Histogram,
    restore_seconds: Histogram,
    due: Option<DueTimes>,
    edition: IntGauge,
    set_aside: IntGauge,
    waiting_for_edition: IntGauge,
    clock_difference: Gauge,
}

/// The counts of due times. There are none for the intake: a due time that passes in a conversation without a
/// municipal result would show that something private has ended.
#[derive(Clone)]
struct DueTimes {
    ticks: IntCounter,
    open_entities: IntGauge,
    lateness: Histogram,
}

impl OpenChain {
    pub(super) fn new(all: &Metrics, chain: &str, lane: Lane, vitals: Vitals) -> Self {
        let runner = &all.0.runner;
        DeadClass::ALL
            .iter()
            .for_each(|class| show_from_zero(&runner.dead_letters, &[chain, class.as_str()]));
        let due = (lane == Lane::Municipal).then(|| DueTimes {
            ticks: runner.ticks.with_label_values(&[chain]),
            open_entities: runner.open_entities.with_label_values(&[chain]),
            lateness: runner.due_lateness.with_label_values(&[chain]),
        });
        Self {
            vitals,
            all: all.clone(),
            chain: chain.to_owned(),
            records: runner.records.with_label_values(&[chain]),
            transactions: TransactionOutcome::ALL
                .map(|outcome| runner.transactions.with_label_values(&[chain, outcome.as_str()])),
            transaction_seconds: runner.transaction_seconds.with_label_values(&[chain]),
            restore_seconds: runner.restore_seconds.with_label_values(&[chain]),
            due,
            edition: runner.edition.with_label_values(&[chain]),
            set_aside: runner.set_aside.with_label_values(&[chain]),
            waiting_for_edition: runner.waiting_for_edition.with_label_values(&[chain]),
            clock_difference: runner.clock_difference.with_label_values(&[chain]),
        }
    }
}

impl ChainMetrics {
    /// The metrics that every lane shows: whether the part runs, and the age of the oldest thing that waits.
    pub fn vitals(&self) -> &Vitals {
        match self {
            Self::Open(chain) => &chain.vitals,
            Self::Protected(vitals) => vitals,
        }
    }

    fn open(&self) -> Option<&OpenChain> {
        match self {
            Self::Open(chain) => Some(chain),
            Self::Protected(_) => None,
        }
    }

    fn due(&self) -> Option<&DueTimes> {
        self.open()?.due.as_ref()
    }

    /// A transaction that read `records` records of the log ended. Only committed records are counted.
    pub fn transaction(&self, outcome: TransactionOutcome, records: u64, took: Duration) {
        let Some(chain) = self.open() else { return };
        if outcome == TransactionOutcome::Committed {
            chain.records.inc_by(records);
        }
        if let Some(counter) = chain.transactions.get(outcome as usize) {
            counter.inc();
        }
        chain.transaction_seconds.observe(took.as_secs_f64());
    }

    /// `records` records had this outcome in a stage, and the transaction is committed.
    pub fn stage_records(&self, stage: &str, outcome: StageOutcome, records: u64) {
        let Some(chain) = self.open() else { return };
        chain
            .all
            .0
            .runner
            .stage_records
            .with_label_values(&[&chain.chain, stage, outcome.as_str()])
            .inc_by(records);
    }

    /// `letters` dead letters were written, and the transaction is committed.
    pub fn dead_letters(&self, class: DeadClass, letters: u64) {
        let Some(chain) = self.open() else { return };
        chain.all.0.runner.dead_letters.with_label_values(&[&chain.chain, class.as_str()]).inc_by(letters);
    }

    /// How many records a partition of the log is behind.
    pub fn lag(&self, topic: &str, partition: u32, records: u64) {
        let Some(chain) = self.open() else { return };
        chain.all.0.runner.lag.with_label_values(&[topic, &partition.to_string()]).set(gauge(records));
    }

    /// The partition was revoked: its lag is no longer shown.
    pub fn forget_lag(&self, topic: &str, partition: u32) {
        let Some(chain) = self.open() else { return };
        // An error only means that it was never shown.
        let _ = chain.all.0.runner.lag.remove_label_values(&[topic, &partition.to_string()]);
    }

    /// A partition was restored.
    pub fn restored(&self, took: Duration) {
        if let Some(chain) = self.open() {
            chain.restore_seconds.observe(took.as_secs_f64());
        }
    }

    /// Counts ticks that were appended.
    pub fn ticks_appended(&self, count: u64) {
        if let Some(due) = self.due() {
            due.ticks.inc_by(count);
        }
    }

    /// How many entities of this process have a due time.
    pub fn open_entities(&self, entities: u64) {
        if let Some(due) = self.due() {
            due.open_entities.set(gauge(entities));
        }
    }

    /// A due time was processed `late` after it had passed.
    pub fn due_late(&self, late: Duration) {
        if let Some(due) = self.due() {
            due.lateness.observe(late.as_secs_f64());
        }
    }

    /// The number of partitions that are set aside, because of an alarm, while the others are processed.
    pub fn partitions_set_aside(&self, partitions: usize) {
        if let Some(chain) = self.open() {
            chain.set_aside.set(gauge(partitions as u64));
        }
    }

    /// The number of partitions that have waited for an edition for more than a minute.
    pub fn partitions_waiting_for_edition(&self, partitions: usize) {
        if let Some(chain) = self.open() {
            chain.waiting_for_edition.set(gauge(partitions as u64));
        }
    }

    /// The largest difference between the clock of a broker and this host's, or by how much this host's clock
    /// was stepped.
    pub fn clock_difference(&self, difference: Duration) {
        if let Some(chain) = self.open() {
            chain.clock_difference.set(difference.as_secs_f64());
        }
    }

    /// The edition that the chain decides by from now on.
    pub fn edition(&self, number: u32) {
        if let Some(chain) = self.open() {
            chain.edition.set(i64::from(number));
        }
    }
}
