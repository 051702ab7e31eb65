//! Nothing of the police lane reaches a page or a stream of the desk.

use anyhow::Result;
use reqwest::header::COOKIE;
use simulator::harness::desk::client;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::twilio::inbound::Inbound;
use tests::fixtures::{SOON, WATER_REPORT, pin};

use super::{CANARY, MANAGER, in_queue, police_see, report};

const VICTIM: &str = "whatsapp:+27000076551";
const NEIGHBOUR: &str = "whatsapp:+27000000731";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disclosure_leaves_nothing_on_any_page_or_stream() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("deskcanary", 1)).await? else {
        return Ok(());
    };
    let (engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let national = installation.person(&url, "country", &["--national"]).await?;
    let mut heard = String::new();
    let stream = client()?.get(format!("{url}/stream")).header(COOKIE, &national.cookie).send().await?;
    let number = report(&installation, VICTIM, WATER_REPORT).await?;
    let words = format!("my husband beat me again, he calls me {CANARY}, please help");
    installation.twilio.send_message(Inbound::text(VICTIM, SENDER, &words)).await;
    installation.twilio.send_message(pin(VICTIM)).await;
    police_see(&installation, CANARY).await?;
    // What comes later through the same logs shows that the desk has heard all before it.
    let later = report(&installation, NEIGHBOUR, WATER_REPORT).await?;
    let mut stream = stream;
    while !heard.contains(&later) {
        let chunk = tokio::time::timeout(SOON, stream.chunk()).await??;
        heard.push_str(std::str::from_utf8(&chunk.unwrap_or_default())?);
    }
    in_queue(&installation, &manager, &later).await?;
    let mut pages = vec![heard];
    for person in [&manager, &national] {
        for path in
            ["/".to_owned(), "/?status=closed".to_owned(), "/count".to_owned(), format!("/tickets/{number}")]
        {
            pages.push(person.page(&path).await?);
        }
    }
    let events = pages[0].matches("event: row").count() + pages[0].matches("event:row").count();
    assert_eq!(events, 2, "a row for each of the two municipal tickets, and no more: {}", pages[0]);
    for page in &pages {
        let lower = page.to_lowercase();
        for trace in [CANARY, "husband", "saps", "protected", "police"] {
            assert!(!lower.contains(trace), "{trace} is in {page}");
        }
    }
    let log = engine.logged()?;
    assert!(!log.contains(CANARY) && !log.contains("husband"), "words are in the log");
    Ok(())
}
