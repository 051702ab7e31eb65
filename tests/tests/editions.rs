//! Editions in a running installation: from which record on each is in force, and what the commands show.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use simulator::clock::Checked;
use simulator::harness::process::Engine;
use simulator::harness::reports::ticket;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use topics::catalogue::{Assignments, Editions, Messages, Reports, TicketCommands};
use topics::codec::record::{Address, tombstone};
use topics::records::assignments::Assignment;
use topics::records::editions::EditionRecord;
use topics::records::messages::Message;
use topics::records::reports::Report;
use topics::records::ticket_commands::TicketCommand;
use topics::values::ids::TicketId;

/// The number of processes that have written the last task rows of the store.
fn owners(installation: &TestInstallation) -> Result<BTreeSet<String>> {
    Ok(installation
        .topics
        .task_rows("conversations")?
        .into_values()
        .map(|row| row.transactional_id)
        .collect())
}

async fn shared_by(installation: &TestInstallation, machines: usize) -> Result<()> {
    let look = async || {
        let owners = owners(installation)?;
        Ok(Checked::when(owners.len() == machines, || format!("{owners:?}")))
    };
    installation.wait_until(&format!("{machines} machines share the partitions"), SOON, look).await
}

/// Publishes an edition with another response time. Returns its number.
async fn publish(installation: &TestInstallation, hours: u32) -> Result<u32> {
    let file = installation.folder().join("policies.csv");
    std::fs::write(&file, format!("municipality,category,severity,response_hours\nEKU,,,{hours}\n"))?;
    installation.run_to_end(&["import", "policies", &file.to_string_lossy()]).await?;
    let said = installation.run_to_end(&["publish"]).await?;
    let number = said.split_whitespace().find_map(|word| word.parse().ok());
    number.with_context(|| said.clone())
}

/// Waits until every partition of the log of conversations has the notice of edition `number`.
async fn announced(installation: &TestInstallation, number: u32) -> Result<()> {
    let look = async || {
        let heard = installation.topics.decoded::<Messages>()?;
        let says_so = heard
            .iter()
            .filter(|one| matches!(one.record, Message::Edition(notice) if notice.number == number));
        let partitions: BTreeSet<u32> = says_so.map(|one| one.incoming.partition).collect();
        Ok(Checked::when(partitions.len() == installation.topics.partitions as usize, || {
            format!("partitions {partitions:?} have it")
        }))
    };
    installation.wait_until(&format!("edition {number} is announced in every partition"), SOON, look).await
}

/// Waits until all records that follow from `count` reports are written.
async fn all_decided(installation: &TestInstallation, count: usize) -> Result<BTreeMap<TicketId, Vec<u32>>> {
    let look = async || {
        let decided = decided(installation)?;
        let whole = decided.values().filter(|editions| editions.len() == 5).count();
        Ok(if whole == count {
            Checked::Yes(decided)
        } else {
            Checked::NotYet(format!("{whole} of {count}"))
        })
    };
    installation.wait_until("every report is a ticket", SOON, look).await
}

/// Waits until a record was decided by edition `number`.
async fn decided_by(installation: &TestInstallation, number: u32) -> Result<()> {
    let look = async || {
        let newest = decided(installation)?.into_values().flatten().max();
        Ok(Checked::when(newest == Some(number), || format!("the newest is {newest:?}")))
    };
    installation.wait_until(&format!("something is decided by edition {number}"), SOON, look).await
}

