//! What the commands share: the lane whose dead letters are meant, who acts on them and why, and the letters.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{bail, ensure};
use clap::{Args, ValueEnum};
use connectors::clock::present;
use connectors::config::{Config, ConfigErrors, WrongSetting};
use connectors::kafka::dead_letters::case::Case;
use connectors::kafka::dead_letters::{Cases, LetterLane, Reviewer};
use connectors::kafka::{Installation, LogError};
use topics::codec::sealing::KeyRing;
use topics::values::lane::Lane;
use topics::values::text::ActorName;
use topics::values::time::Time;

use crate::cli::part::Part;

/// Which dead letters are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LaneName {
    /// Those of tickets and of the tables of municipalities.
    Municipal,
    /// Those of webhooks, conversations and deliveries, whose words may be about anything.
    Intake,
    /// Those of the police lane.
    Protected,
}

impl LaneName {
    const fn lane(self) -> Lane {
        match self {
            Self::Municipal => Lane::Municipal,
            Self::Intake => Lane::Intake,
            Self::Protected => Lane::Protected,
        }
    }

    /// A part that holds the lane's key only.
    const fn part(self) -> Part {
        match self {
            Self::Municipal => Part::Tickets,
            Self::Intake => Part::Whatsapp,
            Self::Protected => Part::Protected,
        }
    }
}

#[derive(Args)]
pub struct LaneArguments {
    /// Whose dead letters: KEY_RING must hold the key of that lane.
    #[arg(long, value_enum, default_value = "municipal")]
    pub(super) lane: LaneName,
}

#[derive(Args)]
pub struct ReviewerArguments {
    /// The login of the person who does it, for the audit record.
    #[arg(long)]
    pub(super) actor: ActorName,
    /// Why the person does it, for the audit record.
    #[arg(long)]
    pub(super) reason: String,
}

impl ReviewerArguments {
    pub(super) fn reviewer(self) -> anyhow::Result<Reviewer> {
        reviewer(self.actor, self.reason)
    }
}

/// The person and the reason, which must not be empty.
pub(super) fn reviewer(actor: ActorName, reason: String) -> anyhow::Result<Reviewer> {
    ensure!(!reason.trim().is_empty(), "--reason is empty; say why, for the audit record");
    Ok(Reviewer { actor, reason })
}

/// The dead letters of one lane, with its key.
pub(super) struct LaneLetters {
    pub(super) installation: Installation,
    pub(super) ring: Arc<KeyRing>,
    pub(super) lane: LetterLane,
}

impl LaneLetters {
    /// Waits for the broker, and checks that this configuration holds the key of the lane.
    pub(super) async fn of(config: &Config, arguments: LaneArguments) -> anyhow::Result<Self> {
        let name = arguments.lane;
        let lane = name.lane();
        let installation = crate::cli::installation(config)?;
        let ring = config.require_key_ring()?.clone();
        if !ring.writes(lane) {
            let problem = format!(
                "holds no {} key, without which the dead letters of that lane are not shown; use the \
                 configuration of the people who may see them",
                lane.name()
            );
            return Err(ConfigErrors(vec![WrongSetting { setting: "KEY_RING".to_owned(), problem }]).into());
        }
        crate::cli::wait_for_kafka(&installation).await;
        crate::cli::keys::compare(&installation, config, name.part()).await?;
        Ok(Self { installation, ring, lane: LetterLane::of(lane) })
    }

    pub(super) async fn read(&self) -> anyhow::Result<Cases> {
        let lane = self.lane;
        let installation = self.installation.clone();
        off_the_runtime(move || lane.read(&installation)).await
    }

    pub(super) async fn find(&self, id: &str) -> anyhow::Result<Case> {
        find(self.read().await?, id)
    }
}

/// The dead letter with this id, or the only one whose id begins so.
pub(super) fn find(cases: Cases, id: &str) -> anyhow::Result<Case> {
    let mut found: Vec<Case> =
        cases.cases.into_iter().filter(|case| case.id.as_str().starts_with(id)).collect();
    match (found.pop(), found.len()) {
        (Some(case), 0) if !id.is_empty() => Ok(case),
        (Some(_), more) => bail!("the ids of {} dead letters begin with `{id}`; give more of it", more + 1),
        (None, _) => bail!(
            "no dead letter of this lane begins with `{id}`: `dead-letters list --all` lists those of the \
             last 90 days, the tables have the earlier ones, and --lane chooses another lane"
        ),
    }
}

/// Runs what waits for the broker outside of the runtime's own threads.
pub(super) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> anyhow::Result<T> {
    Ok(tokio::task::spawn_blocking(work).await??)
}

/// Reads a moment: RFC 3339, or how long ago it was, such as 90m, 12h or 3d.
pub fn since(text: &str) -> Result<Time, String> {
    let ago = |seconds: u64| {
        let number: u64 = text.get(..text.len().saturating_sub(1))?.parse().ok()?;
        number.checked_mul(seconds).map(|seconds| present() - Duration::from_secs(seconds))
    };
    let found = match text.chars().last() {
        Some('m') => ago(60),
        Some('h') => ago(3_600),
        Some('d') => ago(86_400),
        _ => text.parse().ok(),
    };
    found.ok_or_else(|| "write it as 2026-11-27T03:00:00Z, or as 90m, 12h or 3d before now".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_a_time_or_as_how_long_ago_it_was() {
        assert_eq!(since("2026-11-27T03:00:00Z").map(|time| time.to_string()), {
            Ok("2026-11-27T03:00:00.000Z".to_owned())
        });
        let ago = |text| present().millis() - since(text).unwrap().millis();
        assert!((5_400_000..5_460_000).contains(&ago("90m")));
        assert!((43_200_000..43_260_000).contains(&ago("12h")));
        assert!((259_200_000..259_260_000).contains(&ago("3d")));
        for wrong in ["", "3", "d", "-3d", "yesterday", "3w", "99999999999999999999d", "µ"] {
            assert!(since(wrong).unwrap_err().contains("90m, 12h or 3d"), "{wrong}");
        }
    }
}
