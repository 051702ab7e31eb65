//! The caller: a queue for each lane and sender, emptied at the lane's rate.
//!
//! The queues need no limit of their own, because the machines limit them: at any time at most two seconds'
//! worth of calls are permitted for a sender. The machines give a new permit only after they have received
//! the outcome of an earlier call, or after its deadline has passed.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use pipeline::engine::effect::{Call, CircuitOpened, Effect, GivenUp, Lookup, TemplateRefused};
use pipeline::stages::deliver::permits::START_WITHIN;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::sleep_until;
use topics::records::notifications::CallResult;
use topics::values::lane::Lane;

use super::client::{Client, TwilioError};
use super::outcome::{Attempt, log_of, word};
use super::{TwilioSettings, lookup};
use crate::append::Append;
use crate::clock::present;
use crate::metrics::{Metrics, TwilioMetrics};

/// How long a call keeps its slot after Twilio has answered it.
///
/// A sender has as many slots as it may make calls a second. A call holds its slot from before its start
/// until one second after its answer, and reaches Twilio within this time, whatever the delay of the network.
/// Of the calls that reach Twilio within the same second, all hold their slots when the last of them starts.
/// So Twilio never receives more calls in a second than there are slots.
const SLOT_KEPT_FOR: Duration = Duration::from_secs(1);

/// How long no call is made after partitions are assigned. A call that the previous owner still had in flight
/// then reaches Twilio in an earlier second than the first call of the new owner, unless it takes longer than
/// this. Restoring the partitions usually takes longer.
const HAND_OVER: Duration = Duration::from_secs(1);

/// How many lookups in Twilio's list of messages are in flight at once.
const LOOKUPS_AT_ONCE: usize = 8;

/// How many lookups can wait. For each lookup beyond this number the outcome says that the list failed, so
/// the machine asks again later.
const MAX_LOOKUPS: usize = 10_000;

/// Makes the permitted calls. Clones share the queues. It runs on the tokio runtime on which it was
/// started.
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
    /// The present assignment; only its calls are started.
    assignment: watch::Sender<AssignmentPeriod>,
    senders: Mutex<HashMap<String, mpsc::UnboundedSender<QueuedCall>>>,
    /// How many calls are permitted whose outcomes are not in the log yet.
    open: watch::Sender<usize>,
    metrics: TwilioMetrics,
}

/// A period in which the same partitions are assigned. A call that was queued in an earlier one is not
/// started.
#[derive(Clone, Copy)]
struct AssignmentPeriod {
    number: u64,
    /// The time of the first call.
    begins: Instant,
}

struct QueuedCall {
    call: Call,
    assignment: u64,
    /// The deadline of the call, by this host's monotonic clock.
    start_before: Instant,
}

/// Limits the rate of one sender.
struct SenderRate {
    /// Spaces calls evenly and without bursts, at intervals that are a tenth shorter than the rate requires,
    /// so that the calls after a late one can catch up.
    spacing: DefaultDirectRateLimiter,
    /// Limit the calls a second: see [`SLOT_KEPT_FOR`].
    slots: Arc<Semaphore>,
}

impl SenderRate {
    fn new(rate: NonZeroU32) -> Self {
        let period = Duration::from_secs(1) * 9 / 10 / rate.get();
        // `with_period` gives no quota for a period of zero, which no rate leads to.
        let quota =
            Quota::with_period(period).unwrap_or(Quota::per_second(rate)).allow_burst(NonZeroU32::MIN);
        let slots = usize::try_from(rate.get()).unwrap_or(Semaphore::MAX_PERMITS);
        Self { spacing: RateLimiter::direct(quota), slots: Arc::new(Semaphore::new(slots)) }
    }

    /// Waits until the next call may start.
    async fn slot(&self, begins: Instant) -> Option<OwnedSemaphorePermit> {
        sleep_until(begins.into()).await;
        let slot = self.slots.clone().acquire_owned().await.ok()?;
        self.spacing.until_ready().await;
        Some(slot)
    }
}

impl LaneQueues {
    fn new(settings: &TwilioSettings, lane: Lane, metrics: &Metrics) -> Self {
        Self {
            rate: settings.rate(lane),
            assignment: watch::Sender::new(AssignmentPeriod { number: 0, begins: Instant::now() }),
            senders: Mutex::default(),
            open: watch::Sender::new(0),
            metrics: metrics.twilio(lane),
        }
    }

