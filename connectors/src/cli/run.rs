//! `run`: brings the parts of a process together, and down again together.

use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use connectors::append::Append;
use connectors::config::Config;
use connectors::health::Health;
use connectors::kafka::admin;
use connectors::kafka::admin::stage_cut;
use connectors::kafka::client::appender::Appender;
use connectors::kafka::client::shutdown::Shutdown;
use connectors::kafka::editions::{self, EditionCache};
use connectors::kafka::runner::{self, ChainServices, NoServices, RunnerSettings};
use connectors::kafka::sink_consumer::SinkConsumer;
use connectors::kafka::{Installation, LogError};
use connectors::metrics::Metrics;
use connectors::postgis::{self, Sink};
use connectors::twilio::{self, Caller};
use connectors::{prometheus, whatsapp};
use pipeline::engine::effect::Effect;
use pipeline::topology::{MachineSpec, TOPOLOGY, topology};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use topics::values::lane::Lane;

/// How long calls that have begun may take at the end: one call's time-out and what it takes to append its
/// outcome.
const LAST_CALLS: Duration = Duration::from_secs(7);

/// A part of the system that a process may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// All parts in one process.
    All,
    /// The webhooks that Twilio calls with messages and receipts.
    Whatsapp,
    /// The machine of conversations.
    Conversations,
    /// The stage `route`, where it is cut out.
    Route,
    /// The stage `stamp`, where it is cut out.
    Stamp,
    /// The machine of tickets.
    Tickets,
    /// The machine of deliveries, and the calls to Twilio.
    Deliveries,
    /// The police lane's machines, and its calls to Twilio.
    Protected,
    /// The tables of the municipalities and the intake.
    Sink,
    /// The tables of the police.
    ProtectedSink,
}

impl Part {
    fn includes(self, other: Self) -> bool {
        self == Self::All || self == other
    }

    /// What it cannot do without: said all at once, before anything is waited for or started.
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::All => {
                &["KEY_RING", "PEPPER", "PUBLIC_URL", "SINK_DATABASE_URL", "PROTECTED_SINK_DATABASE_URL"]
            }
            Self::Whatsapp => &["KEY_RING", "PEPPER", "PUBLIC_URL"],
            Self::Sink => &["KEY_RING", "SINK_DATABASE_URL"],
            Self::ProtectedSink => &["KEY_RING", "PROTECTED_SINK_DATABASE_URL"],
            Self::Conversations
            | Self::Route
            | Self::Stamp
            | Self::Tickets
            | Self::Deliveries
            | Self::Protected => &["KEY_RING", "PEPPER"],
        }
    }

    /// The part that a machine belongs to.
    fn of(machine: &MachineSpec) -> Self {
        match (machine.lane, machine.name) {
            (Lane::Protected, _) => Self::Protected,
            (_, "conversations") => Self::Conversations,
            (_, "route") => Self::Route,
            (_, "stamp") => Self::Stamp,
            (_, "tickets") => Self::Tickets,
            _ => Self::Deliveries,
        }
    }
}

/// A process in the making.
struct Process<'a> {
    config: &'a Config,
    installation: Installation,
    runtime: &'a Runtime,
    metrics: Metrics,
    health: Health,
    stop: Shutdown,
    stopping: watch::Receiver<bool>,
    appender: Appender,
    caller: Option<Caller>,
    threads: Vec<(&'static str, JoinHandle<Result<(), LogError>>)>,
}

/// The calls to Twilio that a chain's committed steps permit.
struct Calls {
    caller: Caller,
    lane: Lane,
}

impl ChainServices for Calls {
    fn reassigned(&self) {
        self.caller.reset(self.lane);
    }

    fn ask(&self, effect: Effect) {
        self.caller.ask(effect);
    }
}

