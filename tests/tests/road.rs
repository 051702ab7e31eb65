//! The whole path: a signed WhatsApp message becomes a ticket in PostGIS, with team and deadlines, and an
//! answer.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly, its helpers too")]

use anyhow::{Context, Result};
use serde_json::Value;
use simulator::clock::Checked;
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::residents::answers::{news, numbers, update};
use simulator::twilio::inbound::Inbound;
use tests::fixtures::{KATLEHONG, POTHOLE_REPORT, SOON, pin, report};
use topics::values::vocabulary::{Language, Status};

const RESIDENT: &str = "whatsapp:+27000000201";

/// Waits until the sink has written the row of the ticket with this number and `is_it` holds. Returns the
/// row.
async fn row(
    installation: &TestInstallation,
    number: &str,
    what: &str,
    is_it: impl Fn(&Value) -> bool,
) -> Result<Value> {
    let query = format!("select * from tickets where tracking_number = '{number}'");
    let look = async || {
        let rows = installation.databases.owner(&query).await?;
        Ok(match rows.into_iter().find(|row| is_it(row)) {
            Some(row) => Checked::Yes(row),
            None => Checked::not_yet("no such row"),
        })
    };
    installation.wait_until(what, SOON, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_and_a_pin_become_a_routed_stamped_ticket_and_an_answer() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("road", 2)).await? else { return Ok(()) };
    installation.run_ready("all").await?;
    let words = "Water pipe burst outside our house, it runs down the whole street";
    let number = report(&installation, RESIDENT, words).await?;
    let ticket = row(&installation, &number, "the ticket is in PostGIS", |_| true).await?;
    assert_eq!((ticket["category"].as_str(), ticket["municipality"].as_str()), (Some("water"), Some("EKU")));
    assert_eq!(
        (ticket["assigned_team"].as_str(), ticket["status"].as_str()),
        (Some("EKU-WATER-SOUTH"), Some("open"))
    );
    assert_eq!((ticket["language"].as_str(), ticket["policy"].as_str()), (Some("en"), Some("category")));
    let hours = |column: &str| {
        format!(
            "select round(extract(epoch from {column} - created_at) / 3600)::int from tickets \
             where tracking_number = '{number}'"
        )
    };
    assert_eq!(installation.databases.number("trust_engine", &hours("response_due_at")).await?, 8);
    assert_eq!(installation.databases.number("trust_engine", &hours("resolution_due_at")).await?, 72);
    let place = format!(
        "select st_x(location) as x, st_y(location) as y from tickets where tracking_number = '{number}'"
    );
    let place = &installation.databases.owner(&place).await?[0];
    assert_eq!(
        (place["y"].as_f64(), place["x"].as_f64()),
        (Some(KATLEHONG.latitude), Some(KATLEHONG.longitude))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_is_worked_announced_confirmed_and_closed_in_the_residents_language() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("life", 2)).await? else { return Ok(()) };
    installation.run_ready("all").await?;
    let number = report(
        &installation,
        RESIDENT,
        "Die waterpyp het gebars voor ons huis, dit stroom die hele straat af",
    )
    .await?;
    row(&installation, &number, "the ticket is in PostGIS", |_| true).await?;
    for status in [Status::InProgress, Status::Resolved] {
        let said = installation
            .run_to_end(&["change", &number, "--status", status.as_str(), "--actor", "eku-water-south-lead"])
            .await?;
        assert!(said.contains("applied"), "{said}");
        let wanted = update(Language::Af, &number, status);
        let body = installation
            .wait_until_told(RESIDENT, 2, &format!("they are told {status}"), |body| {
                news(body).is_some_and(|(_, told, _)| told == status)
            })
            .await?;
        assert_eq!(body.trim(), wanted);
    }
    installation.twilio.send_message(Inbound::text(RESIDENT, SENDER, "Ja, dit is reg, dankie")).await;
    let closed = update(Language::Af, &number, Status::Closed);
    installation
        .wait_until_told(RESIDENT, 2, "they are told that it is closed", |body| body.contains(&closed))
        .await?;
    let ticket = row(&installation, &number, "the row is closed", |row| row["status"] == "closed").await?;
    assert_eq!(ticket["outcome"].as_str(), Some("confirmed"));
    let refused = installation
        .output(&["change", &number, "--status", "resolved", "--actor", "eku-water-south-lead"])
        .await?;
    assert!(!refused.0.success() && format!("{}{}", refused.1, refused.2).contains("refused"), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_staff_correct_is_routed_again_and_what_they_write_is_told() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("desk", 2)).await? else { return Ok(()) };
    installation.run_ready("all").await?;
    let number = report(&installation, RESIDENT, POTHOLE_REPORT).await?;
    row(&installation, &number, "the ticket is in PostGIS", |row| row["category"] == "roads").await?;
    let place = ["--category", "water", "--place", "-29.967,30.883"];
    let said = installation
        .run_to_end(&[&["change", &number, "--actor", "eku-water-south-lead"], &place[..]].concat())
        .await?;
    assert!(said.contains("applied"), "{said}");
    let ticket =
        row(&installation, &number, "it is elsewhere and of another kind", |row| row["category"] == "water")
            .await?;
    assert_eq!(
        (ticket["municipality"].as_str(), ticket["assigned_team"].as_str()),
        (Some("ETH"), Some("ETH-WATER-SOUTH"))
    );
    let explained = installation.run_to_end(&["explain", &number]).await?;
    for why in [
        "Municipality: ETH (",
        "its boundary contains the place",
        "Team: ETH-WATER-SOUTH",
        "Response: due at",
        "0, not escalated.",
    ] {
        assert!(explained.contains(why), "{explained}");
    }
    let reply = ["change", &number, "--actor", "eth-water-south-lead", "--reply", "We come at ten"];
    installation.run_to_end(&reply).await?;
    let told = |body: &str| body.trim() == format!("About your report {number}: We come at ten");
    installation.wait_until_told(RESIDENT, 2, "they are told what the staff wrote", told).await?;
    row(&installation, &number, "a person has looked at it", |row| !row["first_responded_at"].is_null())
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_twilio_delivers_twice_is_one_ticket_and_one_answer() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("twice", 2)).await? else { return Ok(()) };
    installation.run_ready("all").await?;
    let twilio = &installation.twilio;
    let twice = |message: Inbound| Inbound { times: 2, ..message };
    twilio.send_message(twice(Inbound::text(RESIDENT, SENDER, POTHOLE_REPORT))).await;
    installation.wait_until_told(RESIDENT, 0, "they are asked for the place", |_| true).await?;
    twilio.send_message(twice(pin(RESIDENT))).await;
    let body = installation
        .wait_until_told(RESIDENT, 1, "they are told a tracking number", |body| !numbers(body).is_empty())
        .await?;
    row(&installation, numbers(&body)[0].as_str(), "the ticket is in PostGIS", |_| true).await?;
    // All four posts are in the log, and the records that follow from them are there once.
    let heard = installation.topics.decoded::<topics::catalogue::Messages>()?;
    let posts = heard
        .iter()
        .filter(|one| matches!(one.record, topics::records::messages::Message::FromResident(_)))
        .count();
    assert_eq!(posts, 4);
    assert_eq!(installation.topics.decoded::<topics::catalogue::Reports>()?.len(), 1);
    assert_eq!(installation.databases.number("trust_engine", "select count(*) from tickets").await?, 1);
    assert_eq!(twilio.taken_for(RESIDENT).len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_whose_place_never_comes_waits_in_a_queue_and_breaches_there() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("unlocated", 2).fast()).await? else {
        return Ok(());
    };
    installation.run_ready("all").await?;
    installation
        .twilio
        .send_message(Inbound::text(
            RESIDENT,
            SENDER,
            "ugesi uhambile kusukela izolo, isitaladi sonke simnyama",
        ))
        .await;
    installation.wait_until_told(RESIDENT, 0, "they are asked for the place", |_| true).await?;
    installation
        .wait_until_told(RESIDENT, 1, "they are asked again", |body| numbers(body).is_empty())
        .await?;
    let body = installation
        .wait_until_told(RESIDENT, 1, "they are told a tracking number all the same", |body| {
            !numbers(body).is_empty()
        })
        .await?;
    let number = numbers(&body).first().context("no number")?.to_string();
    let ticket =
        row(&installation, &number, "the breach is in the row", |row| !row["response_breached_at"].is_null())
            .await?;
    assert_eq!(
        (ticket["queue"].as_str(), ticket["municipality"].as_str(), ticket["language"].as_str()),
        (Some("unlocated"), None, Some("zu"))
    );
    assert_eq!(ticket["manager_missing"].as_bool(), Some(true));
    Ok(())
}
