//! The alerting rules of `compose/prometheus`: promtool plays their tests, and a real Prometheus that watches
//! a real process fires those whose faults are caused here.
#![allow(clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use simulator::clock::Checked;
use simulator::harness::kafka::Raw;
use simulator::harness::process::free_port;
use simulator::harness::{Plan, TestInstallation};

const RULES: &str = include_str!("../../compose/prometheus/alerts.yml");
const PLAYED: &str = include_str!("../../compose/prometheus/alerts.test.yml");
/// How long a fault may take until its alert fires, on a busy host. The rules' own waits are left out.
const FIRES: Duration = Duration::from_secs(90);

fn repository() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no folder above this crate")
}

/// Where Prometheus' programs are; `None`, with a line that says so, where the set-up could not fetch them.
fn programs() -> Option<PathBuf> {
    let folder = std::env::var_os("TEST_PROMETHEUS_FOLDER").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        eprintln!(
            "SKIPPED alerts: TEST_PROMETHEUS_FOLDER is not set (make test sets it where apt has Prometheus)"
        );
    }
    folder.map(PathBuf::from)
}

fn promtool(arguments: &[&str]) -> Result<()> {
    let Some(programs) = programs() else { return Ok(()) };
    let output = Command::new(programs.join("promtool"))
        .args(arguments)
        .current_dir(repository()?.join("compose/prometheus"))
        .output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "promtool {arguments:?}:\n{said}");
    Ok(())
}

/// The rules by their names: the lines of each.
fn rules() -> Vec<(&'static str, &'static str)> {
    RULES.split("- alert: ").skip(1).filter_map(|rule| rule.split_once('\n')).collect()
}

#[test]
fn promtool_accepts_the_rules_and_their_tests() -> Result<()> {
    promtool(&["check", "rules", "alerts.yml"])?;
    promtool(&["test", "rules", "alerts.test.yml"])
}

#[test]
fn each_alert_waits_says_what_to_do_names_a_page_of_the_runbook_and_is_played() -> Result<()> {
    let rules = rules();
    ensure!(rules.len() > 20, "{} rules were found", rules.len());
    for (name, lines) in rules {
        for field in ["expr: ", "for: ", "summary: ", "action: "] {
            ensure!(lines.contains(field), "{name} has no {field}");
        }
        let has_severity =
            ["page", "ticket"].iter().any(|word| lines.contains(&format!("severity: {word} ")));
        ensure!(has_severity, "{name} is neither `page` nor `ticket`");
        let page = lines.lines().find_map(|line| line.trim().strip_prefix("runbook: "));
        let page = page.with_context(|| format!("{name} has no runbook"))?;
        ensure!(repository()?.join(page).is_file(), "{name} names {page}, which does not exist");
        ensure!(PLAYED.contains(&format!("- name: {name}\n")), "{name} is missing in alerts.test.yml");
    }
    Ok(())
}

/// A Prometheus that watches one process, and stops with the test.
struct Watch {
    server: Child,
    url: String,
}

impl Watch {
    /// Starts Prometheus with the rules, but without the time for which a fault must last.
    fn start(programs: &Path, folder: &Path, metrics_url: &str) -> Result<Self> {
        let without_waits: String = RULES
            .lines()
            .filter(|line| !line.trim().starts_with("for: "))
            .fold(String::new(), |text, line| text + line + "\n");
        std::fs::write(folder.join("alerts.yml"), without_waits)?;
        let target = metrics_url.trim_start_matches("http://");
        let settings = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [alerts.yml]\n\
             scrape_configs: [{{job_name: trust-engine, static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        std::fs::write(folder.join("prometheus.yml"), settings)?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let log = std::fs::File::create(folder.join("prometheus.log"))?;
        let server = Command::new(programs.join("prometheus"))
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("prometheus").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        Ok(Self { server, url: format!("http://{address}") })
    }

    /// The labels of the alerts that fire.
    async fn firing(&self) -> Result<Vec<Value>> {
        let answer = reqwest::get(format!("{}/api/v1/alerts", self.url)).await?;
        let answer: Value = serde_json::from_str(&answer.text().await?)?;
        let alerts = answer["data"]["alerts"].as_array().context("Prometheus lists no alerts")?;
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        Ok(firing.map(|alert| alert["labels"].clone()).collect())
    }

    /// Waits until the alert fires with this value of a label.
    async fn fires(
        &self,
        installation: &TestInstallation,
        name: &str,
        label: &str,
        value: &str,
    ) -> Result<()> {
        let look = async || {
            let firing = self.firing().await.unwrap_or_default();
            let fires = firing.iter().any(|labels| labels["alertname"] == name && labels[label] == value);
            Ok(Checked::when(fires, || format!("these fire: {firing:?}")))
        };
        installation.wait_until(&format!("{name} fires for {value}"), FIRES, look).await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_prometheus_fires_the_alerts_of_faults_that_are_caused() -> Result<()> {
    let Some(programs) = programs() else { return Ok(()) };
    let Some(installation) = TestInstallation::start(Plan::new("alerts", 1)).await? else { return Ok(()) };
    let unknown_login = installation.databases.url("a_login_that_does_not_exist");
    let settings = [("SINK_DATABASE_URL", &*unknown_login), ("PROTECTED_SINK_DATABASE_URL", &unknown_login)];
    let engine = installation.run_with("all", &settings)?;
    let watch = Watch::start(&programs, installation.folder(), &engine.metrics_url)?;
    watch.fires(&installation, "PartDoesNotWork", "part", "sink").await?;
    watch.fires(&installation, "PoliceLaneDoesNotWork", "part", "protected-sink").await?;
    let quiet = watch.firing().await?;
    ensure!(quiet.iter().all(|labels| labels["alertname"] != "DeadLettersWait"), "{quiet:?}");

    // The first dead letter of a process: its counter must have been 0 before.
    let foreign = Raw { topic: "ticket-commands", partition: 0, key: "k", headers: vec![], value: vec![1] };
    installation.topics.append(foreign).await?;
    watch.fires(&installation, "DeadLettersWait", "chain", "tickets").await?;

    engine.kill();
    watch.fires(&installation, "ProcessDoesNotAnswer", "job", "trust-engine").await
}