    /// Waits until the call may start. Returns `None` if it must not be made, because its deadline has passed
    /// or because its partition was revoked.
    async fn slot(&self, pace: &SenderRate, waiting: &QueuedCall) -> Option<OwnedSemaphorePermit> {
        let mut assignments = self.assignment.subscribe();
        let AssignmentPeriod { number, begins } = *assignments.borrow_and_update();
        if number != waiting.assignment || Instant::now() >= waiting.start_before {
            return None;
        }
        let slot = tokio::select! {
            slot = pace.slot(begins) => slot?,
            _ = assignments.changed() => return None,
        };
        let is_due =
            self.assignment.borrow().number == waiting.assignment && Instant::now() < waiting.start_before;
        is_due.then_some(slot)
    }

    /// Logs and counts that calls have stopped because the account or sender is at fault. Nothing is logged
    /// or counted for the protected lane, because that would show that it has something to send. The alarm of
    /// that lane is the age of the oldest message that waits.
    fn alarm(&self, opened: &CircuitOpened) {
        self.metrics.circuit_opened(opened.fault.as_str());
        if opened.lane != Lane::Protected {
            tracing::error!(
                code = opened.code,
                fault = opened.fault.as_str(),
                "Twilio sends no messages because of this fault: messages wait; see \
                 https://www.twilio.com/docs/api/errors for the code, and correct the account or sender; \
                 `credentials`: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set; `channel`: WhatsApp or \
                 Twilio fails, and there is nothing to correct here"
            );
        }
    }

    /// Logs and counts that a message waits for its template; nothing for the protected lane, as above.
    fn template_alarm(&self, refused: &TemplateRefused) {
        self.metrics.template_refused();
        if refused.lane != Lane::Protected {
            tracing::error!(
                code = refused.code,
                template = refused.template,
                "messages wait for this template: TWILIO_TEMPLATES does not name it, or WhatsApp has not \
                 approved it; name it, or correct it at Twilio"
            );
        }
    }

    /// Logs and counts that a message is given up; nothing for the protected lane, as above.
    fn given_up_alarm(&self, given_up: &GivenUp) {
        self.metrics.given_up();
        if given_up.lane != Lane::Protected {
            tracing::error!(
                code = given_up.code,
                "a message is given up: a fault has kept it waiting for more than 30 days; see \
                 https://www.twilio.com/docs/api/errors for the code, where 0 is no connection or no \
                 credentials"
            );
        }
    }

    fn opened(&self, more: isize) {
        self.open.send_modify(|open| *open = open.saturating_add_signed(more));
        self.metrics.permitted(*self.open.borrow() as u64);
    }
}

