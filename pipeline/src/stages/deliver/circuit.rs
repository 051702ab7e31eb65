//! The circuit breaker: while the account or a sender is at fault at Twilio, calls are paused, and from time
//! to time one call tests whether the fault is gone.
//!
//! There is one circuit for the account, which pauses all calls of the partition, and one for each sender,
//! which pauses only the calls of that sender. The circuit of the account also opens if this installation has
//! no credentials, or if WhatsApp or Twilio's way to it fails for every message. A circuit that a refused
//! call opened closes when Twilio accepts a test call. A circuit that a receipt opened does not: Twilio
//! accepts the messages of a suspended account and reports their failure later. It closes when a receipt
//! shows that the test message got past the account and the sender, or when no receipt has reported the fault
//! again for `circuit_s`.
//!
//! Twilio may use a code of the account for a message that is at fault itself. So a message that was refused
//! waits for `circuit_s`, and the next test call is made with another message if one waits; the first after
//! `FIRST_TEST`. A message that is refused again and again while others get through fails: see
//! `blame.rs`.

use std::time::Duration;

use topics::records::deliveries::{Circuit, Delivery, OutgoingMessage};
use topics::values::ids::EventId;
use topics::values::lane::Lane;
use topics::values::time::Time;

use super::error_codes::{RefusalVerdict, verdict};
use super::{alone, permits, row};
use crate::engine::effect::{CircuitOpened, Effect, FaultOf};
use crate::engine::step::Step;

/// How soon the first test call is made. It is short because the refused message may be at fault alone.
const FIRST_TEST: Duration = Duration::from_secs(5);

/// The key of the account's circuit. An installation has one account, but each partition detects its faults
/// by itself.
pub const KEY: &str = "circuit";

/// How Twilio said that the account or sender is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultSign {
    /// Twilio refused a call.
    Refusal,
    /// Twilio accepted a call and reported the failure of its message later.
    Receipt,
}

/// What the way of a message at Twilio shows of the account and the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Twilio accepted the message; it may still fail because of the account or the sender.
    Accepted,
    /// A receipt shows that the account and the sender are in order.
    Confirmed,
}

/// The key of the circuit of `fault`, for a sender that is known by its number.
pub fn key(fault: FaultOf, sender: &str) -> String {
    match fault {
        FaultOf::Account | FaultOf::Credentials | FaultOf::Channel => KEY.to_owned(),
        FaultOf::Sender => EventId::of(&[b"circuit", sender.as_bytes()]).to_string(),
    }
}

fn get<'a>(step: &'a Step<'_, Delivery>, key: &str) -> Option<&'a Circuit> {
    match step.get(key)? {
        Delivery::Circuit(circuit) => Some(circuit),
        Delivery::Delivery(_) | Delivery::Stopped(_) => None,
    }
}

/// Whether the account's circuit is open: all calls are paused, or only a test call is allowed.
pub fn exists(step: &Step<'_, Delivery>) -> bool {
    get(step, KEY).is_some()
}

/// The code of the circuit that stops the calls of `sender`, or `None` if none is open.
pub fn code(step: &Step<'_, Delivery>, sender: &str) -> Option<u32> {
    let circuit = get(step, KEY).or_else(|| get(step, &key(FaultOf::Sender, sender)))?;
    Some(circuit.code)
}

/// Whether a call of `sender` may be permitted now. With an open circuit one call at a time is, once the
/// pause is over.
pub fn lets_through(step: &Step<'_, Delivery>, sender: &str) -> bool {
    let account = get(step, KEY);
    let of_sender = get(step, &key(FaultOf::Sender, sender));
    account.is_none_or(|circuit| circuit.retry_at.is_none() && step.index().sending_at_all() == 0)
        && of_sender.is_none_or(|circuit| circuit.retry_at.is_none() && step.index().sending(sender) == 0)
}

/// The time until which the account is not asked, or `None` if it is. A fault of the channel does not keep
/// Twilio's list from answering.
pub fn stands_until(step: &Step<'_, Delivery>) -> Option<Time> {
    let circuit = get(step, KEY).filter(|circuit| fault_named_by(circuit.code) != Some(FaultOf::Channel))?;
    circuit.retry_at.filter(|at| *at > step.now)
}

/// The fault that the code alone names.
fn fault_named_by(code: u32) -> Option<FaultOf> {
    match verdict(code, 0) {
        RefusalVerdict::OpenCircuit(fault) => Some(fault),
        _ => None,
    }
}

/// Whether the refusal of the present attempt of `refused` says something new about `fault`. Calls that were
/// permitted before the circuit opened say nothing new.
pub fn is_news(step: &Step<'_, Delivery>, fault: FaultOf, refused: &OutgoingMessage) -> bool {
    get(step, &key(fault, &refused.letter.from)).is_none_or(|circuit| is_test(circuit, refused))
}

/// Whether the circuit was kept open by another message than `refused` until now.
fn is_another(circuit: &Circuit, refused: &OutgoingMessage) -> bool {
    circuit.refused_serial.is_some_and(|serial| serial != refused.serial)
}

