//! An installation for each test, on a real Kafka and a real PostgreSQL: it has its own topics, database,
//! keys, simulated Twilio and processes. All of it is removed when the value is dropped.
//!
//! `TEST_KAFKA_BROKERS` and `TEST_DATABASE_URL` (of a superuser) name the servers. Without them a test that
//! needs an installation is skipped and prints that. `TEST_KEEP=1` keeps everything for inspection.

pub mod deliveries;
pub mod desk;
pub mod kafka;
pub mod kafka_proxy;
pub mod mail_server;
pub mod neighbours;
pub mod postgres;
pub mod process;
pub mod reports;
mod runs;
mod topic_admin;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use topics::codec::sealing::KeyRing;

use crate::clock::{Checked, wait_until};
use crate::twilio::{self, SimulatedTwilio, SimulatorPace, SimulatorSettings};
use kafka::Topics;
use neighbours::Neighbours;
use postgres::Databases;
use process::Processes;

/// The WhatsApp number of the municipality in all tests.
pub const SENDER: &str = "whatsapp:+27000000001";

/// The address that the simulated Twilio signs. Nothing listens there: posts go to the process that runs
/// `whatsapp`.
pub const PUBLIC_URL: &str = "https://engine.example/hooks";

/// The properties of the installation that a test asks for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// A part of the names of topics, database and folder, so that people can recognise them.
    pub name: &'static str,
    /// How many partitions logs and stores have.
    pub partitions: u32,
    /// Whether durations are the demo's seconds, or those of a real municipality.
    pub fast: bool,
    /// The delays of the simulated Twilio.
    pub pace: SimulatorPace,
}

impl Plan {
    /// An installation with the durations of a real municipality.
    pub fn new(name: &'static str, partitions: u32) -> Self {
        Self { name, partitions, fast: false, pace: SimulatorPace::default() }
    }

    /// An installation with the durations of the demo, which are seconds.
    pub const fn fast(mut self) -> Self {
        self.fast = true;
        self
    }
}

/// An installation that is prepared. Only its simulated Twilio runs.
pub struct TestInstallation {
    /// The topics of the installation, with all keys.
    pub topics: Topics,
    /// The simulated Twilio that it calls.
    pub twilio: SimulatedTwilio,
    /// The addresses of its Kafka and PostgreSQL.
    pub neighbours: Neighbours,
    /// The database, for each role.
    pub databases: Databases,
    /// The processes that were started for it.
    pub processes: Processes,
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

impl TestInstallation {
    /// Prepares an installation on the neighbours that the environment names: database, topics, demo
    /// reference data, an edition. Returns `None` and prints a line if the environment names none.
    ///
    /// # Errors
    /// Something could not be prepared: says what the program said.
    pub async fn start(plan: Plan) -> Result<Option<Self>> {
        let Some(neighbours) = Neighbours::from_environment()? else {
            eprintln!(
                "SKIPPED {}: TEST_KAFKA_BROKERS and TEST_DATABASE_URL are not set (make test sets them)",
                plan.name
            );
            return Ok(None);
        };
        Self::start_on(neighbours, plan).await.map(Some)
    }

    /// Prepares an installation on these neighbours.
    ///
    /// # Errors
    /// Something could not be prepared: says what the program said.
    pub async fn start_on(neighbours: Neighbours, plan: Plan) -> Result<Self> {
        let installation = Self::bare(neighbours, &plan).await?;
        installation.run_to_end(&["migrate"]).await?;
        installation.run_to_end(&["topics", "create"]).await?;
        installation
            .run_to_end(if plan.fast { &["reference", "demo", "--fast"] } else { &["reference", "demo"] })
            .await?;
        installation.run_to_end(&["publish"]).await?;
        Ok(installation)
    }

    /// An installation with an empty database and no topics.
    ///
    /// # Errors
    /// The database could not be made.
    pub async fn bare(neighbours: Neighbours, plan: &Plan) -> Result<Self> {
        let unique = unique();
        let prefix = format!("t-{}-{unique}.", plan.name.replace('_', "-"));
        let database = format!("t_{}_{unique}", plan.name.replace('-', "_"));
        let folder = std::env::temp_dir().join(format!("trust-engine-{}-{unique}", plan.name));
        std::fs::create_dir_all(folder.join("state"))
            .with_context(|| format!("no folder {}", folder.display()))?;
        let databases = Databases::create(&neighbours.database_url, &database).await?;
        let twilio = twilio::start(SimulatorSettings {
            pace: plan.pace,
            webhooks: Vec::new(),
            ..SimulatorSettings::new(&unique, PUBLIC_URL)
        })
        .await?;
        let key_ring_text = key_ring_text(&unique);
        let key_ring = Arc::new(key_ring_text.parse::<KeyRing>()?);
        let environment =
            environment(&neighbours, &databases, &twilio, &folder, plan, &prefix, key_ring_text);
        let processes = Processes::new(folder.clone());
        let topics = Topics {
            brokers: neighbours.kafka_brokers.clone(),
            prefix,
            partitions: plan.partitions,
            key_ring,
        };
        Ok(Self { topics, twilio, neighbours, databases, processes, folder, environment })
    }

