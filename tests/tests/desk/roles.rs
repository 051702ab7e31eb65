//! The table of roles, cell by cell, over HTTP.

use anyhow::Result;
use connectors::desk::roles::{Content, Scope, TABLE};
use reqwest::StatusCode;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::WATER_REPORT;

use super::{LEAD, MANAGER, in_queue, report, token};

/// All acts, each with a form that the machine refuses without a change, or that changes nothing else.
const ACTS: [(&str, (&str, &str)); 7] = [
    ("take", ("", "")),
    ("assign", ("person", LEAD)),
    ("status", ("to", "open")),
    ("hold", ("reason", "weather")),
    ("reply", ("text", " ")),
    ("note", ("text", " ")),
    ("correct", ("category", "water")),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_sees_and_does_what_the_table_says() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("roles", 2)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("all").await?;
    let ours = report(&installation, "whatsapp:+27000000721", WATER_REPORT).await?;
    let roads = report(&installation, "whatsapp:+27000000722", "There is a huge pothole in our road").await?;
    for rights in &TABLE {
        let role = rights.role.as_str();
        let (login, more): (&str, &[&str]) = match role {
            "agent" => ("eku-water-south-agent", &[]),
            "lead" => (LEAD, &[]),
            "manager" => (MANAGER, &[]),
            "auditor" => ("eku-auditor", &["--auditor-of", "EKU"]),
            _ => ("country", &["--national"]),
        };
        let person = installation.person(&url, login, more).await?;
        in_queue(&installation, &person, &ours).await?;
        let others = person.get(&format!("/tickets/{roads}")).await?.status();
        let expected = if rights.scope == Scope::Team { StatusCode::NOT_FOUND } else { StatusCode::OK };
        assert_eq!(others, expected, "{role}: another team's ticket");
        let page = person.page(&format!("/tickets/{ours}")).await?;
        let whole = rights.content == Content::Whole;
        for content in [WATER_REPORT, "-26.33300, 28.15200", LEAD] {
            assert_eq!(page.contains(content), whole, "{role}: {content}");
        }
        let token = token(&person).await?;
        for (act, field) in ACTS {
            let form = [("token", token.as_str()), ("revision", "99"), field];
            let status = person.post(&format!("/tickets/{ours}/{act}"), &form).await?.status();
            let may = rights.acts.iter().any(|allowed| allowed.as_str() == act);
            let expected = if may { StatusCode::CONFLICT } else { StatusCode::FORBIDDEN };
            assert_eq!(status, expected, "{role}: {act}");
            let offered = page.contains(&format!("/tickets/{ours}/{act}\""));
            let is_own = act == "take" && login == LEAD;
            assert_eq!(offered, may && !is_own, "{role}: the form of {act}");
        }
    }
    Ok(())
}
