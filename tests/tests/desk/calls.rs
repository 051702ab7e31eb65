//! Reports that staff enter for people who call.

use anyhow::Result;
use reqwest::StatusCode;
use simulator::harness::process::free_port;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::numbers;
use tests::fixtures::WATER_REPORT;

use super::{CANARY, MANAGER, in_queue, police_see, token};

const CALLER: &str = "whatsapp:+27820000741";
/// A caller is told nothing without a template.
const TEMPLATES: &str = "status_update_en=HX00000000000000000000000000000001";
const VICTIM: &str = "whatsapp:+27820000742";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callers_report_goes_the_way_of_every_message_and_through_the_screen() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("calls", 1)).await? else { return Ok(()) };
    let url = format!("http://127.0.0.1:{}", free_port()?);
    let settings =
        [("DESK_URL", url.as_str()), ("DESK_CALLERS_SENDER", SENDER), ("TWILIO_TEMPLATES", TEMPLATES)];
    let engine = installation.run_with("all", &settings)?;
    engine.ready().await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let auditor = installation.person(&url, "eku-auditor", &["--auditor-of", "EKU"]).await?;
    assert_eq!(auditor.get("/call").await?.status(), StatusCode::FORBIDDEN);
    let token = token(&manager).await?;
    let send = async |number: &str, words: &str, point: &str| {
        let form = [("token", token.as_str()), ("number", number), ("words", words), ("point", point)];
        anyhow::Ok(manager.post("/call", &form).await?.text().await?)
    };
    let refused = send("12", WATER_REPORT, "").await?;
    assert!(refused.contains("has 10 digits") && refused.contains(WATER_REPORT), "words are kept: {refused}");
    for place in ["NaN, 28.1", "-26.3, inf", "91, 28.1", "north, east"] {
        let refused = send("082 000 0741", WATER_REPORT, place).await?;
        assert!(refused.contains("The place is two numbers") && refused.contains(WATER_REPORT), "{refused}");
    }
    let taken = send("082 000 0741", WATER_REPORT, "-26.333, 28.152").await?;
    assert!(taken.contains("Taken."), "{taken}");
    let told = installation
        .wait_until_told(CALLER, 0, "the caller is told a number", |body| !numbers(body).is_empty())
        .await?;
    let number = numbers(&told)[0].to_string();
    in_queue(&installation, &manager, &number).await?;
    // The caller has not written, so WhatsApp takes templates only.
    let told: Vec<String> =
        installation.twilio.taken_for(CALLER).iter().map(|message| message.body.clone()).collect();
    assert!(told.len() == 1 && told[0].starts_with(&number), "no words of our own: {told:?}");
    let free = "select count(*) from deliveries where status not in ('failed') and not as_template";
    assert_eq!(installation.databases.number("trust_engine", free).await?, 0);
    let page = manager.page(&format!("/tickets/{number}")).await?;
    assert!(page.contains(WATER_REPORT) && page.contains("-26.33300, 28.15200"), "{page}");
    assert!(manager.page("/?q=0741").await?.contains(&number));

    // What is not for the municipality is answered alike, and leaves nothing there.
    let private = format!("my husband beat me again, he calls me {CANARY}, please help");
    let answer = send("082 000 0742", &private, "-26.333, 28.152").await?;
    let without =
        |page: &str| page.split("data-since").last().map(|rest| rest.split_once('>').map(|p| p.1.to_owned()));
    assert_eq!(without(&answer), without(&taken), "the page of a private matter is the same");
    installation.wait_until_told(VICTIM, 0, "the person is helped", |_| true).await?;
    police_see(&installation, CANARY).await?;
    assert_eq!(installation.databases.number("trust_engine", "select count(*) from tickets").await?, 1);
    assert_eq!(installation.databases.number("trust_engine", "select count(*) from desk.calls").await?, 2);
    let log = engine.logged()?;
    for secret in [CANARY, "820000741", "820000742", "husband"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    Ok(())
}
