//! The desk in a real browser.

use anyhow::Result;
use reqwest::StatusCode;
use simulator::harness::{Plan, TestInstallation};
use tests::browser::Driver;
use tests::fixtures::WATER_REPORT;

use super::{HOSTILE, LEAD, MANAGER, in_queue, report};

const REPLY: &str = "form[action$='/reply'] textarea";
const NOTE: &str = "form[action$='/note'] textarea";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_with_a_password_and_sees_the_queue() -> Result<()> {
    let Some(driver) = Driver::start("browser sign-in")? else { return Ok(()) };
    let Some(installation) = TestInstallation::start(Plan::new("page", 1)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("desk").await?;
    installation.person(&url, LEAD, &[]).await?;
    let browser = driver.browser(1280).await?;
    browser.go(&url).await?;
    browser.write("[name=login]", LEAD).await?;
    browser.write("[name=password]", "a wrong long password").await?;
    browser.click("form button").await?;
    browser.shows(".notice", "do not fit together").await?;
    browser.write("[name=password]", simulator::harness::desk::PASSWORD).await?;
    browser.click("form button").await?;
    browser.shows(".summary", "0 tickets, 0 overdue").await?;
    browser.shows("#connection", "Live").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_agents_on_one_ticket_see_each_other_and_lose_no_words() -> Result<()> {
    let Some(driver) = Driver::start("browser live")? else { return Ok(()) };
    let Some(installation) = TestInstallation::start(Plan::new("pair", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    installation.person(&url, MANAGER, &[]).await?;
    let lead = installation.person(&url, LEAD, &[]).await?;
    let queue = driver.browser(1280).await?;
    queue.open(&url, MANAGER, "/").await?;
    queue.shows("#connection", "Live").await?;
    let number = report(&installation, "whatsapp:+27000000741", WATER_REPORT).await?;
    // The new ticket comes into the open page, and its count follows.
    queue.shows("#queue", &number).await?;
    queue.shows("#count", "1 ticket,").await?;

    in_queue(&installation, &lead, &number).await?;
    let page = driver.browser(1280).await?;
    page.open(&url, MANAGER, &format!("/tickets/{number}")).await?;
    page.shows("#connection", "Live").await?;
    page.shows(".said", WATER_REPORT).await?;
    page.write(REPLY, "We will come on").await?;
    let (status, said) = lead.act(&number, "status", &[("to", "in_progress")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    queue.shows("#queue .status", "In progress").await?;
    // The other's change is shown; the half-written reply and its focus stay.
    page.shows("#status", "In progress").await?;
    page.shows(".history", &format!("{LEAD} changed the status.")).await?;
    page.write(REPLY, " Monday").await?;
    let written = format!("return document.querySelector(\"{REPLY}\").value");
    assert_eq!(page.run(&written).await?, "We will come on Monday");
    page.click("form[action$='/reply'] button").await?;
    page.shows("#notice", "someone has changed the ticket since you looked").await?;
    page.shows("#notice", &format!("Meanwhile: {LEAD} changed the status.")).await?;
    assert_eq!(page.run(&written).await?, "We will come on Monday", "a refused reply is kept");
    page.click("form[action$='/reply'] button").await?;
    page.shows("#notice", "Done.").await?;
    page.shows(".history", "We will come on Monday").await?;
    assert_eq!(page.run(&written).await?, "");
    queue.close().await?;
    page.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_refers_to_the_ticket_that_its_person_saw_whatever_another_form_has_sent() -> Result<()> {
    let Some(driver) = Driver::start("browser forms")? else { return Ok(()) };
    let Some(installation) = TestInstallation::start(Plan::new("forms", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    installation.person(&url, MANAGER, &[]).await?;
    let lead = installation.person(&url, LEAD, &[]).await?;
    let number = report(&installation, "whatsapp:+27000000761", WATER_REPORT).await?;
    in_queue(&installation, &lead, &number).await?;
    let page = driver.browser(1280).await?;
    page.open(&url, MANAGER, &format!("/tickets/{number}")).await?;
    page.shows("#connection", "Live").await?;
    page.write(REPLY, "We will come on Monday").await?;

    // One's own change is no surprise: the words that were begun before it can be sent after it.
    page.write(NOTE, "seen").await?;
    page.click("form[action$='/note'] button").await?;
    page.shows(".history", "seen").await?;
    let revision = "return document.querySelector(\"form[action$='/reply'] [name=revision]\").value";
    assert_eq!(page.run(revision).await?, "1");

    // Another's is: a form that is begun after it does not lift the one that was begun before it.
    let (status, said) = lead.act(&number, "status", &[("to", "in_progress")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    page.shows("#status", "In progress").await?;
    page.write(NOTE, "seen again").await?;
    page.click("form[action$='/note'] button").await?;
    page.shows(".history", "seen again").await?;
    assert_eq!(page.run(revision).await?, "1");
    page.click("form[action$='/reply'] button").await?;
    page.shows("#notice", &format!("{LEAD} changed the status.")).await?;
    page.click("form[action$='/reply'] button").await?;
    page.shows("#notice", "Done.").await?;
    page.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_are_a_program_are_words_and_a_phone_shows_them_without_scrolling_aside() -> Result<()> {
    let Some(driver) = Driver::start("browser words")? else { return Ok(()) };
    let Some(installation) = TestInstallation::start(Plan::new("phone", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let words = format!("{HOSTILE} Z{}", "\u{301}".repeat(1000));
    let number = report(&installation, "whatsapp:+27000000751", &words).await?;
    in_queue(&installation, &manager, &number).await?;
    let phone = driver.phone().await?;
    phone.open(&url, MANAGER, "/").await?;
    phone.shows("#connection", "Live").await?;
    for path in ["/".to_owned(), format!("/tickets/{number}")] {
        phone.go(&format!("{url}{path}")).await?;
        phone.shows("main", &number).await?;
        let sideways = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        assert_eq!(phone.run(sideways).await?, false, "{path}");
        assert_eq!(phone.run("return document.querySelectorAll('main script, main img').length").await?, 0);
    }
    phone.shows(".said .words", "<script>alert('here')</script>").await?;
    phone.close().await
}
