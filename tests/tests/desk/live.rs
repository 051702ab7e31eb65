//! The stream of changes.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::header::COOKIE;
use reqwest::{Response, StatusCode};
use simulator::harness::desk::{DeskPerson, client};
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::WATER_REPORT;

use super::{LEAD, MANAGER, STRANGER, in_queue, report};

const RESIDENT: &str = "whatsapp:+27000000711";
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream that a test reads.
struct Stream {
    answer: Response,
    text: String,
    /// The id of the last event.
    last: String,
}

impl Stream {
    async fn open(url: &str, person: &DeskPerson, last: Option<&str>) -> Result<Self> {
        let mut request = client()?.get(format!("{url}/stream")).header(COOKIE, &person.cookie);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await?;
        anyhow::ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        Ok(Self { answer, text: String::new(), last: last.unwrap_or_default().to_owned() })
    }

    /// The next event: its name and data.
    async fn next(&mut self) -> Result<(String, String)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let line = |name: &str| {
                    let found = event.lines().find_map(|line| line.strip_prefix(name));
                    found.unwrap_or_default().trim().to_owned()
                };
                let event = (line("event:"), line("data:"));
                self.last = line("id:");
                self.text = rest.to_owned();
                return Ok(event);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.answer.chunk()).await;
            match chunk.context("the stream said nothing")?? {
                Some(bytes) => self.text.push_str(std::str::from_utf8(&bytes)?),
                None => bail!("the stream ended"),
            }
        }
    }

    /// Reads until an event with this name whose data contains all of `words`; the data.
    async fn until(&mut self, name: &str, words: &[&str]) -> Result<String> {
        loop {
            let (found, data) = self.next().await?;
            if found == name && words.iter().all(|word| data.contains(word)) {
                return Ok(data);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_connects_again_misses_nothing_even_if_the_desk_was_restarted() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("resume", 2)).await? else { return Ok(()) };
    installation.run_ready("all").await?;
    let (desk, url) = installation.run_desk("desk").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let lead = installation.person(&url, LEAD, &[]).await?;
    let mut stream = Stream::open(&url, &manager, None).await?;
    stream.until("heartbeat", &[]).await?;
    let number = report(&installation, RESIDENT, WATER_REPORT).await?;
    stream.until("row", &[&number, "data-status=\\\"open\\\""]).await?;
    in_queue(&installation, &lead, &number).await?;
    let last = stream.last.clone();
    drop(stream);

    let (status, said) = lead.act(&number, "status", &[("to", "in_progress")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    desk.kill();
    let number_of = [number.as_str(), "--status", "resolved", "--actor", LEAD];
    installation.run_to_end(&[&["change"], &number_of[..]].concat()).await?;
    let (_desk, url) = installation.run_desk("desk").await?;
    let mut stream = Stream::open(&url, &manager, Some(&last)).await?;
    stream.until("row", &[&number, "data-status=\\\"in_progress\\\""]).await?;
    stream.until("row", &[&number, "data-status=\\\"resolved\\\""]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_tells_only_of_tickets_that_the_person_sees() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("scope", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let lead = installation.person(&url, LEAD, &[]).await?;
    let roads = installation.person(&url, "eku-roads-lead", &[]).await?;
    let stranger = installation.person(&url, STRANGER, &[]).await?;
    let national = installation.person(&url, "country", &["--national"]).await?;
    let mut streams = Vec::new();
    for person in [&manager, &lead, &roads, &stranger, &national] {
        streams.push(Stream::open(&url, person, None).await?);
    }
    let number = report(&installation, RESIDENT, WATER_REPORT).await?;
    in_queue(&installation, &manager, &number).await?;
    let [of_manager, of_lead, of_roads, of_stranger, of_national] = &mut streams[..] else { bail!("five") };
    of_lead.until("row", &[&number, LEAD]).await?;
    let row = of_national.until("row", &[&number, "EKU"]).await?;
    assert!(!row.contains(LEAD), "the country sees no staff: {row}");
    // The ticket goes to another team: it leaves one queue and comes into the other.
    let (status, said) = manager.act(&number, "assign", &[("team", "EKU-ROADS")]).await?;
    assert_eq!(status, StatusCode::OK, "{said}");
    of_manager.until("row", &[&number, "EKU-ROADS"]).await?;
    of_lead.until("gone", &[]).await?;
    of_roads.until("row", &[&number, "EKU-ROADS"]).await?;
    assert_eq!(lead.get(&format!("/tickets/{number}")).await?.status(), StatusCode::NOT_FOUND);
    // Whatever the others were told, nothing of it reached another municipality.
    loop {
        let (name, data) = of_stranger.next().await?;
        if name == "heartbeat" && !data.is_empty() && of_stranger.text.is_empty() {
            break;
        }
        assert_eq!(name, "heartbeat", "{data}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_page_does_not_keep_its_session_and_its_stream_ends_with_it() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("idle", 1)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("desk").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let idle = "update desk.sessions set last_seen_at = now() - interval '11 hours 59 minutes'";
    let pool = sqlx::PgPool::connect(&installation.databases.url("trust_engine")).await?;
    sqlx::query(idle).execute(&pool).await?;
    let is_idle = async || {
        let query = "select count(*) from desk.sessions where last_seen_at < now() - interval '11 hours'";
        Ok::<_, anyhow::Error>(installation.databases.number("trust_engine", query).await? == 1)
    };
    let mut stream = Stream::open(&url, &manager, None).await?;
    stream.until("heartbeat", &[]).await?;
    assert_eq!(manager.get("/count").await?.status(), StatusCode::OK);
    for path in ["/tickets/2345679CD/live", "/tickets/2345679CD/presence"] {
        manager.get(path).await?;
        manager.post(path, &[("token", "x"), ("doing", "reading")]).await?;
    }
    let by_itself = |path: &str| client().map(|client| client.get(format!("{url}{path}")));
    let board = by_itself("/board")?.header(COOKIE, &manager.cookie).header("x-desk-by-itself", "yes");
    assert_eq!(board.send().await?.status(), StatusCode::OK);
    let reload = by_itself("/")?.header(COOKIE, format!("{}; desk-by-itself=yes", manager.cookie));
    assert_eq!(reload.send().await?.status(), StatusCode::OK);
    assert!(is_idle().await?, "only scripts have asked");
    manager.page("/").await?;
    assert!(!is_idle().await?, "the person has asked");
    sqlx::query("update desk.sessions set last_seen_at = now() - interval '13 hours'").execute(&pool).await?;
    stream.until("signed-out", &[]).await?;
    let end = stream.next().await.unwrap_err().to_string();
    assert_eq!(end, "the stream ended");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_lacks_what_the_feed_no_longer_has_is_loaded_again_when_the_tables_are_further()
-> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("behind", 2)).await? else { return Ok(()) };
    let (all, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let number = report(&installation, RESIDENT, WATER_REPORT).await?;
    in_queue(&installation, &manager, &number).await?;
    all.stop().await?;
    installation.topics.purge().await?;
    // The tables of a sink that is far behind: before what the feed still has.
    let pool = sqlx::PgPool::connect(&installation.databases.url("trust_engine")).await?;
    let set = async |next: &str| {
        let update = format!("update sink_offsets set next = {next} where topic = 'ticket-events'");
        sqlx::query(sqlx::AssertSqlSafe(update)).execute(&pool).await
    };
    let ends = "create table kept_ends as select topic, partition, next from sink_offsets";
    sqlx::query(ends).execute(&pool).await?;
    set("0").await?;
    let (_desk, url) = installation.run_desk("desk").await?;
    let page = manager_page(&url, &manager).await?;
    let mut stream = Stream::open(&url, &manager, Some(&page)).await?;
    for _ in 0..2 {
        let (name, data) = stream.next().await?;
        assert!(name == "heartbeat" && data.contains("\"lacks\":true"), "not loaded again: {name} {data}");
    }
    set("(select next from kept_ends k where k.topic = 'ticket-events' and k.partition = sink_offsets.partition)")
        .await?;
    stream.until("reload", &[]).await?;
    // The page is loaded once: neither the new one nor the connection that is made again lacks anything.
    for since in [stream.last.clone(), manager_page(&url, &manager).await?] {
        let mut stream = Stream::open(&url, &manager, Some(&since)).await?;
        let (name, data) = stream.next().await?;
        assert!(name == "heartbeat" && data.contains("\"lacks\":false"), "{name} {data}");
    }
    Ok(())
}

/// Where the stream of the queue's page begins.
async fn manager_page(url: &str, manager: &DeskPerson) -> Result<String> {
    let answer = client()?.get(url).header(COOKIE, &manager.cookie).send().await?;
    let page = answer.text().await?;
    let (_, rest) = page.split_once("data-since=\"").context("no position")?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}
