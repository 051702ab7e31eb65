//! The queue: search, views, orders, many tickets at once, and the keys.

use anyhow::Result;
use reqwest::StatusCode;
use simulator::harness::desk::DeskPerson;
use simulator::harness::{Plan, TestInstallation};
use tests::browser::Driver;
use tests::fixtures::{POTHOLE_REPORT, WATER_REPORT};

use super::{LEAD, MANAGER, STRANGER, in_queue, report, token};

const AGENT: &str = "eku-water-south-agent";

/// The numbers of the tickets that a page of the queue shows, in its order.
async fn shown(person: &DeskPerson, path: &str) -> Result<Vec<String>> {
    let page = person.page(path).await?;
    let rows = page.split("<td class=\"number\"><a href=\"/tickets/").skip(1);
    Ok(rows.map(|row| row.split('"').next().unwrap().to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_found_by_words_and_by_the_end_of_a_number_where_the_role_may() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("search", 2)).await? else { return Ok(()) };
    let (engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let agent = installation.person(&url, AGENT, &[]).await?;
    let stranger = installation.person(&url, STRANGER, &[]).await?;
    let national = installation.person(&url, "country", &["--national"]).await?;
    let water = report(&installation, "whatsapp:+27000008761", WATER_REPORT).await?;
    let roads = report(&installation, "whatsapp:+27000009762", POTHOLE_REPORT).await?;
    for number in [&water, &roads] {
        in_queue(&installation, &manager, number).await?;
    }
    for (typed, found) in [
        ("pothole", vec![&roads]),
        ("HOUSE+burst", vec![&water]),
        ("hous+stree", vec![&water]),
        ("house+pothole", vec![]),
        ("8761", vec![&water]),
        ("%2B27+00+000+9762", vec![&roads]),
        ("761", vec![&water]),
        ("61", vec![]),
        (water.as_str(), vec![&water]),
        ("'%27)%20or%20true--", vec![]),
    ] {
        let numbers = shown(&manager, &format!("/?q={typed}")).await?;
        assert_eq!(numbers.iter().collect::<Vec<_>>(), found, "{typed}");
    }
    // An agent searches in words, but not by number; the country does neither; others see nothing of it.
    assert_eq!(shown(&agent, "/?q=house").await?, std::slice::from_ref(&water));
    for (person, typed) in [
        (&agent, "8761"),
        (&agent, "pothole"),
        (&national, "house"),
        (&national, "8761"),
        (&stranger, "house"),
    ] {
        assert!(shown(person, &format!("/?q={typed}")).await?.is_empty(), "{typed}");
    }
    let noted = "select count(*) from desk.searches where login = ";
    let by = async |login: &str, kind: &str| {
        let query = format!("{noted}'{login}' and kind = '{kind}'");
        installation.databases.number("trust_engine", &query).await
    };
    assert_eq!((by(MANAGER, "number").await?, by(AGENT, "number").await?), (3, 0));
    assert_eq!((by("country", "words").await?, by(AGENT, "words").await?), (0, 3));
    let log = engine.logged()?;
    assert!(!log.contains("8761") && !log.contains("pothole"), "searches are in the log");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_are_kept_and_lists_are_ordered_and_narrowed() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("views", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let lead = installation.person(&url, LEAD, &[]).await?;
    let first = report(&installation, "whatsapp:+27000000771", WATER_REPORT).await?;
    let second = report(&installation, "whatsapp:+27000000772", POTHOLE_REPORT).await?;
    in_queue(&installation, &manager, &second).await?;
    assert_eq!(shown(&manager, "/?sort=oldest").await?, [first.clone(), second.clone()]);
    assert_eq!(shown(&manager, "/?sort=newest").await?, [second.clone(), first.clone()]);
    let (status, said) = lead.act(&first, "note", &[("text", "a look")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert_eq!(shown(&manager, "/?sort=changed").await?, [first.clone(), second.clone()]);
    assert_eq!(shown(&manager, &format!("/?person={LEAD}")).await?, std::slice::from_ref(&first));
    assert!(shown(&manager, "/?person=-&team=EKU-WATER-SOUTH").await?.is_empty());
    assert_eq!(
        shown(&manager, "/?status=any&category=roads&due=nonsense").await?,
        std::slice::from_ref(&second)
    );

    let token = token(&manager).await?;
    let form =
        [("token", token.as_str()), ("name", "<b>Roads</b>"), ("query", "category=roads&evil=1&after=3_x")];
    let saved = manager.post("/views", &form).await?;
    assert_eq!(saved.headers()["location"], "/?category=roads");
    let page = manager.page("/?category=roads").await?;
    assert!(page.contains("&lt;b&gt;Roads&lt;/b&gt;</a>") && !page.contains("<b>Roads"), "{page}");
    assert!(!lead.page("/").await?.contains("Roads&lt;"), "a view is the person's own");
    let bad = [("token", token.as_str()), ("name", ""), ("query", "")];
    assert_eq!(manager.post("/views", &bad).await?.status(), StatusCode::BAD_REQUEST);
    let guessed = [("token", "guessed"), ("name", "Mine"), ("query", "")];
    assert_eq!(manager.post("/views", &guessed).await?.status(), StatusCode::FORBIDDEN);
    let form = [("token", token.as_str()), ("name", "<b>Roads</b>")];
    assert_eq!(manager.post("/views/remove", &form).await?.status(), StatusCode::SEE_OTHER);
    assert!(!manager.page("/").await?.contains("Roads&lt;"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tickets_are_assigned_by_keys_alone_and_what_is_refused_says_why() -> Result<()> {
    let Some(driver) = Driver::start("browser bulk")? else { return Ok(()) };
    let Some(installation) = TestInstallation::start(Plan::new("bulk", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let of = async |n: u32| report(&installation, &format!("whatsapp:+2700000078{n}"), WATER_REPORT).await;
    let numbers: [String; 6] = tokio::try_join!(of(0), of(1), of(2), of(3), of(4), of(5))?.into();
    for number in &numbers {
        in_queue(&installation, &manager, number).await?;
    }
    for number in &numbers[..3] {
        let (status, said) = manager.act(number, "assign", &[("person", AGENT)]).await?;
        assert_eq!(status, StatusCode::OK, "{said}");
    }
    let browser = driver.browser(1280).await?;
    browser.open(&url, MANAGER, "/").await?;
    browser.shows("#connection", "Live").await?;
    browser.press("?").await?;
    browser.shows("dialog[open]", "write a note").await?;
    browser.press("\u{e00c}").await?;
    browser.press("jxjx").await?;
    browser.shows("#picked", "2 selected").await?;
    browser.run("document.getElementById('pick-all').focus()").await?;
    browser.press(" ").await?;
    browser.shows("#picked", "6 selected").await?;
    browser.press("a").await?;
    browser.run(&format!("document.querySelector('#bulk [name=person]').value = '{AGENT}'")).await?;
    browser.press("\t\t").await?;
    browser.press("\u{e007}").await?;
    browser.shows("#bulk-result", "3 assigned, 3 refused:").await?;
    browser.shows("#bulk-result", "the ticket is like that already").await?;
    browser.shows("#picked", "3 selected").await?;
    for number in &numbers {
        let query = format!(
            "select count(*) from audit_logs a join tickets t on t.id = a.entity_id where t.tracking_number = \
             '{number}' and a.details ->> 'action' = 'assign' and a.action in ('applied', 'refused')"
        );
        let expected = if numbers[..3].contains(number) { 2 } else { 1 };
        assert_eq!(installation.databases.number("trust_engine", &query).await?, expected, "{number}");
    }
    assert_eq!(shown(&manager, &format!("/?person={AGENT}")).await?.len(), 6);
    // An act opens the ticket of the row at its form.
    browser.go(&url).await?;
    browser.press("jn").await?;
    browser.shows("h1", "").await?;
    let focused = "return document.activeElement.closest('form')?.getAttribute('action') ?? ''";
    let form = browser.until(focused, "/note").await?;
    assert!(form.ends_with("/note"), "{form}");
    browser.close().await
}
