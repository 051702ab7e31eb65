//! The program that the demo shows: one process with every machine.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::Client;
use tokio::process::{Child, Command};

use crate::clock::{Checked, wait_until};
use crate::twilio::http_client;

/// How long the program may take to stop.
const FAREWELL: Duration = Duration::from_secs(20);

/// The child process that runs `trust-engine run` for the demo.
pub(super) struct DemoEngine {
    child: Child,
    log: PathBuf,
    metrics_url: String,
}

impl DemoEngine {
    pub(super) fn start(program: &Path, log: &Path, metrics_url: &str) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("no log {}", log.display()))?;
        let child = Command::new(program)
            .arg("run")
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            // A process group of its own, so that Ctrl-C in a terminal reaches only the demo, which then
            // stops the program.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        Ok(Self { child, log: log.to_owned(), metrics_url: metrics_url.to_owned() })
    }

    /// The exit status, if the program has ended.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until all its parts are ready.
    pub(super) async fn ready(&mut self) -> Result<()> {
        let client = http_client()?;
        let look = async || self.look(&client).await;
        wait_until("trust-engine is ready", Duration::from_secs(60), look).await
    }

    /// Whether all its parts are ready.
    async fn look(&mut self, client: &Client) -> Result<Checked<()>> {
        if let Some(status) = self.child.try_wait()? {
            bail!("trust-engine ended with {status}");
        }
        Ok(match client.get(format!("{}/readyz", self.metrics_url)).send().await {
            Ok(answer) if answer.status().is_success() => Checked::Yes(()),
            Ok(answer) => Checked::NotYet(answer.text().await.unwrap_or_default()),
            Err(_) => Checked::not_yet("/readyz does not answer"),
        })
    }

    /// Asks the program to stop, waits, and kills it if it does not.
    pub(super) async fn stop(&mut self) {
        if let Some(id) = self.child.id() {
            let _ = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await;
        }
        if tokio::time::timeout(FAREWELL, self.child.wait()).await.is_err() {
            println!("trust-engine did not end in {FAREWELL:?}; it is killed.");
            let _ = self.child.kill().await;
        }
    }

    /// The last lines of its log.
    pub(super) fn tail(&self) -> String {
        let text = std::fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last: Vec<&str> = lines.iter().skip(lines.len().saturating_sub(20)).copied().collect();
        format!("the end of {}:\n{}", self.log.display(), last.join("\n"))
    }
}