/// Appends a report every 10 ms until it is stopped.
async fn report_steadily(
    installation: &TestInstallation,
    enough: &AtomicBool,
    asked: &AtomicUsize,
) -> Result<()> {
    let producer = installation.topics.producer()?;
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !enough.load(Ordering::Relaxed) {
        pace.tick().await;
        let report = installation.report(asked.load(Ordering::Relaxed))?;
        installation.topics.send(&producer, report).await?;
        asked.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// The editions that decided about each ticket: in its report, in its assignment, and in the command that
/// opens it.
fn decided(installation: &TestInstallation) -> Result<BTreeMap<TicketId, Vec<u32>>> {
    let mut decided: BTreeMap<TicketId, Vec<u32>> = BTreeMap::new();
    let topics = &installation.topics;
    for one in topics.decoded::<Reports>()? {
        if let Report::Report(report) = one.record {
            decided.entry(report.ticket).or_default().push(report.edition);
        }
    }
    for one in topics.decoded::<Assignments>()? {
        if let Assignment::Assignment(assigned) = one.record {
            decided.entry(assigned.ticket).or_default().extend([assigned.edition, assigned.routing.edition]);
        }
    }
    for one in topics.decoded::<TicketCommands>()? {
        if let TicketCommand::Open(open) = one.record {
            decided.entry(open.ticket).or_default().extend([open.edition, open.deadlines.edition]);
        }
    }
    Ok(decided)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_is_in_force_from_the_same_offset_on_whichever_process_owns_the_partition() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("editions", 3)).await? else { return Ok(()) };
    let one = installation.run_on_host("conversations", "one")?;
    let two = installation.run_on_host("conversations", "two")?;
    one.ready().await?;
    two.ready().await?;
    let enough = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicUsize::new(0));
    let story = async {
        shared_by(&installation, 2).await?;
        let second = publish(&installation, 11).await?;
        announced(&installation, second).await?;
        // One process is killed while an edition is being announced, and another one takes over.
        let third = publish(&installation, 12).await?;
        two.kill();
        announced(&installation, third).await?;
        let again = installation.run_on_host("conversations", "three")?;
        again.ready().await?;
        let fourth = publish(&installation, 13).await?;
        // A process that stops on request hands over, too.
        one.stop().await?;
        announced(&installation, fourth).await?;
        decided_by(&installation, fourth).await?;
        Ok(again)
    };
    let (reported, told): (Result<()>, Result<Engine>) =
        tokio::join!(report_steadily(&installation, &enough, &asked), async {
            let told = story.await;
            enough.store(true, Ordering::Relaxed);
            told
        });
    let _last = told?;
    reported?;
    let asked = asked.load(Ordering::Relaxed);
    let decided = all_decided(&installation, asked).await?;

    let (mut in_force, mut seen): (BTreeMap<u32, u32>, BTreeSet<u32>) = Default::default();
    for heard in installation.topics.decoded::<Messages>()? {
        let now = in_force.entry(heard.incoming.partition).or_default();
        match heard.record {
            Message::Edition(notice) => *now = notice.number.max(*now),
            Message::FromResident(post) => {
                let editions = &decided[&TicketId::of(&post.sid)];
                let place =
                    format!("offset {} of partition {}", heard.incoming.offset, heard.incoming.partition);
                assert_eq!(
                    *editions,
                    vec![*now; 5],
                    "{place}: the decision was made with another edition than the log says"
                );
                seen.insert(*now);
            }
            _ => {}
        }
    }
    eprintln!("{asked} reports were decided by editions {seen:?}");
    assert!(seen.is_superset(&BTreeSet::from([1, 2, 3, 4])), "{seen:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_was_away_for_two_editions_goes_on_with_the_one_that_it_was_at() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("away", 1)).await? else { return Ok(()) };
    let producer = installation.topics.producer()?;
    let engine = installation.run_ready("conversations").await?;
    announced(&installation, 1).await?;
    installation.topics.send(&producer, installation.report(0)?).await?;
    all_decided(&installation, 1).await?;
    engine.stop().await?;
    publish(&installation, 11).await?;
    let third = publish(&installation, 12).await?;
    installation.topics.send(&producer, installation.report(1)?).await?;
    let engine = installation.run_ready("conversations").await?;
    announced(&installation, third).await?;
    installation.topics.send(&producer, installation.report(2)?).await?;
    let decided = all_decided(&installation, 3).await?;
    let by = |n: usize| decided.get(&ticket(n)).cloned().unwrap_or_default();
    assert_eq!((by(0), by(1), by(2)), (vec![1; 5], vec![1; 5], vec![3; 5]));
    assert!(engine.logged()?.contains("fetches older editions"), "a process makes ready the newest alone");
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_is_shown_and_two_are_compared() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("edition-show", 2)).await? else {
        return Ok(());
    };
    let engine = installation.run_ready("conversations").await?;
    let second = publish(&installation, 13).await?;
    announced(&installation, second).await?;
    let look = async || {
        let said = installation.run_to_end(&["edition", "show"]).await?;
        Ok(if said.contains("conversations 2;") { Checked::Yes(said) } else { Checked::NotYet(said) })
    };
    let said = installation.wait_until("edition 2 is shown as in force", SOON, look).await?;
    eprintln!("{said}");
    for words in [
        "edition 2, published at ",
        "tickets unknown",
        "| EKU | Ekurhuleni (demo) | metro | yes |",
        "5 municipalities, 4 of them on board",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(installation.run_to_end(&["edition", "show", "1"]).await?.contains("edition 1, published at "));
    let changed = installation.run_to_end(&["edition", "diff", "1", "2"]).await?;
    assert_eq!(changed.trim(), "policy of EKU for category any and severity any: response_s 24 h -> 13 h");
    let (status, _, said) = installation.output(&["edition", "diff", "1", "7"]).await?;
    assert!(!status.success() && said.contains("there is no edition 7"), "{said}");
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_that_the_topic_has_lost_is_published_again() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("edition-lost", 2)).await? else {
        return Ok(());
    };
    let second = publish(&installation, 13).await?;
    let manifests = || {
        let records = installation.topics.decoded::<Editions>()?;
        let of = records.iter().filter_map(|one| match &one.record {
            EditionRecord::Manifest(manifest) => Some(manifest.number),
            _ => None,
        });
        Ok::<_, anyhow::Error>(of.collect::<Vec<u32>>())
    };
    assert_eq!(manifests()?, [1, second]);
    let said = installation.run_to_end(&["publish"]).await?;
    assert_eq!(said.trim(), "nothing has changed since edition 2");
    assert_eq!(manifests()?, [1, second]);

    let producer = installation.topics.producer()?;
    for number in [1, second] {
        let lost = tombstone::<Editions>(Address::ByKey(1), format!("edition/{number}"));
        installation.topics.send(&producer, lost).await?;
    }
    let said = installation.run_to_end(&["publish"]).await?;
    for words in [
        "nothing has changed since edition 2",
        "the topic had lost edition 2: it is appended again",
        "the topic has lost edition 1, and its content is known nowhere any more",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(manifests()?, [1, second, second]);
    let said = installation.run_to_end(&["publish"]).await?;
    assert!(!said.contains("appended again"), "{said}");
    installation.run_ready("conversations").await?.stop().await
}
