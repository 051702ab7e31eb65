//! Checks docs/taps.md against a real Kafka: every command in it is run, and every record that it shows is
//! from a real run. `UPDATE_EXPECT=1` replaces them by the records of this run.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly, its helpers too"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use simulator::clock::Checked;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::twilio::inbound::Inbound;
use tests::fixtures::{KATLEHONG, POTHOLE_REPORT, SOON, WATER_REPORT};
use topics::catalogue::{Breaches, CATALOGUE, Deliveries, Tickets, UnscreenedMessages};

const RESIDENT: &str = "whatsapp:+27000000500";

/// The reports of the residents: texts and places.
const REPORTS: [(&str, (f64, f64)); 5] = [
    (WATER_REPORT, (KATLEHONG.latitude, KATLEHONG.longitude)),
    (POTHOLE_REPORT, (KATLEHONG.latitude, KATLEHONG.longitude)),
    ("Die straatligte in ons straat werk al weke lank nie meer nie", (-29.967, 30.883)),
    ("Sewage is running out of the manhole next to the school", (-33.93, 18.86)),
    ("ugesi uhambile kusukela izolo, isitaladi sonke simnyama", (-29.967, 30.883)),
];

/// Some hours of an installation in seconds: reports, one of them without a place, an addendum, a voice note,
/// work of the staff, a refusal, and deadlines that pass.
async fn live(installation: &TestInstallation) -> Result<()> {
    let twilio = &installation.twilio;
    let topics = &installation.topics;
    let mut tracked = Vec::new();
    for (number, (words, (latitude, longitude))) in REPORTS.into_iter().enumerate() {
        let resident = format!("{RESIDENT}{number}");
        let mut message = Inbound::pin(&resident, SENDER, latitude, longitude);
        message.body = words.to_owned();
        twilio.send_message(message).await;
        let told = installation
            .wait_until_told(&resident, 0, "they are told a tracking number", |body| {
                !numbers(body).is_empty()
            })
            .await?;
        tracked.push(numbers(&told)[0].to_string());
    }
    twilio.send_message(Inbound::pin(&format!("{RESIDENT}0"), SENDER, -26.334, 28.153)).await;
    twilio
        .send_message(Inbound::text(&format!("{RESIDENT}5"), SENDER, "There is no water in the whole street"))
        .await;
    twilio.send_message(Inbound::voice(&format!("{RESIDENT}6"), SENDER)).await;
    for status in ["in_progress", "resolved"] {
        installation
            .run_to_end(&["change", &tracked[0], "--actor", "eku-water-south-lead", "--status", status])
            .await?;
    }
    let (refused, _, _) = installation
        .output(&["change", &tracked[1], "--actor", "eku-water-south-lead", "--status", "closed"])
        .await?;
    assert!(!refused.success());
    let look = async || {
        let late = topics.decoded::<Breaches>()?.len();
        let sent = topics.store::<Deliveries>()?.len();
        let added = shown(installation, "reports.addendum")?;
        let unscreened = topics.decoded::<UnscreenedMessages>()?.len();
        let waits =
            topics.store::<Tickets>()?.into_values().filter(|ticket| ticket.routing.queue.is_some()).count();
        let all = late >= 8 && sent >= 8 && !added.is_empty() && unscreened > 0 && waits > 0;
        Ok(Checked::when(all, || {
            format!(
                "{late} warnings and breaches, {sent} deliveries, {added:?}, {unscreened} unscreened, \
                 {waits} wait"
            )
        }))
    };
    installation.wait_until("deadlines have passed and messages have arrived", SOON, look).await
}

/// The values of all records of this kind.
fn shown(installation: &TestInstallation, kind: &str) -> Result<Vec<String>> {
    let (topic, _) = kind.split_once('.').with_context(|| format!("{kind} is no kind"))?;
    let records = installation.topics.read(topic)?;
    let of_kind = records.into_iter().filter(|record| record.header("ce_type") == Some(kind));
    Ok(of_kind.filter_map(|record| String::from_utf8(record.value?).ok()).collect())
}

