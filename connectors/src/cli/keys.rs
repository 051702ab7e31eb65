//! `keys`: compares the pepper and the keys of this process with those that the installation was run with
//! before. The log of the installation holds a fingerprint of each.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Subcommand;
use connectors::config::{Config, ConfigErrors, WrongSetting};
use connectors::kafka::admin::{self, fingerprints};
use connectors::kafka::{Installation, editions};
use tokio::sync::oneshot;
use topics::catalogue::{Editions, Topic};

use super::part::Part;

/// The name of the pepper among the secrets; the others are keys and have their ids.
const PEPPER: &str = "pepper";

/// How long to wait before the fingerprints are read again.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks after the secrets of the installation, of which its log holds fingerprints.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Compares the pepper and the keys of this configuration with those that the installation was run with.
    Show,
    /// Records the pepper and the keys of this configuration as those of the installation. Run this after a
    /// deliberate change, while no process of the installation runs.
    Accept,
    /// Records that a key is no longer needed because nothing sealed with it is left, so that parts start
    /// without it.
    Retire {
        /// The id of the key, such as intake-1.
        id: String,
    },
}

pub async fn run(config: &Config, command: KeysCommand) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    super::wait_for_kafka(&installation).await;
    let recorded = recorded(&installation).await?;
    let own = own(config);
    match command {
        KeysCommand::Show => super::print(describe(&own, &recorded).trim_end()),
        KeysCommand::Accept => {
            let changed = || own.iter().filter(|(of, hash)| recorded.get(*of) != Some(*hash));
            fingerprints::record(
                &installation,
                changed().map(|(of, hash)| (of.as_str(), Some(hash.as_str()))),
            )
            .await?;
            let lines = changed().map(|(of, hash)| match recorded.get(of) {
                Some(before) => format!("{of}: {hash} from now on; it was {before}"),
                None => format!("{of}: {hash}, new"),
            });
            let lines: Vec<String> = lines.collect();
            super::print(if lines.is_empty() { "nothing has changed".to_owned() } else { lines.join("\n") })
        }
        KeysCommand::Retire { id } => {
            anyhow::ensure!(
                id != PEPPER && recorded.contains_key(&id),
                "the installation has no key {id}; `trust-engine keys show` lists its keys"
            );
            fingerprints::record(&installation, [(id.as_str(), None)]).await?;
            super::print(format_args!("{id}: no part needs it from now on"))
        }
    }
}

/// Compares this configuration with the fingerprints in the log, before anything is started, and records
/// those that are not there yet.
///
/// # Errors
/// A secret is not the one that the installation was run with before, or a key that `part` may need is
/// missing.
pub async fn check(installation: &Installation, config: &Config, part: Part) -> anyhow::Result<()> {
    let own = own(config);
    let recorded = compare(installation, config, part).await?;
    let new: Vec<(&str, Option<&str>)> = own
        .iter()
        .filter(|(of, _)| !recorded.contains_key(*of))
        .map(|(of, hash)| (of.as_str(), Some(hash.as_str())))
        .collect();
    for (of, hash) in &new {
        tracing::info!(secret = of, fingerprint = hash, "is recorded as one of this installation");
    }
    if !new.is_empty() {
        fingerprints::record(installation, new).await.context("recording the fingerprints of the keys")?;
    }
    Ok(())
}

/// Compares this configuration with the fingerprints in the log. Returns those in the log. A command that
/// writes to the log of `part` must not seal with another key: the part could not open what it wrote.
///
/// # Errors
/// A secret is not the one that the installation was run with before, or a key that `part` may need is
/// missing.
pub async fn compare(
    installation: &Installation,
    config: &Config,
    part: Part,
) -> anyhow::Result<BTreeMap<String, String>> {
    let recorded = loop {
        match recorded(installation).await {
            Ok(recorded) => break recorded,
            Err(error) => tracing::warn!("waits for the fingerprints of the keys: {error:#}"),
        }
        // A broker that does not answer is waited for, and a topic that is not there is not.
        if let Ok(differences) = admin::compare(installation).await {
            differences.require([Editions::SPEC]).context("the fingerprints of the keys cannot be read")?;
        }
        tokio::time::sleep(PAUSE).await;
    };
    let wrong = differences(&own(config), &recorded, part);
    if wrong.is_empty() { Ok(recorded) } else { Err(ConfigErrors(wrong).into()) }
}

/// The fingerprints in the log. They are read on a thread of their own, since the end of the runtime would
/// wait for one of its own threads.
async fn recorded(installation: &Installation) -> anyhow::Result<BTreeMap<String, String>> {
    let installation = installation.clone();
    let (tell, told) = oneshot::channel();
    // The receiver is gone if the process refused to start for another reason.
    let read = move || drop(tell.send(editions::fingerprints(&installation)));
    std::thread::Builder::new().name("fingerprints".to_owned()).spawn(read)?;
    Ok(told.await??)
}

