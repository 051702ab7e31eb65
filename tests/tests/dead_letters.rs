//! `trust-engine dead-letters`: what could not be processed is listed without its content, opened with a
//! name and a reason, and goes back into its log exactly once.
#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use simulator::clock::Checked;
use simulator::harness::kafka::{Raw, Topics};
use simulator::harness::process::{command, program};
use simulator::harness::{Plan, SENDER, TestInstallation};
use simulator::twilio::inbound::Inbound;
use tests::fixtures::SOON;
use tests::tickets::{WantedTicket, change};
use topics::catalogue::{IntakeDeadLetters, MunicipalDeadLetters, MunicipalReviews, Tickets, Topic};
use topics::codec::record::{FIRST_APPENDED_HEADER, Outgoing};
use topics::codec::sealing::Sealed;
use topics::records::reviews::ReviewAct;
use topics::records::ticket_commands::Action;

const ACTOR: &str = "lindiwe.k";
const REASON: &str = "tried by a test";

/// The record in the partition that its key does not belong to, of two.
fn stray(record: &Outgoing) -> Raw<'_> {
    Raw { partition: 1 - record.partition, ..Raw::of(record) }
}

/// What `dead-letters list` says as JSON.
async fn listed(installation: &TestInstallation, more: &[&str]) -> Result<Vec<Value>> {
    let mut arguments = vec!["dead-letters", "list", "--json"];
    arguments.extend(more);
    let out = installation.run_to_end(&arguments).await?;
    let lines = out.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

/// Runs `dead-letters ARGUMENTS` with a name and a reason; its exit status and what it printed.
async fn act(installation: &TestInstallation, arguments: &[&str]) -> Result<(Option<i32>, String)> {
    let mut all = vec!["dead-letters"];
    all.extend(arguments);
    all.extend(["--actor", ACTOR, "--reason", REASON]);
    let (status, out, err) = installation.output(&all).await?;
    Ok((status.code(), format!("{out}{err}")))
}

async fn wait_for_letters(installation: &TestInstallation, count: usize) -> Result<()> {
    let look = async || {
        let found = installation.topics.read(MunicipalDeadLetters::SPEC.name)?.len();
        Ok(Checked::when(found == count, || format!("{found} of {count} dead letters")))
    };
    installation.wait_until("the dead letters are there", SOON, look).await
}

/// How often each `ce_id` is in the log of tickets.
fn copies(topics: &Topics) -> Result<BTreeMap<String, usize>> {
    let mut copies = BTreeMap::new();
    for record in topics.read("ticket-commands")? {
        let id = record.header("ce_id").unwrap_or_default().to_owned();
        *copies.entry(id).or_default() += 1;
    }
    Ok(copies)
}

fn id_of(record: &Outgoing) -> &str {
    record.headers.iter().find(|(name, _)| *name == "ce_id").map_or("", |(_, value)| value)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_is_opened_replayed_once_and_says_what_came_of_it() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("letters", 2)).await? else { return Ok(()) };
    let topics = installation.topics.clone();
    let tickets = installation.run_ready("tickets").await?;
    let sink = installation.run_ready("sink").await?;
    let wanted = WantedTicket::now(1);
    let misplaced = wanted.open(&topics)?;
    topics.append(stray(&misplaced)).await?;
    let secret = "the words of a resident";
    let note = change(&topics, &wanted.id()?, Action::Note { note: Sealed(secret.to_owned()) })?;
    let broken = Raw {
        headers: Raw::of(&note)
            .headers
            .into_iter()
            .map(
                |(name, value)| {
                    if name == "ce_type" { (name, "ticket-commands.hum".into()) } else { (name, value) }
                },
            )
            .collect(),
        ..Raw::of(&note)
    };
    topics.append(broken).await?;
    wait_for_letters(&installation, 2).await?;

    // The list has no content, and needs the key of its lane.
    let list = listed(&installation, &[]).await?;
    assert_eq!(list.len(), 2, "{list:?}");
    let of = |class: &str| list.iter().find(|line| line["class"] == class).cloned().unwrap_or_default();
    let stray_line = of("misplaced");
    let broken_line = of("unknown_kind");
    assert_eq!((&stray_line["state"], &stray_line["stage"]), (&"new".into(), &"track".into()));
    assert!(!installation.run_to_end(&["dead-letters", "list"]).await?.contains("words"));
    let only_intake = installation.environment()["KEY_RING"].split(',').next().unwrap_or_default().to_owned();
    let settings = [("KEY_RING", only_intake.as_str())];
    for lane in ["municipal", "protected"] {
        let asked = installation.output_with(&["dead-letters", "list", "--lane", lane], &settings).await?;
        assert_eq!(asked.0.code(), Some(78), "{asked:?}");
        assert!(asked.2.contains(&format!("KEY_RING holds no {lane} key")), "{asked:?}");
    }

    // Without --open the content stays closed; with it there is a record of who looked.
    let broken_id = broken_line["id"].as_str().context("no id")?;
    let shown = installation.run_to_end(&["dead-letters", "show", broken_id]).await?;
    assert!(shown.contains("replay         possible: tickets reads it"), "{shown}");
    assert!(!shown.contains(secret) && topics.read(MunicipalReviews::SPEC.name)?.is_empty(), "{shown}");
    let (code, opened) = act(&installation, &["show", broken_id, "--open"]).await?;
    assert!(code == Some(0) && opened.contains(secret), "{opened}");
    let reviews = topics.decoded::<MunicipalReviews>()?;
    let said = reviews
        .iter()
        .map(|review| &review.record)
        .map(|review| (review.act, review.actor.as_str(), review.reason.0.as_str(), review.letter.as_str()));
    assert_eq!(said.collect::<Vec<_>>(), [(ReviewAct::Opened, ACTOR, REASON, broken_id)]);

    // A record that belongs to the other partition is processed there.
    let stray_id = stray_line["id"].as_str().context("no id")?;
    let (code, said) = act(&installation, &["replay", &stray_id[..12]]).await?;
    assert!(code == Some(0) && said.contains("processed by tickets; it led to"), "{said}");
    assert!(said.contains("1 ticket-events.event"), "{said}");
    assert!(topics.store::<Tickets>()?.contains_key(wanted.id()?.as_str()));
    assert_eq!(copies(&topics)?[id_of(&misplaced)], 2, "the first one and the replayed one");
    let commands = topics.read("ticket-commands")?;
    let replayed = commands.iter().find_map(|record| record.header(FIRST_APPENDED_HEADER));
    assert_eq!(replayed, stray_line["at"].as_str(), "it counts from when it was appended first");
    let (code, said) = act(&installation, &["replay", stray_id]).await?;
    assert!(code == Some(0) && said.contains("was replayed at") && said.contains("processed it"), "{said}");
    assert_eq!(copies(&topics)?[id_of(&misplaced)], 2);

    // One that fails again says so, is listed again, and is not replayed by mistake.
    let (code, said) = act(&installation, &["replay", broken_id]).await?;
    assert!(code == Some(2) && said.contains("failed again: unknown_kind at track"), "{said}");
    let (code, said) = act(&installation, &["replay", broken_id]).await?;
    assert!(code == Some(2) && said.contains("add --again"), "{said}");
    assert_eq!(copies(&topics)?[id_of(&note)], 2);
    let list = listed(&installation, &[]).await?;
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!((&list[0]["state"], &list[0]["times"]), (&"failed again".into(), &2.into()));
    let (code, said) = act(&installation, &["discard", broken_id]).await?;
    assert!(code == Some(0) && said.contains("discarded by lindiwe.k"), "{said}");
    assert!(listed(&installation, &[]).await?.is_empty());
    assert_eq!(listed(&installation, &["--all"]).await?.len(), 2);
    let shown = installation.run_to_end(&["dead-letters", "show", broken_id]).await?;
    assert!(shown.contains("failed before") && shown.contains(&format!("discarded by {ACTOR}: {REASON}")));

    // All of it is in the tables, for the role of the lane.
    let count = "select count(*) from dead_letter_reviews where actor = 'lindiwe.k'";
    installation
        .wait_until("the reviews are in the table", SOON, async || {
            let found = installation.databases.number("trust_engine", count).await?;
            Ok(Checked::when(found == 4, || format!("{found} reviews")))
        })
        .await?;
    let both = "select count(*) from dead_letters where class = 'unknown_kind'";
    assert_eq!(installation.databases.number("trust_engine", both).await?, 2);
    tickets.stop().await?;
    sink.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_many_that_is_killed_and_repeated_appends_each_record_once() -> Result<()> {
    const COUNT: u32 = 40;
    let Some(installation) = TestInstallation::start(Plan::new("many", 2)).await? else { return Ok(()) };
    let topics = installation.topics.clone();
    let tickets = installation.run_ready("tickets").await?;
    let wanted: Vec<WantedTicket> = (1..=COUNT).map(WantedTicket::now).collect();
    for one in &wanted {
        topics.append(stray(&one.open(&topics)?)).await?;
    }
    wait_for_letters(&installation, COUNT as usize).await?;
    let arguments = ["replay", "--class", "misplaced", "--since", "1h", "--rate", "8"];
    let mut all = vec!["dead-letters"];
    all.extend(arguments);
    all.extend(["--actor", ACTOR, "--reason", REASON]);

    // Killed twice: in the middle of the work, and at once.
    for enough in [6, 12] {
        let mut killed: tokio::process::Command =
            command(&program()?, &all, installation.environment()).into();
        let mut killed = killed.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        installation
            .wait_until("some are replayed", SOON, async || {
                let done = topics.read(MunicipalReviews::SPEC.name)?.len();
                Ok(Checked::when(done >= enough, || format!("{done} are replayed")))
            })
            .await?;
        killed.kill().await?;
    }
    let before = topics.read(MunicipalReviews::SPEC.name)?.len();
    ensure!(before < COUNT as usize, "all were replayed before the command was killed");

    let (code, said) = act(&installation, &arguments).await?;
    assert!(code == Some(0) && said.contains("a second"), "{said}");
    let rest = COUNT as usize - topics.read(MunicipalReviews::SPEC.name)?.len().min(before);
    assert!(said.contains(&format!("{rest} replayed: {rest} processed")), "{rest}: {said}");
    let reviews = topics.decoded::<MunicipalReviews>()?;
    assert_eq!(reviews.len(), COUNT as usize);
    let copies = copies(&topics)?;
    for one in &wanted {
        assert_eq!(copies[id_of(&one.open(&topics)?)], 2, "ticket {}", one.number);
    }
    assert_eq!(topics.store::<Tickets>()?.len(), COUNT as usize);
    let (code, said) = act(&installation, &arguments).await?;
    assert!(code == Some(0) && said.contains("no open dead letter of class misplaced"), "{said}");
    tickets.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_no_log_is_not_replayed_and_the_lanes_are_apart() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("lanes", 1)).await? else { return Ok(()) };
    let topics = installation.topics.clone();
    let whatsapp = installation.run_ready("whatsapp").await?;
    let protected = installation.run_ready("protected").await?;
    let police = Raw {
        topic: "protected-commands",
        key: "00000000000000000000000000000001",
        headers: vec![("ce_id", "00000000000000000000000000000009".into())],
        value: b"{\"kind\":\"open\",\"words\":\"he\"".to_vec(),
        ..Raw::default()
    };
    topics.append(police).await?;
    // Of a sender that is not UTF-8 only U+FFFD is left.
    installation.twilio.send_message(Inbound::text("whatsapp:+\u{fffd}", SENDER, "potholes")).await;
    let look = async || {
        let intake = topics.read(IntakeDeadLetters::SPEC.name)?.len();
        let police = topics.read("protected-dead-letters")?.len();
        Ok(Checked::when((intake, police) == (1, 1), || format!("{intake} and {police} dead letters")))
    };
    installation.wait_until("both lanes have a dead letter", SOON, look).await?;

    assert!(listed(&installation, &[]).await?.is_empty());
    let intake = listed(&installation, &["--lane", "intake"]).await?;
    let id = intake[0]["id"].as_str().context("no id")?;
    let (code, said) = act(&installation, &["replay", id, "--lane", "intake"]).await?;
    assert!(code == Some(2) && said.contains("a request to the webhook and in no log"), "{said}");
    let (code, said) = act(&installation, &["show", id, "--lane", "intake", "--open"]).await?;
    assert!(code == Some(0) && said.contains("potholes"), "{said}");

    let police = listed(&installation, &["--lane", "protected"]).await?;
    let id = police[0]["id"].as_str().context("no id")?;
    let (code, said) = act(&installation, &["replay", id, "--lane", "protected"]).await?;
    assert!(code == Some(2) && said.contains("failed again: undecodable"), "{said}");
    assert!(topics.read(MunicipalReviews::SPEC.name)?.is_empty());
    assert_eq!(topics.read("protected-dead-letter-reviews")?.len(), 1);
    let (code, said) = act(&installation, &["replay", "00", "--lane", "municipal"]).await?;
    assert!(code == Some(1) && said.contains("no dead letter of this lane begins with"), "{said}");
    whatsapp.stop().await?;
    protected.stop().await
}
