//! Metrics: every name that `/metrics` shows is defined in this file alone, as
//! `trust_engine_<part>_<what>_<unit>`.
//!
//! The police lane shows only whether it runs and how old the oldest thing is that waits in it: how many
//! people disclose something must not be visible. So a part asks for its metrics with its lane, and the
//! metrics of the police lane have no counters; the code of the part is the same for both lanes.

use std::sync::Arc;

use ::prometheus::{
    Encoder, Error, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};

mod by_part;
mod chain;
mod parts;
#[cfg(test)]
mod tests;

pub use chain::{ChainMetrics, OpenChain, StageOutcome, TransactionOutcome};
pub use parts::{
    CALL_RESULTS, Endpoint, MailOutcome, PartMetrics, SinkMetrics, StaffMailMetrics, TwilioMetrics, Vitals,
    WhatsappMetrics,
};

/// From a fast commit to one that ends the process (30 s).
const COMMITS: &[f64] = &[0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
/// From a fast answer to the time that Twilio waits (15 s).
const ANSWERS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0];
/// From no delay to the backlog of an outage of an hour.
const LATENESS: &[f64] = &[0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0];
/// From the restore of an empty store to that of a very large one.
const RESTORES: &[f64] = &[0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0];

/// All metrics of the process. Clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<All>);

/// The registered metric families of all parts. A part picks its own metrics by their labels: its chain,
/// topic or sink.
struct All {
    registry: Registry,
    up: IntGaugeVec,
    oldest_age: GaugeVec,
    restarts: IntCounterVec,
    runner: RunnerFamilies,
    whatsapp: WhatsappFamilies,
    twilio: TwilioFamilies,
    sink: SinkFamilies,
    staff_mails: IntCounterVec,
}

struct RunnerFamilies {
    records: IntCounterVec,
    transactions: IntCounterVec,
    transaction_seconds: HistogramVec,
    stage_records: IntCounterVec,
    dead_letters: IntCounterVec,
    lag: IntGaugeVec,
    restore_seconds: HistogramVec,
    ticks: IntCounterVec,
    open_entities: IntGaugeVec,
    due_lateness: HistogramVec,
    edition: IntGaugeVec,
    set_aside: IntGaugeVec,
    waiting_for_edition: IntGaugeVec,
    clock_difference: GaugeVec,
}

struct SinkFamilies {
    records: IntCounterVec,
    round_seconds: HistogramVec,
    fenced: IntCounterVec,
    set_aside: IntGaugeVec,
    lag: IntGaugeVec,
}

struct WhatsappFamilies {
    requests: IntCounterVec,
    dead_letters: IntCounterVec,
    ack_seconds: Histogram,
    clock_ahead: Gauge,
}

struct TwilioFamilies {
    calls: IntCounterVec,
    call_seconds: Histogram,
    permits: IntGauge,
    circuit_openings: IntCounterVec,
    template_refusals: IntCounterVec,
    given_up: IntCounterVec,
}

/// Registers one metric after the other.
struct MetricNames<'a>(&'a Registry);

impl MetricNames<'_> {
    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, Error> {
        let metric = IntCounterVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(metric.clone())).map(|()| metric)
    }
    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, Error> {
        let metric = IntGaugeVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(metric.clone())).map(|()| metric)
    }
    fn fractions(&self, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec, Error> {
        let metric = GaugeVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(metric.clone())).map(|()| metric)
    }
    fn histograms(
        &self,
        name: &str,
        help: &str,
        buckets: &[f64],
        labels: &[&str],
    ) -> Result<HistogramVec, Error> {
        let metric = HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels)?;
        self.0.register(Box::new(metric.clone())).map(|()| metric)
    }
}

impl Metrics {
    /// All metrics, with nothing counted yet.
    ///
    /// # Errors
    /// A name is malformed or taken: a mistake in this file.
    pub fn new() -> Result<Self, Error> {
        let registry = Registry::new();
        let names = MetricNames(&registry);
        let oldest_age = GaugeVec::new(
            Opts::new(
                "trust_engine_part_oldest_age_seconds",
                "Age of the oldest thing that waits in a part; 0 when nothing waits",
            ),
            &["part"],
        )?;
        registry.register(Box::new(oldest_age.clone()))?;
        let all = All {
            up: names.gauges("trust_engine_part_up", "1 while a part does its work", &["part"])?,
            oldest_age,
            restarts: names.counters(
                "trust_engine_part_restarts_total",
                "How often a part was started again after it had failed",
                &["part"],
            )?,
            runner: RunnerFamilies::new(&names)?,
            whatsapp: WhatsappFamilies::new(&names)?,
            staff_mails: names.counters(
                "trust_engine_staff_mail_attempts_total",
                "Attempts to hand an e-mail to staff to the mail server, by outcome",
                &["outcome"],
            )?,
            twilio: TwilioFamilies::new(&names)?,
            sink: SinkFamilies::new(&names)?,
            registry,
        };
        Ok(Self(Arc::new(all)))
    }

    /// The text that `/metrics` answers, in Prometheus' format 0.0.4.
    ///
    /// # Errors
    /// A metric without a name or values: a mistake in this file.
    pub fn render(&self) -> Result<String, Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.0.registry.gather(), &mut text)?;
        String::from_utf8(text).map_err(|error| Error::Msg(error.to_string()))
    }
}