/// The fingerprints of the secrets that this configuration has.
fn own(config: &Config) -> BTreeMap<String, String> {
    let pepper = config.pepper.iter().map(|keys| (PEPPER.to_owned(), keys.pepper.fingerprint()));
    let keys = config.key_ring.iter().flat_map(|ring| ring.fingerprints());
    pepper.chain(keys.map(|(id, hash)| (id.to_owned(), hash.to_owned()))).collect()
}

/// What in this configuration does not match the installation. A process may lack keys that its part does not
/// need.
fn differences(
    own: &BTreeMap<String, String>,
    recorded: &BTreeMap<String, String>,
    part: Part,
) -> Vec<WrongSetting> {
    let mut wrong = Vec::new();
    for (of, before) in recorded {
        match own.get(of) {
            Some(now) if now == before => {}
            Some(now) if of == PEPPER => wrong.push(WrongSetting {
                setting: "PEPPER".to_owned(),
                problem: format!(
                    "is not the one that this installation was run with (fingerprint {now}, before \
                     {before}): with it every resident would be a stranger, and no earlier tracking \
                     number would be valid. Set the earlier one; if the change is meant, stop all \
                     processes and run `trust-engine keys accept`"
                ),
            }),
            Some(now) => wrong.push(WrongSetting {
                setting: "KEY_RING".to_owned(),
                problem: format!(
                    "has another key {of} than this installation was run with (fingerprint {now}, before \
                     {before}): what was sealed with the earlier one could not be opened. Set the earlier \
                     one and give a new key a new number; if the change is meant, stop all processes and \
                     run `trust-engine keys accept`"
                ),
            }),
            None if needs(part, of) => wrong.push(WrongSetting {
                setting: "KEY_RING".to_owned(),
                problem: format!(
                    "lacks the key {of} (fingerprint {before}), which this installation was run with; add \
                     it, or, if nothing is left that was sealed with it, run `trust-engine keys retire {of}`"
                ),
            }),
            None => {}
        }
    }
    wrong
}

/// Whether a part may have to open what was sealed with the key of this id.
fn needs(part: Part, id: &str) -> bool {
    let lane = id.rsplit_once('-').map(|(lane, _)| lane);
    part.lanes().iter().any(|needed| lane == Some(needed.name()))
}

fn describe(own: &BTreeMap<String, String>, recorded: &BTreeMap<String, String>) -> String {
    let mut lines = String::new();
    for (of, before) in recorded {
        let _ = match own.get(of) {
            Some(now) if now == before => writeln!(lines, "{of}: {before}"),
            Some(now) => writeln!(lines, "{of}: {now} in this configuration, {before} in the installation"),
            None => writeln!(lines, "{of}: {before}, not in this configuration"),
        };
    }
    for (of, now) in own.iter().filter(|(of, _)| !recorded.contains_key(*of)) {
        let _ = writeln!(lines, "{of}: {now}, not used yet");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prints(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(of, hash)| ((*of).to_owned(), (*hash).to_owned())).collect()
    }

    #[test]
    fn another_secret_is_refused_and_a_new_or_unneeded_one_is_not() {
        let recorded = prints(&[("pepper", "aa"), ("intake-1", "bb"), ("municipal-1", "cc")]);
        let wrong = |own: &[(&str, &str)], part| -> Vec<String> {
            let wrong = differences(&prints(own), &recorded, part);
            wrong.into_iter().map(|wrong| format!("{} {}", wrong.setting, wrong.problem)).collect()
        };
        let same = [("pepper", "aa"), ("intake-1", "bb"), ("municipal-1", "cc")];
        assert!(wrong(&same, Part::All).is_empty());
        assert!(wrong(&[same.as_slice(), &[("intake-2", "dd")]].concat(), Part::All).is_empty());
        // A part that runs by itself holds only the keys that it needs, and a sink no pepper.
        assert!(wrong(&[("pepper", "aa"), ("municipal-1", "cc")], Part::Tickets).is_empty());
        assert!(wrong(&[("intake-1", "bb"), ("municipal-1", "cc")], Part::Sink).is_empty());

        let said = wrong(&[("pepper", "ff"), ("intake-1", "bb")], Part::Whatsapp);
        assert!(said.len() == 1 && said[0].starts_with("PEPPER is not the one"), "{said:?}");
        let said = wrong(&[("pepper", "aa"), ("intake-1", "ff")], Part::Whatsapp);
        assert!(said.len() == 1 && said[0].contains("another key intake-1"), "{said:?}");
        let said = wrong(&[("pepper", "aa"), ("intake-2", "dd")], Part::Whatsapp);
        assert!(said.len() == 1 && said[0].contains("lacks the key intake-1"), "{said:?}");
    }

    #[test]
    fn every_secret_is_listed_with_where_it_is() {
        let recorded = prints(&[("pepper", "aa"), ("intake-1", "bb"), ("municipal-1", "cc")]);
        let own = prints(&[("pepper", "ff"), ("intake-1", "bb"), ("intake-2", "dd")]);
        let expected = "intake-1: bb\nmunicipal-1: cc, not in this configuration\n\
            pepper: ff in this configuration, aa in the installation\nintake-2: dd, not used yet\n";
        assert_eq!(describe(&own, &recorded), expected);
    }
}
