//! Checks before any part is started: that the broker answers, and that what is on it fits this program and
//! this configuration.

use std::time::Duration;

use anyhow::Context;
use connectors::config::Config;
use connectors::kafka::admin::{self, stage_cut};
use connectors::kafka::{Installation, LogError, editions};
use pipeline::topology::{MachineSpec, TOPOLOGY};

use crate::cli::part::Part;
use crate::cli::{keys, wait_for_kafka};

/// The pause before the checks are repeated if the broker became unavailable during them.
const REPEAT_PAUSE: Duration = Duration::from_secs(1);

/// Waits for the broker, and checks that what is on it fits this program and this configuration. If the
/// broker becomes unavailable during the checks, they are repeated.
pub(super) async fn check(installation: &Installation, config: &Config, part: Part) -> anyhow::Result<()> {
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

async fn check_once(installation: &Installation, config: &Config, part: Part) -> anyhow::Result<()> {
    let topics = async {
        admin::check(installation).await.context("the topics are not as they should be; nothing was started")
    };
    tokio::try_join!(topics, keys::check(installation, config, part))?;
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
    Ok(())
}
