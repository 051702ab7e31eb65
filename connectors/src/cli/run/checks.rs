//! Checks before any part is started: that the broker answers, and that what is on it fits this program and
//! this configuration.

use std::time::Duration;

use ::topics::catalogue::TopicSpec;
use anyhow::Context;
use connectors::config::Config;
use connectors::kafka::admin::{self, TopicDifferences, stage_cut};
use connectors::kafka::client::shutdown::Shutdown;
use connectors::kafka::{Installation, LogError, editions};
use pipeline::topology::{MachineSpec, TOPOLOGY};

use super::topics;
use crate::cli::part::Part;
use crate::cli::{keys, wait_for_kafka};

/// The pause before the checks are repeated if the broker became unavailable during them.
const REPEAT_PAUSE: Duration = Duration::from_secs(1);

/// Waits for the broker, and checks that what is on it fits this program and this configuration. If the
/// broker becomes unavailable during the checks, they are repeated. Returns what is wrong with topics of
/// other parts than the webhook, in a process that has one.
pub(super) async fn check(
    installation: &Installation,
    config: &Config,
    part: Part,
) -> anyhow::Result<TopicDifferences> {
    loop {
        wait_for_kafka(installation).await;
        match check_once(installation, config, part).await {
            Err(error) if may_pass(&error) => {
                tracing::warn!(error = format!("{error:#}"), "the broker went away during the checks");
                tokio::time::sleep(REPEAT_PAUSE).await;
            }
            checked => return checked,
        }
    }
}

/// Whether the only cause is that the broker is unavailable.
fn may_pass(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref()).any(LogError::may_pass)
}

async fn check_once(
    installation: &Installation,
    config: &Config,
    part: Part,
) -> anyhow::Result<TopicDifferences> {
    let topics = async {
        let differences = admin::compare(installation).await?;
        differences
            .require(topics::before_start(part))
            .context("the topics are not as they should be; nothing was started")?;
        Ok(differences)
    };
    let (differences, ()) = tokio::try_join!(topics, keys::check(installation, config, part))?;
    if matches!(part, Part::Route | Part::Stamp) {
        let cut = editions::cut(installation)?;
        let is_cut_out = |machine: &MachineSpec| Part::of(machine) == part && !machine.chain(cut).is_empty();
        anyhow::ensure!(
            TOPOLOGY.iter().any(is_cut_out),
            "{part:?} has no consumer group of its own: the topic set is cut {}; \
             `trust-engine topics create --cut` changes that",
            stage_cut::cut_name(cut)
        );
    }
    Ok(differences)
}

/// Checks the topics of a part, of which `at_start` says what was wrong at the start of the process. Waits
/// for a broker that does not answer, until the part is asked to stop.
pub(super) async fn check_part(
    installation: &Installation,
    at_start: &TopicDifferences,
    topics: &[&TopicSpec],
    stop: &Shutdown,
) -> Result<(), LogError> {
    if at_start.require(topics.iter().copied()).is_ok() {
        return Ok(());
    }
    while !stop.is_requested() {
        match admin::compare(installation).await {
            Err(error) if error.may_pass() => tokio::time::sleep(REPEAT_PAUSE).await,
            compared => return compared?.require(topics.iter().copied()),
        }
    }
    Ok(())
}