    /// The environment of its processes.
    pub const fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The folder of its state and logs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until the simulated Twilio was given a message to `resident` for whose text `is_it` holds, among
    /// those after the first `known`; its text.
    ///
    /// # Errors
    /// No such message came in a minute: says what the processes logged last.
    pub async fn wait_until_told(
        &self,
        resident: &str,
        known: usize,
        what: &str,
        is_it: impl Fn(&str) -> bool,
    ) -> Result<String> {
        let look = async || {
            let taken = self.twilio.taken_for(resident);
            Ok(match taken.iter().skip(known).find(|message| is_it(&message.body)) {
                Some(message) => Checked::Yes(message.body.clone()),
                None => Checked::NotYet(format!(
                    "they were told {:?}",
                    taken.iter().map(|message| &message.body).collect::<Vec<_>>()
                )),
            })
        };
        self.wait_until(what, Duration::from_secs(60), look).await
    }

    /// Waits as [`wait_until`] does; if the time runs out, the error also holds the last log lines of the
    /// processes.
    ///
    /// # Errors
    /// The condition did not hold within `patience`, or a look failed.
    pub async fn wait_until<T>(
        &self,
        what: &str,
        patience: Duration,
        look: impl AsyncFnMut() -> Result<Checked<T>>,
    ) -> Result<T> {
        let result = wait_until(what, patience, look).await;
        result
            .map_err(|error| error.context(format!("while waiting until {what}\n{}", self.processes.tails())))
    }
}

/// The environment of the program, apart from ports.
fn environment(
    neighbours: &Neighbours,
    databases: &Databases,
    twilio: &SimulatedTwilio,
    folder: &Path,
    plan: &Plan,
    prefix: &str,
    key_ring: String,
) -> BTreeMap<String, String> {
    let settings = twilio.settings();
    [
        ("KAFKA_BROKERS", neighbours.brokers_of_program()),
        ("TOPIC_PREFIX", prefix.to_owned()),
        ("PARTITIONS", plan.partitions.to_string()),
        ("STATE_DIR", folder.join("state").display().to_string()),
        ("KEY_RING", key_ring),
        ("PEPPER", settings.auth_token.repeat(2)),
        ("DATABASE_URL", databases.url("trust_engine")),
        ("SINK_DATABASE_URL", databases.url("sink")),
        ("PROTECTED_SINK_DATABASE_URL", databases.url("protected_sink")),
        ("DESK_ACCOUNTS_DATABASE_URL", databases.url("desk_accounts")),
        ("DESK_DATABASE_URLS", desk_databases(databases)),
        ("STAFF_MAIL_DATABASE_URL", databases.url("staff_mail")),
        ("PUBLIC_URL", PUBLIC_URL.to_owned()),
        ("WHATSAPP_SENDER", SENDER.to_owned()),
        ("TWILIO_ACCOUNT_SID", settings.account_sid.clone()),
        ("TWILIO_AUTH_TOKEN", settings.auth_token.clone()),
        ("TWILIO_API_URL", twilio.url()),
        ("LOG", "info".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The database as the desk's login of each municipality of the demo, and of `national`.
fn desk_databases(databases: &Databases) -> String {
    let of = |name: &str, login: &str| format!("{name}={}", databases.url(login));
    let municipal = ["CPT", "EKU", "ETH", "WC024"];
    let municipal = municipal.map(|code| of(code, &format!("desk_{}", code.to_lowercase())));
    format!("{},{}", municipal.join(","), of("national", "national"))
}

/// Differs between tests of a process and between processes.
fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{:x}-{:x}-{:x}",
        crate::clock::now_ms() & 0xfff_ffff,
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
    .replace('-', "x")
}

/// The keys of one installation. They need not be secret, because only test data is sealed with them.
fn key_ring_text(seed: &str) -> String {
    let key = |name: &str| {
        let bytes: Vec<u8> = format!("{name}{seed}").bytes().cycle().take(32).collect();
        format!("{name}-1:{}", STANDARD.encode(bytes))
    };
    [key("intake"), key("municipal"), key("protected")].join(",")
}

impl Drop for TestInstallation {
    fn drop(&mut self) {
        self.processes.kill_all();
        if std::env::var_os("TEST_KEEP").is_some() {
            eprintln!(
                "kept: topics {}*, database {}, folder {}",
                self.topics.prefix,
                self.databases.name(),
                self.folder.display()
            );
            return;
        }
        let brokers = self.topics.brokers.clone();
        let prefix = self.topics.prefix.clone();
        let databases = self.databases.clone();
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let topics = topic_admin::delete_topics(&brokers, &prefix).await;
                databases.drop_database().await.and(topics)
            })
        });
        match cleaning.join() {
            Ok(Ok(())) => drop(std::fs::remove_dir_all(&self.folder)),
            Ok(Err(error)) => eprintln!("{}: not all was cleaned up: {error:#}", self.topics.prefix),
            Err(_) => eprintln!("{}: the cleaning-up failed", self.topics.prefix),
        }
    }
}
