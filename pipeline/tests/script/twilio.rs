//! A Twilio that answers each call at once.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use pipeline::engine::driver::EffectHandler;
use pipeline::engine::effect::{Call, Effect};
use topics::catalogue::Notifications;
use topics::codec::record::{Address, Envelope, Outgoing, encode};
use topics::codec::sealing::KeyRing;
use topics::records::notifications::{AttemptOutcome, CallResult, Notification};
use topics::values::ids::{EventId, MessageSid};
use topics::values::lane::Lane;
use topics::values::time::Time;

/// The calls that were made.
pub type Calls = Rc<RefCell<Vec<Call>>>;

/// Takes each call, or refuses it with the code that there is for it.
pub fn twilio(ring: Arc<KeyRing>, calls: Calls, code: fn(&Call) -> Option<u32>) -> EffectHandler {
    Box::new(move |now, effect| {
        let Some(call) = call_of(effect) else { return Vec::new() };
        calls.borrow_mut().push(call.clone());
        vec![answer(&ring, now, call, code(call))]
    })
}

fn call_of(effect: &Effect) -> Option<&Call> {
    match effect {
        Effect::Call(call) => Some(call),
        Effect::TemplateRefused(_) | Effect::GivenUp(_) => None,
        _ => panic!("no outcome is unknown here: {effect:?}"),
    }
}

/// The outcome of a call: refused with this code, or accepted.
fn answer(ring: &Arc<KeyRing>, now: Time, call: &Call, code: Option<u32>) -> Outgoing {
    assert_eq!(call.lane, Lane::Municipal);
    let result = match code {
        Some(code) => CallResult::Refused { code, http: 400 },
        None => CallResult::Accepted { sid: sid_of(call) },
    };
    let outcome = Notification::Outcome(AttemptOutcome {
        notification: call.notification.clone(),
        attempt: call.attempt,
        at: now,
        result,
    });
    let envelope = Envelope::root(id_of(call), now);
    let address = Address::Partition(call.partition);
    encode::<Notifications>(ring, "twilio", &envelope, address, call.letter.from.clone(), &outcome).unwrap()
}

fn id_of(call: &Call) -> EventId {
    EventId::of(&[b"twilio", call.notification.as_str().as_bytes(), &call.attempt.to_be_bytes()])
}

/// The id that it gives the message of a call.
pub fn sid_of(call: &Call) -> MessageSid {
    format!("SM{}", id_of(call)).parse().unwrap()
}

/// An id that no message of ours has.
pub fn unknown_sid() -> MessageSid {
    "SMffffffffffffffffffffffffffffffff".parse().unwrap()
}