impl RunnerFamilies {
    fn new(names: &MetricNames) -> Result<Self, Error> {
        Ok(Self {
            records: names.counters(
                "trust_engine_runner_records_total",
                "Records of a chain's log, committed",
                &["chain"],
            )?,
            transactions: names.counters(
                "trust_engine_runner_transactions_total",
                "Transactions by how they ended",
                &["chain", "outcome"],
            )?,
            transaction_seconds: names.histograms(
                "trust_engine_runner_transaction_seconds",
                "From the first record of a transaction to the end of its commit",
                COMMITS,
                &["chain"],
            )?,
            stage_records: names.counters(
                "trust_engine_runner_stage_records_total",
                "Records of a stage: received = forwarded + filtered + rejected",
                &["chain", "stage", "fate"],
            )?,
            dead_letters: names.counters(
                "trust_engine_runner_dead_letters_total",
                "Dead letters by class",
                &["chain", "class"],
            )?,
            lag: names.gauges(
                "trust_engine_runner_lag_records",
                "Last stable offset minus position, control records included",
                &["topic", "partition"],
            )?,
            restore_seconds: names.histograms(
                "trust_engine_runner_restore_seconds",
                "From the assignment of a partition to its first record",
                RESTORES,
                &["chain"],
            )?,
            ticks: names.counters(
                "trust_engine_runner_ticks_total",
                "Ticks that a chain's owner appended",
                &["chain"],
            )?,
            open_entities: names.gauges(
                "trust_engine_runner_open_entities",
                "Entities with a due time in this process",
                &["chain"],
            )?,
            due_lateness: names.histograms(
                "trust_engine_runner_due_lateness_seconds",
                "From a due time to the record that saw it pass",
                LATENESS,
                &["chain"],
            )?,
            edition: names.gauges(
                "trust_engine_runner_edition_number",
                "The highest edition that a chain decides by",
                &["chain"],
            )?,
            set_aside: names.gauges(
                "trust_engine_runner_set_aside_partitions",
                "Partitions that an alarm keeps from being processed",
                &["chain"],
            )?,
            waiting_for_edition: names.gauges(
                "trust_engine_runner_edition_waiting_partitions",
                "Partitions that have waited for an edition for more than a minute",
                &["chain"],
            )?,
            clock_difference: names.fractions(
                "trust_engine_runner_clock_difference_seconds",
                "Largest difference of a broker's clock from this host's, or last step of this host's; \
                 ticks need at most 2",
                &["chain"],
            )?,
        })
    }
}

impl SinkFamilies {
    fn new(names: &MetricNames) -> Result<Self, Error> {
        Ok(Self {
            records: names.counters(
                "trust_engine_sink_records_total",
                "Records that are in the tables, by topic",
                &["topic"],
            )?,
            round_seconds: names.histograms(
                "trust_engine_sink_round_seconds",
                "Time to write a round of batches",
                COMMITS,
                &["sink"],
            )?,
            fenced: names.counters(
                "trust_engine_sink_fenced_total",
                "Rounds that met another owner",
                &["sink"],
            )?,
            set_aside: names.gauges(
                "trust_engine_sink_set_aside_partitions",
                "Partitions that an alarm keeps from being read",
                &["sink"],
            )?,
            lag: names.gauges(
                "trust_engine_sink_lag_records",
                "Last stable offset minus the store's",
                &["topic", "partition"],
            )?,
        })
    }
}

impl WhatsappFamilies {
    fn new(names: &MetricNames) -> Result<Self, Error> {
        let seconds = names.histograms(
            "trust_engine_whatsapp_ack_seconds",
            "From a signed request to the broker's acknowledgement",
            ANSWERS,
            &[],
        )?;
        let clock_ahead = Gauge::new(
            "trust_engine_whatsapp_clock_ahead_seconds",
            "How far this host's clock is ahead of the broker's (below 0: behind), as of the last record",
        )?;
        names.0.register(Box::new(clock_ahead.clone()))?;
        Ok(Self {
            requests: names.counters(
                "trust_engine_whatsapp_requests_total",
                "Requests by endpoint and answer",
                &["endpoint", "status"],
            )?,
            dead_letters: names.counters(
                "trust_engine_whatsapp_dead_letters_total",
                "Signed requests that could not be read",
                &["endpoint"],
            )?,
            ack_seconds: seconds.with_label_values::<&str>(&[]),
            clock_ahead,
        })
    }
}

impl TwilioFamilies {
    fn new(names: &MetricNames) -> Result<Self, Error> {
        let seconds = names.histograms(
            "trust_engine_twilio_call_seconds",
            "Time to an answer of Twilio's",
            ANSWERS,
            &[],
        )?;
        let permits = names.gauges(
            "trust_engine_twilio_permitted_calls",
            "Calls that are permitted and not over",
            &[],
        )?;
        Ok(Self {
            calls: names.counters(
                "trust_engine_twilio_calls_total",
                "Calls by what became of them",
                &["result"],
            )?,
            call_seconds: seconds.with_label_values::<&str>(&[]),
            permits: permits.with_label_values::<&str>(&[]),
            circuit_openings: names.counters(
                "trust_engine_twilio_circuit_openings_total",
                "Times that calls were paused because of the account, a sender, the channel or credentials",
                &["fault"],
            )?,
            template_refusals: names.counters(
                "trust_engine_twilio_template_refusals_total",
                "Messages that wait because their template is not named or not approved",
                &[],
            )?,
            given_up: names.counters(
                "trust_engine_twilio_messages_given_up_total",
                "Messages that are not sent because a fault kept them waiting for more than 30 days",
                &[],
            )?,
        })
    }
}
