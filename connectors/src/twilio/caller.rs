//! The caller: a queue for each lane and sender, emptied at the lane's rate.
//!
//! Memory is bounded by the machines: they have no more than two seconds' worth of calls out for a sender,
//! and give no new permit before they receive the outcome of an old one or its time has passed.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use pipeline::engine::effect::{Call, CircuitOpened, Effect, Lookup};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::sleep_until;
use topics::records::notifications::CallResult;
use topics::values::lane::Lane;

use super::client::{Client, TwilioError};
use super::outcome::{Attempt, word};
use super::{TwilioSettings, lookup};
use crate::append::Append;
use crate::clock::present;
use crate::metrics::{Metrics, TwilioMetrics};

/// For how long a call counts after Twilio has answered it.
///
/// A sender has as many places as calls a second. A call holds its place from before it starts until a second
/// after its answer, and it arrives in between, however long its way is: of the calls that arrive in any one
/// second, each still holds its place when the last of them starts. So no second at Twilio ever holds more of
/// them than there are places.
const COUNTS_FOR: Duration = Duration::from_secs(1);

/// How long no call is made after partitions are assigned. A call that the previous owner had in flight then
/// arrives in a second of its own, if it takes no longer than this. Restoring the partitions mostly takes
/// longer.
const HAND_OVER: Duration = Duration::from_secs(1);

/// How many lookups in Twilio's list of messages are in flight at once.
const LOOKUPS_AT_ONCE: usize = 8;

/// How many questions wait at most. Those beyond are answered as if the list had failed: the machine asks
/// again.
const MAX_LOOKUPS: usize = 10_000;

/// Makes the permitted calls. Clones share the queues. Lives on the tokio runtime on which it was started.
#[derive(Clone)]
pub struct Caller(Arc<Inner>);

struct Inner {
    client: Client,
    settings: Arc<TwilioSettings>,
    log: Arc<dyn Append>,
    runtime: tokio::runtime::Handle,
    municipal: LaneQueues,
    protected: LaneQueues,
    lookups: mpsc::Sender<Lookup>,
}

/// The queues of a lane, by sender.
struct LaneQueues {
    rate: NonZeroU32,
    /// Whose calls may be started.
    assignment: watch::Sender<Assignment>,
    senders: Mutex<HashMap<String, mpsc::UnboundedSender<Waiting>>>,
    /// How many calls are permitted and have no outcome in the log yet.
    open: watch::Sender<usize>,
    metrics: TwilioMetrics,
}

/// Moves with every change of hands: what waits from before it is not started.
#[derive(Clone, Copy)]
struct Assignment {
    number: u64,
    /// Before this no call is made.
    begins: Instant,
}

struct Waiting {
    call: Call,
    assignment: u64,
}

/// The pace of one sender.
struct Pace {
    /// Spaces calls evenly, without a burst, and a tenth closer than the rate asks: what one is late, those
    /// after it catch up.
    spacing: DefaultDirectRateLimiter,
    /// Keep the rate: see [`COUNTS_FOR`].
    places: Arc<Semaphore>,
}

impl Pace {
    fn new(rate: NonZeroU32) -> Self {
        let period = Duration::from_secs(1) * 9 / 10 / rate.get();
        // `with_period` gives no quota for a period of zero, which no rate leads to.
        let quota =
            Quota::with_period(period).unwrap_or(Quota::per_second(rate)).allow_burst(NonZeroU32::MIN);
        let places = usize::try_from(rate.get()).unwrap_or(Semaphore::MAX_PERMITS);
        Self { spacing: RateLimiter::direct(quota), places: Arc::new(Semaphore::new(places)) }
    }

    /// Waits for the moment at which the next call may start.
    async fn place(&self, begins: Instant) -> Option<OwnedSemaphorePermit> {
        sleep_until(begins.into()).await;
        let place = self.places.clone().acquire_owned().await.ok()?;
        self.spacing.until_ready().await;
        Some(place)
    }
}

impl LaneQueues {
    fn new(settings: &TwilioSettings, lane: Lane, metrics: &Metrics) -> Self {
        Self {
            rate: settings.rate(lane),
            assignment: watch::Sender::new(Assignment { number: 0, begins: Instant::now() }),
            senders: Mutex::default(),
            open: watch::Sender::new(0),
            metrics: metrics.twilio(lane),
        }
    }

    /// Waits for the call's moment: none where it is not to be made, because its time has passed or its
    /// partition was given up.
    async fn place(&self, pace: &Pace, waiting: &Waiting) -> Option<OwnedSemaphorePermit> {
        let mut assignments = self.assignment.subscribe();
        let Assignment { number, begins } = *assignments.borrow_and_update();
        if number != waiting.assignment || present() >= waiting.call.deadline {
            return None;
        }
        let place = tokio::select! {
            place = pace.place(begins) => place?,
            _ = assignments.changed() => return None,
        };
        let is_due =
            self.assignment.borrow().number == waiting.assignment && present() < waiting.call.deadline;
        is_due.then_some(place)
    }

    /// Says once that no calls are made until the account or sender is in order. The protected lane says
    /// nothing here: a line or a count would show that it has something to send. Its alarm is the age of the
    /// oldest thing that waits.
    fn alarm(&self, opened: &CircuitOpened) {
        self.metrics.circuit_opened(opened.fault.as_str());
        if opened.lane != Lane::Protected {
            tracing::error!(
                code = opened.code,
                fault = opened.fault.as_str(),
                "Twilio sends no messages because the account or sender is at fault: messages wait; see \
                 https://www.twilio.com/docs/api/errors for the code, and correct the account or sender"
            );
        }
    }