/// Notes that `refused`, too, met the fault, in a call that was permitted before the circuit opened.
pub fn note_other(step: &mut Step<'_, Delivery>, fault: FaultOf, refused: &OutgoingMessage) {
    let key = key(fault, &refused.letter.from);
    if let Some(circuit) = get(step, &key).filter(|known| !known.several && is_another(known, refused)) {
        let circuit = Circuit { several: true, ..circuit.clone() };
        step.put(&key, Delivery::Circuit(circuit));
    }
}

/// Opens the circuit of `fault` and pauses its calls, which raises an alarm; or pauses them again after a
/// test call.
pub fn open(
    step: &mut Step<'_, Delivery>,
    lane: Lane,
    fault: FaultOf,
    refused: &OutgoingMessage,
    heard: FaultSign,
) {
    let key = key(fault, &refused.letter.from);
    let known = get(step, &key).cloned();
    let code = refused.code.unwrap_or(0);
    // A fault of another kind is another alarm.
    if known.as_ref().is_none_or(|circuit| fault_named_by(circuit.code) != fault_named_by(code)) {
        step.request(Effect::CircuitOpened(CircuitOpened { lane, fault, code }));
    }
    let reported_at = match heard {
        FaultSign::Receipt => Some(step.now),
        FaultSign::Refusal => known.as_ref().and_then(|circuit| circuit.reported_at),
    };
    let several = known.as_ref().is_some_and(|circuit| circuit.several || is_another(circuit, refused));
    let pause = pause(step, fault).min(if known.is_none() { FIRST_TEST } else { Duration::MAX });
    let circuit = Circuit {
        at: known.as_ref().map_or(step.now, |circuit| circuit.at),
        retry_at: Some(step.now + pause),
        code,
        times: known.map_or(0, |circuit| circuit.times) + 1,
        reported_at,
        closes_at: None,
        refused_serial: Some(refused.serial),
        several,
    };
    step.put(&key, Delivery::Circuit(circuit));
}

/// The key of the message that `sender` sends next. With an open circuit this is a test call, which takes the
/// messages in turn: first those that were not refused yet, then those after the one that was refused last.
pub fn next<'a>(step: &'a Step<'_, Delivery>, sender: &str) -> Option<&'a str> {
    let index = step.index();
    if let Some(circuit) = get(step, KEY) {
        let senders = index.senders().into_iter().filter(|sender| lets_through(step, sender));
        return index.next_test(senders, circuit.refused_serial, sender);
    }
    match get(step, &key(FaultOf::Sender, sender)) {
        Some(circuit) => index.next_test([sender.to_owned()].into_iter(), circuit.refused_serial, sender),
        None => index.next(sender),
    }
}

/// For how long the calls pause after a refused test call. Without credentials no call is made, so a test is
/// made sooner: after a restart with credentials, messages go out within a minute.
pub fn pause(step: &Step<'_, Delivery>, fault: FaultOf) -> Duration {
    let rules = step.edition.rules();
    let longest = Duration::from_secs(rules.circuit_s);
    match fault {
        FaultOf::Credentials => longest.min(Duration::from_secs(rules.retry_s)),
        FaultOf::Account | FaultOf::Sender | FaultOf::Channel => longest,
    }
}

/// Whether the present attempt of the message was permitted while the circuit was open, as its test call.
fn is_test(circuit: &Circuit, row: &OutgoingMessage) -> bool {
    permits::permitted_at(row).is_some_and(|at| at > circuit.at)
}

/// The next due time of the circuit.
pub fn due(circuit: &Circuit) -> Option<Time> {
    [circuit.retry_at, circuit.closes_at].into_iter().flatten().min()
}

/// Applies the due time of the circuit: closes it, or ends the pause, so that one call may test whether the
/// fault is gone. A circuit that is not tested for as long as deliveries are remembered closes by itself.
pub fn fire(step: &mut Step<'_, Delivery>, key: &str, circuit: &Circuit) {
    if circuit.closes_at.is_some_and(|at| at <= step.now) {
        return step.remove(key);
    }
    let closes_at = Some(row::expiry(step));
    step.put(key, Delivery::Circuit(Circuit { retry_at: None, closes_at, ..circuit.clone() }));
}

/// Closes the circuits that the message has tested, if Twilio got far enough with it; returns whether the
/// account's closed.
pub fn passed(step: &mut Step<'_, Delivery>, row: &OutgoingMessage, evidence: Evidence) -> bool {
    let closed = pass(step, KEY, row, evidence);
    pass(step, &key(FaultOf::Sender, &row.letter.from), row, evidence);
    closed
}

fn pass(step: &mut Step<'_, Delivery>, key: &str, row: &OutgoingMessage, evidence: Evidence) -> bool {
    let Some(circuit) = get(step, key).filter(|circuit| is_test(circuit, row)).cloned() else { return false };
    if evidence == Evidence::Accepted && circuit.reported_at.is_some() {
        if circuit.retry_at.is_some() {
            return false;
        }
        let until = Some(step.now + Duration::from_secs(step.edition.rules().circuit_s));
        let waiting = Circuit { retry_at: until, closes_at: until, ..circuit };
        step.put(key, Delivery::Circuit(waiting));
        return false;
    }
    step.remove(key);
    if let Some(serial) = circuit.refused_serial.filter(|serial| !circuit.several && *serial != row.serial) {
        alone::was_alone(step, serial);
    }
    true
}
