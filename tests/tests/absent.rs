//! People who are absent: what would reach them reaches who stands in, and everybody can see that.

use std::fmt::Write as _;

use anyhow::Result;
use simulator::clock::Checked;
use simulator::harness::reports::ticket;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::reference::{publish_tables, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missed_deadline_reaches_who_stands_in_for_an_absent_manager() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("absent", 2)).await? else { return Ok(()) };
    let databases = &installation.databases;
    let mut policies = String::from("municipality,category,severity,response_hours,resolution_hours\n");
    for row in databases.owner("select municipality, category, severity from policies").await? {
        let (category, severity) = (text(&row, "category"), text(&row, "severity"));
        writeln!(policies, "{},{category},{severity},0.0012,0.0012", text(&row, "municipality"))?;
    }
    // Every manager is absent since yesterday, and their delegate is a colleague who is there.
    let managers = "select login, name, municipality, (current_date - 1)::text as since, \
        (select min(other.login) from staff other where other.municipality = staff.municipality \
        and other.role = 'staff') as delegate from staff where role = 'manager' and municipality is not null";
    let mut staff = String::from("login,name,municipality,role,absent_from,delegate\n");
    for row in databases.owner(managers).await? {
        let of = |column| text(&row, column);
        let (name, municipality) = (of("name").replace('"', ""), of("municipality"));
        let (login, since, delegate) = (of("login"), of("since"), of("delegate"));
        writeln!(staff, "{login},\"{name}\",{municipality},manager,{since},{delegate}")?;
    }
    publish_tables(&installation, &[("policies", policies), ("staff", staff)]).await?;
    for part in ["conversations", "tickets", "sink"] {
        installation.run_ready(part).await?;
    }
    let topics = &installation.topics;
    topics.send(&topics.producer()?, installation.report(0)?).await?;
    let id = ticket(0).to_string();
    let escalated = format!(
        "select t.assigned_to, t.manager, s.delegate, a.details -> 'absent' -> 0 ->> 'login' as absent, \
         a.details -> 'absent' -> 0 ->> 'stand_in' as stand_in from tickets t \
         join audit_logs a on a.entity_id = t.id and a.action = 'escalated' \
         join staff s on s.login = t.manager where t.id = '{id}' and t.tier = 2"
    );
    let look = async || {
        let found = databases.owner(&escalated).await?;
        let seen = format!("{} rows", found.len());
        Ok(if found.len() == 2 { Checked::Yes(found) } else { Checked::not_yet(seen) })
    };
    let rows = installation.wait_until("both deadlines were missed", SOON, look).await?;
    for row in &rows {
        let of = |column| text(row, column);
        assert_eq!(of("assigned_to"), of("delegate"), "{row}");
        assert_eq!((of("absent"), of("stand_in")), (of("manager"), of("delegate")), "{row}");
    }
    let explained = installation.run_to_end(&["explain", &id]).await?;
    let (manager, delegate) = (text(&rows[0], "manager"), text(&rows[0], "delegate"));
    assert!(explained.contains(&format!("Absent: {manager} is absent from ")), "{explained}");
    assert!(explained.contains(&format!(", {delegate} stands in.")), "{explained}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_that_is_switched_off_hands_its_open_tickets_on_and_publish_says_where_they_go() -> Result<()>
{
    let Some(installation) = TestInstallation::start(Plan::new("handover", 2)).await? else { return Ok(()) };
    for part in ["conversations", "tickets", "sink"] {
        installation.run_ready(part).await?;
    }
    let topics = &installation.topics;
    topics.send(&topics.producer()?, installation.report(0)?).await?;
    let id = ticket(0).to_string();
    let wait = async |what: &str, query: String| {
        let look = async || {
            let found = installation.databases.owner(&query).await?;
            let seen = format!("{} rows", found.len());
            Ok(found.into_iter().next().map_or_else(|| Checked::not_yet(seen), Checked::Yes))
        };
        installation.wait_until(what, SOON, look).await
    };
    let opened = format!("select * from tickets where id = '{id}' and assigned_team is not null");
    let team = text(&wait("the ticket has a team", opened).await?, "assigned_team");

    let file = installation.folder().join("off.csv");
    std::fs::write(&file, format!("code,is_active\n{team},false\n"))?;
    installation.run_to_end(&["import", "teams", &file.to_string_lossy()]).await?;
    let said = format!("team {team} is not there: 1 of its open tickets go to team ");
    let foreseen = installation.run_to_end(&["publish", "--dry-run"]).await?;
    assert!(foreseen.contains(&said), "{foreseen}");
    // Nobody else serves the area for these reports, which publishing asks about.
    let published = installation.run_to_end(&["publish", "--accept-changes"]).await?;
    assert!(published.contains(&said) && published.contains(" is published"), "{published}");

    let handed_on = format!(
        "select t.assigned_team, a.details ->> 'team' as before, r.reason from tickets t \
         join audit_logs a on a.entity_id = t.id and a.action = 'handed_on' \
         join ticket_assignments r on r.ce_id = a.ce_id where t.id = '{id}'"
    );
    let row = wait("the ticket was handed on", handed_on).await?;
    let of = |column| text(&row, column);
    assert_eq!((of("before"), of("reason")), (team, "team_unavailable".to_owned()), "{row}");
    assert!(published.contains(&format!("{said}{}\n", of("assigned_team"))), "{published}: {row}");
    Ok(())
}
