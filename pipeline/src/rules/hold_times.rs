//! How long a hold may last, and when a ticket was held.

use topics::records::editions::HoldLimit;
use topics::records::tickets::Ticket;
use topics::values::vocabulary::HoldReason;

use crate::rules::calendar::Stretch;

const HOUR: u64 = 3_600;

/// How long a hold for this reason may last, in seconds, where the edition does not say.
pub const fn default_limit_s(reason: HoldReason) -> u64 {
    match reason {
        HoldReason::WaitingForResident => 14 * 24 * HOUR,
        HoldReason::WaitingForParts | HoldReason::OtherBody => 30 * 24 * HOUR,
        HoldReason::Weather => 7 * 24 * HOUR,
        HoldReason::Outage => 72 * HOUR,
    }
}

/// How long a hold for this reason may last, in seconds.
pub fn limit_s(limits: &[HoldLimit], reason: HoldReason) -> u64 {
    let known = limits.iter().find(|limit| limit.reason == reason);
    known.map_or(default_limit_s(reason), |limit| limit.limit_s)
}

/// The past holds of a ticket, in order.
pub fn stretches(ticket: &Ticket) -> Vec<Stretch> {
    ticket.past_holds.iter().map(|hold| Stretch::between(hold.from, hold.to)).collect()
}
