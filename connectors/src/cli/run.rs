//! `run`: brings the parts of a process together, and down again together.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use connectors::append::Append;
use connectors::config::{Config, ConfigErrors};
use connectors::health::{Health, PartHealth};
use connectors::kafka::Installation;
use connectors::kafka::LogError;
use connectors::kafka::admin;
use connectors::kafka::admin::stage_cut;
use connectors::kafka::client::appender::Appender;
use connectors::kafka::client::shutdown::Shutdown;
use connectors::kafka::editions::{self, EditionCache};
use connectors::kafka::runner::{self, ChainServices, NoServices, RunnerSettings};
use connectors::kafka::sink_consumer::SinkConsumer;
use connectors::metrics::Metrics;
use connectors::postgis::{self, Sink};
use connectors::twilio::{self, Caller};
use connectors::{prometheus, whatsapp};
use pipeline::engine::effect::Effect;
use pipeline::topology::{MachineSpec, TOPOLOGY};
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;
use topics::values::lane::Lane;

use super::part::Part;
use super::supervisor::{Backoff, Ended, RunningPart, SupervisedPart, Supervisor, Work};

/// How long calls that have begun may take at the end: one call's time-out and what it takes to append its
/// outcome.
const LAST_CALLS: Duration = Duration::from_secs(7);
/// How long the parts may take to stop. While the broker is away a commit does not return.
const LAST_WORK: Duration = Duration::from_secs(20);

/// How often a stage that is not cut out looks whether it is now.
const LOOK: Duration = Duration::from_millis(100);

/// Reads the configuration again from where it came from.
pub type Reload = Arc<dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync>;

/// What the parts of a process share.
#[derive(Clone)]
struct Process {
    config: Arc<Config>,
    reload: Reload,
    installation: Installation,
    runtime: Handle,
    metrics: Metrics,
    appender: Appender,
    editions: Arc<SharedEditions>,
    /// Requests that chains and sinks stop.
    stop: Shutdown,
}

/// After this the broker is asked again when it went away during the checks at the start.
const CHECK_AGAIN: Duration = Duration::from_secs(1);

/// The editions of this process. They are followed once, for all of its chains.
struct SharedEditions {
    installation: Installation,
    stop: Shutdown,
    followed: Mutex<Option<EditionCache>>,
}

impl SharedEditions {
    /// The editions, followed from now on if they were not before.
    fn follow(&self) -> Result<EditionCache, LogError> {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(editions) = &*followed {
            return Ok(editions.clone());
        }
        let cache = EditionCache::default();
        editions::follow(&self.installation, &cache, &self.stop)?;
        Ok(followed.insert(cache).clone())
    }
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

    fn carry_out(&self, effect: Effect) {
        self.caller.carry_out(effect);
    }
}

/// Runs a part until it is asked to stop (SIGINT, SIGTERM). A part that fails is started again; only a wrong
/// configuration ends the process, before anything is started.
pub fn run(config: &Config, reload: Reload, part: Part, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    part.check(config)?;
    let installation = super::installation(config)?;
    let (stopper, stopping) = watch::channel(false);
    let metrics = Metrics::new()?;
    let health = Health::default();
    let starting = health.part("start");
    runtime.block_on(serve_metrics(config, &metrics, &health, stopping.clone()))?;
    let signalled = runtime.spawn(signal());
    let ready = runtime.block_on(async {
        tokio::select! {
            checked = check(&installation, config, part) => checked.map(|()| true),
            () = signal() => Ok(false),
        }
    });
    if !ready? {
        return Ok(ExitCode::SUCCESS);
    }
    // Before anything is started that would have to be stopped again.
    let listener = if part.includes(Part::Whatsapp) { Some(runtime.block_on(listen(config))?) } else { None };
    let stop = Shutdown::default();
    let process = Process {
        config: Arc::new(config.clone()),
        reload,
        appender: Appender::new(&installation)?,
        editions: Arc::new(SharedEditions {
            installation: installation.clone(),
            stop: stop.clone(),
            followed: Mutex::default(),
        }),
        installation,
        runtime: runtime.handle().clone(),
        metrics: metrics.clone(),
        stop,
    };
    let supervisor = Supervisor::new(health, metrics, Backoff::default());
    let running = process.start_all(&supervisor, part, listener, stopping)?;
    starting.ready();
    tracing::info!(?part, "runs");
    // An error says that the task was ended, which only this process does, at its end.
    let _ = runtime.block_on(signalled);
    tracing::info!("stops");
    starting.not_ready("is stopping");
    let ended = running.stop(&process, &stopper);
    Ok(if ended.contains(&Ended::Failed) { ExitCode::from(70) } else { ExitCode::SUCCESS })
}

