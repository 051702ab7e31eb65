//! `trust-engine verify`: a real installation whose parts agree, with each message accounted for, and one in
//! which a row is missing.
#![allow(clippy::panic, reason = "a test may fail loudly")]

use anyhow::Result;
use serde_json::Value;
use simulator::clock::Checked;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::twilio::inbound::Inbound;
use sqlx::Connection;
use tests::fixtures::{KATLEHONG, SOON};

const REPORTS: &str = "whatsapp:+27820000001";
const GREETS: &str = "whatsapp:+27820000002";
const DISCLOSES: &str = "whatsapp:+27820000003";

async fn verify(installation: &TestInstallation, settings: &[(&str, &str)]) -> Result<(Option<i32>, Value)> {
    let (status, out, err) = installation.output_with(&["verify", "--json"], settings).await?;
    anyhow::ensure!(!out.is_empty(), "{err}");
    Ok((status.code(), serde_json::from_str(&out)?))
}

/// How many messages became this, or, without a name, how many there are in all.
fn counted(said: &Value, name: &str) -> u64 {
    let counts = said["messages"].as_object().into_iter().flatten();
    counts
        .filter(|(known, _)| name.is_empty() || *known == name)
        .filter_map(|(_, count)| count.as_u64())
        .sum()
}

/// All differences, of all checks.
fn differences(said: &Value) -> Vec<String> {
    let checks = said["checks"].as_array().into_iter().flatten();
    let all = checks.flat_map(|check| check["differences"].as_array().into_iter().flatten());
    all.filter_map(|difference| difference.as_str().map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_agrees_until_a_row_is_missing_and_then_it_is_named() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("verify", 2)).await? else { return Ok(()) };
    let engine = installation.run_ready("all").await?;
    let twilio = &installation.twilio;
    twilio.send_message(Inbound::text(REPORTS, SENDER, "There is a huge pothole in our road")).await;
    installation.wait_until_told(REPORTS, 0, "they are asked for the place", |_| true).await?;
    twilio.send_message(Inbound::pin(REPORTS, SENDER, KATLEHONG.latitude, KATLEHONG.longitude)).await;
    twilio.send_message(Inbound::text(GREETS, SENDER, "hello")).await;
    let words = "my boyfriend beat me again last night and said he will kill me";
    twilio.send_message(Inbound::text(DISCLOSES, SENDER, words)).await;
    twilio.send_message(Inbound::text("whatsapp:+\u{fffd}", SENDER, "anything")).await;
    installation.wait_until_told(REPORTS, 1, "they get a number", |_| true).await?;
    installation.wait_until_told(GREETS, 0, "they are greeted", |_| true).await?;
    installation.wait_until_told(DISCLOSES, 0, "they get help", |text| text.contains("10111")).await?;

    let (code, said) = verify(&installation, &[]).await?;
    assert!(code == Some(0) && differences(&said).is_empty(), "{said}");
    // A request without a sender is no message: it was never in the log of messages. Whether a question is
    // asked at once or after a pause decides whether its message counts as answered or as kept.
    assert_eq!((counted(&said, ""), counted(&said, "waiting")), (4, 0), "{said}");
    assert_eq!(said["messages"]["protected"], 1, "{said}");
    assert_eq!(said["left_out"], Value::Array(Vec::new()));

    let ring = installation.environment().get("KEY_RING").cloned().unwrap_or_default();
    let open: Vec<&str> = ring.split(',').filter(|key| !key.starts_with("protected")).collect();
    let (code, said) = verify(&installation, &[("KEY_RING", &open.join(","))]).await?;
    assert!(code == Some(0) && said["messages"]["protected"].is_null(), "{said}");
    assert_eq!(counted(&said, ""), 4, "{said}");
    assert!(said["left_out"].to_string().contains("the police lane"), "{said}");

    let mut superuser = sqlx::PgConnection::connect(&installation.databases.url("postgres")).await?;
    assert_eq!(sqlx::query("delete from tickets").execute(&mut superuser).await?.rows_affected(), 1);
    installation
        .wait_until("the missing row is named", SOON, async || {
            let (code, said) = verify(&installation, &[]).await?;
            let named = differences(&said);
            let is_it = named.iter().any(|why| why.contains("is not in the table"));
            Ok(Checked::when(code == Some(2) && is_it, || said.to_string()))
        })
        .await?;
    engine.stop().await
}
