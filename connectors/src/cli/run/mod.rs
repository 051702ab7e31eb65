//! `run`: starts the parts of a process, and stops them together.

mod checks;
mod desk;
mod listeners;
mod process;
mod reload;
mod staff_mail;
mod stopping;
mod supervisor;
mod topics;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use connectors::config::Config;
use connectors::health::Health;
use connectors::metrics::Metrics;
use connectors::prometheus;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

pub use process::sink;
pub use reload::Reload;

use super::part::Part;
use checks::check;
use listeners::Listeners;
use process::Process;
use stopping::stopped;
use supervisor::{Backoff, Ended, Supervisor};

/// An address that is in use is tried again after this long.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// Runs a part until it is asked to stop (SIGINT, SIGTERM). A part that fails is started again; only a wrong
/// configuration ends the process, before anything is started.
pub fn run(config: &Config, reload: Reload, part: Part, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    part.check(config)?;
    let installation = super::installation(config)?;
    let (stopper, stopping) = watch::channel(false);
    let metrics = Metrics::new()?;
    let health = Health::default();
    let starting = health.part("start");
    runtime.block_on(serve_metrics(config, part, &metrics, &health, stopping.clone()))?;
    let signalled = runtime.spawn(signal());
    let checked = runtime.block_on(async {
        tokio::select! {
            checked = check(&installation, config, part) => checked.map(Some),
            () = signal() => Ok(None),
        }
    });
    let Some(differences) = checked? else { return Ok(ExitCode::SUCCESS) };
    // The listeners come first, so that nothing has to be stopped again if a port is in use.
    let listeners = runtime.block_on(Listeners::of(config, part))?;
    let process = Process::new(config, reload, (installation, differences), runtime, metrics.clone())?;
    let supervisor = Supervisor::new(health, metrics, Backoff::default());
    let running = process.start_all(&supervisor, part, listeners, stopping)?;
    starting.ready();
    tracing::info!(?part, "the process runs");
    // An error would mean that the task was aborted, which only happens at the end of the process.
    let _ = runtime.block_on(signalled);
    tracing::info!("the process stops");
    starting.not_ready("is stopping");
    let ended = running.stop(&process, &stopper);
    Ok(if ended.contains(&Ended::Failed) { ExitCode::from(70) } else { ExitCode::SUCCESS })
}

/// Waits for SIGINT or SIGTERM.
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = terminate.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
        }
        Err(error) => tracing::error!(%error, "the process cannot receive SIGTERM; end it with SIGKILL"),
    }
}

/// Serves metrics and health, if an address for them is set.
async fn serve_metrics(
    config: &Config,
    part: Part,
    metrics: &Metrics,
    health: &Health,
    stopping: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let Some(address) = config.metrics_listen else { return Ok(()) };
    let listen = async move || {
        let listener = TcpListener::bind(address).await;
        listener
            .with_context(|| format!("METRICS_LISTEN {address} cannot be listened on; is the port in use?"))
    };
    let first = match listen().await {
        // An address that is in use must not keep messages from being taken: it is tried again.
        Err(error) if part.includes(Part::Whatsapp) => {
            tracing::error!("{error:#}");
            None
        }
        bound => Some(bound?),
    };
    let metrics = metrics.clone();
    let health = health.clone();
    tokio::spawn(async move {
        let mut bound = first;
        let listener = loop {
            match bound {
                Some(listener) => break listener,
                None => tokio::time::sleep(LISTEN_AGAIN).await,
            }
            bound = listen().await.ok();
        };
        if let Err(error) = prometheus::serve(listener, metrics, health, stopped(stopping)).await {
            tracing::error!(%error, "metrics and health are no longer served; start the process again");
        }
    });
    Ok(())
}
