//! Ladders and a municipality's own people: what a deadline does in steps, once, whatever dies.

use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use simulator::clock::Checked;
use simulator::harness::reports::ticket;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::reference::{publish_tables, text};

/// The promised time for everything, in seconds.
const PROMISED_S: u32 = 20;

/// The ladder of every municipality: two steps before the deadline of the resolution, one at it, two after
/// it.
const STEPS: [&str; 5] = [
    "1,resolution,-60%,notify,role:staff",
    "2,resolution,-4s,raise_severity,",
    "3,resolution,0,escalate,manager",
    "4,resolution,+4s,tell_resident,",
    "5,resolution,+8s,notify,lead",
];

/// Imports short promises and the ladder for every municipality on board, and publishes them.
async fn promise_in_steps(installation: &TestInstallation) -> Result<()> {
    let mut policies = String::from("municipality,category,severity,response_hours,resolution_hours\n");
    let hours = f64::from(PROMISED_S) / 3600.0;
    for row in installation.databases.owner("select municipality, category, severity from policies").await? {
        let category = text(&row, "category");
        let severity = text(&row, "severity");
        writeln!(policies, "{},{category},{severity},{hours:.6},{hours:.6}", text(&row, "municipality"))?;
    }
    let mut ladders = String::from("municipality,category,severity,step,clock,at,action,whom\n");
    let mut automations = String::from("municipality,code,position,trigger,effect\n");
    for row in installation.databases.owner("select code from municipalities where onboarded").await? {
        writeln!(
            automations,
            "{0},seen,1,opened,tag:seen\n{0},tell,2,changed,notify:role:staff",
            text(&row, "code")
        )?;
        for step in STEPS {
            writeln!(ladders, "{},,,{step}", text(&row, "code"))?;
        }
    }
    let tables = [("policies", policies), ("ladders", ladders), ("automations", automations)];
    publish_tables(installation, &tables).await
}

/// The rows that `query` shows, once there are `count` of them.
async fn rows(installation: &TestInstallation, what: &str, query: &str, count: usize) -> Result<Vec<Value>> {
    let look = async || {
        let found = installation.databases.owner(query).await?;
        let seen = format!("{} rows", found.len());
        Ok(if found.len() >= count { Checked::Yes(found) } else { Checked::not_yet(seen) })
    };
    installation.wait_until(what, SOON, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_reaches_people_in_steps_each_once_though_the_machine_is_killed_between_them() -> Result<()>
{
    let Some(installation) = TestInstallation::start(Plan::new("ladders", 2)).await? else { return Ok(()) };
    promise_in_steps(&installation).await?;
    for part in ["conversations", "sink"] {
        installation.run_ready(part).await?;
    }
    let tickets = installation.run("tickets")?;
    tickets.ready().await?;
    let topics = &installation.topics;
    topics.send(&topics.producer()?, installation.report(0)?).await?;
    let id = ticket(0).to_string();
    let stepped = format!(
        "select (details ->> 'step')::integer as step, details, changes, at from audit_logs where \
         entity_id = '{id}' and action = 'stepped' order by at, step"
    );
    rows(&installation, "the first step has fired", &stepped, 1).await?;
    tickets.kill();
    // The machine is away for longer than it is until the next step.
    tokio::time::sleep(Duration::from_secs(9)).await;
    installation.run_ready("tickets").await?;
    let fired = rows(&installation, "all steps have fired", &stepped, STEPS.len()).await?;
    let numbers: Vec<i64> = fired.iter().filter_map(|row| row["step"].as_i64()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5], "{fired:#?}");

    let query = format!("select * from tickets where id = '{id}' and tier = 5");
    let now = rows(&installation, "the ticket is at the last step", &query, 1).await?;
    assert_eq!(text(&now[0], "status"), "escalated");
    // The clock of the response has no steps, so its breach at the same moment had assigned the manager
    // already.
    assert_eq!(text(&now[0], "assignment_reason"), "sla_breach");
    assert_eq!(text(&now[0], "escalation_reason"), "sla_resolution_breach");
    assert_eq!(text(&now[0], "assigned_to"), text(&now[0], "manager"), "{now:?}");
    let severity = |when: &str| fired[1].pointer(&format!("/changes/severity/{when}")).cloned();
    assert!(severity("old").is_some_and(|old| Some(old) != severity("new")), "{:?}", fired[1]);

    let of_automations = format!(
        "select details ->> 'automation' as code from audit_logs where entity_id = '{id}' and \
         action = 'automated' order by version"
    );
    let automated = installation.databases.owner(&of_automations).await?;
    let codes: Vec<String> = automated.iter().map(|row| text(row, "code")).collect();
    assert_eq!(codes, ["seen", "tell"], "the second starts with what the first has done");
    assert_eq!(now[0]["tags"], serde_json::json!(["seen"]), "{now:?}");

    let notices = format!(
        "select * from staff_notices where ticket = '{id}' and step is not null order by step, login"
    );
    let notices = rows(&installation, "who was reached", &notices, 3).await?;
    let steps: Vec<i64> = notices.iter().filter_map(|row| row["step"].as_i64()).collect();
    assert!(steps.contains(&1) && steps.contains(&3) && steps.contains(&5), "{notices:#?}");

    let explained = installation.run_to_end(&["explain", &id]).await?;
    for words in ["Ladder: that of this municipality:", "Step 5: notify lead at +8s", "; done."] {
        assert!(explained.contains(words), "{words}: {explained}");
    }
    Ok(())
}
