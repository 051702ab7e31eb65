//! The caller: a queue for each lane and sender, emptied at the lane's rate.
//!
//! Memory is bounded by the machines: they have no more than two seconds' worth of calls out for a sender, and give no new
//! permit before they hear of an old one or its time has passed.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use pipeline::effect::{CALL_TIMEOUT, Call, Effect, Lookup};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use topics::catalogue::Lane;
use topics::notifications::CallResult;

use super::client::{Client, TwilioError};
use super::outcome::{Attempt, word};
use super::{Settings, lookup};
use crate::append::Append;
use crate::clock::present;
use crate::metrics::{Metrics, TwilioMetrics};

/// A second's worth of calls takes so much longer than a second: what one call is late on its way is then not one call too
/// many in the second of another.
const JITTER: Duration = Duration::from_millis(40);

/// How many questions to Twilio's list are under way at once.
const LOOKUPS_AT_ONCE: usize = 8;

/// How many questions wait at most. Those beyond are dropped: the machine asks again.
const MOST_LOOKUPS: usize = 10_000;

/// Makes the permitted calls. Clones share the queues. Lives on the tokio runtime on which it was started.
#[derive(Clone)]
pub struct Caller(Arc<Inner>);

struct Inner {
    client: Client,
    settings: Arc<Settings>,
    log: Arc<dyn Append>,
    runtime: tokio::runtime::Handle,
    municipal: LaneQueues,
    protected: LaneQueues,
    lookups: mpsc::Sender<Lookup>,
}

/// The queues of a lane, by sender.
struct LaneQueues {
    quota: Quota,
    /// Moves with every assignment: what waits from before it is not started.
    generation: AtomicU64,
    senders: Mutex<HashMap<String, mpsc::UnboundedSender<Waiting>>>,
    /// Calls that are under way or not in the log yet, for as long as a call may take.
    slots: Arc<Semaphore>,
    /// How many calls are permitted and not told of.
    open: watch::Sender<usize>,
    metrics: TwilioMetrics,
}

struct Waiting {
    call: Call,
    generation: u64,
}

/// Evenly spaced calls: any allowance for a burst would come on top of the rate. No period is none, which cannot be.
fn pace(rate: NonZeroU32) -> Quota {
    let period = (Duration::from_secs(1) + JITTER) / rate.get();
    Quota::with_period(period).unwrap_or(Quota::per_second(rate)).allow_burst(NonZeroU32::MIN)
}

impl LaneQueues {
    fn new(settings: &Settings, lane: Lane, metrics: &Metrics) -> Self {
        let rate = settings.rate(lane);
        let at_once = u64::from(rate.get()).saturating_mul(CALL_TIMEOUT.as_secs());
        Self {
            quota: pace(rate),
            generation: AtomicU64::new(0),
            senders: Mutex::default(),
            slots: Arc::new(Semaphore::new(usize::try_from(at_once).unwrap_or(Semaphore::MAX_PERMITS))),
            open: watch::Sender::new(0),
            metrics: metrics.twilio(lane),
        }
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    fn opened(&self, more: isize) {
        self.open.send_modify(|open| *open = open.saturating_add_signed(more));
        self.metrics.permitted(*self.open.borrow() as u64);
    }

    /// A limiter that begins empty: its first call comes as late as any other after the one before.
    fn limiter(&self) -> DefaultDirectRateLimiter {
        let limiter = RateLimiter::direct(self.quota);
        // The first cell is free in a new one: taken here.
        let _ = limiter.check();
        limiter
    }
}

impl Caller {
    /// Starts a caller on the present tokio runtime; outcomes go to `log`.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn start(settings: Settings, log: Arc<dyn Append>, metrics: &Metrics) -> Result<Self, TwilioError> {
        let settings = Arc::new(settings);
        let client = Client::new(settings.clone())?;
        if !client.may_call() {
            tracing::warn!("no credentials for Twilio: nothing is sent");
        }
        let (lookups, asked) = mpsc::channel(MOST_LOOKUPS);
        let (municipal, protected) =
            (LaneQueues::new(&settings, Lane::Municipal, metrics), LaneQueues::new(&settings, Lane::Protected, metrics));
        let runtime = tokio::runtime::Handle::current();
        let inner = Arc::new(Inner { client, settings, log, runtime, municipal, protected, lookups });
        inner.runtime.spawn(answer_lookups(Arc::downgrade(&inner), asked));
        Ok(Self(inner))
    }

