//! The servers of a test: those that all tests of a run share, or its own, which it can kill.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::kafka_proxy::KafkaProxy;

/// A Kafka and a PostgreSQL.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// Bootstrap servers of Kafka.
    pub kafka_brokers: String,
    /// PostgreSQL as a superuser, with any database.
    pub database_url: String,
    /// The proxy through which the program reaches Kafka, if there is one.
    pub proxy: Option<KafkaProxy>,
    own: Option<Arc<Own>>,
}

/// Servers of one test alone, in one folder.
#[derive(Debug)]
struct Own {
    folder: PathBuf,
}

/// One of the servers that an installation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerKind {
    /// The Kafka broker that the tests use.
    Kafka,
    /// The PostgreSQL server that the tests use.
    Postgres,
}

impl ServerKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::Postgres => "postgres",
        }
    }
}

/// Kafka's settings for [`Neighbours::own_with_eager_retention`].
const EAGER_RETENTION: &str = "log.retention.check.interval.ms=500\nlog.initial.task.delay.ms=500\n\
log.cleaner.backoff.ms=500\nlog.segment.delete.delay.ms=100";

impl Neighbours {
    /// The servers that `TEST_KAFKA_BROKERS` and `TEST_DATABASE_URL` name; `None` if neither is set.
    ///
    /// # Errors
    /// Only one is set.
    pub fn from_environment() -> Result<Option<Self>> {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (read("TEST_KAFKA_BROKERS"), read("TEST_DATABASE_URL")) {
            (Some(kafka_brokers), Some(database_url)) => {
                Ok(Some(Self { kafka_brokers, database_url, proxy: None, own: None }))
            }
            (None, None) => Ok(None),
            (Some(_), None) => bail!("TEST_KAFKA_BROKERS is set, but TEST_DATABASE_URL is not"),
            (None, Some(_)) => bail!("TEST_DATABASE_URL is set, but TEST_KAFKA_BROKERS is not"),
        }
    }

    /// Starts servers for this test alone, which stop when the value is dropped. `None` if the tests have no
    /// servers at all.
    ///
    /// # Errors
    /// The servers did not start.
    pub fn own(name: &str) -> Result<Option<Self>> {
        Ok(Self::start_own(name, &[])?.map(|(neighbours, _)| neighbours))
    }

    /// As [`own`](Self::own), with a Kafka that checks every half second what it may delete or compact.
    ///
    /// # Errors
    /// The servers did not start.
    pub fn own_with_eager_retention(name: &str) -> Result<Option<Self>> {
        Ok(Self::start_own(name, &[("KAFKA_SETTINGS", EAGER_RETENTION)])?.map(|(neighbours, _)| neighbours))
    }

    /// As [`own`](Self::own), with a proxy between the program under test and Kafka.
    ///
    /// # Errors
    /// The servers did not start, or are Docker's, which have no listener for a proxy.
    pub async fn own_behind_proxy(name: &str) -> Result<Option<Self>> {
        let proxy = KafkaProxy::bind().await?;
        let port = proxy.port().to_string();
        let Some((mut neighbours, values)) = Self::start_own(name, &[("KAFKA_PROXY_PORT", &port)])? else {
            return Ok(None);
        };
        let broker = values.get("KAFKA_BEHIND_PROXY").context("this Kafka has no listener for a proxy")?;
        proxy.serve(broker)?;
        neighbours.proxy = Some(proxy);
        Ok(Some(neighbours))
    }

