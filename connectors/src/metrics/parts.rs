//! What each part may report: a chain, a sink, the calls to Twilio and the webhooks. The names of the metrics
//! are in the parent module.

use std::time::Duration;

use ::prometheus::{Gauge, Histogram, IntCounter, IntGauge};
use topics::catalogue::spec;
use topics::records::dead_letters::DeadClass;
use topics::values::lane::Lane;

use super::Metrics;

/// The two gauges that every lane may show.
#[derive(Clone)]
pub struct Vitals {
    up: IntGauge,
    oldest_age: Gauge,
}

impl Vitals {
    pub(super) fn new(up: IntGauge, oldest_age: Gauge) -> Self {
        Self { up, oldest_age }
    }

    /// Whether the part does its work.
    pub fn up(&self, up: bool) {
        self.up.set(i64::from(up));
    }

    /// How old the oldest thing is that waits in the part; zero when nothing does.
    pub fn oldest_age(&self, age: Duration) {
        self.oldest_age.set(age.as_secs_f64());
    }
}

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

/// The counts of due times. Not of the intake's: one that passes in a conversation without anything municipal
/// to show for it is the end of something private.
#[derive(Clone)]
struct DueTimes {
    ticks: IntCounter,
    open_entities: IntGauge,
    lateness: Histogram,
}

impl OpenChain {
    pub(super) fn new(all: &Metrics, chain: &str, lane: Lane, vitals: Vitals) -> Self {
        let runner = &all.0.runner;
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
        // An error says that it was never shown.
        let _ = chain.all.0.runner.lag.remove_label_values(&[topic, &partition.to_string()]);
    }

    /// A partition was restored.
    pub fn restored(&self, took: Duration) {
        if let Some(chain) = self.open() {
            chain.restore_seconds.observe(took.as_secs_f64());
        }
    }

