//! What a person sees before a reply or a correction is sent, and who else is at the ticket.

use anyhow::Result;
use reqwest::StatusCode;
use simulator::clock::Checked;
use simulator::harness::desk::DeskPerson;
use simulator::harness::{Plan, TestInstallation};
use tests::browser::Driver;
use tests::fixtures::{SOON, WATER_REPORT};

use super::{LEAD, MANAGER, STRANGER, in_queue, report, token};

const RESIDENT: &str = "whatsapp:+27000000791";
/// A report in isiZulu: the water pipe has burst in our street.
const IN_ZULU: &str = "Ipayipi lamanzi liqhumile emgwaqweni wethu, amanzi ayachitheka";

/// What a preview of the ticket shows.
async fn preview(
    person: &DeskPerson,
    number: &str,
    what: &str,
    fields: &[(&str, &str)],
) -> Result<(StatusCode, String)> {
    let token = token(person).await?;
    let form = [&[("token", token.as_str())], fields].concat();
    let answer = person.post(&format!("/tickets/{number}/preview-of-{what}"), &form).await?;
    Ok((answer.status(), answer.text().await?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_is_previewed_as_the_resident_reads_it_and_may_be_one_that_is_kept_ready() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("canned", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let lead = installation.person(&url, LEAD, &[]).await?;
    let stranger = installation.person(&url, STRANGER, &[]).await?;
    let number = report(&installation, RESIDENT, IN_ZULU).await?;
    in_queue(&installation, &lead, &number).await?;

    let kept = token(&manager).await?;
    for (title, language, category, text) in [
        ("On our way", "zu", "water", "Sizofika namuhla."),
        ("<i>Any</i>", "en", "", "Thank you."),
        ("Roads only", "zu", "roads", "Umgwaqo"),
    ] {
        let form = [
            ("token", kept.as_str()),
            ("title", title),
            ("language", language),
            ("category", category),
            ("text", text),
        ];
        assert_eq!(manager.post("/replies", &form).await?.status(), StatusCode::SEE_OTHER, "{title}");
    }
    let long = "x".repeat(801);
    let form = [("token", kept.as_str()), ("title", "Long"), ("language", "en"), ("text", long.as_str())];
    assert_eq!(manager.post("/replies", &form).await?.status(), StatusCode::BAD_REQUEST);
    let form = [("token", token(&lead).await?), ("title", "Mine".to_owned())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(lead.post("/replies", &form).await?.status(), StatusCode::FORBIDDEN);
    let page = lead.page(&format!("/tickets/{number}")).await?;
    let zulu = page.find("Sizofika namuhla.");
    let any = page.find("Thank you.");
    assert!(
        zulu.is_some() && zulu < any && !page.contains("Umgwaqo"),
        "the resident's language first: {page}"
    );
    assert!(page.contains("&lt;i&gt;Any&lt;/i&gt;") && !page.contains("<i>Any"), "{page}");
    assert!(!stranger.page("/replies").await?.contains("Sizofika"), "another municipality's replies");

    let (status, shown) = preview(&lead, &number, "reply", &[("text", "Sizofika namuhla.")]).await?;
    assert_eq!(status, StatusCode::OK, "{shown}");
    assert!(shown.contains("in words of our own"), "{shown}");
    let (_, body) = shown.split_once("lang=\"zu\">").unwrap();
    let body = body.split("</p>").next().unwrap().replace("&quot;", "\"");
    assert!(body.contains(&number) && body.contains("Sizofika namuhla."), "{body}");
    let (status, said) = lead.act(&number, "reply", &[("text", "Sizofika namuhla.")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    let told = installation
        .wait_until_told(RESIDENT, 2, "they read the reply", |body| body.contains("Sizofika"))
        .await?;
    assert_eq!(told, body, "the preview is what the resident reads");
    // A day later only a template is allowed.
    // The receipts of the last reply may still write the row again.
    let over = "update deliveries set window_end = now() - interval '1 minute'";
    let look = async || {
        installation.databases.execute("sink", over).await?;
        let (_, shown) = preview(&lead, &number, "reply", &[("text", "Two\nlines <b>")]).await?;
        let is_template = shown.contains("staff_reply_zu") && shown.contains("Two lines &lt;b&gt;");
        Ok(Checked::when(is_template, || shown.clone()))
    };
    installation.wait_until("the preview is a template", SOON, look).await?;
    let (_, shown) = preview(&lead, &number, "reply", &[("text", &long)]).await?;
    assert!(shown.contains("801 characters"), "{shown}");
    assert_eq!(preview(&stranger, &number, "reply", &[("text", "x")]).await?.0, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_of_the_place_leads_where_the_desk_showed_before() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("place", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let stranger = installation.person(&url, STRANGER, &[]).await?;
    let number = report(&installation, RESIDENT, WATER_REPORT).await?;
    in_queue(&installation, &manager, &number).await?;
    let page = manager.page(&format!("/tickets/{number}")).await?;
    assert!(page.contains("data-point=\"-26.33300, 28.15200\""), "the resident's pin can be used: {page}");
    for (typed, expected) in [("here", "two numbers"), ("1, 2, 3", "two numbers")] {
        let (status, shown) = preview(&manager, &number, "correction", &[("point", typed)]).await?;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(shown.contains(expected), "{shown}");
    }
    let (_, shown) = preview(&manager, &number, "correction", &[("category", "roads")]).await?;
    assert!(shown.contains("EKU-ROADS") && !shown.contains("leaves your municipality"), "{shown}");
    let durban = [("point", "-29.8587 31.0218")];
    let (_, shown) = preview(&manager, &number, "correction", &durban).await?;
    assert!(shown.contains("(ETH)") && shown.contains("leaves your municipality"), "{shown}");
    let value = |name: &str| {
        let (_, rest) = shown.split_once(&format!("<dt>{name}</dt><dd>")).unwrap();
        rest.split("</dd>").next().unwrap().to_owned()
    };
    let (status, said) = manager.act(&number, "correct", &durban).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    in_queue(&installation, &stranger, &number).await?;
    let page = stranger.page(&format!("/tickets/{number}")).await?;
    for fact in [value("Team"), value("Ward"), value("Response"), value("Resolution")] {
        assert!(page.contains(&fact), "{fact} was shown before: {page}");
    }
    assert_eq!(manager.get(&format!("/tickets/{number}")).await?.status(), StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_at_one_ticket_see_each_other_and_who_is_writing() -> Result<()> {
    let Some(driver) = Driver::start("browser presence")? else { return Ok(()) };
    let Some(installation) = TestInstallation::start(Plan::new("presence", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    installation.person(&url, LEAD, &[]).await?;
    let number = report(&installation, RESIDENT, WATER_REPORT).await?;
    in_queue(&installation, &manager, &number).await?;
    let path = format!("/tickets/{number}");
    let one = driver.browser(1280).await?;
    one.open(&url, MANAGER, &path).await?;
    one.shows("#connection", "Live").await?;
    let other = driver.browser(1280).await?;
    other.open(&url, LEAD, &path).await?;
    one.shows("#others", "Also here: ").await?;
    other.shows("#others", "Also here: ").await?;
    other.write("form[action$='/note'] textarea", "a thought").await?;
    one.shows("#others", "(writing)").await?;
    other.write("form[action$='/reply'] textarea", "Hello").await?;
    other.shows("form[action$='/reply'] .counter", "5 of 800 characters").await?;
    other.click("form[action$='/reply'] [data-preview]").await?;
    other.shows("form[action$='/reply'] .preview", &number).await?;
    other.close().await?;
    let left = "return document.getElementById('others').textContent === '' ? 'alone' : 'not alone'";
    let alone = one.until(left, "alone").await?;
    assert!(alone.contains("alone"));
    one.close().await
}