    /// The bootstrap servers that the program under test connects to.
    pub fn brokers_of_program(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("127.0.0.1:{}", proxy.port()),
            None => self.kafka_brokers.clone(),
        }
    }

    fn start_own(name: &str, settings: &[(&str, &str)]) -> Result<Option<(Self, BTreeMap<String, String>)>> {
        if Self::from_environment()?.is_none() {
            eprintln!(
                "SKIPPED {name}: TEST_KAFKA_BROKERS and TEST_DATABASE_URL are not set (make test sets them)"
            );
            return Ok(None);
        }
        let folder =
            std::env::temp_dir().join(format!("trust-engine-neighbours-{name}-{}", std::process::id()));
        let own = Own { folder: folder.clone() };
        run_script(&folder, &["up"], &[], settings)?;
        let text = std::fs::read_to_string(folder.join("neighbours.env"))
            .context("the neighbours left no neighbours.env")?;
        let values = shell_values(&text);
        let value =
            |name: &str| values.get(name).cloned().with_context(|| format!("neighbours.env has no {name}"));
        let neighbours = Self {
            kafka_brokers: value("KAFKA_BROKERS")?,
            database_url: value("SUPERUSER_DATABASE_URL")?,
            proxy: None,
            own: Some(Arc::new(own)),
        };
        Ok(Some((neighbours, values)))
    }

    /// Kills a server that the test has started, with SIGKILL.
    ///
    /// # Errors
    /// The test has not started the server, or it does not run.
    pub fn kill(&self, server: ServerKind) -> Result<()> {
        script(&self.folder()?, &["kill"], &[server.name()]).map(drop)
    }

    /// Starts a server of the test again, on the same port and data.
    ///
    /// # Errors
    /// The test has not started the server before, or it does not start.
    pub fn start(&self, server: ServerKind) -> Result<()> {
        script(&self.folder()?, &["start"], &[server.name()]).map(drop)
    }

    /// Freezes a server of the test (SIGSTOP): it keeps its connections and does not answer.
    ///
    /// # Errors
    /// The test has not started the server, or it does not run.
    pub fn freeze(&self, server: ServerKind) -> Result<()> {
        self.signal(server, "STOP")
    }

    /// Lets a frozen server continue (SIGCONT).
    ///
    /// # Errors
    /// The test has not started the server, or it does not run.
    pub fn thaw(&self, server: ServerKind) -> Result<()> {
        self.signal(server, "CONT")
    }

    /// The process id of a server, whether the test has started it or it is shared by all.
    ///
    /// # Errors
    /// It does not run, or `TEST_NEIGHBOURS_DIR` does not name the folder of the shared servers.
    pub fn pid(&self, server: ServerKind) -> Result<u32> {
        let folder = self.folder().or_else(|_| shared_folder())?;
        let pid = script(&folder, &["pid"], &[server.name()])?;
        pid.trim().parse().with_context(|| format!("{} has no process id: {pid}", server.name()))
    }

    fn signal(&self, server: ServerKind, signal: &str) -> Result<()> {
        let pid = self.pid(server)?.to_string();
        let status = Command::new("kill").arg(format!("-{signal}")).arg(pid).status()?;
        anyhow::ensure!(status.success(), "{} was not sent SIG{signal}: {status}", server.name());
        Ok(())
    }

    fn folder(&self) -> Result<PathBuf> {
        Ok(self.own.as_ref().context("these servers are shared by all tests")?.folder.clone())
    }
}

/// The folder of the servers that all tests share.
fn shared_folder() -> Result<PathBuf> {
    let folder = std::env::var_os("TEST_NEIGHBOURS_DIR").context("TEST_NEIGHBOURS_DIR is not set")?;
    Ok(PathBuf::from(folder))
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Err(error) = script(&self.folder, &["remove"], &[]) {
            eprintln!("{error:#}");
        }
    }
}

/// Runs `compose/neighbours.sh VERB FOLDER MORE`. Returns what it printed.
fn script(folder: &Path, verb: &[&str], more: &[&str]) -> Result<String> {
    run_script(folder, verb, more, &[])
}

fn run_script(folder: &Path, verb: &[&str], more: &[&str], settings: &[(&str, &str)]) -> Result<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compose/neighbours.sh");
    let output = Command::new("bash")
        .arg(&script)
        .args(verb)
        .arg(folder)
        .args(more)
        .env("POSTGRES_FSYNC", "off")
        .envs(settings.iter().copied())
        .output()
        .with_context(|| format!("{} cannot be run", script.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    bail!("neighbours.sh {} failed ({}):\n{said}", verb.join(" "), output.status)
}

/// The values of `export NAME='value'` lines.
fn shell_values(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_a_shell_reads_them() {
        let values = shell_values("# x\nexport A='b=c'\nexport D=e\n");
        assert_eq!(
            values,
            BTreeMap::from([("A".to_owned(), "b=c".to_owned()), ("D".to_owned(), "e".to_owned())])
        );
    }
}
