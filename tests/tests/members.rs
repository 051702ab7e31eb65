//! Several processes share the partitions of a log; each partition has one owner, and every ticket one life.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use simulator::clock::Checked;
use simulator::harness::process::Engine;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::SOON;
use tests::tickets::{WantedTicket, change, status};
use topics::catalogue::{TicketEvents, Tickets};
use topics::records::ticket_events::Event;
use topics::values::vocabulary::Status;

const TICKETS: u32 = 300;

/// A second process with the name of another one, and with another state folder.
fn namesake(installation: &TestInstallation) -> Result<Engine> {
    let state = installation.folder().join("elsewhere");
    std::fs::create_dir_all(&state)?;
    installation.run_with("tickets", &[("STATE_DIR", &state.display().to_string())])
}

/// The process that has written the last task row of each partition of the store.
fn owners(installation: &TestInstallation) -> Result<BTreeMap<u32, String>> {
    let rows = installation.topics.task_rows("tickets")?;
    Ok(rows.into_iter().map(|(partition, row)| (partition, row.transactional_id)).collect())
}

/// Sends commands that open tickets, and then commands that change them, without pauses. Waits until every
/// command is answered.
async fn work(installation: &TestInstallation, numbers: std::ops::Range<u32>) -> Result<()> {
    let topics = &installation.topics;
    let producer = topics.producer()?;
    let all: Vec<WantedTicket> = numbers.map(WantedTicket::now).collect();
    for wanted in &all {
        topics.send(&producer, wanted.open(topics)?).await?;
        topics.send(&producer, change(topics, &wanted.id()?, status(Status::InProgress))?).await?;
    }
    let ids: BTreeSet<String> =
        all.iter().map(|wanted| Ok(wanted.id()?.to_string())).collect::<Result<_>>()?;
    let look = async || {
        let done = topics
            .store::<Tickets>()?
            .into_iter()
            .filter(|(id, ticket)| ids.contains(id) && ticket.status == Status::InProgress)
            .count();
        Ok(Checked::when(done == ids.len(), || format!("{done} of {} tickets", ids.len())))
    };
    installation.wait_until("all tickets are in progress", SOON, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_members_share_a_log_each_task_whole_and_nothing_is_done_twice() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("members", 3)).await? else { return Ok(()) };
    let engines = [
        installation.run_on_host("tickets", "one")?,
        installation.run_on_host("tickets", "two")?,
        installation.run_on_host("tickets", "three")?,
    ];
    for engine in &engines {
        engine.ready().await?;
    }
    work(&installation, 0..TICKETS).await?;
    let look = async || {
        let owners = owners(&installation)?;
        Ok(Checked::when(owners.values().collect::<BTreeSet<_>>().len() == 3, || format!("{owners:?}")))
    };
    installation.wait_until("each of the three owns a partition", SOON, look).await?;

    // One process is lost, and another one takes over its partition with the complete store.
    engines.first().into_iter().for_each(Engine::kill);
    work(&installation, TICKETS..2 * TICKETS).await?;
    let events = installation.topics.decoded::<TicketEvents>()?;
    let count = |is_it: fn(&Event) -> bool| events.iter().filter(|one| is_it(&one.record.event)).count();
    assert_eq!(count(|event| matches!(event, Event::Opened {})), 2 * TICKETS as usize);
    assert_eq!(count(|event| matches!(event, Event::Applied { .. })), 2 * TICKETS as usize);
    assert_eq!(count(|event| matches!(event, Event::Refused { .. })), 0);
    assert_eq!(installation.topics.read("dead-letters")?.len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_whose_name_is_taken_starts_again_and_two_of_one_name_say_so_and_lose_nothing() -> Result<()>
{
    let Some(installation) = TestInstallation::start(Plan::new("namesake", 2)).await? else { return Ok(()) };
    let engine = installation.run_ready("tickets").await?;
    // A broker's outage can have this effect on a member: another member with its name joins and leaves.
    let other = namesake(&installation)?;
    let fenced = "is there a process with the same HOST_NAME";
    let starts_again =
        async || Ok(Checked::when(engine.logged()?.contains(fenced), || "was not fenced".to_owned()));
    installation.wait_until("the chain of the first process starts again", SOON, starts_again).await?;
    other.kill();
    work(&installation, 0..20).await?;
    assert!(engine.runs()?, "one other of its name is no reason to end");

    // Two members with one name that both stay take it from each other and log that, and every command is
    // applied once.
    let other = namesake(&installation)?;
    let both_say = async || {
        let mine = engine.logged()?;
        let theirs = other.logged()?;
        Ok(Checked::when(mine.matches(fenced).count() >= 2 && theirs.contains(fenced), || {
            "they do not say that they have one name".to_owned()
        }))
    };
    installation.wait_until("both say that their name is taken", 3 * SOON, both_say).await?;
    assert!(engine.runs()? && other.runs()?, "a part that is fenced ends no process");
    work(&installation, 20..40).await?;
    let events = installation.topics.decoded::<TicketEvents>()?;
    assert_eq!(events.iter().filter(|one| matches!(one.record.event, Event::Applied { .. })).count(), 40);
    Ok(())
}