/// The page in pieces: its text, and its code blocks, each with its first line.
fn pieces(page: &str) -> Vec<(&str, &str)> {
    let mut pieces = Vec::new();
    for (place, piece) in page.split("```").enumerate() {
        let block = piece.split_once('\n').filter(|_| place % 2 == 1);
        pieces.push(block.unwrap_or(("", piece)));
    }
    pieces
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/taps.md")
}

/// The output of these commands with the topics of the installation.
fn run(installation: &TestInstallation, lines: &str) -> Result<String> {
    let folder = installation.folder();
    let output = Command::new("bash")
        .args([
            "-euo",
            "pipefail",
            "-c",
            &lines.replace("-t ", &format!("-t {}", installation.topics.prefix)),
        ])
        .current_dir(folder)
        .env("KAFKA_BROKERS", &installation.topics.brokers)
        .env("KCAT_CONFIG", folder.join("kcat.conf"))
        .output()?;
    if !output.status.success() {
        bail!("{lines}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The names of a record's fields, nested ones included.
fn fields(record: &str) -> Vec<String> {
    serde_json::from_str(record).map(|value| nested_fields(&value)).unwrap_or_default()
}

fn nested_fields(value: &Value) -> Vec<String> {
    let Some(map) = value.as_object() else { return Vec::new() };
    map.iter().flat_map(|(name, inner)| [vec![name.clone()], nested_fields(inner)].concat()).collect()
}

fn there_is(tool: &str) -> bool {
    Command::new(tool).arg("-h").output().is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_the_taps_page_runs_and_every_record_is_one_of_a_real_run() -> Result<()> {
    if !there_is("kcat") || !there_is("jq") {
        eprintln!("SKIPPED taps: kcat or jq is not here (apt-get install kcat jq)");
        return Ok(());
    }
    let Some(installation) = TestInstallation::start(Plan::new("taps", 3).fast()).await? else {
        return Ok(());
    };
    installation.run_ready("all").await?;
    live(&installation).await?;
    let text = std::fs::read_to_string(page())?;
    let updating = std::env::var_os("UPDATE_EXPECT").is_some();
    let (mut wrong, mut records): (Vec<String>, BTreeMap<&str, String>) = Default::default();
    for (what, block) in pieces(&text) {
        if what == "sh" {
            // The first block of the page writes the configuration, which the others find through the
            // environment.
            match run(&installation, block) {
                Ok(said) if !said.trim().is_empty() && !said.contains("null\n") => eprintln!("{block}{said}"),
                Ok(said) => wrong.push(format!("{block}says only {said:?}")),
                Err(error) => wrong.push(error.to_string()),
            }
        } else if let Some(kind) = what.strip_prefix("json ") {
            let real = shown(&installation, kind)?;
            // A field may be left out of a record, so any record of the run may be the one that is shown.
            let same = real.iter().any(|record| fields(record) == fields(block));
            let fullest = real.into_iter().max_by_key(|record| fields(record).len());
            let fullest = fullest.with_context(|| format!("the run had no {kind}"))?;
            if !updating && (!same || fields(block).is_empty()) {
                wrong.push(format!(
                    "{kind}: the page shows {block}and the run had {fullest}; UPDATE_EXPECT=1 shows it"
                ));
            }
            records.insert(kind, fullest);
        }
    }
    let taps = CATALOGUE.iter().filter(|topic| topic.spec.is_tap()).map(|topic| topic.spec.name);
    wrong.extend(
        taps.filter(|tap| !text.contains(&format!("\n## {tap}\n")))
            .map(|tap| format!("nothing is said of {tap}")),
    );
    if updating {
        update(&text, &records)?;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Writes the page again, with these records.
fn update(text: &str, records: &BTreeMap<&str, String>) -> Result<()> {
    let written = pieces(text).into_iter().map(|(what, block)| {
        match what.strip_prefix("json ").and_then(|kind| records.get(kind)) {
            Some(record) => format!("{what}\n{record}\n"),
            None if what.is_empty() => block.to_owned(),
            None => format!("{what}\n{block}"),
        }
    });
    Ok(std::fs::write(page(), written.collect::<Vec<_>>().join("```"))?)
}
