//! Time passes on partitions without records.

use std::time::Duration;

use anyhow::{Context, Result};
use simulator::clock::Checked;
use simulator::harness::{Plan, TestInstallation};
use tests::tickets::WantedTicket;
use topics::catalogue::{Breaches, TicketCommands};
use topics::records::ticket_commands::TicketCommand;
use topics::values::vocabulary::{Clock, Level};

/// A deadline passes on a partition that receives only ticks. It fires immediately, and not when the next
/// record arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_passes_on_a_silent_partition_and_is_seen_at_once() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("silence", 3)).await? else { return Ok(()) };
    installation.run_ready("tickets").await?;
    installation.run_ready("sink").await?;
    let topics = &installation.topics;
    let wanted = WantedTicket::due(1, Duration::from_secs(8), Duration::from_secs(3600));
    let opened = wanted.open(topics)?;
    let partition = opened.partition;
    topics.send(&topics.producer()?, opened).await?;

    let look = async || {
        let breaches = topics.decoded::<Breaches>()?;
        let breach = breaches.iter().find(|one| one.record.level == Level::Breach);
        Ok(breach.map_or_else(
            || Checked::NotYet(format!("{} warnings", breaches.len())),
            |breach| Checked::Yes(breach.record.clone()),
        ))
    };
    let breach = installation.wait_until("the breach is on its topic", Duration::from_secs(40), look).await?;
    assert_eq!((breach.clock, breach.due_at), (Clock::Response, wanted.reported_at + wanted.response));
    let late = breach.seen_at.since(breach.due_at);
    // It fires by a tick for the deadline, and not by the tick that each partition has every minute. The
    // limit allows for a busy machine.
    assert!(late <= Duration::from_secs(5), "seen {late:?} after the deadline");
    let others = topics.decoded::<TicketCommands>()?;
    let others = others.iter().filter(|one| {
        one.incoming.partition == partition
            && !matches!(one.record, TicketCommand::Tick(_) | TicketCommand::Edition(_))
    });
    assert_eq!(others.count(), 1, "the one record that is no tick opens the ticket");

    let query = format!(
        "select status, tier, escalation_reason, assigned_to from tickets where id = '{}'",
        wanted.id()?
    );
    let look = async || {
        let rows = installation.databases.owner(&query).await?;
        let escalated = rows.into_iter().find(|row| row["status"] == "escalated");
        Ok(escalated.map_or_else(|| Checked::not_yet("not escalated in PostGIS"), Checked::Yes))
    };
    let row =
        installation.wait_until("the ticket is escalated in PostGIS", Duration::from_secs(10), look).await?;
    assert_eq!(row["escalation_reason"].as_str().context("no reason")?, "sla_response_breach");
    assert_eq!(row["assigned_to"].as_str().context("the ticket is assigned to no one")?, "eku-water-manager");
    Ok(())
}
