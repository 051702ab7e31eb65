//! The webhook uses its own clock as far as the broker's clock confirms it.

use std::time::Duration;

use anyhow::Result;
use simulator::clock::{Checked, now_ms};
use simulator::harness::{Plan, TestInstallation};
use topics::catalogue::Tickets;
use topics::values::time::Time;

const SOON: Duration = Duration::from_secs(60);
const TWO_DAYS: Duration = Duration::from_secs(2 * 86_400);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_whose_clock_is_days_off_moves_no_deadline() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("clock", 1)).await? else { return Ok(()) };
    let topics = &installation.topics;
    let began = Time::from_millis(now_ms());
    let producer = topics.producer()?;
    for (n, received_at) in [began, began - TWO_DAYS, began + TWO_DAYS].into_iter().enumerate() {
        topics.send(&producer, installation.report_received_at(n, received_at)?).await?;
    }
    for part in ["conversations", "tickets"] {
        installation.run_ready(part).await?;
    }
    let look = async || {
        let tickets = topics.store::<Tickets>()?;
        Ok(if tickets.len() == 3 {
            Checked::Yes(tickets)
        } else {
            Checked::NotYet(format!("{} of 3 tickets", tickets.len()))
        })
    };
    for ticket in installation.wait_until("each report has a ticket", SOON, look).await?.into_values() {
        let reported = ticket.facts.reported_at;
        let apart = reported.since(began).max(began.since(reported));
        assert!(apart < Duration::from_secs(30), "reported {apart:?} from now");
        assert!(ticket.response.breached_at.is_none(), "it breached on arrival");
        assert!(ticket.response.due_at > began, "it was due before it was written");
    }
    Ok(())
}
