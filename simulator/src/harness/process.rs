//! Processes of the program under test, which tests can start, kill, stop and continue, and their logs.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::clock::{Checked, wait_until};

/// The range of ports that tests use.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;

/// How many lines of a log an error shows.
const TAIL_LINES: usize = 40;

/// All processes of an installation, including those that have ended.
#[derive(Clone)]
pub struct Processes {
    folder: PathBuf,
    all: Arc<Mutex<Vec<Engine>>>,
}

/// One process. Clones are the same one.
#[derive(Clone)]
pub struct Engine {
    /// The part that it runs and its number among all processes: `tickets-3`.
    pub name: String,
    /// The address at which its webhooks listen, if it has any.
    pub whatsapp_url: String,
    /// Base URL of the process's metrics and health checks.
    pub metrics_url: String,
    log: PathBuf,
    child: Arc<Mutex<Child>>,
}

impl Processes {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, all: Arc::default() }
    }

    /// The last log lines of each process.
    pub fn tails(&self) -> String {
        self.with(|all| all.iter().map(Engine::tail).collect())
    }

    /// The logs of all processes.
    ///
    /// # Errors
    /// A log cannot be read.
    pub fn logs(&self) -> Result<String> {
        self.with(|all| all.iter().map(Engine::logged).collect())
    }

    /// Kills all processes with SIGKILL.
    pub fn kill_all(&self) {
        self.with(|all| all.iter().for_each(Engine::kill));
    }

    fn with<R>(&self, work: impl FnOnce(&mut Vec<Engine>) -> R) -> R {
        work(&mut self.all.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn start(&self, part: &str, mut command: Command, ports: (u16, u16)) -> Result<Engine> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{part}-{}", all.len() + 1);
        let log = self.folder.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("no log {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .context("the program does not start")?;
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let engine = Engine {
            name,
            whatsapp_url: url(ports.0),
            metrics_url: url(ports.1),
            log,
            child: Arc::new(Mutex::new(child)),
        };
        all.push(engine.clone());
        Ok(engine)
    }
}

/// The program with nothing in its environment but `environment` and what a program needs to find others.
pub fn command(program: &Path, arguments: &[&str], environment: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment);
    for name in ["PATH", "HOME", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("RUST_BACKTRACE", "1");
    command
}

/// The program under test: `TRUST_ENGINE`, else beside this one, where cargo puts it.
///
/// # Errors
/// The program is missing: the error says how to build it.
pub fn program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("TRUST_ENGINE") {
        return Ok(PathBuf::from(path));
    }
    let here = std::env::current_exe()?;
    let found = here
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("trust-engine"))
        .find(|path| path.is_file());
    found.with_context(|| {
        format!(
            "there is no trust-engine beside {}: cargo build -p connectors, or set TRUST_ENGINE",
            here.display()
        )
    })
}

/// A port that is free now and that this process has not given out before: below those that the system gives
/// to another process.
///
/// # Errors
/// No port is free.
pub fn free_port() -> Result<u16> {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % u32::from(PORTS))?;
    for _ in 0..PORTS {
        let port = FIRST_PORT + (begin + GIVEN.fetch_add(1, Ordering::Relaxed)) % PORTS;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port from {FIRST_PORT} on is free")
}

impl Engine {
    /// The id of the process in the operating system.
    pub fn pid(&self) -> u32 {
        self.with(|child| child.id())
    }

    /// Kills the process with SIGKILL, and waits for its end.
    pub fn kill(&self) {
        self.with(|child| {
            // The process may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        });
    }

    /// Freezes the process (SIGSTOP).
    ///
    /// # Errors
    /// The process does not run.
    pub fn freeze(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets the process continue (SIGCONT).
    ///
    /// # Errors
    /// The process does not run.
    pub fn thaw(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Asks the process to stop (SIGTERM), and waits until it has ended.
    ///
    /// # Errors
    /// It does not end, or ends with a failure: the error shows its log.
    pub async fn stop(&self) -> Result<()> {
        self.signal("TERM")?;
        let status = self.ended(Duration::from_secs(30)).await?;
        if status.success() { Ok(()) } else { bail!("{} ended with {status}\n{}", self.name, self.tail()) }
    }

    /// Waits until the process has ended.
    ///
    /// # Errors
    /// It does not end within `patience`.
    pub async fn ended(&self, patience: Duration) -> Result<ExitStatus> {
        let look = async || {
            Ok(self.with(Child::try_wait)?.map_or_else(|| Checked::not_yet("it runs"), Checked::Yes))
        };
        let ended = wait_until(&format!("{} ends", self.name), patience, look).await;
        ended.with_context(|| self.tail())
    }

    /// Whether the process is still running.
    ///
    /// # Errors
    /// The system does not say.
    pub fn runs(&self) -> Result<bool> {
        Ok(self.with(Child::try_wait)?.is_none())
    }

    /// Waits until `/readyz` reports that the process is ready.
    ///
    /// # Errors
    /// It does not: says what it logged.
    pub async fn ready(&self) -> Result<()> {
        let client = reqwest_client()?;
        let what = format!("{} is ready", self.name);
        let ready = wait_until(&what, Duration::from_secs(60), async || self.is_ready(&client).await).await;
        ready.with_context(|| self.tail())
    }

    /// Asks `/readyz` once whether the process is ready.
    async fn is_ready(&self, client: &reqwest::Client) -> Result<Checked<()>> {
        if let Some(status) = self.with(Child::try_wait)? {
            bail!("{} ended with {status}\n{}", self.name, self.tail());
        }
        Ok(match client.get(format!("{}/readyz", self.metrics_url)).send().await {
            Ok(answer) if answer.status().is_success() => Checked::Yes(()),
            Ok(answer) => {
                let status = answer.status();
                Checked::NotYet(format!("{status} {}", answer.text().await.unwrap_or_default()))
            }
            Err(_) => Checked::not_yet("/readyz does not answer"),
        })
    }

    /// The parts that are not ready with the reason of each, a line for each, as `/readyz` returns them.
    ///
    /// # Errors
    /// The process does not answer.
    pub async fn not_ready(&self) -> Result<String> {
        Ok(reqwest_client()?.get(format!("{}/readyz", self.metrics_url)).send().await?.text().await?)
    }

    /// The metrics as text, as `/metrics` returns them.
    ///
    /// # Errors
    /// The process does not answer.
    pub async fn metrics(&self) -> Result<String> {
        Ok(reqwest_client()?.get(format!("{}/metrics", self.metrics_url)).send().await?.text().await?)
    }

    /// The whole log of the process.
    ///
    /// # Errors
    /// Its log cannot be read.
    pub fn logged(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(&self.log)?).into_owned())
    }

    fn tail(&self) -> String {
        let text = self.logged().unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines.iter().skip(lines.len().saturating_sub(TAIL_LINES));
        format!("--- {} ---\n{}\n", self.name, last.copied().collect::<Vec<_>>().join("\n"))
    }

    fn signal(&self, signal: &str) -> Result<()> {
        // The lock is held meanwhile: the id of a process is not used again before the process was waited
        // for.
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if child.try_wait()?.is_some() {
            bail!("{} does not run", self.name);
        }
        let status = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status()?;
        if status.success() { Ok(()) } else { bail!("{} takes no signal", self.name) }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Child) -> R) -> R {
        work(&mut self.child.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn reqwest_client() -> Result<reqwest::Client> {
    crate::twilio::http_client()
}
