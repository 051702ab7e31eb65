//! `route` and `stamp` in consumer groups of their own: several copies share the partitions, nothing is lost
//! or done twice, and the topic set is cut only while nothing is in flight.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::consumer::{BaseConsumer, Consumer};
use simulator::clock::Checked;
use simulator::harness::kafka::{Raw, Topics};
use simulator::harness::process::Engine;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::tickets::{WantedTicket, send_steadily};
use topics::catalogue::{Assignments, MunicipalDeadLetters, Reports, TicketCommands};
use topics::records::dead_letters::DeadClass;
use topics::records::ticket_commands::TicketCommand;
use topics::values::ids::EventId;

/// Whether the topic holds records of a transaction that has not ended.
fn is_open(topics: &Topics, topic: &str) -> Result<bool> {
    let consumer =
        |level: &str| topics.client().set("group.id", "tests-watch").set("isolation.level", level).create();
    let written: BaseConsumer = consumer("read_uncommitted")?;
    let committed: BaseConsumer = consumer("read_committed")?;
    let topic = topics.name(topic);
    for partition in 0..i32::try_from(topics.partitions)? {
        // The committed end first: records that are committed between the two requests must not look open.
        let end = committed.fetch_watermarks(&topic, partition, SOON)?.1;
        if written.fetch_watermarks(&topic, partition, SOON)?.1 > end {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Kills the copy when the topic holds records that are not committed.
async fn kill_amid(installation: &TestInstallation, copy: &Engine, topic: &str) -> Result<()> {
    let look = async || {
        Ok(if is_open(&installation.topics, topic)? {
            Checked::Yes(())
        } else {
            Checked::not_yet("nothing is open")
        })
    };
    installation.wait_until("a transaction is open", SOON, look).await?;
    copy.kill();
    Ok(())
}

/// The id of the record that `stage` makes of the record `parent`.
fn child(parent: &EventId, stage: &str) -> String {
    EventId::derived(parent, stage, 0).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_share_the_partitions_and_one_that_is_killed_loses_and_doubles_nothing() -> Result<()> {
    const REPORTS: u32 = 2_000;
    let Some(installation) = TestInstallation::start(Plan::new("cut-copies", 3)).await? else {
        return Ok(());
    };
    let topics = installation.topics.clone();
    installation.run_to_end(&["topics", "create", "--cut", "route,stamp"]).await?;
    let copies = [
        installation.run_on_host("route", "one")?,
        installation.run_on_host("route", "two")?,
        installation.run_on_host("stamp", "three")?,
        installation.run_on_host("stamp", "four")?,
    ];
    for copy in &copies {
        copy.ready().await?;
    }
    let reporting =
        tokio::spawn(send_steadily(topics.clone(), REPORTS, Duration::from_millis(5), WantedTicket::report));
    let [route, other, stamp, _] = &copies;
    kill_amid(&installation, route, "assignments").await?;
    kill_amid(&installation, stamp, "ticket-commands").await?;
    // One copy gets its partitions back, and the partitions of the other one go to the copy that is left.
    installation.run_on_host("stamp", "three")?.ready().await?;
    reporting.await??;
    let look = async || {
        let commands = topics.decoded::<TicketCommands>()?.len();
        Ok(Checked::when(commands >= REPORTS as usize, || format!("{commands} of {REPORTS} commands")))
    };
    installation.wait_until("every report has led to a command", SOON, look).await?;

    let reports: BTreeMap<String, EventId> = topics
        .decoded::<Reports>()?
        .into_iter()
        .map(|one| (one.incoming.key_text().unwrap_or_default().to_owned(), one.envelope.id))
        .collect();
    assert_eq!(reports.len(), REPORTS as usize);
    let mut assignments = BTreeSet::new();
    for one in topics.decoded::<Assignments>()? {
        let report = reports
            .get(one.incoming.key_text().unwrap_or_default())
            .context("an assignment without a report")?;
        assert_eq!(one.envelope.id.to_string(), child(report, "route"));
        assert!(assignments.insert(one.envelope.id), "a report was routed twice");
    }
    assert_eq!(assignments.len(), REPORTS as usize);
    let mut commands = BTreeSet::new();
    for one in topics.decoded::<TicketCommands>()? {
        let TicketCommand::Open(_) = one.record else { continue };
        assert!(commands.insert(one.envelope.id.to_string()), "a report was stamped twice");
    }
    assert_eq!(commands, assignments.iter().map(|assignment| child(assignment, "stamp")).collect());
    assert_eq!(topics.read("dead-letters")?.len(), 0);
    let look = async || {
        let metrics = other.metrics().await?;
        let shown = (0..3)
            .filter(|partition| {
                metrics.contains(&format!("lag_records{{partition=\"{partition}\",topic=\"reports\"}}"))
            })
            .count();
        Ok(Checked::when(shown == 3, || format!("the lag of {shown} partitions")))
    };
    installation.wait_until("the copy that is left shows the lag of all partitions", SOON, look).await
}

/// The error output of the command, which must refuse to cut.
async fn refused(installation: &TestInstallation, cut: &str) -> Result<String> {
    let (status, out, err) = installation.output(&["topics", "create", "--cut", cut]).await?;
    assert!(!status.success(), "{out}");
    Ok(err)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_topic_set_is_cut_only_while_nothing_is_in_flight() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("cut-drained", 2)).await? else {
        return Ok(());
    };
    let topics = &installation.topics;
    let (status, _, said) = installation.output(&["run", "route"]).await?;
    assert!(!status.success() && said.contains("cut nowhere"), "{said}");

    // The process that runs the chain must stop. One that was only frozen notices the cut when it continues.
    let sleeper = installation.run_ready("conversations").await?;
    let said = refused(&installation, "route,stamp").await?;
    assert!(
        said.contains("processes that run conversations, whose chain would change: 1; stop them all"),
        "{said}"
    );
    sleeper.freeze()?;
    installation.run_to_end(&["topics", "create", "--cut", "route,stamp"]).await?;
    sleeper.thaw()?;
    let otherwise = "the cut of the topic set has changed";
    let look =
        async || Ok(Checked::when(sleeper.logged()?.contains(otherwise), || "it has not noticed".to_owned()));
    installation.wait_until("the chain of the sleeper ends", SOON, look).await?;
    // It is started again with the present cut.
    sleeper.ready().await?;
    sleeper.stop().await?;
    assert!(installation.run_to_end(&["topics", "check"]).await?.contains("cut before route,stamp"));

    // One process can still run all parts.
    let all = installation.run_ready("all").await?;
    let metrics = all.metrics().await?;
    assert!(
        ["route", "stamp"].iter().all(|stage| metrics.contains(&format!("part_up{{part=\"{stage}\"}} 1"))),
        "{metrics}"
    );
    all.stop().await?;

    // A report waits for route. The stages are chained again only when route and stamp have processed it.
    let producer = topics.producer()?;
    let good = WantedTicket::now(1).report(topics)?;
    let headers = good.headers.iter().map(|(name, value)| (*name, value.clone())).collect();
    let bad = Raw {
        topic: "reports",
        partition: good.partition,
        key: &good.key,
        headers,
        value: b"{ this is no JSON".to_vec(),
    };
    topics.append(bad).await?;
    topics.send(&producer, good).await?;
    let said = refused(&installation, "nowhere").await?;
    assert!(said.contains("2 records of") && said.contains("trust-engine run route"), "{said}");
    let route = installation.run_ready("route").await?;
    installation
        .wait_until("it is routed", SOON, async || {
            let assigned = topics.read("assignments")?.len();
            Ok(Checked::when(assigned == 1, || format!("{assigned} assignments")))
        })
        .await?;
    let letters = topics.decoded::<MunicipalDeadLetters>()?;
    let letter = &letters.first().context("no dead letter")?.record;
    assert_eq!((letters.len(), letter.class, letter.stage.as_str()), (1, DeadClass::Undecodable, "route"));
    route.stop().await?;
    let said = refused(&installation, "nowhere").await?;
    assert!(said.contains("1 records of") && said.contains("trust-engine run stamp"), "{said}");
    let stamp = installation.run_ready("stamp").await?;
    installation
        .wait_until("it is stamped", SOON, async || {
            let commands = topics
                .decoded::<TicketCommands>()?
                .iter()
                .filter(|one| matches!(one.record, TicketCommand::Open(_)))
                .count();
            Ok(Checked::when(commands == 1, || format!("{commands} commands")))
        })
        .await?;
    stamp.stop().await?;
    installation.run_to_end(&["topics", "create", "--cut", "nowhere"]).await?;
    assert!(topics.committed("route", "reports")?.is_empty(), "its group is gone");
    installation.run_ready("conversations").await?.stop().await
}
