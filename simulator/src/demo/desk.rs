//! The demo's people at the desk: one for each role, invited and with a password.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::harness::desk::accept;

/// The role, the login, and how the person is invited.
const PEOPLE: [(&str, &str, &[&str]); 5] = [
    ("agent", "eku-water-south-agent", &[]),
    ("lead", "eku-water-south-lead", &[]),
    ("manager", "eku-water-manager", &[]),
    ("auditor", "eku-auditor", &["--auditor-of", "EKU"]),
    ("national", "national-reader", &["--national"]),
];

/// Invites the people, and sets a password for each. Returns what to print: the address of the desk and the
/// logins.
pub(super) async fn invite(program: &Path, url: &str) -> Result<String> {
    let mut text = format!("The desk: {url}\n");
    for (role, login, more) in PEOPLE {
        let invited = Command::new(program).args(["staff", "invite", login]).args(more).output().await?;
        ensure!(invited.status.success(), "no invitation: {}", String::from_utf8_lossy(&invited.stderr));
        let link = String::from_utf8(invited.stdout).context("the link of an invitation")?;
        let password = uuid::Uuid::new_v4().simple().to_string();
        let password = password.get(..16).unwrap_or(&password);
        accept(link.trim(), password).await?;
        // Writing to a String does not fail.
        let _ = writeln!(text, "    {role:<9} {login:<22} password {password}");
    }
    Ok(text)
}
