//! What an installation runs: parts of the program, and commands to their end.

use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::TestInstallation;
use super::process::{Engine, command, free_port, program};

/// How long a command may take, including its start on a busy host.
const COMMAND: Duration = Duration::from_secs(60);

impl TestInstallation {
    /// Starts `trust-engine run PART` (`all`, `whatsapp`, `tickets` ...).
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn run(&self, part: &str) -> Result<Engine> {
        self.run_with(part, &[])
    }

    /// Starts `trust-engine run PART` with more or other settings: another `HOST_NAME` and `STATE_DIR` are
    /// another host.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn run_with(&self, part: &str, settings: &[(&str, &str)]) -> Result<Engine> {
        let ports = (free_port()?, free_port()?);
        let mut command = self.command(&["run", part])?;
        command.env("WHATSAPP_URL", format!("http://127.0.0.1:{}", ports.0));
        command.env("METRICS_URL", format!("http://127.0.0.1:{}", ports.1));
        command.envs(settings.iter().copied());
        let engine = self.processes.start(part, command, ports)?;
        if matches!(part, "all" | "whatsapp") {
            self.twilio.post_to(vec![engine.whatsapp_url.clone()]);
        }
        Ok(engine)
    }

    /// Starts `trust-engine run PART` as if on another host: with its own `HOST_NAME` and `STATE_DIR`.
    ///
    /// # Errors
    /// The state folder cannot be created, or the program cannot be started.
    pub fn run_on_host(&self, part: &str, host: &str) -> Result<Engine> {
        let state = self.folder().join(format!("state-{host}"));
        std::fs::create_dir_all(&state).with_context(|| format!("no folder {}", state.display()))?;
        self.run_with(part, &[("HOST_NAME", host), ("STATE_DIR", &state.to_string_lossy())])
    }

    /// Starts `trust-engine run PART` and waits until it is ready.
    ///
    /// # Errors
    /// The process did not become ready: says what it logged.
    pub async fn run_ready(&self, part: &str) -> Result<Engine> {
        let engine = self.run(part)?;
        engine.ready().await?;
        Ok(engine)
    }

    /// Runs a command to its end, and returns its output.
    ///
    /// # Errors
    /// It failed, or did not end: says what it printed.
    pub async fn run_to_end(&self, arguments: &[&str]) -> Result<String> {
        let (status, out, err) = self.output(arguments).await?;
        if status.success() {
            return Ok(out);
        }
        bail!("trust-engine {} failed ({status}):\n{out}{err}", arguments.join(" "))
    }

    /// Runs a command to its end. Returns its exit status and its output on both streams.
    ///
    /// # Errors
    /// The command did not end in time.
    pub async fn output(&self, arguments: &[&str]) -> Result<(ExitStatus, String, String)> {
        self.output_with(arguments, &[]).await
    }

    /// Runs a command with more or other settings to its end.
    ///
    /// # Errors
    /// The command did not end in time.
    pub async fn output_with(
        &self,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> Result<(ExitStatus, String, String)> {
        let mut command: tokio::process::Command = self.command(arguments)?.into();
        command.envs(settings.iter().copied());
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(COMMAND, command.output()).await;
        let output = output
            .with_context(|| format!("trust-engine {} did not end in {COMMAND:?}", arguments.join(" ")))?;
        let output =
            output.with_context(|| format!("{} cannot be run", program().unwrap_or_default().display()))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok((output.status, text(output.stdout), text(output.stderr)))
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        Ok(command(&program()?, arguments, self.environment()))
    }
}