impl Caller {
    /// Starts a caller on the present tokio runtime. It appends the outcomes to `log`.
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
            tracing::warn!(
                "no credentials for Twilio: messages wait until TWILIO_ACCOUNT_SID and its token are set"
            );
        }
        let (lookups, asked) = mpsc::channel(MAX_LOOKUPS);
        let municipal = LaneQueues::new(&settings, Lane::Municipal, metrics);
        let protected = LaneQueues::new(&settings, Lane::Protected, metrics);
        let runtime = tokio::runtime::Handle::current();
        let inner = Arc::new(Inner { client, settings, log, runtime, municipal, protected, lookups });
        inner.runtime.spawn(answer_lookups(Arc::downgrade(&inner), asked));
        Ok(Self(inner))
    }

    /// Carries out an effect of a committed step, without waiting for it.
    pub fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::Lookup(lookup) => {
                if let Err(refused) = self.0.lookups.try_send(lookup) {
                    self.0.put_off(&refused.into_inner());
                }
            }
            Effect::Call(call) => self.enqueue(call),
            Effect::CircuitOpened(opened) => self.0.lane(opened.lane).alarm(&opened),
            Effect::TemplateRefused(refused) => self.0.lane(refused.lane).template_alarm(&refused),
            Effect::GivenUp(given_up) => self.0.lane(given_up.lane).given_up_alarm(&given_up),
        }
    }

    /// Tells the caller that partitions of the chain of `lane` were assigned or revoked. Calls that wait are
    /// not started, and for a second no others are, so that two owners together never exceed the rate.
    pub fn reset(&self, lane: Lane) {
        let begins = Instant::now() + HAND_OVER;
        self.0
            .lane(lane)
            .assignment
            .send_modify(|last| *last = AssignmentPeriod { number: last.number + 1, begins });
    }

    /// Drops the calls that wait to be started, and waits until the outcomes of all others are in the log.
    /// Returns false if that takes longer than `within`.
    pub async fn finish(&self, within: Duration) -> bool {
        self.reset(Lane::Municipal);
        self.reset(Lane::Protected);
        let mut municipal = self.0.municipal.open.subscribe();
        let mut protected = self.0.protected.open.subscribe();
        let all_appended = async {
            municipal.wait_for(|open| *open == 0).await.is_ok()
                && protected.wait_for(|open| *open == 0).await.is_ok()
        };
        tokio::time::timeout(within, all_appended).await.unwrap_or(false)
    }

    fn enqueue(&self, call: Call) {
        let lane = self.0.lane(call.lane);
        let sender = call.letter.from.clone();
        lane.opened(1);
        let start_before = self.0.start_before(&call);
        let mut waiting = QueuedCall { call, assignment: lane.assignment.borrow().number, start_before };
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

    /// The deadline of a call, by this host's monotonic clock. The deadline is a time of the log, which the
    /// broker's clock gives; this host's clock may differ from it, and counts only while nothing is known of
    /// the broker's. The outcome of a call that is not started because of that makes it known.
    fn start_before(&self, call: &Call) -> Instant {
        let rest = match self.log.log_time(log_of(call.lane), call.partition) {
            Some(now) => call.deadline.since(now),
            None => call.deadline.since(present()).min(START_WITHIN),
        };
        Instant::now() + rest
    }

    /// Appends the outcome of a lookup that is not made because too many wait.
    fn put_off(self: &Arc<Self>, lookup: &Lookup) {
        if lookup.lane != Lane::Protected {
            tracing::warn!(
                "too many unknown outcomes wait to be looked up; the machine will ask for this one again"
            );
        }
        let attempt = Attempt::from(lookup);
        let inner = self.clone();
        self.runtime.spawn(async move {
            attempt.append_outcome(inner.log.as_ref(), &inner.settings.ring, CallResult::ListFailed {}).await;
        });
    }
}

/// Starts the calls of one sender one after the other, as fast as its rate allows.
async fn empty_queue(inner: Weak<Inner>, rate: NonZeroU32, mut calls: mpsc::UnboundedReceiver<QueuedCall>) {
    let pace = SenderRate::new(rate);
    while let Some(waiting) = calls.recv().await {
        let Some(inner) = inner.upgrade() else { return };
        let queues = inner.lane(waiting.call.lane);
        let slot = if inner.client.may_call() { queues.slot(&pace, &waiting).await } else { None };
        let runtime = inner.runtime.clone();
        runtime.spawn(make(inner, waiting.call, slot));
    }
}

/// Makes one call and appends its outcome. Without a slot the call is not started, and its outcome says so.
/// The slot becomes free one second after the answer, and not before the outcome is in the log.
async fn make(inner: Arc<Inner>, call: Call, slot: Option<OwnedSemaphorePermit>) {
    let began = Instant::now();
    let queues = inner.lane(call.lane);
    let result = if !inner.client.may_call() {
        CallResult::NoCredentials {}
    } else if slot.is_some() {
        inner.client.create(&call).await
    } else {
        CallResult::NotStarted {}
    };
    let answered = Instant::now();
    queues.metrics.call(word(&result), answered - began);
    Attempt::from(&call).append_outcome(inner.log.as_ref(), &inner.settings.ring, result).await;
    queues.opened(-1);
    if slot.is_some() {
        sleep_until((answered + SLOT_KEPT_FOR).into()).await;
    }
    drop(slot);
}

/// Looks up attempts of unknown outcome in Twilio's list, several at once.
async fn answer_lookups(inner: Weak<Inner>, mut asked: mpsc::Receiver<Lookup>) {
    let slots = Arc::new(Semaphore::new(LOOKUPS_AT_ONCE));
    while let Some(question) = asked.recv().await {
        let (Ok(slot), Some(inner)) = (slots.clone().acquire_owned().await, inner.upgrade()) else { return };
        let runtime = inner.runtime.clone();
        runtime.spawn(async move {
            let result = lookup::look_up(&inner.client, inner.log.as_ref(), &question).await;
            Attempt::from(&question).append_outcome(inner.log.as_ref(), &inner.settings.ring, result).await;
            drop(slot);
        });
    }
}
