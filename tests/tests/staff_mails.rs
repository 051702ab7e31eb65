//! E-mail to staff: a missed deadline reaches a person, through a real mail server, whatever dies.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;
use simulator::clock::Checked;
use simulator::harness::mail_server::{Encryption, MailServer, Mood, header};
use simulator::harness::process::Engine;
use simulator::harness::reports::ticket;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::reference::{publish_tables, text};

/// All members of staff are told at once, in English, of what happened before they had a rule.
const EVERYBODY: &str = "insert into staff_mail_rules (login, address, since) \
    select login, login || '@example.org', now() - interval '1 hour' from staff \
    where municipality is not null";

/// What waits is due now.
const DUE_NOW: &str =
    "update staff_mails set next_try_at = now() - interval '1 s' where next_try_at is not null";

/// An installation in which a ticket's deadline was missed: its team's lead was assigned and warned, and its
/// manager has it now. No machine runs any more.
async fn with_a_missed_deadline(name: &'static str) -> Result<Option<TestInstallation>> {
    let Some(installation) = TestInstallation::start(Plan::new(name, 2)).await? else { return Ok(None) };
    let mut policies = String::from("municipality,category,severity,response_hours,resolution_hours\n");
    for row in installation.databases.owner("select municipality, category, severity from policies").await? {
        let category = text(&row, "category");
        let severity = text(&row, "severity");
        writeln!(policies, "{},{category},{severity},0.0012,0.0012", text(&row, "municipality"))?;
    }
    let mut ladders = String::from("municipality,category,severity,step,clock,at,action,whom\n");
    for row in installation.databases.owner("select code from municipalities where onboarded").await? {
        let code = text(&row, "code");
        writeln!(ladders, "{code},,,1,resolution,-1s,notify,lead\n{code},,,2,resolution,0,escalate,manager")?;
    }
    publish_tables(&installation, &[("policies", policies), ("ladders", ladders)]).await?;
    for part in ["conversations", "tickets", "sink"] {
        installation.run_ready(part).await?;
    }
    let topics = &installation.topics;
    topics.send(&topics.producer()?, installation.report(0)?).await?;
    let query = format!("select * from tickets where id = '{}' and tier = 2", ticket(0));
    let events = "select * from staff_notices where step = 2";
    let look = async || {
        let escalated = installation.databases.owner(&query).await?.len();
        let noticed = installation.databases.owner(events).await?.len();
        Ok(Checked::when(escalated == 1 && noticed == 1, || format!("{escalated} and {noticed}")))
    };
    installation.wait_until("the ticket was escalated by its ladder", SOON, look).await?;
    installation.processes.kill_all();
    Ok(Some(installation))
}

/// Starts the part that tells staff.
fn start(installation: &TestInstallation, server: &MailServer) -> Result<Engine> {
    start_as(installation, &server.settings())
}

/// The same with these settings.
fn start_as(installation: &TestInstallation, settings: &[(String, String)]) -> Result<Engine> {
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    installation.run_with("staff-mail", &settings)
}

/// Whom events should reach: the event and the login of each.
async fn events(installation: &TestInstallation) -> Result<Vec<(String, String)>> {
    let rows = installation.databases.rows("staff_mail", "select * from staff_mail_events").await?;
    Ok(rows.iter().map(|row| (text(row, "ce_id"), text(row, "login"))).collect())
}

/// How many events should reach the manager, to whom the last step has escalated, and the others.
async fn manager_and_others(installation: &TestInstallation) -> Result<(usize, usize)> {
    let manager = installation.databases.owner("select login from staff_notices where step = 2").await?;
    let manager = text(manager.first().context("the last step has reached nobody")?, "login");
    let all = events(installation).await?;
    let of_manager = all.iter().filter(|(_, login)| *login == manager).count();
    Ok((of_manager, all.len() - of_manager))
}

/// The mails of the server, once there are `count`.
async fn mails(installation: &TestInstallation, server: &MailServer, count: usize) -> Result<Vec<String>> {
    let look = async || {
        let mails = server.mails()?;
        let seen = format!("{} mails", mails.len());
        Ok(if mails.len() >= count { Checked::Yes(mails) } else { Checked::not_yet(seen) })
    };
    installation.wait_until("the server has the mails", SOON, look).await
}