    /// Takes what a committed step asks for. Never waits.
    pub fn ask(&self, effect: Effect) {
        match effect {
            Effect::Lookup(lookup) => {
                if self.0.lookups.try_send(lookup).is_err() {
                    tracing::warn!("too many unknown outcomes wait to be looked up; one is left for later");
                }
            }
            Effect::Call(call) => self.enqueue(call),
        }
    }

    /// The chain of `lane` was given or gave up partitions: what waits is not started, and the rate begins empty, so that
    /// no second holds more calls of two owners than of one.
    pub fn reset(&self, lane: Lane) {
        self.0.lane(lane).generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Starts nothing that waits, and waits until all that was started is in the log; false if that takes longer than
    /// `within`.
    pub async fn finish(&self, within: Duration) -> bool {
        self.reset(Lane::Municipal);
        self.reset(Lane::Protected);
        let (mut municipal, mut protected) = (self.0.municipal.open.subscribe(), self.0.protected.open.subscribe());
        let all_told = async { municipal.wait_for(|open| *open == 0).await.is_ok() && protected.wait_for(|open| *open == 0).await.is_ok() };
        tokio::time::timeout(within, all_told).await.unwrap_or(false)
    }

    fn enqueue(&self, call: Call) {
        let lane = self.0.lane(call.lane);
        let sender = call.letter.from.clone();
        lane.opened(1);
        let mut waiting = Waiting { call, generation: lane.generation() };
        let mut senders = lane.senders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = senders.get(&sender) {
            match queue.send(waiting) {
                Ok(()) => return,
                Err(returned) => waiting = returned.0,
            }
        }
        let (queue, calls) = mpsc::unbounded_channel();
        self.0.runtime.spawn(empty_queue(Arc::downgrade(&self.0), calls));
        // The receiver is alive: it was made two lines above.
        let _ = queue.send(waiting);
        senders.insert(sender, queue);
    }
}

impl Inner {
    const fn lane(&self, lane: Lane) -> &LaneQueues {
        match lane {
            Lane::Protected => &self.protected,
            Lane::Municipal | Lane::Intake => &self.municipal,
        }
    }

    /// Whether the call may still be started.
    fn is_due(&self, waiting: &Waiting) -> bool {
        waiting.generation == self.lane(waiting.call.lane).generation() && present() < waiting.call.deadline
    }
}

/// Starts the calls of one sender one after the other, each in its time.
async fn empty_queue(inner: Weak<Inner>, mut calls: mpsc::UnboundedReceiver<Waiting>) {
    let mut paced = None;
    while let Some(waiting) = calls.recv().await {
        let Some(inner) = inner.upgrade() else { return };
        let queues = inner.lane(waiting.call.lane);
        let Ok(slot) = queues.slots.clone().acquire_owned().await else { return };
        let present = queues.generation();
        let (_, limiter) = paced.take_if(|(generation, _)| *generation == present).unwrap_or_else(|| (present, queues.limiter()));
        if inner.client.may_call() && inner.is_due(&waiting) {
            limiter.until_ready().await;
        }
        paced = Some((present, limiter));
        let starts = inner.is_due(&waiting);
        let runtime = inner.runtime.clone();
        runtime.spawn(make(inner, waiting.call, starts, slot));
    }
}

/// Makes one call, or does not start it, and says so. The slot is free only once that is in the log.
async fn make(inner: Arc<Inner>, call: Call, starts: bool, slot: OwnedSemaphorePermit) {
    let (began, queues) = (Instant::now(), inner.lane(call.lane));
    let result = if !inner.client.may_call() {
        CallResult::NoCredentials {}
    } else if starts {
        inner.client.create(&call).await
    } else {
        CallResult::NotStarted {}
    };
    queues.metrics.call(word(&result), began.elapsed());
    Attempt::from(&call).tell(inner.log.as_ref(), &inner.settings.ring, result).await;
    queues.opened(-1);
    drop(slot);
}

async fn answer_lookups(inner: Weak<Inner>, mut asked: mpsc::Receiver<Lookup>) {
    let slots = Arc::new(Semaphore::new(LOOKUPS_AT_ONCE));
    while let Some(question) = asked.recv().await {
        let (Ok(slot), Some(inner)) = (slots.clone().acquire_owned().await, inner.upgrade()) else { return };
        let runtime = inner.runtime.clone();
        runtime.spawn(async move {
            let result = lookup::look_up(&inner.client, &question).await;
            Attempt::from(&question).tell(inner.log.as_ref(), &inner.settings.ring, result).await;
            drop(slot);
        });
    }
}