/// What runs in this process.
struct Running {
    webhooks: Option<RunningPart>,
    /// Requests that the webhooks stop, which they do before the others.
    no_more_requests: Shutdown,
    others: Vec<RunningPart>,
    caller: Option<Caller>,
}

impl Running {
    /// Stops all parts. Returns how each of them ended.
    fn stop(self, process: &Process, stopper: &watch::Sender<bool>) -> Vec<Ended> {
        self.no_more_requests.request();
        // No listener is left if no part was started that needs one.
        let _ = stopper.send(true);
        // The webhooks first: what they still append is for the others.
        let deadline = Instant::now() + LAST_WORK;
        let mut ended: Vec<Ended> = self.webhooks.into_iter().map(|part| part.wait(deadline)).collect();
        process.stop.request();
        ended.extend(self.others.into_iter().map(|part| part.wait(deadline)));
        if let Some(caller) = self.caller
            && !process.runtime.block_on(caller.finish(LAST_CALLS))
        {
            tracing::warn!("calls to Twilio were not over in time: what became of them will be looked up");
        }
        process.appender.flush();
        ended
    }
}

/// Waits for the broker, and checks that what is on it fits this program and this configuration. A broker
/// that goes away in between is waited for again.
async fn check(installation: &Installation, config: &Config, part: Part) -> anyhow::Result<()> {
    loop {
        super::wait_for_kafka(installation).await;
        match check_once(installation, config, part).await {
            Err(error) if may_pass(&error) => {
                tracing::warn!(error = format!("{error:#}"), "the broker went away during the checks");
                tokio::time::sleep(CHECK_AGAIN).await;
            }
            checked => return checked,
        }
    }
}

/// Whether a broker that is away, and nothing else, is the cause.
fn may_pass(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref()).any(LogError::may_pass)
}

async fn check_once(installation: &Installation, config: &Config, part: Part) -> anyhow::Result<()> {
    let topics = async {
        admin::check(installation).await.context("the topics are not as they should be; nothing was started")
    };
    tokio::try_join!(topics, super::keys::check(installation, config, part))?;
    if matches!(part, Part::Route | Part::Stamp) {
        let cut = editions::cut(installation)?;
        let is_cut_out = |machine: &MachineSpec| Part::of(machine) == part && !machine.chain(cut).is_empty();
        anyhow::ensure!(
            TOPOLOGY.iter().any(is_cut_out),
            "{part:?} has no consumer group of its own: the topic set is cut {}; \
             `trust-engine topics create --cut` changes that",
            stage_cut::cut_name(cut)
        );
    }
    Ok(())
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
    let serving = prometheus::serve(listener, metrics.clone(), health.clone(), stopped(stopping));
    tokio::spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!(%error, "metrics and health are no longer served; start the process again");
        }
    });
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

impl Process {
    fn start_all(
        &self,
        supervisor: &Supervisor,
        part: Part,
        listener: Option<TcpListener>,
        stopping: watch::Receiver<bool>,
    ) -> anyhow::Result<Running> {
        let caller = self.caller(part)?;
        let mut others = self.start_machines(supervisor, part, caller.as_ref())?;
        others.extend(self.start_sinks(supervisor, part)?);
        let no_more_requests = Shutdown::default();
        let webhooks = listener
            .map(|listener| self.start_webhooks(supervisor, listener, &no_more_requests, stopping))
            .transpose()?;
        Ok(Running { webhooks, no_more_requests, others, caller })
    }

    /// The calls to Twilio, if the process runs a machine whose steps ask for any.
    fn caller(&self, part: Part) -> anyhow::Result<Option<Caller>> {
        if !TOPOLOGY.iter().any(|machine| part.includes(Part::of(machine)) && calls(machine)) {
            return Ok(None);
        }
        let _on_this_runtime = self.runtime.enter();
        let settings = twilio::TwilioSettings::of(&self.config)?;
        Ok(Some(Caller::start(settings, Arc::new(self.appender.clone()), &self.metrics)?))
    }

