//! What the processes of an installation say of themselves, on /readyz and /metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// How long a process may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// A process, as its pages show it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProcessFacts {
    /// The address of its pages.
    pub address: String,
    /// Why it does not answer, if so.
    pub silent: Option<String>,
    /// The parts that are not ready, each with the reason.
    pub not_ready: Vec<String>,
    /// How often each part was started again since the process began; only of parts that were.
    pub restarts: BTreeMap<String, u64>,
    /// The partitions that an alarm keeps from being processed, by chain or sink.
    pub set_aside: BTreeMap<String, u64>,
    /// The partitions that wait for an edition, by chain.
    pub waiting_for_edition: BTreeMap<String, u64>,
    /// The largest difference between the clock of its host and the broker's, in seconds, either way.
    pub clock_difference_s: f64,
    /// The age of the oldest thing that waits in each of its parts, in seconds, rounded down.
    pub oldest_age_s: BTreeMap<String, u64>,
}

/// Asks the process at `address` for its pages.
pub async fn ask(address: &str) -> ProcessFacts {
    let address = address.trim_end_matches('/').to_owned();
    match pages(&address).await {
        Ok((ready, metrics)) => read(address, &ready, &metrics),
        Err(error) => {
            ProcessFacts { silent: Some(error.without_url().to_string()), address, ..ProcessFacts::default() }
        }
    }
}

async fn pages(address: &str) -> Result<(String, String), reqwest::Error> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let page = async |path: &str| client.get(format!("{address}{path}")).send().await?.text().await;
    Ok((page("/readyz").await?, page("/metrics").await?))
}

/// The facts in the two pages.
fn read(address: String, ready: &str, metrics: &str) -> ProcessFacts {
    let not_ready = ready.lines().filter(|line| *line != "ready").map(str::to_owned).collect();
    let mut facts = ProcessFacts { address, not_ready, ..ProcessFacts::default() };
    for Sample { name, label, value } in metrics.lines().filter_map(sample) {
        let counted = |into: &mut BTreeMap<String, u64>| {
            if value >= 1.0 {
                into.insert(label.to_owned(), value as u64);
            }
        };
        match name {
            "trust_engine_part_restarts_total" => counted(&mut facts.restarts),
            "trust_engine_runner_set_aside_partitions" | "trust_engine_sink_set_aside_partitions" => {
                counted(&mut facts.set_aside);
            }
            "trust_engine_runner_edition_waiting_partitions" => counted(&mut facts.waiting_for_edition),
            "trust_engine_part_oldest_age_seconds" => counted(&mut facts.oldest_age_s),
            "trust_engine_runner_clock_difference_seconds" | "trust_engine_whatsapp_clock_ahead_seconds" => {
                facts.clock_difference_s = facts.clock_difference_s.max(value.abs());
            }
            _ => {}
        }
    }
    facts
}

/// A line of the page of metrics, with the value of its first label.
struct Sample<'a> {
    name: &'a str,
    label: &'a str,
    value: f64,
}

fn sample(line: &str) -> Option<Sample<'_>> {
    if line.starts_with('#') {
        return None;
    }
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    let label = labels.split('"').nth(1).unwrap_or_default();
    Some(Sample { name, label, value: value.parse().ok().filter(|value: &f64| value.is_finite())? })
}

#[cfg(test)]
mod tests {
    use connectors::metrics::Metrics;
    use topics::values::lane::Lane;

    use super::*;

    #[test]
    fn the_facts_are_read_from_the_page_that_the_metrics_print() {
        let metrics = Metrics::new().unwrap();
        metrics.chain("tickets", Lane::Municipal).vitals().oldest_age(Duration::from_secs(75));
        metrics.sink("sink", Lane::Municipal).partitions_set_aside(2);
        metrics.whatsapp().clock_ahead(-31_500);
        metrics.part("desk").restarted();
        let facts = read("http://a".to_owned(), "tickets restores partition 3\n", &metrics.render().unwrap());
        assert_eq!(facts.not_ready, ["tickets restores partition 3"]);
        assert_eq!(facts.set_aside, BTreeMap::from([("sink".to_owned(), 2)]));
        assert_eq!(facts.oldest_age_s, BTreeMap::from([("tickets".to_owned(), 75)]));
        assert_eq!(facts.restarts, BTreeMap::from([("desk".to_owned(), 1)]));
        assert!((facts.clock_difference_s - 31.5).abs() < 0.01, "{}", facts.clock_difference_s);
        assert!(read("a".to_owned(), "ready\n", "").not_ready.is_empty());
    }

    #[tokio::test]
    async fn a_process_that_is_not_there_is_said_to_be_silent() {
        // The program has done this at its start.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let facts = ask("http://127.0.0.1:9").await;
        assert!(facts.silent.is_some_and(|why| !why.is_empty()));
    }
}
