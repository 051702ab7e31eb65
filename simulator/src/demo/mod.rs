//! The demo: a day in four municipalities in about two minutes, with real servers and a simulated Twilio, and
//! a report of it that adds up.

pub mod accounts;
pub mod day;
mod desk;
mod engine;
pub mod facts;
mod picture;
mod print;
mod settings;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::harness::process::program;
use crate::twilio::{self, SimulatedTwilio};
use engine::DemoEngine;
pub use settings::{DemoAddresses, DemoSettings};

/// Plays the day and prints the report. Fails if the accounts do not agree and `exit` is set.
///
/// # Errors
/// Something could not be started, or the day did not come to its end.
pub async fn run(settings: DemoSettings) -> Result<ExitCode> {
    let stop = stop_signal();
    tokio::pin!(stop);
    let twilio = twilio::start(settings.twilio()?).await?;
    let mut engine = DemoEngine::start(&program()?, &settings.log(), &settings.metrics_url)?;
    println!("trust-engine runs; its log: {}", settings.log().display());
    let played = tokio::select! {
        played = show(&settings, &twilio, &mut engine) => Some(played),
        () = &mut stop => None,
    };
    let code = match played {
        None => ExitCode::from(130),
        Some(Err(error)) => {
            engine.stop().await;
            return Err(error.context(engine.tail()));
        }
        Some(Ok(adds_up)) if settings.exit => {
            if adds_up {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Some(Ok(_)) => {
            println!("\nEverything goes on running: write to it, look around. Ctrl-C ends it.");
            stop.await;
            ExitCode::SUCCESS
        }
    };
    println!("Stopping.");
    engine.stop().await;
    Ok(code)
}

/// Plays the day and prints the report. Returns whether the accounts agree.
async fn show(settings: &DemoSettings, twilio: &SimulatedTwilio, engine: &mut DemoEngine) -> Result<bool> {
    engine.ready().await?;
    let logins = desk::invite(&program()?, &settings.desk_url).await?;
    println!("{logins}");
    let addresses = settings.addresses()?;
    let plan = day::DayPlan {
        residents: settings.residents,
        begin: Duration::from_secs(settings.day_s),
        seed: settings.seed,
    };
    let day = day::play(&addresses, twilio, plan, || match engine.ended()? {
        Some(status) => bail!("trust-engine ended with {status} in the middle of the day"),
        None => Ok(()),
    });
    let facts = facts::gather(&addresses, twilio, &day.await?).await?;
    let accounts = accounts::of(&facts);
    let report = print::report(&facts, &accounts);
    println!("{report}{}\n{logins}", print::where_to_look(settings).await);
    if let Some(path) = &settings.picture {
        std::fs::write(path, picture::svg(&report))
            .with_context(|| format!("DEMO_PICTURE {}", path.display()))?;
    }
    Ok(accounts.iter().all(accounts::CountCheck::adds_up))
}

/// Resolves at Ctrl-C or SIGTERM.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
