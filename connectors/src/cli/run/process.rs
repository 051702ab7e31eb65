//! The parts of a process: what they share, and how each of them is started.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use connectors::append::Append;
use connectors::config::Config;
use connectors::health::PartHealth;
use connectors::kafka::admin::{self, TopicDifferences};
use connectors::kafka::client::appender::Appender;
use connectors::kafka::client::shutdown::Shutdown;
use connectors::kafka::editions::{self, EditionCache};
use connectors::kafka::runner::{self, ChainServices, NoServices, RunnerSettings};
use connectors::kafka::sink::SinkConsumer;
use connectors::kafka::{Installation, LogError};
use connectors::metrics::{Metrics, PartMetrics};
use connectors::postgis::{self, Sink};
use connectors::twilio::{self, Caller};
use connectors::whatsapp;
use pipeline::engine::effect::Effect;
use pipeline::topology::{MachineSpec, TOPOLOGY};
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;
use topics::catalogue::TopicSpec;
use topics::values::lane::Lane;

use super::listeners::{Listeners, listen};
use super::reload::Reload;
use super::supervisor::{Ended, RunningPart, SupervisedPart, Supervisor, Work};
use super::{checks, desk, staff_mail, stopped, topics as part_topics};
use crate::cli::part::Part;

/// How long to wait at the end for calls that were started: the time-out of one call, and the time to append
/// its outcome.
const LAST_CALLS: Duration = Duration::from_secs(7);
/// How long the parts may take to stop. A commit does not return while the broker is unavailable.
const LAST_WORK: Duration = Duration::from_secs(20);
/// How often the part of a stage that is not cut out checks whether it is now.
const LOOK: Duration = Duration::from_millis(100);

/// What all parts of a process share.
#[derive(Clone)]
pub(super) struct Process {
    config: Arc<Config>,
    reload: Reload,
    installation: Installation,
    /// What was wrong with the topics when the process was started.
    differences: Arc<TopicDifferences>,
    runtime: Handle,
    metrics: Metrics,
    appender: Appender,
    editions: Arc<SharedEditions>,
    /// Requests that chains and sinks stop.
    stop: Shutdown,
}

/// The editions of this process. They are followed once, for all of its chains.
struct SharedEditions {
    installation: Installation,
    stop: Shutdown,
    followed: Mutex<Option<EditionCache>>,
}