    fn start_machines(
        &self,
        supervisor: &Supervisor,
        part: Part,
        caller: Option<&Caller>,
    ) -> anyhow::Result<Vec<RunningPart>> {
        let mut started = Vec::new();
        for machine in TOPOLOGY.iter().filter(|machine| part.includes(Part::of(machine))) {
            let services: Arc<dyn ChainServices> = match caller.filter(|_| calls(machine)) {
                Some(caller) => Arc::new(Calls { caller: caller.clone(), lane: machine.lane }),
                None => Arc::new(NoServices),
            };
            let process = self.clone();
            let work: Work = Box::new(move |health| process.run_chain(machine, services.clone(), health));
            started.push(self.start(supervisor, machine.name, machine.lane, work)?);
        }
        Ok(started)
    }

    fn start(
        &self,
        supervisor: &Supervisor,
        name: &'static str,
        lane: Lane,
        work: Work,
    ) -> anyhow::Result<RunningPart> {
        Ok(supervisor.start(SupervisedPart { name, lane, stop: self.stop.clone(), work })?)
    }

    /// Runs a chain until it fails or is asked to stop.
    fn run_chain(
        &self,
        machine: &'static MachineSpec,
        services: Arc<dyn ChainServices>,
        health: PartHealth,
    ) -> anyhow::Result<()> {
        let editions = match self.editions.follow() {
            Err(LogError::Stopped) => return Ok(()),
            followed => followed?,
        };
        // A stage that is chained has nothing to do until it is cut out.
        while machine.chain(editions.cut()).is_empty() {
            if self.stop.is_requested() {
                return Ok(());
            }
            health.ready();
            std::thread::sleep(LOOK);
        }
        let settings = RunnerSettings {
            installation: self.installation.clone(),
            host: self.config.host_name.as_str().to_owned(),
            state: self.config.state_dir.clone(),
            ring: self.config.require_key_ring()?.clone(),
            pepper: self.config.require_pepper()?.pepper.clone(),
            appender: self.appender.clone(),
            cut: editions.cut(),
            editions,
        };
        let metrics = self.metrics.chain(machine.name, machine.lane);
        Ok(runner::run(machine, settings, services, metrics, health, self.stop.clone())?)
    }

    fn start_sinks(&self, supervisor: &Supervisor, part: Part) -> anyhow::Result<Vec<RunningPart>> {
        let sinks =
            [("sink", Part::Sink, Lane::Municipal), ("protected-sink", Part::ProtectedSink, Lane::Protected)];
        let mut started = Vec::new();
        for (name, _, lane) in sinks.into_iter().filter(|(_, which, _)| part.includes(*which)) {
            let process = self.clone();
            let work: Work = Box::new(move |health| process.run_sink(name, lane, health));
            started.push(self.start(supervisor, name, lane, work)?);
        }
        Ok(started)
    }

    /// Runs a sink until it fails or is asked to stop.
    fn run_sink(&self, name: &'static str, lane: Lane, health: PartHealth) -> anyhow::Result<()> {
        let sink = {
            let _on_this_runtime = self.runtime.enter();
            // Its login may have been changed since the process began, in the file that a setting names.
            let config = (self.reload)()?;
            sink(&config, &self.installation, lane)?
        };
        let consumer = SinkConsumer::new(
            name,
            self.installation.clone(),
            Box::new(sink),
            self.runtime.clone(),
            self.metrics.sink(name, lane),
            health,
            self.stop.clone(),
        )?;
        Ok(consumer.run()?)
    }

    fn start_webhooks(
        &self,
        supervisor: &Supervisor,
        listener: TcpListener,
        stop: &Shutdown,
        stopping: watch::Receiver<bool>,
    ) -> anyhow::Result<RunningPart> {
        let settings = whatsapp::WebhookSettings::of(&self.config)?;
        let process = self.clone();
        let mut bound = Some(listener);
        let work: Work = Box::new(move |health| {
            let listener = match bound.take() {
                Some(listener) => listener,
                None => process.runtime.block_on(listen(&process.config))?,
            };
            process.metrics.part("whatsapp").works();
            let append: Arc<dyn Append> = Arc::new(process.appender.clone());
            let metrics = process.metrics.whatsapp();
            let stopped = stopped(stopping.clone());
            let serving = whatsapp::serve(listener, settings.clone(), append, metrics, health, stopped);
            Ok(process.runtime.block_on(serving)?)
        });
        Ok(supervisor.start(SupervisedPart {
            name: "whatsapp",
            lane: Lane::Intake,
            stop: stop.clone(),
            work,
        })?)
    }
}

/// Whether the committed steps of a machine ask for calls to Twilio: only deliveries ask for anything.
fn calls(machine: &MachineSpec) -> bool {
    machine.stages.contains(&"deliver")
}
