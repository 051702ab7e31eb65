//! Deadlines in working hours: a calendar gives them, a declared holiday moves those that are open, and a
//! hold lets the time stand still.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use pipeline::rules::calendar::holidays::by_law;
use serde_json::Value;
use simulator::clock::{Checked, now_ms};
use simulator::harness::reports::ticket;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::reference::{publish_tables, text};
use topics::values::calendar::Day;
use topics::values::time::Time;

/// What every municipality of the test promises: five days of working time.
const PROMISED_H: u64 = 5 * 24;

/// Every municipality works day and night, in working hours, so that only holidays do not count.
async fn promise_working_hours(installation: &TestInstallation) -> Result<()> {
    let mut calendars =
        String::from("municipality,critical,monday,tuesday,wednesday,thursday,friday,saturday,sunday\n");
    let mut policies = String::from("municipality,category,severity,response_hours,resolution_hours,hours\n");
    for row in installation.databases.owner("select code from municipalities where onboarded").await? {
        let day = ",00:00-24:00".repeat(7);
        writeln!(calendars, "{},working_hours{day}", text(&row, "code"))?;
    }
    for row in installation.databases.owner("select municipality, category, severity from policies").await? {
        let category = text(&row, "category");
        let severity = text(&row, "severity");
        let municipality = text(&row, "municipality");
        writeln!(policies, "{municipality},{category},{severity},{PROMISED_H},{PROMISED_H},working_hours")?;
    }
    publish_tables(installation, &[("calendars", calendars), ("policies", policies)]).await
}

fn time(row: &Value, name: &str) -> Result<Time> {
    text(row, name).parse().with_context(|| format!("{name} of {row}"))
}

/// The first row that `query` shows, once it shows one.
async fn row(installation: &TestInstallation, what: &str, query: &str) -> Result<Value> {
    let look = async || {
        let found = installation.databases.owner(query).await?.into_iter().next();
        Ok(found.map_or_else(|| Checked::not_yet("no row"), Checked::Yes))
    };
    installation.wait_until(what, SOON, look).await
}

/// A day within the promised time that is no holiday yet.
fn an_ordinary_day() -> Day {
    let today = now_ms().div_euclid(24 * 3_600_000);
    let days = (today + 2..today + 5).map(Day::from_number);
    days.into_iter().find(|day| by_law(*day).is_none()).unwrap_or_else(|| Day::from_number(today + 2))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declared_holiday_moves_an_open_deadline_in_working_hours_with_an_event_and_a_row() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("deadlines", 2)).await? else { return Ok(()) };
    promise_working_hours(&installation).await?;
    for part in ["conversations", "tickets", "sink"] {
        installation.run_ready(part).await?;
    }
    let topics = &installation.topics;
    topics.send(&topics.producer()?, installation.report(0)?).await?;
    let id = ticket(0);
    let query = format!("select * from tickets where id = '{id}'");
    let opened = row(&installation, "the ticket is in its table", &query).await?;
    assert_eq!(text(&opened, "hours"), "working_hours", "{opened}");
    let due_at = time(&opened, "resolution_due_at")?;
    let since = due_at.since(time(&opened, "created_at")?);
    let days = since.as_secs() / 86_400;
    assert!(since.as_secs() % 86_400 == 0 && days >= PROMISED_H / 24, "{opened}");

    let day = an_ordinary_day();
    installation.run_to_end(&["holiday", "declare", &day.to_string(), "Election Day"]).await?;
    let foreseen = installation.run_to_end(&["publish", "--dry-run"]).await?;
    assert!(foreseen.contains("all: 1, 1, 0, 0") && foreseen.contains("nothing is published"), "{foreseen}");
    let said = installation.run_to_end(&["publish"]).await?;
    assert!(said.contains("edition 3 is published"), "{said}");

    let moves = format!("select * from deadline_moves where ticket = '{id}' and clock = 'resolution'");
    let moved = row(&installation, "the move is in its view", &moves).await?;
    assert_eq!(
        (text(&moved, "closed").as_str(), time(&moved, "old_due_at")?),
        ("Election Day", due_at),
        "{moved}"
    );
    let new_due_at = time(&moved, "new_due_at")?;
    let later = new_due_at.since(due_at);
    assert!(later >= Duration::from_secs(86_400) && later.as_secs() % 86_400 == 0, "{moved}");
    let moved_query = format!("{query} and resolution_due_at > created_at + interval '{days} days'");
    let ticket_now = row(&installation, "the ticket has its new deadline", &moved_query).await?;
    assert_eq!(time(&ticket_now, "resolution_due_at")?, new_due_at);

    let explained = installation.run_to_end(&["explain", &id.to_string()]).await?;
    eprintln!("{explained}");
    for words in ["120 h of working time", "Mon-Sun 00:00-24:00 (Africa/Johannesburg)", "(Election Day)"] {
        assert!(explained.contains(words), "{words}: {explained}");
    }
    hold_and_resume(&installation, &id.to_string(), &query, new_due_at).await?;

    let (status, _, said) = installation.output(&["holiday", "declare", "2026-09-24", "Braai day"]).await?;
    assert!(!status.success() && said.contains("by law already, Heritage Day"), "{said}");
    Ok(())
}

/// Holds the ticket for some seconds: its deadline is so much later then, and the promise is kept beside it.
async fn hold_and_resume(installation: &TestInstallation, id: &str, query: &str, due_at: Time) -> Result<()> {
    let until = Time::from_millis(now_ms()) + Duration::from_secs(86_400);
    let until = until.to_string();
    let hold = ["change", id, "--actor", "thandi.m", "--hold", "waiting_for_parts", "--until", &until];
    installation.run_to_end(&hold).await?;
    let held_query = format!("{query} and held_since is not null");
    let held = row(installation, "the ticket is held", &held_query).await?;
    let why = (text(&held, "hold_reason"), text(&held, "held_by"));
    assert_eq!((why.0.as_str(), why.1.as_str()), ("waiting_for_parts", "thandi.m"));
    assert_eq!(time(&held, "held_until")?, until.parse()?);
    let (status, said, _) = installation.output(&hold).await?;
    assert!(!status.success() && said.contains("held_already"), "{said}");

    tokio::time::sleep(Duration::from_secs(2)).await;
    installation.run_to_end(&["change", id, "--actor", "thandi.m", "--resume"]).await?;
    let resumed_query =
        format!("{query} and held_since is null and resolution_due_without_holds_at is not null");
    let resumed = row(installation, "the hold has ended", &resumed_query).await?;
    assert_eq!(time(&resumed, "resolution_due_without_holds_at")?, due_at);
    let audit =
        format!("select * from audit_logs where entity_id = '{id}' and details ->> 'action' = 'resume'");
    let ended = row(installation, "the end of the hold is in the history", &audit).await?;
    let since: Time =
        ended.pointer("/changes/held_since/old").and_then(Value::as_str).unwrap_or_default().parse()?;
    let held_for = time(&ended, "at")?.since(since);
    assert_eq!(time(&resumed, "resolution_due_at")?, due_at + held_for, "{resumed} {ended}");
    assert!(held_for >= Duration::from_secs(2), "{held_for:?}");
    let explained = installation.run_to_end(&["explain", id]).await?;
    assert!(explained.contains("Was held: from ") && explained.contains("Without holds"), "{explained}");
    Ok(())
}
