//! The board: its numbers are those of the views, and each leads to the list that it counts.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use reqwest::StatusCode;
use serde_json::Value;
use simulator::harness::desk::DeskPerson;
use simulator::harness::{Plan, TestInstallation};
use tests::browser::Driver;
use tests::fixtures::WATER_REPORT;

use super::{LEAD, MANAGER, report};

/// Tickets of five weeks in all states that a promise can be in, some of them referred, reopened, without a
/// team, a person or a ward.
pub const TICKETS: &str = "
    insert into tickets (id, municipality, tracking_number, category, severity, sentiment, status, outcome, language,
        place_source, municipality_rule, ward, assigned_team, team_rule, assigned_to, assignment_reason, queue, policy,
        policy_edition, created_at, updated_at, first_responded_at, resolved_at, closed_at, reopened_at,
        manager_missing, tier, response_due_at, response_met_at, response_breached_at, resolution_due_at,
        resolution_met_at, resolution_breached_at, held_since, addenda, revision, version, edition)
    select md5('t' || n), case when n % 11 = 0 then 'ETH' else 'EKU' end, upper(translate(substr(md5('n' || n), 1, 9), 'aeiou01', 'kqwtxrp')),
        (array['water', 'roads'])[1 + n % 2], (array['low', 'high', 'critical'])[1 + n % 3], 'neutral', state.status,
        case when state.status = 'closed' then 'confirmed' end, 'en', 'pin', 'contains',
        case when n % 5 > 0 then 'EKU-' || 1 + n % 3 end,
        case when n % 7 > 0 then (array['EKU-WATER-SOUTH', 'EKU-ROADS'])[1 + n % 2] end, 'default',
        case when n % 4 > 0 then (array['eku-water-south-lead', 'eku-water-south-agent'])[1 + n % 2] end,
        'geospatial_routing', case when n % 13 = 0 then 'referred' when n % 7 = 0 then 'unassigned' end, 'system', 1,
        at.at, now(), at.at + interval '2 hours', case when state.done then at.at + n % 50 * interval '1 hour' end,
        case when state.status = 'closed' then now() - interval '1 hour' end,
        case when n % 17 = 0 then now() - interval '30 minutes' end, false, 0,
        at.at + interval '4 hours', case when n % 3 < 2 then at.at + n % 9 * interval '1 hour' end,
        case when n % 3 = 2 and n % 2 = 0 then at.at + interval '4 hours' end,
        at.at + interval '24 hours', case when state.done then at.at + n % 50 * interval '1 hour' end,
        case when not state.done and n % 2 = 0 then at.at + interval '24 hours' end,
        case when n % 19 = 0 then now() end, 0, 1, 1, 1
      from generate_series(1, 800) n,
           lateral (select now() - n * interval '1 hour' as at) at,
           lateral (select (array['open', 'closed', 'in_progress', 'resolved', 'closed'])[1 + n % 5] as status) raw,
           lateral (select raw.status, raw.status in ('resolved', 'closed') as done) state";
pub const BREACHES: &str = "
    insert into breaches (ce_id, ticket, clock, level, tier, due_at, seen_at, municipality, team, category, edition)
    select 'b' || n, md5('t' || n), (array['response', 'resolution'])[1 + n % 2],
           case when n % 10 = 0 then 'warning' else 'breach' end, 0, now(), now() - n * interval '17 minutes',
           case when n % 11 = 0 then 'ETH' else 'EKU' end, null, 'water', 1
      from generate_series(1, 80) n";

async fn filled(name: &'static str) -> Result<Option<TestInstallation>> {
    let Some(installation) = TestInstallation::start(Plan::new(name, 1)).await? else { return Ok(None) };
    for statement in [TICKETS, BREACHES] {
        installation.databases.execute("trust_engine", statement).await?;
    }
    Ok(Some(installation))
}

/// The rows of a CSV without quotes, by their first field.
fn rows(csv: &str) -> BTreeMap<String, Vec<String>> {
    let fields = csv.lines().skip(1).map(|line| line.split(',').map(ToOwned::to_owned).collect::<Vec<_>>());
    fields.map(|mut fields| (fields.remove(0), fields)).collect()
}

/// The links of a page with the numbers that they show.
fn counted(page: &str) -> Vec<(String, i64)> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| {
        let (address, rest) = rest.split_once('"')?;
        let count = rest.strip_prefix(" data-count=\"")?.split('"').next()?.parse().ok()?;
        Some((address.replace("&amp;", "&"), count))
    });
    links.collect()
}