impl SharedEditions {
    /// The editions. The first call starts to follow them.
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

/// The parts that run in this process.
pub(super) struct Running {
    /// The webhooks and the desk.
    servers: Vec<RunningPart>,
    /// Requests that the servers stop, which they do before the others.
    no_more_requests: Shutdown,
    others: Vec<RunningPart>,
    caller: Option<Caller>,
}

impl Running {
    /// Stops all parts. Returns how each of them ended.
    pub(super) fn stop(self, process: &Process, stopper: &watch::Sender<bool>) -> Vec<Ended> {
        self.no_more_requests.request();
        // No listener is left if no part was started that needs one.
        let _ = stopper.send(true);
        // The servers stop first, because the other parts process what they append.
        let deadline = Instant::now() + LAST_WORK;
        let mut ended: Vec<Ended> = self.servers.into_iter().map(|part| part.wait(deadline)).collect();
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

/// Makes a sink with its own pool of connections.
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
    pub(super) fn new(
        config: &Config,
        reload: Reload,
        (installation, differences): (Installation, TopicDifferences),
        runtime: &Runtime,
        metrics: Metrics,
    ) -> anyhow::Result<Self> {
        let stop = Shutdown::default();
        let editions = SharedEditions {
            installation: installation.clone(),
            stop: stop.clone(),
            followed: Mutex::default(),
        };
        Ok(Self {
            config: Arc::new(config.clone()),
            reload,
            appender: Appender::new(&installation)?,
            editions: Arc::new(editions),
            installation,
            differences: Arc::new(differences),
            runtime: runtime.handle().clone(),
            metrics,
            stop,
        })
    }

    /// Starts what `part` names. `listeners` has those that it serves.
    pub(super) fn start_all(
        &self,
        supervisor: &Supervisor,
        part: Part,
        listeners: Listeners,
        stopping: watch::Receiver<bool>,
    ) -> anyhow::Result<Running> {
        let caller = self.caller(part)?;
        let mut others = self.start_machines(supervisor, part, caller.as_ref())?;
        others.extend(self.start_sinks(supervisor, part)?);
        let no_more_requests = Shutdown::default();
        let mut servers = Vec::new();
        if let Some(listener) = listeners.webhooks {
            servers.push(self.start_webhooks(supervisor, listener, &no_more_requests, stopping.clone())?);
        }
        if part.runs_desk(&self.config) {
            servers.push(self.start_desk(supervisor, listeners.desk, &no_more_requests, stopping.clone())?);
        }
        if part.runs_staff_mail(&self.config) {
            others.push(self.start_staff_mail(supervisor, stopping)?);
        }
        Ok(Running { servers, no_more_requests, others, caller })
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

    /// Fails if one of these topics, which a part needs, is not as the catalogue says.
    fn require_topics(&self, topics: &[&TopicSpec]) -> Result<(), LogError> {
        let check = checks::check_part(&self.installation, &self.differences, topics, &self.stop);
        self.runtime.block_on(check)
    }

    /// Runs a chain until it fails or is asked to stop.
    fn run_chain(
        &self,
        machine: &'static MachineSpec,
        services: Arc<dyn ChainServices>,
        health: PartHealth,
    ) -> anyhow::Result<()> {
        self.require_topics(&part_topics::of_machine(machine))?;
        let editions = match self.editions.follow() {
            Err(LogError::Stopped) => return Ok(()),
            followed => followed?,
        };
        // A stage that is not cut out runs in the chain of conversations, so its own part waits.
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
        self.require_topics(&part_topics::of_sink(lane))?;
        let sink = {
            let _on_this_runtime = self.runtime.enter();
            // The password may have changed since the process was started, in the file that a setting names.
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
            process.run_webhooks(bound.take(), settings.clone(), stopping.clone(), health)
        });
        Ok(supervisor.start(SupervisedPart {
            name: "whatsapp",
            lane: Lane::Intake,
            stop: stop.clone(),
            work,
        })?)
    }

    fn start_desk(
        &self,
        supervisor: &Supervisor,
        mut listener: Option<TcpListener>,
        stop: &Shutdown,
        stopping: watch::Receiver<bool>,
    ) -> anyhow::Result<RunningPart> {
        let process = self.clone();
        let metrics = self.metrics.part("desk");
        let work: Work =
            Box::new(move |health| process.run_desk(listener.take(), &metrics, stopping.clone(), health));
        let lane = Lane::Municipal;
        Ok(supervisor.start(SupervisedPart { name: "desk", lane, stop: stop.clone(), work })?)
    }

    fn start_staff_mail(
        &self,
        supervisor: &Supervisor,
        stopping: watch::Receiver<bool>,
    ) -> anyhow::Result<RunningPart> {
        let reload = self.reload.clone();
        let runtime = self.runtime.clone();
        let metrics = self.metrics.staff_mail();
        let work: Work = Box::new(move |health| {
            staff_mail::run(&reload, &runtime, metrics.clone(), stopping.clone(), health)
        });
        self.start(supervisor, "staff-mail", Lane::Municipal, work)
    }

    fn desk(&self, editions: EditionCache) -> desk::DeskPart {
        desk::DeskPart {
            reload: self.reload.clone(),
            installation: self.installation.clone(),
            appender: self.appender.clone(),
            runtime: self.runtime.clone(),
            editions,
        }
    }

    /// Serves the desk until it fails or is asked to stop: on `listener`, if there is one, which is only the
    /// case at the first start.
    fn run_desk(
        &self,
        listener: Option<TcpListener>,
        metrics: &PartMetrics,
        stopping: watch::Receiver<bool>,
        health: PartHealth,
    ) -> anyhow::Result<()> {
        self.require_topics(&part_topics::of_desk())?;
        let editions = match self.editions.follow() {
            Err(LogError::Stopped) => return Ok(()),
            followed => followed?,
        };
        metrics.works();
        self.desk(editions).run(listener, stopping, health)
    }

    /// Serves the webhooks until they fail or are asked to stop: on `listener`, if there is one, which is
    /// only the case at the first start.
    fn run_webhooks(
        &self,
        listener: Option<TcpListener>,
        settings: whatsapp::WebhookSettings,
        stopping: watch::Receiver<bool>,
        health: PartHealth,
    ) -> anyhow::Result<()> {
        let listener = match listener {
            Some(listener) => listener,
            None => self.runtime.block_on(listen(&self.config))?,
        };
        self.metrics.part("whatsapp").works();
        let append: Arc<dyn Append> = Arc::new(self.appender.clone());
        let metrics = self.metrics.whatsapp();
        let serving = whatsapp::serve(listener, settings, append, metrics, health, stopped(stopping));
        Ok(self.runtime.block_on(serving)?)
    }
}

/// Whether the committed steps of a machine can ask for calls to Twilio. Only deliveries do.
fn calls(machine: &MachineSpec) -> bool {
    machine.stages.contains(&"deliver")
}
