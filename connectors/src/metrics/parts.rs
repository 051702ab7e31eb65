//! The metrics of the other parts: the sinks, the calls to Twilio and the webhooks. The names of the metrics
//! are in the parent module.

use std::time::Duration;

use ::prometheus::{Gauge, IntCounter, IntCounterVec, IntGauge};
use pipeline::engine::effect::FaultOf;
use topics::catalogue::spec;
use topics::values::lane::Lane;

use super::Metrics;

/// The results of calls to Twilio, as their records have them.
pub const CALL_RESULTS: [&str; 10] = [
    "accepted",
    "refused",
    "unreachable",
    "not_started",
    "no_credentials",
    "no_template",
    "unknown",
    "found",
    "not_found",
    "list_failed",
];

/// The statuses of the webhooks' answers that alerting rules compare: accepted, wrongly signed, not accepted.
const STATUSES: [&str; 3] = ["200", "403", "503"];

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

    /// Shows that the part does its work.
    pub fn up(&self) {
        self.up.set(1);
    }

    /// Shows that the part does not do its work.
    pub fn down(&self) {
        self.up.set(0);
    }

    /// How old the oldest thing is that waits in the part; zero when nothing does.
    pub fn oldest_age(&self, age: Duration) {
        self.oldest_age.set(age.as_secs_f64());
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
        if let Some((all, sink)) = &counts {
            show_from_zero(&all.0.sink.fenced, &[sink]);
        }
        Self { vitals, counts }
    }

    /// The metrics that every lane shows: whether the part runs, and the age of the oldest thing that waits.
    pub fn vitals(&self) -> &Vitals {
        &self.vitals
    }

    /// The metrics of a municipal topic.
    fn counts_of(&self, topic: &str) -> Option<&(Metrics, String)> {
        self.counts.as_ref().filter(|_| self.shows(topic))
    }

    /// Whether the metrics may show that there is a record of this topic. In a topic of the intake a
    /// disclosure may be the only record. The police's own sink shows the age of its oldest record, and no
    /// count.
    pub fn shows(&self, topic: &str) -> bool {
        self.counts.is_none() || spec(topic).is_some_and(|spec| spec.lane == Lane::Municipal)
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
            // An error only means that it was never shown.
            let _ = all.0.sink.lag.remove_label_values(&[topic, &partition.to_string()]);
        }
    }
}

/// The metrics of the calls to Twilio. In the police lane all methods do nothing.
#[derive(Clone)]
pub struct TwilioMetrics(Option<Metrics>);

impl TwilioMetrics {
    pub(super) fn new(counts: Option<Metrics>) -> Self {
        if let Some(all) = &counts {
            let twilio = &all.0.twilio;
            FaultOf::ALL.iter().for_each(|fault| show_from_zero(&twilio.circuit_openings, &[fault.as_str()]));
            CALL_RESULTS.iter().for_each(|result| show_from_zero(&twilio.calls, &[result]));
            show_from_zero(&twilio.template_refusals, &[]);
            show_from_zero(&twilio.given_up, &[]);
        }
        Self(counts)
    }

    /// A call ended after `took`; `result` is its result as the record has it (`accepted`, `refused`, ...).
    pub fn call(&self, result: &str, took: Duration) {
        debug_assert!(CALL_RESULTS.contains(&result), "{result} is missing in CALL_RESULTS");
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

    /// A message waits because its template is not named or not approved.
    pub fn template_refused(&self) {
        if let Some(all) = &self.0 {
            all.0.twilio.template_refusals.with_label_values::<&str>(&[]).inc();
        }
    }

    /// A message is not sent, because it has waited for too long.
    pub fn given_up(&self) {
        if let Some(all) = &self.0 {
            all.0.twilio.given_up.with_label_values::<&str>(&[]).inc();
        }
    }

    /// How many calls are permitted and not over.
    pub fn permitted(&self, calls: u64) {
        if let Some(all) = &self.0 {
            all.0.twilio.permits.set(gauge(calls));
        }
    }
}

/// The metrics that supervision shows of a part, in every lane.
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

    /// The part does its work. A part that shows this by its [`Vitals`] does not have to call it.
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
        for endpoint in [Endpoint::Messages, Endpoint::Status] {
            let whatsapp = &all.0.whatsapp;
            show_from_zero(&whatsapp.dead_letters, &[endpoint.as_str()]);
            for status in STATUSES {
                show_from_zero(&whatsapp.requests, &[endpoint.as_str(), status]);
            }
        }
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

/// What became of an attempt to hand an e-mail to the mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// The server has taken it.
    Sent,
    /// It is tried again.
    Retried,
    /// It is not tried again.
    Failed,
}

impl MailOutcome {
    const ALL: [Self; 3] = [Self::Sent, Self::Retried, Self::Failed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Retried => "retried",
            Self::Failed => "failed",
        }
    }
}

/// The metrics of e-mail to staff.
#[derive(Clone)]
pub struct StaffMailMetrics {
    vitals: Vitals,
    all: Metrics,
}

impl StaffMailMetrics {
    pub(super) fn new(vitals: Vitals, all: Metrics) -> Self {
        MailOutcome::ALL.iter().for_each(|outcome| show_from_zero(&all.0.staff_mails, &[outcome.as_str()]));
        Self { vitals, all }
    }

    /// Whether the part does its work, and how long the mail has waited that is due first.
    pub fn vitals(&self) -> &Vitals {
        &self.vitals
    }

    /// An attempt is over.
    pub fn tried(&self, outcome: MailOutcome) {
        self.all.0.staff_mails.with_label_values(&[outcome.as_str()]).inc();
    }
}

/// Shows a counter from the start, as 0. Prometheus' `increase` does not see the first event of a counter
/// that appears with it, so an alert on this event would not fire.
pub(super) fn show_from_zero(counter: &IntCounterVec, labels: &[&str]) {
    counter.with_label_values(labels);
}

pub(super) fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
