//! `edition`: shows what an edition contains, which partitions use it, and how it differs from another
//! edition.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use connectors::config::Config;
use connectors::kafka::Installation;
use connectors::kafka::editions::task_editions::in_force;
use connectors::kafka::editions::{self, Published};
use pipeline::rules::edition::describe::describe;
use pipeline::rules::edition::diff::diff;

/// Shows the editions that were published.
#[derive(Subcommand)]
pub enum EditionCommand {
    /// Shows what an edition contains, when it was published, and which edition each partition is at.
    Show {
        /// The number of the edition; by default the newest.
        number: Option<u32>,
    },
    /// Shows how an edition differs from another one: what is new, removed or changed, and how much of each
    /// area has moved.
    Diff {
        /// The number of the edition to compare with.
        before: u32,
        /// The number of the edition whose changes are shown.
        after: u32,
    },
}

pub async fn run(config: &Config, command: EditionCommand) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    super::wait_for_kafka(&installation).await;
    let work = move || match command {
        EditionCommand::Show { number } => show(&installation, number),
        EditionCommand::Diff { before, after } => {
            let mut found = editions::read(&installation, |number, _| [before, after].contains(&number))?;
            let mut reference = |number| {
                let published =
                    found.remove(&number).with_context(|| format!("there is no edition {number}"))?;
                published.reference().map_err(anyhow::Error::msg)
            };
            let old = reference(before)?;
            let new = if before == after { bail!("that is one edition") } else { reference(after)? };
            let lines = diff(old, new);
            Ok(if lines.is_empty() {
                format!("editions {before} and {after} say the same")
            } else {
                lines.join("\n")
            })
        }
    };
    super::print(tokio::task::spawn_blocking(work).await??)
}

fn show(installation: &Installation, number: Option<u32>) -> anyhow::Result<String> {
    let wanted = |one: u32, newest: u32| one == number.unwrap_or(newest);
    let Some((_, published)) = editions::read(installation, wanted)?.pop_last() else {
        bail!(
            "there is {}; `trust-engine publish` makes one",
            number.map_or("no edition yet".to_owned(), |number| format!("no edition {number}"))
        );
    };
    let (Published { manifest, text }, reference) =
        (&published, published.reference().map_err(anyhow::Error::msg)?);
    Ok(format!(
        "edition {}, published at {}, {} kB in {} part(s)\ncontent {}\n{}\n{}",
        manifest.number,
        manifest.published_at,
        text.len().div_ceil(1_000),
        manifest.parts,
        manifest.hash,
        editions_in_force(installation)?,
        describe(&reference),
    ))
}

/// Which edition each partition is at, one line for each machine.
fn editions_in_force(installation: &Installation) -> anyhow::Result<String> {
    let machines = in_force(installation)?;
    let lines: Vec<String> =
        machines.into_iter().map(|(store, partitions)| format!("{store} {}", at(partitions))).collect();
    Ok(format!("in force: {}", lines.join("; ")))
}

/// The edition of these partitions: one number if all are at the same edition, else one for each partition.
fn at(partitions: BTreeMap<u32, Option<u32>>) -> String {
    let number = |edition: Option<u32>| edition.map_or("unknown".to_owned(), |edition| edition.to_string());
    let editions: BTreeSet<Option<u32>> = partitions.values().copied().collect();
    if let [only] = editions.into_iter().collect::<Vec<_>>().as_slice() {
        return number(*only);
    }
    let each = partitions.into_iter();
    let each = each.map(|(partition, edition)| format!("{} (partition {partition})", number(edition)));
    each.collect::<Vec<_>>().join(", ")
}
