//! Supervision: each part of a process runs on its own thread. A part that fails, panics or ends by itself is
//! started again after a pause, and the other parts are not affected.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use connectors::health::{Health, PartHealth};
use connectors::kafka::client::shutdown::Shutdown;
use connectors::metrics::{Metrics, PartMetrics};
use topics::values::lane::Lane;

/// How often a pause looks for a request to stop.
const LOOK: Duration = Duration::from_millis(50);

/// The pauses before a part is started again.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The first pause. Each next one is twice as long.
    pub first: Duration,
    /// The longest pause between two starts.
    pub longest: Duration,
    /// A part that ran for this long before it failed is started again after the first pause.
    pub runs_well: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            runs_well: Duration::from_secs(60),
        }
    }
}

impl Backoff {
    /// The pause after a failure, given the previous pause (`None` at first) and how long the part has run
    /// since.
    fn pause(self, before: Option<Duration>, ran_for: Duration) -> Duration {
        match before.filter(|_| ran_for < self.runs_well) {
            None => self.first,
            Some(before) => (before * 2).min(self.longest),
        }
    }
}

/// The work of a part: it runs until the part is asked to stop, and can be called again after it failed.
pub type Work = Box<dyn FnMut(PartHealth) -> anyhow::Result<()> + Send>;

/// A part that has not been started yet.
pub struct SupervisedPart {
    /// The name of the part in health, metrics and log lines.
    pub name: &'static str,
    /// The lane of the part. Only the log of a part of the police lane says why it failed.
    pub lane: Lane,
    /// Requests that this part stops.
    pub stop: Shutdown,
    /// What the part does.
    pub work: Work,
}

/// How a part ended after it was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The part stopped as requested.
    Well,
    /// The part failed while it stopped.
    Failed,
}

/// A part that runs on its own thread.
pub struct RunningPart {
    name: &'static str,
    thread: JoinHandle<Ended>,
}

impl RunningPart {
    /// Waits until the part has ended, which it does after a request to stop, unless a call of it hangs: then
    /// the process ends without it, at `deadline`, and nothing of its open transaction is committed.
    pub fn wait(self, deadline: Instant) -> Ended {
        while !self.thread.is_finished() {
            if Instant::now() > deadline {
                tracing::error!(part = self.name, "has not stopped in time: the process ends without it");
                return Ended::Failed;
            }
            std::thread::sleep(LOOK);
        }
        self.thread.join().unwrap_or_else(|_| {
            tracing::error!(part = self.name, "its supervision panicked");
            Ended::Failed
        })
    }
}

/// Starts parts, and starts them again when they fail.
pub struct Supervisor {
    health: Health,
    metrics: Metrics,
    backoff: Backoff,
}

impl Supervisor {
    /// A supervisor that shows the state of its parts in `health` and `metrics`.
    pub fn new(health: Health, metrics: Metrics, backoff: Backoff) -> Self {
        Self { health, metrics, backoff }
    }

    /// Starts a part, and starts it again whenever it ends before it was asked to stop.
    ///
    /// # Errors
    /// The thread cannot be made.
    pub fn start(&self, part: SupervisedPart) -> std::io::Result<RunningPart> {
        let name = part.name;
        let watch = PartWatch {
            health: self.health.clone(),
            metrics: self.metrics.part(name),
            backoff: self.backoff,
            failure: None,
            // The part is entered before its thread starts, so that the process is not ready too early.
            first: Some(self.health.part(name)),
            part,
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || watch.run())?;
        Ok(RunningPart { name, thread })
    }
}

/// The supervision of one part.
struct PartWatch {
    part: SupervisedPart,
    health: Health,
    metrics: PartMetrics,
    backoff: Backoff,
    /// Why the part failed last, and the pause after it.
    failure: Option<(String, Duration)>,
    /// The entry in which the first attempt shows its health.
    first: Option<PartHealth>,
}

impl PartWatch {
    fn run(mut self) -> Ended {
        loop {
            let began = Instant::now();
            let ended = self.attempt();
            if self.part.stop.is_requested() {
                return self.stopped(ended, began.elapsed());
            }
            let error = ended.err().unwrap_or_else(|| anyhow::anyhow!("ended without having been asked to"));
            let before = self.failure.as_ref().map(|(_, pause)| *pause);
            let pause = self.backoff.pause(before, began.elapsed());
            tracing::error!(
                part = self.part.name,
                pause_s = pause.as_secs_f64(),
                "failed, and is started again after a pause: {error:#}"
            );
            self.failure = Some((self.shown(&error), pause));
            if self.pause(pause).is_stop() {
                return Ended::Well;
            }
            self.metrics.restarted();
        }
    }

    /// Judges how the part ended after it was asked to stop. If the part had failed before and has not run
    /// well since, its failure was reported already and does not make the stop a failure.
    fn stopped(&self, ended: anyhow::Result<()>, ran_for: Duration) -> Ended {
        let Err(error) = ended else { return Ended::Well };
        if self.failure.is_some() && ran_for < self.backoff.runs_well {
            return Ended::Well;
        }
        tracing::error!(part = self.part.name, "failed while it stopped: {error:#}");
        Ended::Failed
    }

    /// Runs the part once.
    fn attempt(&mut self) -> anyhow::Result<()> {
        let health = self.first.take().unwrap_or_else(|| self.health.part(self.part.name));
        if let Some((why, _)) = &self.failure {
            health.not_ready(format!("is started again; it failed: {why}"));
        }
        // The work is started again from the beginning, so no state of the attempt that panicked is used.
        catch_unwind(AssertUnwindSafe(|| (self.part.work)(health)))
            .unwrap_or_else(|_| Err(anyhow::anyhow!("panicked; the line before says where")))
    }

