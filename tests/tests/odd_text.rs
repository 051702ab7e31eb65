//! Every text that the webhook acknowledges reaches its table, with any characters.

use std::time::Duration;

use anyhow::Result;
use simulator::clock::Checked;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use simulator::twilio::inbound::Inbound;

const SOON: Duration = Duration::from_secs(60);
const REPORTS: &str = "whatsapp:+27000000331";
const DISCLOSES: &str = "whatsapp:+27000000332";
const DISCLOSES_AFTERWARDS: &str = "whatsapp:+27000000333";
const KATLEHONG: (f64, f64) = (-26.333, 28.152);

async fn rows(installation: &TestInstallation, role: &str, query: &str, wanted: i64) -> Result<()> {
    let look = async || {
        let rows = installation.databases.number(role, query).await?;
        Ok(Checked::when(rows == wanted, || format!("{rows} rows instead of {wanted}: {query}")))
    };
    installation.wait_until("the rows are in their table", SOON, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nul_in_any_text_keeps_no_row_from_its_table() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("nul", 1)).await? else { return Ok(()) };
    let engine = installation.run_ready("all").await?;
    let twilio = &installation.twilio;

    let mut report = Inbound::text(REPORTS, SENDER, "There is a huge\0 pothole in our road\0");
    report.profile_name = "Than\0di".to_owned();
    twilio.send_message(report).await;
    installation.wait_until_told(REPORTS, 0, "they are asked for the place", |_| true).await?;
    twilio.send_message(Inbound::pin(REPORTS, SENDER, KATLEHONG.0, KATLEHONG.1)).await;
    installation.wait_until_told(REPORTS, 1, "they get a number", |text| !numbers(text).is_empty()).await?;
    rows(&installation, "trust_engine", "select count(*) from tickets", 1).await?;
    rows(&installation, "postgres", "select count(*) from intake.dead_letters", 0).await?;

    for (person, words) in [
        (DISCLOSES, "my boyfriend be\0at me again last night and said\0 he will kill me"),
        (DISCLOSES_AFTERWARDS, "my boyfriend beat me again last night and said he will kill me"),
    ] {
        twilio.send_message(Inbound::text(person, SENDER, words)).await;
        installation.wait_until_told(person, 0, "they get help", |text| text.contains("10111")).await?;
    }
    rows(&installation, "postgres", "select count(*) from protected.tickets", 2).await?;
    rows(&installation, "postgres", "select count(*) from protected.dead_letters", 0).await?;
    engine.stop().await
}