    /// A tick was appended.
    pub fn ticked(&self) {
        if let Some(due) = self.due() {
            due.ticks.inc();
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

/// The metrics of a sink. In the police lane the methods that count do nothing.
#[derive(Clone)]
pub struct SinkMetrics {
    vitals: Vitals,
    /// The metrics, and the sink's name.
    counts: Option<(Metrics, String)>,
}

impl SinkMetrics {
    pub(super) fn new(vitals: Vitals, counts: Option<(Metrics, String)>) -> Self {
        Self { vitals, counts }
    }

    /// The metrics that every lane shows: whether the part runs, and the age of the oldest thing that waits.
    pub fn vitals(&self) -> &Vitals {
        &self.vitals
    }

    /// The metrics of a municipal topic. In a topic of the intake a disclosure may be the only record, so the
    /// number of its records is not shown, nor that there is one.
    fn counts_of(&self, topic: &str) -> Option<&(Metrics, String)> {
        let municipal = spec(topic).is_some_and(|spec| spec.lane == Lane::Municipal);
        self.counts.as_ref().filter(|_| municipal)
    }

    /// `records` records of `topic` were written to the tables.
    pub fn records(&self, topic: &str, records: u64) {
        if let Some((all, _)) = self.counts_of(topic) {
            all.0.sink.records.with_label_values(&[topic]).inc_by(records);
        }
    }

    /// A round of batches was written.
    pub fn round(&self, took: Duration) {
        if let Some((all, sink)) = &self.counts {
            all.0.sink.round_seconds.with_label_values(&[sink]).observe(took.as_secs_f64());
        }
    }

    /// A round was not written, since another process owns one of its partitions.
    pub fn fenced(&self) {
        if let Some((all, sink)) = &self.counts {
            all.0.sink.fenced.with_label_values(&[sink]).inc();
        }
    }

    /// The number of partitions that are set aside, because of an alarm, while the others are read.
    pub fn partitions_set_aside(&self, partitions: usize) {
        if let Some((all, sink)) = &self.counts {
            all.0.sink.set_aside.with_label_values(&[sink]).set(gauge(partitions as u64));
        }
    }

    /// How many records the store is behind in a partition.
    pub fn lag(&self, topic: &str, partition: u32, records: u64) {
        if let Some((all, _)) = self.counts_of(topic) {
            all.0.sink.lag.with_label_values(&[topic, &partition.to_string()]).set(gauge(records));
        }
    }

    /// The partition was revoked: its lag is no longer shown.
    pub fn forget_lag(&self, topic: &str, partition: u32) {
        if let Some((all, _)) = self.counts_of(topic) {
            // An error says that it was never shown.
            let _ = all.0.sink.lag.remove_label_values(&[topic, &partition.to_string()]);
        }
    }
}

/// The metrics of the calls to Twilio. In the police lane all methods do nothing.
#[derive(Clone)]
pub struct TwilioMetrics(Option<Metrics>);

impl TwilioMetrics {
    pub(super) fn new(counts: Option<Metrics>) -> Self {
        Self(counts)
    }

    /// A call ended after `took`; `result` is its result as the record has it (`accepted`, `refused`, ...).
    pub fn call(&self, result: &str, took: Duration) {
        if let Some(all) = &self.0 {
            all.0.twilio.calls.with_label_values(&[result]).inc();
            all.0.twilio.call_seconds.observe(took.as_secs_f64());
        }
    }

    /// Calls are paused because the account or a sender (`fault`) is not in order at Twilio.
    pub fn circuit_opened(&self, fault: &str) {
        if let Some(all) = &self.0 {
            all.0.twilio.circuit_openings.with_label_values(&[fault]).inc();
        }
    }

    /// How many calls are permitted and not over.
    pub fn permitted(&self, calls: u64) {
        if let Some(all) = &self.0 {
            all.0.twilio.permits.set(gauge(calls));
        }
    }
}

/// What supervision shows of a part, in every lane.
#[derive(Clone)]
pub struct PartMetrics {
    all: Metrics,
    part: String,
    restarts: IntCounter,
}

impl PartMetrics {
    pub(super) fn new(all: Metrics, part: &str) -> Self {
        let restarts = all.0.restarts.with_label_values(&[part]);
        Self { all, part: part.to_owned(), restarts }
    }

    /// The part does its work. A part that shows this by its [`Vitals`] need not call it.
    pub fn works(&self) {
        self.all.0.up.with_label_values(&[&self.part]).set(1);
    }

    /// Counts a failure of the part.
    pub fn failed(&self) {
        self.all.0.up.with_label_values(&[&self.part]).set(0);
    }

    /// The part is started again.
    pub fn restarted(&self) {
        self.restarts.inc();
    }
}

/// A webhook that Twilio calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/twilio/messages`: a message of a resident.
    Messages,
    /// `/twilio/status`: a receipt for a message that was sent.
    Status,
}

impl Endpoint {
    /// The last segment of the path, which is the value of the metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Status => "status",
        }
    }
}

/// The metrics of the webhooks.
#[derive(Clone)]
pub struct WhatsappMetrics(Metrics);

impl WhatsappMetrics {
    pub(super) fn new(all: Metrics) -> Self {
        Self(all)
    }

    /// A request was answered with this HTTP status. Not to be called for a receipt of the police lane.
    pub fn answered(&self, endpoint: Endpoint, status: u16) {
        self.0.0.whatsapp.requests.with_label_values(&[endpoint.as_str(), &status.to_string()]).inc();
    }

    /// A signed request could not be read and became a dead letter.
    pub fn unreadable(&self, endpoint: Endpoint) {
        self.0.0.whatsapp.dead_letters.with_label_values(&[endpoint.as_str()]).inc();
    }

    /// The broker acknowledged the record of a request, `took` after the request arrived. Not to be called
    /// for the police lane.
    pub fn acknowledged(&self, took: Duration) {
        self.0.0.whatsapp.ack_seconds.observe(took.as_secs_f64());
    }

    /// This host's clock is this many milliseconds ahead of the broker's; below 0 it is behind.
    pub fn clock_ahead(&self, millis: i64) {
        let seconds = Duration::from_millis(millis.unsigned_abs()).as_secs_f64();
        self.0.0.whatsapp.clock_ahead.set(if millis < 0 { -seconds } else { seconds });
    }
}

fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