    /// The reason of a failure on one line, as it may be shown to people who do not operate the part.
    fn shown(&self, error: &anyhow::Error) -> String {
        if self.part.lane == Lane::Protected {
            return "the reason is in its log".to_owned();
        }
        format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Waits before the part is started again.
    fn pause(&self, pause: Duration) -> Pause {
        self.metrics.failed();
        let health = self.health.part(self.part.name);
        if let Some((why, _)) = &self.failure {
            let seconds = pause.as_secs();
            health.not_ready(format!("failed and is started again after {seconds} s: {why}"));
        }
        let until = Instant::now() + pause;
        while Instant::now() < until {
            if self.part.stop.is_requested() {
                return Pause::Stop;
            }
            std::thread::sleep(LOOK.min(pause));
        }
        Pause::Over
    }
}

/// How a pause ended.
enum Pause {
    /// Its time has passed.
    Over,
    /// The part was asked to stop.
    Stop,
}

impl Pause {
    const fn is_stop(&self) -> bool {
        matches!(self, Self::Stop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const QUICK: Backoff = Backoff {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(4),
        runs_well: Duration::from_secs(60),
    };

    struct TestProcess {
        health: Health,
        metrics: Metrics,
        supervisor: Supervisor,
        stop: Shutdown,
    }

    impl TestProcess {
        fn new(backoff: Backoff) -> Self {
            let health = Health::default();
            let metrics = Metrics::new().unwrap();
            let supervisor = Supervisor::new(health.clone(), metrics.clone(), backoff);
            Self { health, metrics, supervisor, stop: Shutdown::default() }
        }

        fn start(&self, name: &'static str, lane: Lane, work: Work) -> RunningPart {
            self.supervisor.start(SupervisedPart { name, lane, stop: self.stop.clone(), work }).unwrap()
        }

        fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
            let until = Instant::now() + Duration::from_secs(20);
            while !holds(self) {
                assert!(Instant::now() < until, "{what}: {:?}", self.health.not_ready());
                std::thread::sleep(Duration::from_millis(2));
            }
        }

        fn reason(&self, name: &str) -> Option<String> {
            self.health.not_ready().into_iter().find(|(part, _)| part == name).map(|(_, why)| why)
        }
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    /// Work that goes on until it is asked to stop.
    fn good(stop: &Shutdown) -> Work {
        let stop = stop.clone();
        Box::new(move |health| {
            health.ready();
            sleep_until(&stop);
            Ok(())
        })
    }

    fn sleep_until(stop: &Shutdown) {
        while !stop.is_requested() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_part_that_fails_in_any_way_is_started_again_and_the_others_work_on() {
        let process = TestProcess::new(QUICK);
        let webhook = process.start("whatsapp", Lane::Intake, good(&process.stop));
        let mut well = good(&process.stop);
        let attempts = AtomicU32::new(0);
        let work: Work = Box::new(move |health| match attempts.fetch_add(1, Ordering::SeqCst) {
            0 => anyhow::bail!("the table is\nmissing"),
            1 => panic!("a mistake"),
            2 => Ok(()),
            _ => well(health),
        });
        let sink = process.start("sink", Lane::Municipal, work);
        process.wait_until("all are ready", |process| process.health.not_ready().is_empty());
        let shown = process.metrics.render().unwrap();
        assert!(shown.contains("trust_engine_part_restarts_total{part=\"sink\"} 3"), "{shown}");
        assert!(shown.contains("trust_engine_part_restarts_total{part=\"whatsapp\"} 0"), "{shown}");
        process.stop.request();
        assert_eq!((webhook.wait(soon()), sink.wait(soon())), (Ended::Well, Ended::Well));
    }

    #[test]
    fn a_part_in_its_pause_is_not_ready_and_says_why_and_stops_at_once() {
        let process = TestProcess::new(Backoff { first: Duration::from_secs(600), ..QUICK });
        let fails: Work = Box::new(|_| anyhow::bail!("the table is\n  missing"));
        let secret: Work = Box::new(|_| anyhow::bail!("offset 7"));
        let sink = process.start("sink", Lane::Municipal, fails);
        let police = process.start("protected-sink", Lane::Protected, secret);
        let told =
            |process: &TestProcess, name: &str| process.reason(name).filter(|why| why.contains("failed"));
        process.wait_until("both say why", |process| {
            told(process, "sink").is_some() && told(process, "protected-sink").is_some()
        });
        let why = process.reason("sink").unwrap();
        assert_eq!(why, "failed and is started again after 600 s: the table is missing");
        let why = process.reason("protected-sink").unwrap();
        assert_eq!(why, "failed and is started again after 600 s: the reason is in its log");
        let shown = process.metrics.render().unwrap();
        assert!(shown.contains("trust_engine_part_up{part=\"sink\"} 0"), "{shown}");
        let began = Instant::now();
        process.stop.request();
        assert_eq!((sink.wait(soon()), police.wait(soon())), (Ended::Well, Ended::Well));
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }

    #[test]
    fn a_part_that_fails_while_it_stops_is_not_started_again() {
        let process = TestProcess::new(QUICK);
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        let stop = process.stop.clone();
        let part = process.start(
            "tickets",
            Lane::Municipal,
            Box::new(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
                stop.request();
                anyhow::bail!("the transaction was not committed")
            }),
        );
        assert_eq!(part.wait(soon()), Ended::Failed);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn pauses_double_up_to_a_minute_and_begin_again_after_a_part_has_run_well() {
        let backoff = Backoff::default();
        let mut before = None;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let pause = backoff.pause(before, Duration::from_secs(5));
            pauses.push(pause.as_secs());
            before = Some(pause);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.pause(before, Duration::from_secs(61)).as_secs(), 1);
    }
}