/// Runs a part until it is asked to stop (SIGINT, SIGTERM) or one of its threads cannot go on.
pub fn run(config: &Config, part: Part, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    config.require(part.settings())?;
    let installation = super::installation(config)?;
    let (stop, (stopper, stopping)) = (Shutdown::default(), watch::channel(false));
    let (metrics, health) = (Metrics::new()?, Health::default());
    let starting = health.part("start");
    runtime.block_on(serve_metrics(config, &metrics, &health, stopping.clone()))?;
    let signalled = runtime.spawn(signal());
    let ready = runtime.block_on(async {
        tokio::select! {
            () = super::wait_for_kafka(&installation) => true,
            () = signal() => false,
        }
    });
    if !ready {
        return Ok(ExitCode::SUCCESS);
    }
    runtime
        .block_on(admin::check(&installation))
        .context("the topics are not as they should be; nothing was started")?;
    // Before anything is started that would have to be stopped again.
    let listener = if part.includes(Part::Whatsapp) { Some(runtime.block_on(listen(config))?) } else { None };
    let appender = Appender::new(&installation)?;
    let mut process = Process {
        config,
        installation,
        runtime,
        metrics,
        health,
        stop,
        stopping,
        appender,
        caller: None,
        threads: Vec::new(),
    };
    process.start_machines(part)?;
    process.start_sinks(part)?;
    let webhooks = listener.map(|listener| process.start_webhooks(listener)).transpose()?;
    starting.ready();
    tracing::info!(?part, "runs");
    while !signalled.is_finished()
        && process.threads.iter().all(|(_, thread)| !thread.is_finished())
        && webhooks.as_ref().is_none_or(|task| !task.is_finished())
    {
        std::thread::sleep(Duration::from_millis(50));
    }
    tracing::info!("stops");
    starting.not_ready("is stopping");
    // No listener is left if no part was started that needs one.
    let _ = stopper.send(true);
    let mut failed = false;
    if let Some(webhooks) = webhooks {
        failed |= report(
            "whatsapp",
            runtime
                .block_on(webhooks)
                .map_err(anyhow::Error::from)
                .and_then(|ended| ended.map_err(anyhow::Error::from)),
        );
    }
    process.stop.request();
    for (name, thread) in process.threads {
        let ended = thread
            .join()
            .map_err(|_| anyhow::anyhow!("panicked"))
            .and_then(|ended| ended.map_err(anyhow::Error::from));
        failed |= report(name, ended);
    }
    if let Some(caller) = process.caller
        && !runtime.block_on(caller.finish(LAST_CALLS))
    {
        tracing::warn!("calls to Twilio were not over in time: what became of them will be looked up");
    }
    process.appender.flush();
    Ok(if failed { ExitCode::from(70) } else { ExitCode::SUCCESS })
}

/// Says how a part ended; whether it failed.
fn report(name: &str, ended: anyhow::Result<()>) -> bool {
    if let Err(error) = &ended {
        tracing::error!(part = name, "{error:#}");
    }
    ended.is_err()
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = terminate.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
        }
        Err(error) => tracing::error!(%error, "signals cannot be heard"),
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error says that the other side is gone: then it is over, too.
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn serve_metrics(
    config: &Config,
    metrics: &Metrics,
    health: &Health,
    stopping: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let Some(address) = config.metrics_listen else { return Ok(()) };
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("METRICS_LISTEN {address} cannot be listened on; is the port in use?"))?;
    tokio::spawn(prometheus::serve(listener, metrics.clone(), health.clone(), stopped(stopping)));
    Ok(())
}

/// Where Twilio's posts come in.
async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.require_whatsapp_listen()?;
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("WHATSAPP_LISTEN {address} cannot be listened on; is the port in use?"))
}

/// A sink with a pool of its own.
pub fn sink(config: &Config, installation: &Installation, lane: Lane) -> anyhow::Result<Sink> {
    let ring = config.require_key_ring()?.clone();
    let appender: Arc<dyn Append> = Arc::new(Appender::new(installation)?);
    let cluster = admin::cluster_id(installation)?;
    Ok(match lane {
        Lane::Municipal | Lane::Intake => Sink::municipal(
            postgis::connect(config.require_sink_database_url()?.with_password(), 4)?,
            ring,
            appender,
            &cluster,
        ),
        Lane::Protected => Sink::protected(
            postgis::connect(config.require_protected_sink_database_url()?.with_password(), 2)?,
            ring,
            appender,
            &cluster,
        ),
    })
}

