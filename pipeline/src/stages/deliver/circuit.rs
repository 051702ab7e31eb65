//! The circuit breaker: while Twilio rejects our credentials, calls are paused, and from time to time one
//! call tests them.

use std::time::Duration;

use topics::records::deliveries::{Circuit, Delivery};
use topics::values::time::Time;

use crate::engine::step::Step;

/// The key of the circuit's row. An installation has one account, but each partition detects rejected
/// credentials by itself.
pub const KEY: &str = "circuit";

fn get<'a>(step: &'a Step<'_, Delivery>) -> Option<&'a Circuit> {
    match step.get(KEY)? {
        Delivery::Circuit(circuit) => Some(circuit),
        Delivery::Delivery(_) | Delivery::Stopped(_) => None,
    }
}

/// Whether the circuit is open: calls are paused, or only a test call is allowed.
pub fn exists(step: &Step<'_, Delivery>) -> bool {
    get(step).is_some()
}

/// Whether a call may be permitted now. With an open circuit one call at a time is, once the pause is over.
pub fn lets_through(step: &Step<'_, Delivery>) -> bool {
    get(step).is_none_or(|circuit| circuit.retry_at.is_none() && step.index().sending_at_all() == 0)
}

/// The time until which calls are paused, or `None` if they are not paused now.
pub fn stands_until(step: &Step<'_, Delivery>) -> Option<Time> {
    get(step)?.retry_at.filter(|at| *at > step.now)
}

/// Opens the circuit and pauses calls. The same outcome from calls that were permitted before does not extend
/// the pause.
pub fn open(step: &mut Step<'_, Delivery>, code: u32) {
    let known = get(step).cloned();
    if known.as_ref().is_some_and(|circuit| circuit.retry_at.is_some()) {
        return;
    }
    let retry_at = Some(step.now + Duration::from_secs(step.edition.rules().circuit_s));
    let (at, times) = known.map_or((step.now, 0), |circuit| (circuit.at, circuit.times));
    step.put(KEY, Delivery::Circuit(Circuit { at, retry_at, code, times: times + 1 }));
}

/// Ends the pause, so that one call may test the credentials.
pub fn try_one(step: &mut Step<'_, Delivery>, circuit: &Circuit) {
    step.put(KEY, Delivery::Circuit(Circuit { retry_at: None, ..circuit.clone() }));
}

/// Closes the circuit if a test call was allowed, because Twilio has answered it; returns whether it closed.
pub fn close(step: &mut Step<'_, Delivery>) -> bool {
    let tried = get(step).is_some_and(|circuit| circuit.retry_at.is_none());
    if tried {
        step.remove(KEY);
    }
    tried
}