/// Waits until each of `count` mails is in this state.
async fn all_are(installation: &TestInstallation, state: &str, count: usize) -> Result<Vec<Value>> {
    let look = async || {
        let rows = installation.databases.rows("staff_mail", "select * from staff_mails").await?;
        let is_so = rows.len() == count && rows.iter().all(|row| text(row, "state") == state);
        Ok(if is_so { Checked::Yes(rows) } else { Checked::not_yet(format!("{rows:#?}")) })
    };
    installation.wait_until("the outcomes are noted", SOON, look).await
}

fn subjects(mails: &[String]) -> BTreeSet<String> {
    let reason = |mail: &String| header(mail, "Subject").split(':').next().unwrap_or_default().to_owned();
    mails.iter().map(reason).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missed_deadline_reaches_people_by_mail_and_a_mail_that_is_sent_twice_is_one() -> Result<()> {
    let Some(installation) = with_a_missed_deadline("staff_mails").await? else { return Ok(()) };
    let Some(server) = MailServer::start(installation.folder(), Encryption::None)? else { return Ok(()) };
    installation.databases.execute("trust_engine", EVERYBODY).await?;
    // The server takes the first mail and does not say so, and the process is killed.
    server.be(Mood::Silent)?;
    let first = start(&installation, &server)?;
    let before = mails(&installation, &server, 1).await?;
    first.kill();
    server.end(Mood::Silent)?;
    let sending = "select message_id, attempts from staff_mails where state = 'sending'";
    let sending = installation.databases.rows("staff_mail", sending).await?;
    assert_eq!(sending.len(), 1, "{sending:?}");
    let again = format!("<{}>", text(&sending[0], "message_id"));
    assert_eq!(header(&before[0], "Message-ID"), again);

    installation.databases.execute("postgres", DUE_NOW).await?;
    let second = start(&installation, &server)?;
    second.ready().await?;
    let planned = events(&installation).await?.len();
    let rows = all_are(&installation, "sent", planned).await?;
    let all = server.mails()?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for mail in &all {
        *counts.entry(header(mail, "Message-ID")).or_default() += 1;
    }
    assert_eq!(counts.len(), planned, "{counts:?}");
    assert!(counts.iter().all(|(id, count)| *count == if *id == again { 2 } else { 1 }), "{counts:?}");
    let attempts: i64 = rows.iter().filter_map(|row| row["attempts"].as_i64()).sum();
    assert_eq!(attempts, planned as i64 + 1, "{rows:#?}");
    let reasons = ["Assigned to you", "Deadline missed", "Deadline near", "Escalated"];
    assert_eq!(subjects(&all), reasons.map(str::to_owned).into());
    let sent = format!("trust_engine_staff_mail_attempts_total{{outcome=\"sent\"}} {planned}");
    assert!(second.metrics().await?.contains(&sent), "{sent}");
    says_what_it_may(&installation, &all).await?;
    let log = second.logged()?;
    assert!(!log.contains("@example.org"), "{log}");
    Ok(())
}

/// Asserts that the mail about the last step has its headers and its lines, and that no mail says anything of
/// the resident.
async fn says_what_it_may(installation: &TestInstallation, all: &[String]) -> Result<()> {
    let tickets = format!("select *, st_y(location)::text as y from tickets where id = '{}'", ticket(0));
    let tickets = installation.databases.rows("postgres", &tickets).await?;
    let notices = "select ce_id, login from staff_notices where step = 2";
    let notices = installation.databases.owner(notices).await?;
    let (notice, ticket_row) = notices.first().zip(tickets.first()).context("no notice or no ticket")?;
    let event = text(notice, "ce_id");
    let login = text(notice, "login");
    let id = format!("<{event}.{login}@example.org>");
    let escalated = all.iter().find(|mail| header(mail, "Message-ID") == id);
    let escalated = escalated.context("no mail about the last step")?;
    println!("{escalated}");
    assert!(header(escalated, "Subject").starts_with("Escalated: "), "{escalated}");
    assert_eq!(header(escalated, "To"), format!("{login}@example.org"));
    assert_eq!(header(escalated, "From"), "\"Service desk\" <desk@example.org>");
    assert_eq!(header(escalated, "List-Unsubscribe"), "<mailto:desk@example.org?subject=unsubscribe>");
    assert_eq!(header(escalated, "Auto-Submitted"), "auto-generated");
    let number = text(ticket_row, "tracking_number");
    let ward = format!("Ward: {}", text(ticket_row, "ward"));
    let link = format!("https://desk.example.org/tickets/{}", ticket(0));
    for words in [number.as_str(), text(ticket_row, "category").as_str(), &ward, "To be resolved by", &link] {
        assert!(escalated.contains(words), "{words}: {escalated}");
    }
    let place = text(ticket_row, "y").chars().take(7).collect::<String>();
    for mail in all {
        for hidden in ["burst", "street", "+2760", "60000", place.as_str()] {
            assert!(!mail.contains(hidden), "{hidden}: {mail}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_server_is_asked_again_and_an_unknown_address_is_given_up_and_shown() -> Result<()> {
    let Some(installation) = with_a_missed_deadline("busy_mails").await? else { return Ok(()) };
    let Some(server) = MailServer::start(installation.folder(), Encryption::StartTls)? else { return Ok(()) };
    installation.databases.execute("trust_engine", EVERYBODY).await?;
    let manager = installation.databases.owner("select login from staff_notices where step = 2").await?;
    let manager = text(manager.first().context("the last step has reached nobody")?, "login");
    let set = ["staff", "mail", &manager, "--address", "gone@example.org", "--quiet", "01:00-01:01"];
    let said = installation.run_to_end(&set).await?;
    assert_eq!(said.trim(), format!("{manager}: gone@example.org, en, at_once, quiet 01:00-01:01"));
    let said = installation.run_to_end(&["staff", "mail", &manager, "--no-quiet"]).await?;
    assert_eq!(said.trim(), format!("{manager}: gone@example.org, en, at_once, quiet never"));
    let (of_gone, others) = manager_and_others(&installation).await?;
    server.be(Mood::Busy)?;
    let part = start(&installation, &server)?;
    let look = async || {
        let shown = installation.databases.rows("desk", "select * from undelivered_staff_mails").await?;
        let is_so =
            shown.len() == of_gone + others && shown.iter().all(|row| text(row, "state") == "waiting");
        Ok(if is_so { Checked::Yes(shown) } else { Checked::not_yet(format!("{shown:#?}")) })
    };
    for row in installation.wait_until("all wait for a retry", SOON, look).await? {
        assert!(text(&row, "answer").contains("451"), "{row:?}");
        assert_eq!(row["attempts"], 1, "{row:?}");
    }
    assert_eq!(server.mails()?.len(), 0);
    server.end(Mood::Busy)?;
    installation.databases.execute("postgres", DUE_NOW).await?;
    mails(&installation, &server, others).await?;
    let look = async || {
        let shown = installation.databases.rows("desk", "select * from undelivered_staff_mails").await?;
        let is_so = shown.len() == of_gone && shown.iter().all(|row| text(row, "state") == "failed");
        Ok(if is_so { Checked::Yes(shown) } else { Checked::not_yet(format!("{shown:#?}")) })
    };
    let failed = installation.wait_until("the others have failed", SOON, look).await?;
    let answer = text(&failed[0], "answer");
    assert!(answer.contains("550") && !answer.contains('@'), "{answer}");
    let metrics = part.metrics().await?;
    for (outcome, count) in [("failed", of_gone), ("retried", of_gone + others), ("sent", others)] {
        let line = format!("trust_engine_staff_mail_attempts_total{{outcome=\"{outcome}\"}} {count}");
        assert!(metrics.contains(&line), "{line}: {metrics}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_and_quiet_hours_make_one_mail_and_what_is_critical_does_not_wait() -> Result<()> {
    let Some(installation) = with_a_missed_deadline("digests").await? else { return Ok(()) };
    let Some(server) = MailServer::start(installation.folder(), Encryption::None)? else { return Ok(()) };
    installation.databases.execute("trust_engine", EVERYBODY).await?;
    // The lead wants a digest; it is the quiet hour of the manager.
    let lead = "update staff_mail_rules set mode = 'digest', language = 'af'";
    installation.databases.execute("trust_engine", lead).await?;
    let manager = "update staff_mail_rules set mode = 'at_once', language = 'zu', \
            quiet_from = ((now() - interval '2 minutes') at time zone 'Africa/Johannesburg')::time, \
            quiet_until = ((now() + interval '2 hours') at time zone 'Africa/Johannesburg')::time \
        where login in (select login from staff_notices where step = 2)";
    installation.databases.execute("trust_engine", manager).await?;
    let part = start(&installation, &server)?;
    part.ready().await?;
    let waiting = all_are(&installation, "waiting", 2).await?;
    assert!(waiting.iter().all(|row| text(row, "kind") == "digest"), "{waiting:#?}");
    let due = "select count(*) from staff_mails where next_try_at < now() + interval '1 minute'";
    assert_eq!(installation.databases.number("staff_mail", due).await?, 0);
    assert_eq!(server.mails()?.len(), 0);
    installation.databases.execute("postgres", DUE_NOW).await?;
    let all = mails(&installation, &server, 2).await?;
    all_are(&installation, "sent", 2).await?;
    let links = |mail: &str| mail.matches("https://desk.example.org/tickets/").count();
    let (of_manager, of_lead) = manager_and_others(&installation).await?;
    for (subject, count) in [
        (format!("Amathikithi akho: izaziso ezingu-{of_manager}"), of_manager),
        (format!("U kaartjies: {of_lead} kennisgewings"), of_lead),
    ] {
        let list = all.iter().find(|mail| header(mail, "Subject") == subject);
        assert_eq!(links(list.context(subject)?), count, "{all:#?}");
    }

    // What is critical is sent at once, even to those who want none.
    let off = "update staff_mail_rules set mode = 'off'";
    installation.databases.execute("trust_engine", off).await?;
    let critical = "update tickets set severity = 'critical'";
    installation.databases.execute("postgres", critical).await?;
    let again = "delete from staff_mail_items";
    installation.databases.execute("postgres", again).await?;
    let all = mails(&installation, &server, 2 + of_manager + of_lead).await?;
    assert!(all.iter().skip(2).all(|mail| links(mail) == 1), "{all:#?}");
    Ok(())
}

/// Waits until the part says that it is not ready, with these words.
async fn not_ready(installation: &TestInstallation, part: &Engine, words: &str) -> Result<()> {
    let look = async || {
        let log = part.logged()?;
        Ok(Checked::when(log.contains(words), || log.lines().last().unwrap_or_default().to_owned()))
    };
    installation.wait_until("the part says why mails wait", SOON, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_account_keeps_mails_waiting_and_fails_none() -> Result<()> {
    let Some(installation) = with_a_missed_deadline("mail_account").await? else { return Ok(()) };
    let Some(server) = MailServer::start_with_login(installation.folder(), "sesame")? else { return Ok(()) };
    installation.databases.execute("trust_engine", EVERYBODY).await?;
    let attempts = "select coalesce(sum(attempts), 0) from staff_mails";
    // Another password, and then a sender that is suspended: no mail is tried.
    let part = start_as(&installation, &server.settings_as("desk:wrong@"))?;
    not_ready(&installation, &part, "535").await?;
    part.kill();
    server.be(Mood::Suspended)?;
    let part = start_as(&installation, &server.settings_as("desk:sesame@"))?;
    not_ready(&installation, &part, "suspended").await?;
    let planned = events(&installation).await?.len();
    all_are(&installation, "waiting", planned).await?;
    assert_eq!(installation.databases.number("staff_mail", attempts).await?, 0);
    assert!(!part.logged()?.contains("sesame"), "no password is logged");
    // A server that passes nothing on refuses each recipient: each mail is tried again later.
    server.be(Mood::Closed)?;
    server.end(Mood::Suspended)?;
    let look = async || {
        let rows = installation.databases.rows("staff_mail", "select * from staff_mails").await?;
        let refused = rows.iter().filter(|row| text(row, "answer").contains("Relay access denied")).count();
        Ok(Checked::when(refused == planned, || format!("{rows:#?}")))
    };
    installation.wait_until("all recipients were refused", SOON, look).await?;
    all_are(&installation, "waiting", planned).await?;
    server.end(Mood::Closed)?;
    installation.databases.execute("postgres", DUE_NOW).await?;
    mails(&installation, &server, planned).await?;
    all_are(&installation, "sent", planned).await?;
    Ok(())
}
