//! The circuit: while Twilio does not take our credentials, calls stand still; from time to time one tries.

use std::time::Duration;

use topics::records::deliveries::{Circuit, Delivery};
use topics::values::time::Time;

use crate::engine::step::Step;

/// The row's key. An installation has one account; each partition finds out by itself.
pub const KEY: &str = "circuit";

fn get<'a>(step: &'a Step<'_, Delivery>) -> Option<&'a Circuit> {
    match step.get(KEY)? {
        Delivery::Circuit(circuit) => Some(circuit),
        Delivery::Delivery(_) | Delivery::Stopped(_) => None,
    }
}

/// Whether calls stand still, or one is to try.
pub fn exists(step: &Step<'_, Delivery>) -> bool {
    get(step).is_some()
}

/// Whether a call may be permitted: always, never, or one at a time.
pub fn lets_through(step: &Step<'_, Delivery>) -> bool {
    get(step).is_none_or(|circuit| circuit.retry_at.is_none() && step.index().sending_at_all() == 0)
}

/// Until when calls stand still, if they do at all now.
pub fn stands_until(step: &Step<'_, Delivery>) -> Option<Time> {
    get(step)?.retry_at.filter(|at| *at > step.now)
}

/// Lets calls stand still. Calls that were permitted before hear the same; they prolong nothing.
pub fn open(step: &mut Step<'_, Delivery>, code: u32) {
    let known = get(step).cloned();
    if known.as_ref().is_some_and(|circuit| circuit.retry_at.is_some()) {
        return;
    }
    let retry_at = Some(step.now + Duration::from_secs(step.edition.rules().circuit_s));
    let (at, times) = known.map_or((step.now, 0), |circuit| (circuit.at, circuit.times));
    step.put(KEY, Delivery::Circuit(Circuit { at, retry_at, code, times: times + 1 }));
}

/// Lets one call try.
pub fn try_one(step: &mut Step<'_, Delivery>, circuit: &Circuit) {
    step.put(KEY, Delivery::Circuit(Circuit { retry_at: None, ..circuit.clone() }));
}

/// Lets calls go on if one was to try: Twilio has answered it. Says whether it did.
pub fn close(step: &mut Step<'_, Delivery>) -> bool {
    let tried = get(step).is_some_and(|circuit| circuit.retry_at.is_none());
    if tried {
        step.remove(KEY);
    }
    tried
}
