//! `status`: how an installation is, on one screen, with what is wrong and which page of the runbook says
//! what to do.

mod facts;
mod findings;
mod processes;
mod report;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use connectors::clock::present;
use connectors::config::Config;
use connectors::kafka::status::{self, BrokerFacts};
use connectors::kafka::{Installation, LogError, admin};
use connectors::postgis::{self, DatabaseFacts, MUNICIPAL_TOPICS};
use serde_json::json;

use self::facts::{PartOfFacts, StatusFacts};
use self::findings::{StatusFinding, Urgency, judge};

/// The pause between two screens of `--watch`.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the database may take.
const DATABASE_PATIENCE: Duration = Duration::from_secs(10);

const EXAMPLES: &str = "Examples:
  trust-engine status
  trust-engine status --watch
  trust-engine status --process http://10.0.0.5:8082 --process http://10.0.0.6:8082
  trust-engine status --json | jq '.findings[].what'

Exit status: 0 well; 1 look soon; 2 act now; 78 the configuration is wrong.
It asks the broker (KAFKA_BROKERS), the database (DATABASE_URL, if it is set), the process at METRICS_URL, if
it is set, and those that --process names.";

/// Shows how the installation is, and what to do about what is wrong.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArguments {
    /// Shows it again every 5 s, until it is interrupted.
    #[arg(long)]
    watch: bool,
    /// Prints it as JSON, one object each time.
    #[arg(long)]
    json: bool,
    /// The address of a process's /readyz and /metrics; may be given several times.
    #[arg(long, value_name = "URL")]
    process: Vec<String>,
}

pub async fn run(config: &Config, arguments: StatusArguments) -> anyhow::Result<ExitCode> {
    let installation = super::installation(config)?;
    let addresses = addresses(config, &arguments.process);
    loop {
        let facts = collect(config, &installation, &addresses).await?;
        let findings = judge(&facts);
        let urgency = findings.iter().map(|finding| finding.urgency).max().unwrap_or(Urgency::Well);
        show(&arguments, &facts, &findings, urgency);
        if !arguments.watch {
            return Ok(ExitCode::from(urgency.code()));
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::from(urgency.code())),
        }
    }
}

fn show(arguments: &StatusArguments, facts: &StatusFacts, findings: &[StatusFinding], urgency: Urgency) {
    let text = if arguments.json {
        json!({ "urgency": urgency, "findings": findings, "facts": facts }).to_string()
    } else {
        report::draw(facts, findings, urgency)
    };
    let mut out = std::io::stdout();
    if arguments.watch && !arguments.json && out.is_terminal() {
        // Begins a new screen.
        let _ = write!(out, "\x1b[H\x1b[2J");
    }
    let _ = writeln!(out, "{}", text.trim_end());
    let _ = out.flush();
}

/// The addresses of the processes that are asked: those that were given, and the one of this configuration.
fn addresses(config: &Config, given: &[String]) -> Vec<String> {
    let own = config.metrics_listen.map(|mut listen| {
        if listen.ip().is_unspecified() {
            listen.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{listen}")
    });
    let mut all: Vec<String> = given.to_vec();
    all.extend(own.filter(|own| !given.iter().any(|given| given.trim_end_matches('/') == own)));
    all
}

async fn collect(
    config: &Config,
    installation: &Installation,
    addresses: &[String],
) -> anyhow::Result<StatusFacts> {
    let asked = installation.clone();
    let broker = tokio::task::spawn_blocking(move || ask_broker(&asked));
    let database = ask_database(config);
    let (broker, database) = tokio::join!(broker, database);
    let broker = match broker? {
        Ok(facts) => PartOfFacts::Known(facts),
        Err(error) => PartOfFacts::Silent(error.to_string()),
    };
    let mut processes = Vec::with_capacity(addresses.len());
    for address in addresses {
        processes.push(processes::ask(address).await);
    }
    let sink_oldest_unread = sink_oldest_unread(installation, &broker, &database).await?;
    Ok(StatusFacts { at: present(), broker, database, sink_oldest_unread, processes })
}

/// Asks whether the broker is there first, since the other requests wait for it for a minute.
fn ask_broker(installation: &Installation) -> Result<BrokerFacts, LogError> {
    admin::cluster_id(installation)?;
    status::collect(installation, MUNICIPAL_TOPICS)
}

async fn ask_database(config: &Config) -> PartOfFacts<DatabaseFacts> {
    let Some(url) = &config.database_url else {
        return PartOfFacts::NotAsked("DATABASE_URL is not set");
    };
    let asked = async {
        let pool = postgis::connect(url.with_password(), 1)?;
        let facts = postgis::collect_facts(&pool).await;
        pool.close().await;
        facts
    };
    match tokio::time::timeout(DATABASE_PATIENCE, asked).await {
        Ok(Ok(facts)) => PartOfFacts::Known(facts),
        Ok(Err(error)) => PartOfFacts::Silent(error.to_string()),
        Err(_) => PartOfFacts::Silent(format!("no answer in {} s", DATABASE_PATIENCE.as_secs())),
    }
}

/// The topic whose oldest record that is not in its table is the oldest, and its age.
async fn sink_oldest_unread(
    installation: &Installation,
    broker: &PartOfFacts<BrokerFacts>,
    database: &PartOfFacts<DatabaseFacts>,
) -> anyhow::Result<Option<(String, u64)>> {
    let (PartOfFacts::Known(broker), PartOfFacts::Known(database)) = (broker, database) else {
        return Ok(None);
    };
    let mut waiting: BTreeMap<&'static str, BTreeMap<u32, i64>> = BTreeMap::new();
    for ((topic, partition), end) in &broker.sink_ends {
        let is_it = |at: &&postgis::SinkOffset| at.topic == *topic && at.partition == *partition;
        let next = database.offsets.iter().find(is_it).map_or(0, |at| at.next);
        if next < *end {
            waiting.entry(topic).or_default().insert(*partition, next);
        }
    }
    let installation = installation.clone();
    let oldest = move || {
        let mut oldest: Option<(String, u64)> = None;
        for (topic, positions) in waiting {
            let age = status::oldest_unread(&installation, topic, positions)?.into_values().max();
            let is_older = |age: &u64| oldest.as_ref().is_none_or(|(_, known)| age > known);
            if let Some(age) = age.filter(is_older) {
                oldest = Some((topic.to_owned(), age));
            }
        }
        Ok::<_, LogError>(oldest)
    };
    Ok(tokio::task::spawn_blocking(oldest).await??)
}
