//! What follows for a message from the verdict on its last attempt.

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::lane::Lane;

use super::circuit::FaultSign;
use super::error_codes::{OUTSIDE_WINDOW, RefusalVerdict, verdict};
use super::{blame, circuit, queue, retry, row, stop};
use crate::engine::effect::{Effect, FaultOf, TemplateRefused};
use crate::engine::step::Step;

/// Applies the table to a message whose current attempt failed.
pub fn refused(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage, code: u32, http: u16) {
    let last_code = row.code.replace(code);
    row.failed_attempt = row.attempt;
    match verdict(code, http) {
        RefusalVerdict::Again => retry::later(step, row),
        RefusalVerdict::AsTemplate if !row.as_template && row.letter.template.is_some() => {
            row.as_template = true;
            queue::again(step, row, None);
        }
        RefusalVerdict::StopRecipient => {
            stop::recipient(step, lane, &row, code);
            row::end(step, row, DeliveryStatus::Failed);
        }
        RefusalVerdict::OpenCircuit(fault) => {
            // A failure without an HTTP status comes from a receipt or from Twilio's list, after Twilio had
            // accepted the call.
            let heard = if http == 0 { FaultSign::Receipt } else { FaultSign::Refusal };
            if !circuit::is_news(step, fault, &row) {
                circuit::note_other(step, fault, &row);
                return queue::again(step, row, None);
            }
            blame::refused(step, lane, row, fault, heard);
        }
        RefusalVerdict::AsTemplate | RefusalVerdict::WaitForTemplate if row.as_template => {
            wait_for_template(step, lane, row, last_code);
        }
        RefusalVerdict::AsTemplate | RefusalVerdict::WaitForTemplate | RefusalVerdict::Fail => {
            row::end(step, row, DeliveryStatus::Failed);
        }
    }
}

/// The configuration does not name the template of the message.
pub fn no_template(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage) {
    let last_code = row.code.replace(OUTSIDE_WINDOW);
    row.failed_attempt = row.attempt;
    wait_for_template(step, lane, row, last_code);
}

/// Repeats a message whose template is at fault for as long as it is worth sending: a person can correct the
/// template meanwhile. The first refusal raises an alarm.
fn wait_for_template(
    step: &mut Step<'_, Delivery>,
    lane: Lane,
    row: OutgoingMessage,
    last_code: Option<u32>,
) {
    // A message that Twilio accepts before it reports its failure has no code in between.
    let is_first = row.retries == 0 || last_code.is_some_and(|last| row.code != Some(last));
    if let (Some(code), Some(template)) = (row.code.filter(|_| is_first), &row.letter.template) {
        let template = template.name.clone();
        step.request(Effect::TemplateRefused(TemplateRefused { lane, template, code }));
    }
    retry::later(step, row);
}

/// This installation has no credentials, which is no message's fault: the message keeps its place.
pub fn no_credentials(step: &mut Step<'_, Delivery>, lane: Lane, mut row: OutgoingMessage) {
    row.code = Some(0);
    row.failed_attempt = row.attempt;
    let fault = FaultOf::Credentials;
    if !circuit::is_news(step, fault, &row) {
        return queue::again(step, row, None);
    }
    circuit::open(step, lane, fault, &row, FaultSign::Refusal);
    let pause = circuit::pause(step, fault);
    queue::again(step, row, Some(pause));
}
