//! Measures deliveries a second at the simulated Twilio: the busiest second, the mean during a backlog, and
//! how long no call is made when another process takes over.

use anyhow::Result;
use simulator::harness::TestInstallation;
use simulator::harness::deliveries::{Backlog, HandOvers, times};
use simulator::twilio::ledger::busiest_second;
use topics::values::lane::Lane;

pub async fn measure(installation: &TestInstallation, seconds: u32) -> Result<()> {
    let municipal = Backlog { lane: Lane::Municipal, residents: 72 * seconds, each: 1 };
    let protected = Backlog { lane: Lane::Protected, residents: 8 * seconds, each: 1 };
    let (of_one, of_other) =
        tokio::try_join!(work_off(installation, municipal), work_off(installation, protected))?;
    let taken = installation.twilio.taken();
    println!("both: {} messages, the fullest second {}", taken.len(), busiest_second(times(&taken)));
    println!("{of_one}\n{of_other}");
    Ok(())
}

/// Works off a backlog while another process takes over twice. Returns the figures.
async fn work_off(installation: &TestInstallation, backlog: Backlog) -> Result<String> {
    let HandOvers { stopped_at, killed_at } = backlog.work_off(installation).await?;
    let taken = installation.twilio.taken();
    backlog.is_whole(&taken)?;
    let times = times(&backlog.arrived(&taken));
    // The longest pause that begins when another process takes over. Later pauses have other causes.
    let gap = |at: i64| {
        let pairs =
            times.iter().zip(times.iter().skip(1)).filter(|(one, _)| (at - 500..at + 3_000).contains(*one));
        pairs.map(|(one, next)| next - one).max().unwrap_or(0) as f64 / 1e3
    };
    Ok(format!(
        "{:?}: fullest second {}, mean {:.1}/s of a backlog; no call for {:.2} s at a planned stop, \
         for {:.1} s when a machine was lost",
        backlog.lane,
        busiest_second(times.iter().copied()),
        backlog.rate(&times),
        gap(stopped_at),
        gap(killed_at)
    ))
}
