//! The pictures of the documents.

use std::path::{Path, PathBuf};

use anyhow::Result;
use simulator::harness::{Plan, TestInstallation};
use tests::browser::{Browser, Driver};
use tests::fixtures::WATER_REPORT;

use super::board::{BREACHES, TICKETS};
use super::{LEAD, MANAGER, in_queue, report};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

async fn pictures(browser: &Browser, url: &str, number: &str, look: &str) -> Result<()> {
    browser.open(url, MANAGER, "/").await?;
    for (name, path) in
        [("queue", "/".to_owned()), ("ticket", format!("/tickets/{number}")), ("board", "/board".to_owned())]
    {
        browser.go(&format!("{url}{path}")).await?;
        browser.shows("#connection", "Live, as of").await?;
        std::fs::write(docs().join(format!("desk-{name}{look}.png")), browser.picture().await?)?;
        let sideways = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        assert_eq!(browser.run(sideways).await?, false, "{path} is wider than the window");
    }
    Ok(())
}

/// Prints docs/desk-*.png: the queue, a ticket and the board, light, dark, and on a phone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints the pictures of the documents"]
async fn print_the_pictures() -> Result<()> {
    let Some(driver) = Driver::start("pictures")? else { return Ok(()) };
    let Some(installation) = TestInstallation::start(Plan::new("pictures", 1)).await? else { return Ok(()) };
    for statement in [TICKETS, BREACHES] {
        installation.databases.execute("trust_engine", statement).await?;
    }
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let lead = installation.person(&url, LEAD, &[]).await?;
    let number = report(&installation, "whatsapp:+27000000821", WATER_REPORT).await?;
    in_queue(&installation, &lead, &number).await?;
    for (act, fields) in [
        ("status", [("to", "in_progress")]),
        ("note", [("text", "The valve is at the corner; two people and the small truck.")]),
        ("reply", [("text", "A team is on its way and should be with you by 11:00.")]),
    ] {
        let (_, said) = lead.act(&number, act, &fields).await?;
        assert!(said.contains("Done."), "{said}");
    }
    drop(manager);
    let light = driver.browser(1280).await?;
    pictures(&light, &url, &number, "").await?;
    light.close().await?;
    let dark = driver.dark_browser(1280).await?;
    pictures(&dark, &url, &number, "-dark").await?;
    dark.close().await?;
    let phone = driver.phone().await?;
    pictures(&phone, &url, &number, "-phone").await?;
    phone.close().await
}
