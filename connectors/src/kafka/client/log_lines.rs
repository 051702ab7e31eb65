//! Log lines of the clients. While a broker is unavailable each client logs the same line many times a
//! second; one line of a kind is logged every ten seconds, with how many like it were suppressed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use topics::catalogue::{CATALOGUE, TopicSpec};
use topics::values::lane::Lane;

/// The time between two lines of a kind.
const APART: Duration = Duration::from_secs(10);

static LOGGED_LINES: Mutex<LoggedLines> = Mutex::new(LoggedLines(BTreeMap::new()));

/// When a line of each kind was last logged, and how many were suppressed since.
struct LoggedLines(BTreeMap<String, (Instant, u64)>);

impl LoggedLines {
    /// How many lines of the kind were suppressed since the last one; `None` if this one is to be suppressed.
    fn turn(&mut self, kind: String, now: Instant) -> Option<u64> {
        match self.0.get_mut(&kind) {
            Some((at, kept_back)) if now.duration_since(*at) < APART => {
                *kept_back += 1;
                None
            }
            last => {
                let kept_back = last.map_or(0, |(_, kept_back)| *kept_back);
                self.0.insert(kind, (now, 0));
                Some(kept_back)
            }
        }
    }
}

fn turn(kind: String) -> Option<u64> {
    LOGGED_LINES.lock().unwrap_or_else(PoisonError::into_inner).turn(kind, Instant::now())
}

/// Logs an error that may be temporary. The end of a partition is not an error.
pub(crate) fn error(error: &KafkaError, reason: &str) {
    if is_end(error) {
        return;
    }
    let code = error.rdkafka_error_code();
    let reason = shown(reason);
    if let Some(kept_back) = turn(code.map_or_else(|| error.to_string(), |code| code.to_string())) {
        tracing::warn!(%error, reason, kept_back, "a client of Kafka reports");
    }
}

/// Whether a reader has come to the end of a partition. A poll of a consumer returns it as an error of its
/// own, which has no code.
fn is_end(error: &KafkaError) -> bool {
    matches!(error, KafkaError::PartitionEOF(_))
        || error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF)
}

/// Logs a line of a client's own log. The client's level "error" becomes a warning, since each failed
/// connection has it.
pub(crate) fn log(level: RDKafkaLogLevel, kind: &str, message: &str) {
    let Some(kept_back) = turn(format!("{level:?} {kind}")) else { return };
    let message = shown(message);
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(target: "librdkafka", kind, message, kept_back);
        }
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => {
            tracing::warn!(target: "librdkafka", kind, message, kept_back)
        }
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
            tracing::info!(target: "librdkafka", kind, message, kept_back)
        }
        RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", kind, message),
    }
}

/// A line of the client as it may be logged. One that names a partition of the police lane or of the
/// intake may hold an offset, which counts records.
fn shown(line: &str) -> &str {
    let names_one = |topic: &TopicSpec| line.contains(&format!("{} [", topic.name));
    let is_private =
        CATALOGUE.iter().any(|topic| topic.spec.lane != Lane::Municipal && names_one(topic.spec));
    if is_private { "a line about a partition that is not municipal" } else { line }
}

/// Implements `ClientContext` with rate-limited log lines.
macro_rules! limits_log_lines {
    ($context:ty) => {
        impl rdkafka::ClientContext for $context {
            fn log(&self, level: rdkafka::config::RDKafkaLogLevel, kind: &str, message: &str) {
                $crate::kafka::client::log_lines::log(level, kind, message);
            }

            fn error(&self, error: rdkafka::error::KafkaError, reason: &str) {
                $crate::kafka::client::log_lines::error(&error, reason);
            }
        }
    };
}
pub(crate) use limits_log_lines;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_may_count_private_records_is_not_shown() {
        let reset = |topic| format!("{topic} [3]: offset reset (at offset 418 (leader epoch 0)) to EARLIEST");
        assert_eq!(shown(&reset("x.tickets")), reset("x.tickets"));
        for topic in ["protected-tickets", "x.protected-deliveries", "unscreened", "x.messages"] {
            assert!(!shown(&reset(topic)).contains("418"), "{topic}");
        }
    }

    #[test]
    fn the_end_of_a_partition_is_no_line() {
        let (lines, _guard) = crate::lines::listen();
        error(&KafkaError::PartitionEOF(3), "follow");
        error(&KafkaError::MessageConsumption(RDKafkaErrorCode::PartitionEOF), "follow");
        assert_eq!(lines.text(), "");
        error(&KafkaError::MessageConsumption(RDKafkaErrorCode::UnknownMemberId), "follow");
        assert!(lines.text().contains("a client of Kafka reports"), "{}", lines.text());
    }

    #[test]
    fn one_line_of_a_kind_in_ten_seconds_with_how_many_were_kept_back() {
        let mut said = LoggedLines(BTreeMap::new());
        let start = Instant::now();
        let mut turn = |kind: &str, second| said.turn(kind.to_owned(), start + Duration::from_secs(second));
        assert_eq!(turn("all brokers are down", 0), Some(0));
        assert_eq!(turn("all brokers are down", 1), None);
        assert_eq!(turn("another", 1), Some(0));
        assert_eq!(turn("all brokers are down", 9), None);
        assert_eq!(turn("all brokers are down", 10), Some(2));
        assert_eq!(turn("all brokers are down", 20), Some(0));
    }
}
