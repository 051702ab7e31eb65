//! The rate of calls to Twilio in every second, by Twilio's ledger, while other processes take over.

use anyhow::Result;
use simulator::clock::Checked;
use simulator::harness::deliveries::{Backlog, Crew, times};
use simulator::harness::{Plan, TestInstallation};
use simulator::twilio::ledger::{AcceptedCall, busiest_second};
use tests::fixtures::SOON;
use topics::catalogue::{Deliveries, ProtectedDeliveries, Topic};
use topics::records::deliveries::{Delivery, DeliveryStatus};
use topics::values::lane::Lane;

/// The largest number of messages in any second, for each lane and for both together.
fn busiest_seconds(
    municipal: &[AcceptedCall],
    protected: &[AcceptedCall],
    all: &[AcceptedCall],
) -> (usize, usize, usize) {
    (busiest_second(times(municipal)), busiest_second(times(protected)), busiest_second(times(all)))
}

fn not_sent<T: Topic<Record = Delivery>>(installation: &TestInstallation) -> Result<Vec<DeliveryStatus>> {
    let rows = installation.topics.store::<T>()?.into_values();
    let statuses =
        rows.filter_map(|row| if let Delivery::Delivery(row) = row { Some(row.status) } else { None });
    Ok(statuses.filter(|status| *status != DeliveryStatus::Sent).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_second_at_twilio_holds_more_than_72_and_8_calls_when_partitions_move_and_nothing_doubles()
-> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("deliveries", 2).fast()).await? else {
        return Ok(());
    };
    let municipal = Backlog { lane: Lane::Municipal, residents: 400, each: 3 };
    let protected = Backlog { lane: Lane::Protected, residents: 60, each: 2 };
    let (first, other) =
        tokio::try_join!(municipal.work_off(&installation), protected.work_off(&installation))?;

    let taken = installation.twilio.taken();
    let ours = municipal.arrived(&taken);
    let police = protected.arrived(&taken);
    let (most, most_protected, most_together) = busiest_seconds(&ours, &police, &taken);
    eprintln!("busiest second: {most} municipal, {most_protected} protected, {most_together} together");
    assert!(
        most <= 72 && most_protected <= 8 && most_together <= 80,
        "{most}, {most_protected}, {most_together}"
    );
    // The benchmark measures the speed. Here the takeovers must have happened while messages were left.
    for (backlog, arrived, hands) in [(municipal, &ours, first), (protected, &police, other)] {
        let after = |at: i64| {
            arrived.iter().filter(|message| message.taken_at_ms > at).count() * 100 / backlog.messages()
        };
        let stopped = after(hands.stopped_at);
        let killed = after(hands.killed_at);
        assert!(
            stopped > 10 && killed > 0,
            "not in the middle: {stopped} % came after the stop, {killed} % after the kill"
        );
        eprintln!("{:?}: {:.1}/s before the hand-overs", backlog.lane, backlog.rate(&times(arrived)));
    }
    municipal.is_whole(&taken)?;
    protected.is_whole(&taken)?;
    let look = async || {
        let open = [not_sent::<Deliveries>(&installation)?, not_sent::<ProtectedDeliveries>(&installation)?]
            .concat();
        Ok(Checked::when(open.is_empty(), || format!("{open:?}")))
    };
    // The last call may have to be looked up, because its outcome was lost with the process that made it.
    let mut crews = (Crew::new(&installation, Lane::Municipal), Crew::new(&installation, Lane::Protected));
    crews.0.hire("four").await?;
    crews.1.hire("four").await?;
    installation.wait_until("all are known to be sent", 2 * SOON, look).await?;
    assert_eq!(taken.len(), installation.twilio.taken().len(), "a look-up led to a second call");
    Ok(())
}
