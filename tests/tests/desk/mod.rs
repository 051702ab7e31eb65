//! The desk over HTTP and in a real browser, on a real Kafka and PostgreSQL.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly, its helpers too")]

mod api;
mod board;
mod browser;
mod calls;
mod canary;
mod live;
mod pictures;
mod previews;
mod queue;
mod roles;
mod sign_in;
mod work;

use anyhow::Result;
use simulator::clock::Checked;
use simulator::harness::TestInstallation;
use simulator::harness::desk::DeskPerson;
use tests::fixtures::{SOON, report};

/// A manager of Ekurhuleni.
const MANAGER: &str = "eku-water-manager";
/// The lead of the team that gets reports about water in the south of Ekurhuleni.
const LEAD: &str = "eku-water-south-lead";
/// A manager of another municipality.
const STRANGER: &str = "eth-water-manager";
/// Words that no text of the program contains.
const CANARY: &str = "kwikstertjie";
/// A report in which a resident tries to be a program.
const HOSTILE: &str =
    "Water pipe burst <script>alert('here')</script><img src=x onerror=alert(1)> \u{202e}outside";

/// Waits until the queue of this person shows the ticket. Returns the page.
async fn in_queue(installation: &TestInstallation, person: &DeskPerson, number: &str) -> Result<String> {
    let look = async || {
        let page = person.page("/").await?;
        let shown = page.contains(&format!("/tickets/{number}"));
        Ok(if shown { Checked::Yes(page) } else { Checked::not_yet("the queue does not show it") })
    };
    installation.wait_until("the queue shows the ticket", SOON, look).await
}

/// Waits until the police's table has these words of a resident.
async fn police_see(installation: &TestInstallation, words: &str) -> Result<()> {
    let look = async || {
        let rows =
            installation.databases.rows("saps", "select words::text as words from protected.tickets").await?;
        let told = rows.iter().any(|row| row["words"].as_str().is_some_and(|told| told.contains(words)));
        Ok(Checked::when(told, || format!("{} rows", rows.len())))
    };
    installation.wait_until("the police see the words", SOON, look).await
}

/// The token of the forms of this person's session.
async fn token(person: &DeskPerson) -> Result<String> {
    let page = person.page("/").await?;
    let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
    Ok(rest.split('"').next().unwrap().to_owned())
}