async fn count_of_list(person: &DeskPerson, address: &str) -> Result<i64> {
    let page = person.page(&address.replacen("/?", "/count?", 1)).await?;
    let (_, rest) = page.split_once("<strong>").context("no count")?;
    Ok(rest.split('<').next().unwrap_or_default().parse()?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_promises_are_those_of_the_views_and_of_the_public_function() -> Result<()> {
    let Some(installation) = filled("figures").await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("desk").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let databases = &installation.databases;
    let days = "select current_date - 20 as from, current_date - 2 as to";
    let days = &databases.owner(days).await?[0];
    let from = days["from"].as_str().unwrap();
    let to = days["to"].as_str().unwrap();
    for (name, column) in [
        ("promises-by-category", "initcap(category)"),
        ("promises-by-team", "coalesce(assigned_team, 'None')"),
    ] {
        let csv = manager.page(&format!("/board/{name}.csv?from={from}&to={to}")).await?;
        let shown = rows(&csv);
        let query = format!(
            "select {column} as label, sum(tickets)::int as tickets, sum(responded_in_time)::int as a,
                    sum(response_breaches)::int as b, round(100.0 * sum(responded_in_time)
                        / nullif(sum(responded_in_time + response_breaches), 0), 1)::text as c,
                    sum(resolved_in_time)::int as d, sum(resolution_breaches)::int as e,
                    round(100.0 * sum(resolved_in_time) / nullif(sum(resolved_in_time + resolution_breaches), 0), 1)::text as f
               from sla_by_day where day between '{from}' and '{to}' group by 1"
        );
        let views = databases.rows("desk_eku", &query).await?;
        assert!(views.len() > 1 && views.len() == shown.len(), "{name}: {csv}");
        for row in views {
            let text = |field: &str| match &row[field] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let expected = ["tickets", "a", "b", "c", "d", "e", "f"].map(text);
            assert_eq!(shown[row["label"].as_str().unwrap()], expected, "{name}: {row}");
            assert!(
                expected[1] != "0" && expected[2] != "0" && expected[4] != "0" && expected[5] != "0",
                "{row}"
            );
        }
    }
    // Of a week that is over, the public is told the same.
    let week =
        "select week::text, (week + 6)::text as last, initcap(category) as label, tickets, in_time, late
                  from public_counts() where owner = 'EKU' and in_time is not null and late is not null";
    let weeks = databases.rows("public_reader", week).await?;
    assert!(weeks.len() >= 4, "{weeks:?}");
    for week in weeks {
        let from = week["week"].as_str().unwrap();
        let to = week["last"].as_str().unwrap();
        let csv = manager.page(&format!("/board/promises-by-category.csv?from={from}&to={to}")).await?;
        let shown = &rows(&csv)[week["label"].as_str().unwrap()];
        let expected = ["tickets", "in_time", "late"].map(|field| week[field].to_string());
        assert_eq!([&shown[0], &shown[4], &shown[5]], expected.each_ref(), "{week}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_number_leads_to_the_list_that_it_counts_for_every_role() -> Result<()> {
    let Some(installation) = filled("behind").await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("desk").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let lead = installation.person(&url, LEAD, &[]).await?;
    let national = installation.person(&url, "country", &["--national"]).await?;
    let agent = installation.person(&url, "eku-water-south-agent", &[]).await?;
    assert_eq!(agent.get("/board").await?.status(), StatusCode::FORBIDDEN);
    assert_eq!(agent.get("/board/now.csv").await?.status(), StatusCode::FORBIDDEN);
    assert_eq!(manager.get("/board/other.csv").await?.status(), StatusCode::NOT_FOUND);
    let mut open = Vec::new();
    for (person, least) in [(&manager, 100), (&lead, 60), (&national, 90)] {
        let page = person.page("/board").await?;
        let links = counted(&page);
        assert!(links.len() >= least, "{} links", links.len());
        assert!(links.iter().filter(|(_, count)| *count > 0).count() > 30);
        for (address, count) in &links {
            assert_eq!(count_of_list(person, address).await?, *count, "{address}");
        }
        open.push(links[0].1);
        // Every chart has its table, and the country sees no staff.
        assert_eq!(page.matches("<svg").count(), page.matches("as in the table").count());
        assert_eq!(page.contains("eku-water-south-lead"), person.page("/board/people.csv").await.is_ok());
    }
    assert!(open[1] < open[0] && open[0] < open[2], "{open:?}");
    assert!(national.get("/board/people.csv").await?.status() == StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_counts_a_new_ticket_without_being_loaded_again() -> Result<()> {
    let Some(driver) = Driver::start("browser board")? else { return Ok(()) };
    let Some(installation) = TestInstallation::start(Plan::new("board", 1)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    installation.person(&url, MANAGER, &[]).await?;
    let browser = driver.browser(1280).await?;
    browser.open(&url, MANAGER, "/board").await?;
    browser.shows("#connection", "Live").await?;
    browser.shows("#oldest", "No ticket is open.").await?;
    let number = report(&installation, "whatsapp:+27000000801", WATER_REPORT).await?;
    browser.shows("#oldest", &number).await?;
    browser.shows("#flow tbody tr", "New 1 1").await?;
    browser.click("#now tbody a").await?;
    browser.shows("#queue", &number).await?;
    browser.close().await
}
