//! Tickets at the desk: the queue, the page of a ticket, and what staff do there.

use anyhow::Result;
use reqwest::StatusCode;
use simulator::clock::Checked;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::{SOON, WATER_REPORT};

use super::{HOSTILE, LEAD, MANAGER, STRANGER, in_queue, report};

const RESIDENT: &str = "whatsapp:+27000000701";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_a_resident_is_worked_at_the_desk_until_the_resident_hears_of_it() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("work", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let lead = installation.person(&url, LEAD, &[]).await?;
    let number = report(&installation, RESIDENT, WATER_REPORT).await?;

    let queue = in_queue(&installation, &manager, &number).await?;
    assert!(queue.contains("EKU-WATER-SOUTH") && queue.contains(" left</span>"), "{queue}");
    assert!(manager.page("/?q=zzz").await?.contains("No ticket fits"));
    let found = manager.page(&format!("/?q={}&category=water", &number[..4].to_lowercase())).await?;
    assert!(found.contains(&number), "{found}");
    let page = manager.page(&format!("/tickets/{number}")).await?;
    assert!(page.contains(WATER_REPORT) && page.contains("The ticket was opened."), "{page}");
    let looks = format!(
        "select count(*) from desk.looks where login = '{MANAGER}' and ticket = (select id from tickets where \
         tracking_number = '{number}')"
    );
    assert_eq!(installation.databases.number("trust_engine", &looks).await?, 1);

    // Nothing is chosen: the person stays, as the form says. No one is a choice of its own.
    assert!(page.contains(&format!("Stays: {LEAD}")), "{page}");
    for unchanged in [&[("person", LEAD)][..], &[("person", "")], &[]] {
        let (status, said) = manager.act(&number, "assign", unchanged).await?;
        assert_eq!(status, StatusCode::CONFLICT, "{said}");
        assert!(said.contains("the ticket is like that already"), "{said}");
    }
    let (status, said) = manager.act(&number, "assign", &[("person", "-")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    let page = manager.page(&format!("/tickets/{number}")).await?;
    assert!(page.contains("Stays: no one"), "{page}");
    let (status, said) = manager.act(&number, "assign", &[("person", LEAD)]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    let page = manager.page(&format!("/tickets/{number}")).await?;
    for place in ["NaN, NaN", "-26.3, inf", "91, 28.1", "there"] {
        let (status, said) = manager.act(&number, "correct", &[("point", place)]).await?;
        assert!(status == StatusCode::BAD_REQUEST && said.contains("A place is two numbers"), "{said}");
    }
    let (status, said) = lead.act(&number, "status", &[("to", "in_progress")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    // The manager still has the page of before.
    let (status, said) = manager.act_on(&page, &number, "reply", &[("text", "We are on our way")]).await?;
    assert_eq!(status, StatusCode::CONFLICT, "{said}");
    assert!(said.contains("someone has changed the ticket since you looked"), "{said}");
    assert!(said.contains(&format!("Meanwhile: {LEAD} changed the status.")), "{said}");
    let (status, said) = manager.act(&number, "reply", &[("text", "We are on our way")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    installation
        .wait_until_told(RESIDENT, 2, "they read the reply", |body| body.contains("We are on our way"))
        .await?;
    let page = manager.page(&format!("/tickets/{number}")).await?;
    assert!(page.contains(&format!("{MANAGER} replied to the resident.")), "{page}");
    assert!(page.contains("Status: open → in progress"), "{page}");
    assert!(manager.page(&format!("/?status=in_progress&person={LEAD}")).await?.contains(&number));
    let (status, said) = lead.act(&number, "hold", &[("reason", "weather"), ("hours", "24")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert!(manager.page("/?due=held").await?.contains(&number));
    let page = manager.page(&format!("/tickets/{number}")).await?;
    assert!(page.contains("Weather, until ") && page.contains("put the ticket on hold."), "{page}");
    let (status, said) = lead.act(&number, "hold", &[]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert!(!manager.page("/?due=held").await?.contains(&number));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_other_sites_tickets_of_others_and_words_that_are_programs_do_nothing() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("guard", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let stranger = installation.person(&url, STRANGER, &[]).await?;
    let number = report(&installation, RESIDENT, HOSTILE).await?;
    in_queue(&installation, &manager, &number).await?;

    let look = async || {
        let page = manager.page(&format!("/tickets/{number}")).await?;
        let shown = page.contains("Water pipe burst");
        Ok(if shown { Checked::Yes(page) } else { Checked::not_yet("the words are not there yet") })
    };
    let page = installation.wait_until("the page shows the words", SOON, look).await?;
    assert!(page.contains("&lt;script&gt;alert('here')&lt;/script&gt;"), "{page}");
    assert!(!page.contains("<script>alert") && !page.contains("<img"), "{page}");

    let note = format!("/tickets/{number}/note");
    let form = [("token", "guessed"), ("revision", "0"), ("text", "a note")];
    assert_eq!(manager.post(&note, &form).await?.status(), StatusCode::FORBIDDEN);
    let elsewhere = reqwest::Client::new()
        .post(format!("{url}/sign-in"))
        .header("sec-fetch-site", "cross-site")
        .form(&[("login", MANAGER), ("password", "whatever it may be")])
        .send()
        .await?;
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);

    let id = installation.databases.owner("select id from tickets").await?;
    let id = id[0]["id"].as_str().unwrap();
    for name in [number.as_str(), id] {
        assert_eq!(manager.get(&format!("/tickets/{name}")).await?.status(), StatusCode::OK);
        for path in [format!("/tickets/{name}"), format!("/tickets/{name}/live?version=1")] {
            assert_eq!(stranger.get(&path).await?.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert!(!stranger.page("/").await?.contains(&number));
    let page = stranger.page("/").await?;
    let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
    let token = rest.split('"').next().unwrap();
    let form = [("token", token), ("revision", "0"), ("text", "a note")];
    assert_eq!(stranger.post(&note, &form).await?.status(), StatusCode::NOT_FOUND);
    let changes = "select count(*) from audit_logs where action <> 'opened'";
    assert_eq!(installation.databases.number("trust_engine", changes).await?, 0);
    Ok(())
}
