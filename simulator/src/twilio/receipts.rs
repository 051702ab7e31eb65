//! The later statuses of an accepted message, and the callbacks that report them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::faults::ReceiptFaults;
use super::ledger::{AcceptedCall, MessageStatus, OUTSIDE_WINDOW, TOO_MANY_CALLS};
use super::simulated::SimulatedTwilio;
use crate::clock::now_ms;

/// Sends an accepted message. It fails with the code `fails`, if there is one.
pub(super) fn follow(twilio: &SimulatedTwilio, message: &AcceptedCall, fails: Option<u32>) {
    let twilio = twilio.clone();
    let message = message.clone();
    twilio.shared.in_flight.fetch_add(1, Ordering::AcqRel);
    tokio::spawn(async move {
        let faults = twilio.look(|ledger| ledger.faults.receipts);
        let hits = |every| ReceiptFaults::hits(every, message.ordinal);
        let pace = twilio.settings().pace;
        let way: Vec<(Duration, MessageStatus)> = match fails {
            Some(OUTSIDE_WINDOW | TOO_MANY_CALLS) => vec![(pace.sent, MessageStatus::Failed)],
            Some(_) => vec![(pace.sent, MessageStatus::Sent), (pace.delivered, MessageStatus::Undelivered)],
            None if reads(&message) => vec![
                (pace.sent, MessageStatus::Sent),
                (pace.delivered, MessageStatus::Delivered),
                (pace.read, MessageStatus::Read),
            ],
            None => vec![(pace.sent, MessageStatus::Sent), (pace.delivered, MessageStatus::Delivered)],
        };
        let mut told = vec![MessageStatus::Queued];
        for (pause, status) in way {
            if !hits(faults.reversed_every) {
                tell_all(&twilio, &message, fails, &mut told, faults).await;
            }
            tokio::time::sleep(pause).await;
            let code = fails.filter(|_| matches!(status, MessageStatus::Failed | MessageStatus::Undelivered));
            twilio.with(|ledger| ledger.advance(&message.sid, status, code, now_ms()));
            told.push(status);
        }
        if hits(faults.reversed_every) {
            told.reverse();
        }
        tell_all(&twilio, &message, fails, &mut told, faults).await;
        twilio.shared.in_flight.fetch_sub(1, Ordering::AcqRel);
    });
}

/// Two of three residents have their read receipts on.
fn reads(message: &AcceptedCall) -> bool {
    !message.to.bytes().fold(0u32, |sum, byte| sum.wrapping_add(u32::from(byte))).is_multiple_of(3)
}

/// Posts a callback for each status, and forgets them.
async fn tell_all(
    twilio: &SimulatedTwilio,
    message: &AcceptedCall,
    fails: Option<u32>,
    statuses: &mut Vec<MessageStatus>,
    faults: ReceiptFaults,
) {
    if faults.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.delay_ms)).await;
    }
    let hits = |every| ReceiptFaults::hits(every, message.ordinal);
    for status in std::mem::take(statuses) {
        let times = if hits(faults.missing_every) { 0 } else { 1 + u32::from(hits(faults.doubled_every)) };
        for _ in 0..times {
            tell(twilio, message, status, fails).await;
        }
    }
}

/// Posts one callback, and again while it is not acknowledged and there are tries left.
async fn tell(twilio: &SimulatedTwilio, message: &AcceptedCall, status: MessageStatus, fails: Option<u32>) {
    let Some(url) = &message.callback else { return };
    let form = form(twilio, message, status, fails);
    for turn in 0..u64::from(twilio.settings().pace.callback_tries.max(1)) {
        let answer = twilio.post(url, &form, turn).await;
        let well = matches!(answer, Ok(200..=299));
        twilio.with(|ledger| {
            ledger.callbacks.posted += 1;
            *if well { &mut ledger.callbacks.acknowledged } else { &mut ledger.callbacks.failed } += 1;
        });
        if well {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn form(
    twilio: &SimulatedTwilio,
    message: &AcceptedCall,
    status: MessageStatus,
    fails: Option<u32>,
) -> Vec<(String, String)> {
    let mut form = vec![
        ("ChannelPrefix", "whatsapp".to_owned()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("MessageStatus", status.as_str().to_owned()),
        ("SmsSid", message.sid.clone()),
        ("SmsStatus", status.as_str().to_owned()),
        ("ChannelInstallSid", "XE00000000000000000000000000000001".to_owned()),
        ("To", message.to.clone()),
        ("From", message.from.clone()),
        ("MessageSid", message.sid.clone()),
        ("StructuredMessage", message.content_sid.is_some().to_string()),
        ("AccountSid", twilio.settings().account_sid.clone()),
        ("ChannelToAddress", message.to.trim_start_matches("whatsapp:").to_owned()),
    ];
    if matches!(status, MessageStatus::Delivered | MessageStatus::Read) {
        form.push(("EventType", status.as_str().to_uppercase()));
    }
    if let (Some(code), MessageStatus::Failed | MessageStatus::Undelivered) = (fails, status) {
        form.push(("ErrorCode", code.to_string()));
        form.push(("ErrorMessage", "The message could not be delivered".to_owned()));
    }
    form.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
