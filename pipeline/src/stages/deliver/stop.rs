//! Recipients who are sent nothing, because they said STOP or because Twilio reports that they cannot be
//! reached.

use topics::codec::sealing::Sealed;
use topics::records::deliveries::{Delivery, OutgoingMessage, Stopped};
use topics::records::messages::Finding;
use topics::records::notifications::OptOut;
use topics::values::ids::{CitizenId, EventId};
use topics::values::lane::Lane;

use super::{error_codes, row, tell};
use crate::engine::step::{StageResult, Step};

/// The key of the row that says that `sender` sends nothing to `citizen`.
pub fn key(sender: &str, citizen: &CitizenId) -> String {
    EventId::of(&[b"stopped", sender.as_bytes(), citizen.as_str().as_bytes()]).to_string()
}

/// Records that a resident said STOP. Each message that waits for them ends when its turn comes.
pub fn stop(step: &mut Step<'_, Delivery>, key: &str, opt: OptOut) -> StageResult {
    step.put(
        key,
        Delivery::Stopped(Stopped { at: step.now, code: None, expire_at: None, citizen: opt.citizen }),
    );
    StageResult::Forwarded
}

/// Records that a resident wants to receive messages again.
pub fn start(step: &mut Step<'_, Delivery>, key: &str) -> StageResult {
    if step.get(key).is_none() {
        return StageResult::Filtered;
    }
    step.remove(key);
    StageResult::Forwarded
}

/// Twilio's code for the reason why this message must not be sent, or `None` if it may be.
pub fn reason(step: &Step<'_, Delivery>, row: &OutgoingMessage) -> Option<u32> {
    if row.ignores_stop {
        return None;
    }
    match step.get(&key(&row.letter.from, &row.letter.citizen))? {
        Delivery::Stopped(stopped) => Some(stopped.code.unwrap_or(error_codes::UNSUBSCRIBED)),
        Delivery::Delivery(_) | Delivery::Circuit(_) => None,
    }
}

/// Records that the recipient cannot be reached: nothing is sent to them for as long as deliveries are
/// remembered, and the conversation is told. The police lane tells no conversation.
pub fn recipient(step: &mut Step<'_, Delivery>, lane: Lane, of: &OutgoingMessage, code: u32) {
    let key = key(&of.letter.from, &of.letter.citizen);
    if step.get(&key).is_some() {
        return;
    }
    let citizen = of.letter.citizen.clone();
    let expire_at = Some(row::expiry(step));
    step.put(
        &key,
        Delivery::Stopped(Stopped {
            at: step.now,
            code: Some(code),
            expire_at,
            citizen: Sealed(citizen.clone()),
        }),
    );
    tell::conversation(step, lane, citizen, Finding::Unreachable { code });
}
