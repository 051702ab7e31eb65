//! A summary of the simulated Twilio's ledger.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ledger::{Callbacks, Ledger, busiest_second};
use crate::percentile::percentile;

/// A summary of all entries so far.
#[derive(Clone, Debug, Serialize)]
pub struct LedgerSummary {
    /// Counts and latencies of messages of residents.
    pub heard: HeardSummary,
    /// Counts of messages to residents.
    pub taken: TakenSummary,
    /// Counts of status callbacks.
    pub callbacks: Callbacks,
}

/// The summary of the messages of residents.
#[derive(Clone, Debug, Serialize)]
pub struct HeardSummary {
    /// How many messages residents sent.
    pub messages: usize,
    /// How many the webhook acknowledged.
    pub acknowledged: usize,
    /// Posts beyond the first of each.
    pub repeats: u32,
    /// The median time of an acknowledgement, in milliseconds.
    pub p50_ms: Option<u64>,
    /// The 99th percentile of the time of an acknowledgement, in milliseconds.
    pub p99_ms: Option<u64>,
}

/// The summary of the messages to residents.
#[derive(Clone, Debug, Serialize)]
pub struct TakenSummary {
    /// How many were accepted.
    pub messages: usize,
    /// The number of messages by status.
    pub by_status: BTreeMap<&'static str, usize>,
    /// How many calls were answered with each HTTP status; 0: not at all.
    pub calls_by_http: BTreeMap<u16, usize>,
    /// The largest number that was accepted from one sender in any one second.
    pub busiest_second: BTreeMap<String, usize>,
}

impl LedgerSummary {
    /// Sums up the entries of `ledger`.
    pub fn of(ledger: &Ledger) -> Self {
        Self { heard: HeardSummary::of(ledger), taken: TakenSummary::of(ledger), callbacks: ledger.callbacks }
    }
}

impl HeardSummary {
    fn of(ledger: &Ledger) -> Self {
        let mut answers: Vec<u64> = ledger.heard.iter().filter_map(|heard| heard.answered_ms).collect();
        answers.sort_unstable();
        Self {
            messages: ledger.heard.len(),
            acknowledged: ledger.heard.iter().filter(|heard| heard.acknowledged > 0).count(),
            repeats: ledger.heard.iter().map(|heard| heard.tries.saturating_sub(1)).sum(),
            p50_ms: percentile(&answers, 50),
            p99_ms: percentile(&answers, 99),
        }
    }
}

impl TakenSummary {
    fn of(ledger: &Ledger) -> Self {
        let mut by_status = BTreeMap::new();
        let mut times: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for message in &ledger.taken {
            *by_status.entry(message.status.as_str()).or_default() += 1;
            times.entry(message.from.clone()).or_default().push(message.taken_at_ms);
        }
        let mut calls_by_http = BTreeMap::new();
        for call in &ledger.calls {
            *calls_by_http.entry(call.http).or_default() += 1;
        }
        let busiest_second =
            times.into_iter().map(|(sender, times)| (sender, busiest_second(times))).collect();
        Self { messages: ledger.taken.len(), by_status, calls_by_http, busiest_second }
    }
}