impl Process<'_> {
    fn start_machines(&mut self, part: Part) -> anyhow::Result<()> {
        if !TOPOLOGY.iter().any(|machine| part.includes(Part::of(machine))) {
            return Ok(());
        }
        let editions = EditionCache::default();
        editions::follow(&self.installation, &editions, &self.stop)?;
        let cut = editions.cut();
        let machines: Vec<&'static MachineSpec> =
            topology(cut).filter(|machine| part.includes(Part::of(machine))).collect();
        if machines.is_empty() {
            anyhow::bail!(
                "{part:?} has no consumer group of its own: the topic set is cut {}; `trust-engine topics create --cut` changes that",
                stage_cut::cut_name(cut)
            );
        }
        for machine in machines {
            let settings = RunnerSettings {
                installation: self.installation.clone(),
                host: self.config.host_name.as_str().to_owned(),
                state: self.config.state_dir.clone(),
                ring: self.config.require_key_ring()?.clone(),
                pepper: self.config.require_pepper()?.pepper.clone(),
                appender: self.appender.clone(),
                editions: editions.clone(),
                cut,
            };
            let (metrics, health) =
                (self.metrics.chain(machine.name, machine.lane), self.health.part(machine.name));
            let outside = self.outside(machine)?;
            let thread = runner::start(machine, settings, outside, metrics, health, self.stop.clone())?;
            self.threads.push((machine.name, thread));
        }
        Ok(())
    }

    /// Who answers what the machine's committed steps ask for: only deliveries ask for anything.
    fn outside(&mut self, machine: &MachineSpec) -> anyhow::Result<Arc<dyn ChainServices>> {
        if !machine.stages.contains(&"deliver") {
            return Ok(Arc::new(NoServices));
        }
        let caller = match &self.caller {
            Some(caller) => caller.clone(),
            None => {
                let _on_this_runtime = self.runtime.enter();
                let caller = Caller::start(
                    twilio::TwilioSettings::of(self.config)?,
                    Arc::new(self.appender.clone()),
                    &self.metrics,
                )?;
                self.caller.insert(caller).clone()
            }
        };
        Ok(Arc::new(Calls { caller, lane: machine.lane }))
    }

    fn start_sinks(&mut self, part: Part) -> anyhow::Result<()> {
        let sinks =
            [("sink", Part::Sink, Lane::Municipal), ("protected-sink", Part::ProtectedSink, Lane::Protected)];
        for (name, _, lane) in sinks.into_iter().filter(|(_, which, _)| part.includes(*which)) {
            let _on_this_runtime = self.runtime.enter();
            let sink = sink(self.config, &self.installation, lane)?;
            let (metrics, health) = (self.metrics.sink(name, lane), self.health.part(name));
            let (installation, runtime, stop) =
                (self.installation.clone(), self.runtime.handle().clone(), self.stop.clone());
            let tail = SinkConsumer::new(name, installation, Box::new(sink), runtime, metrics, health, stop)?;
            let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || tail.run())?;
            self.threads.push((name, thread));
        }
        Ok(())
    }

    fn start_webhooks(
        &self,
        listener: TcpListener,
    ) -> anyhow::Result<tokio::task::JoinHandle<Result<(), whatsapp::WhatsappError>>> {
        let settings = whatsapp::WebhookSettings::of(self.config)?;
        let append: Arc<dyn Append> = Arc::new(self.appender.clone());
        let (metrics, health, stopping) =
            (self.metrics.whatsapp(), self.health.part("whatsapp"), stopped(self.stopping.clone()));
        Ok(self.runtime.spawn(whatsapp::serve(listener, settings, append, metrics, health, stopping)))
    }
}