    fn opened(&self, more: isize) {
        self.open.send_modify(|open| *open = open.saturating_add_signed(more));
        self.metrics.permitted(*self.open.borrow() as u64);
    }
}

impl Caller {
    /// Starts a caller on the present tokio runtime; outcomes go to `log`.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn start(
        settings: TwilioSettings,
        log: Arc<dyn Append>,
        metrics: &Metrics,
    ) -> Result<Self, TwilioError> {
        let settings = Arc::new(settings);
        let client = Client::new(settings.clone())?;
        if !client.may_call() {
            tracing::warn!("no credentials for Twilio: nothing is sent");
        }
        let (lookups, asked) = mpsc::channel(MAX_LOOKUPS);
        let municipal = LaneQueues::new(&settings, Lane::Municipal, metrics);
        let protected = LaneQueues::new(&settings, Lane::Protected, metrics);
        let runtime = tokio::runtime::Handle::current();
        let inner = Arc::new(Inner { client, settings, log, runtime, municipal, protected, lookups });
        inner.runtime.spawn(answer_lookups(Arc::downgrade(&inner), asked));
        Ok(Self(inner))
    }

    /// Takes what a committed step asks for. Never waits.
    pub fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::Lookup(lookup) => {
                if let Err(refused) = self.0.lookups.try_send(lookup) {
                    self.0.put_off(&refused.into_inner());
                }
            }
            Effect::Call(call) => self.enqueue(call),
            Effect::CircuitOpened(opened) => self.0.lane(opened.lane).alarm(&opened),
        }
    }

    /// The chain of `lane` was given or gives up partitions: what waits is not started, and for a while
    /// nothing else, so that no second holds more calls of two owners than of one.
    pub fn reset(&self, lane: Lane) {
        let begins = Instant::now() + HAND_OVER;
        self.0
            .lane(lane)
            .assignment
            .send_modify(|last| *last = Assignment { number: last.number + 1, begins });
    }

    /// Starts nothing that waits, and waits until all that was started is in the log; false if that takes
    /// longer than `within`.
    pub async fn finish(&self, within: Duration) -> bool {
        self.reset(Lane::Municipal);
        self.reset(Lane::Protected);
        let mut municipal = self.0.municipal.open.subscribe();
        let mut protected = self.0.protected.open.subscribe();
        let all_told = async {
            municipal.wait_for(|open| *open == 0).await.is_ok()
                && protected.wait_for(|open| *open == 0).await.is_ok()
        };
        tokio::time::timeout(within, all_told).await.unwrap_or(false)
    }

    fn enqueue(&self, call: Call) {
        let lane = self.0.lane(call.lane);
        let sender = call.letter.from.clone();
        lane.opened(1);
        let mut waiting = Waiting { call, assignment: lane.assignment.borrow().number };
        let mut senders = lane.senders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = senders.get(&sender) {
            match queue.send(waiting) {
                Ok(()) => return,
                Err(returned) => waiting = returned.0,
            }
        }
        let (queue, calls) = mpsc::unbounded_channel();
        self.0.runtime.spawn(empty_queue(Arc::downgrade(&self.0), lane.rate, calls));
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

    /// Says that a lookup could not be made because too many wait.
    fn put_off(self: &Arc<Self>, lookup: &Lookup) {
        if lookup.lane != Lane::Protected {
            tracing::warn!("too many unknown outcomes wait to be looked up; one is left for later");
        }
        let attempt = Attempt::from(lookup);
        let inner = self.clone();
        self.runtime.spawn(async move {
            attempt.tell(inner.log.as_ref(), &inner.settings.ring, CallResult::ListFailed {}).await;
        });
    }
}

/// Starts the calls of one sender one after the other, each in its time.
async fn empty_queue(inner: Weak<Inner>, rate: NonZeroU32, mut calls: mpsc::UnboundedReceiver<Waiting>) {
    let pace = Pace::new(rate);
    while let Some(waiting) = calls.recv().await {
        let Some(inner) = inner.upgrade() else { return };
        let queues = inner.lane(waiting.call.lane);
        let place = if inner.client.may_call() { queues.place(&pace, &waiting).await } else { None };
        let runtime = inner.runtime.clone();
        runtime.spawn(make(inner, waiting.call, place));
    }
}

/// Makes one call, or does not start it if there is no place for it, and says so. Its place is free one
/// second after the answer, and only once that is in the log.
async fn make(inner: Arc<Inner>, call: Call, place: Option<OwnedSemaphorePermit>) {
    let began = Instant::now();
    let queues = inner.lane(call.lane);
    let result = if !inner.client.may_call() {
        CallResult::NoCredentials {}
    } else if place.is_some() {
        inner.client.create(&call).await
    } else {
        CallResult::NotStarted {}
    };
    let answered = Instant::now();
    queues.metrics.call(word(&result), answered - began);
    Attempt::from(&call).tell(inner.log.as_ref(), &inner.settings.ring, result).await;
    queues.opened(-1);
    if place.is_some() {
        sleep_until((answered + COUNTS_FOR).into()).await;
    }
    drop(place);
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
