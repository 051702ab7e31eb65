//! Floods: a resident writes more messages a minute than can be answered one by one. All of them are
//! processed, filed and added, but not answered individually. The resident is told so once, and gets a
//! summary after the minute.

use std::time::Duration;

use topics::records::conversations::Pace;
use topics::values::time::Time;
use topics::values::vocabulary::Language;

use super::commands::Answers;
use crate::stages::converse::outputs::MunicipalOutput;

/// The maximum number of messages a minute that are answered one by one.
const MAX_ANSWERED: u32 = 10;
/// The period over which messages are counted.
const MINUTE: Duration = Duration::from_secs(60);

/// The end of the flood, or `None` if this is not one.
pub fn ends_at(pace: &Pace) -> Option<Time> {
    is_flood(pace).then(|| pace.since + MINUTE)
}

/// Whether the resident writes more than is answered one by one.
pub const fn is_flood(pace: &Pace) -> bool {
    pace.count > MAX_ANSWERED
}

/// Whether each ticket's answer is sent.
pub const fn answers(pace: &Pace) -> Answers {
    if is_flood(pace) { Answers::Summarised } else { Answers::Sent }
}

/// Counts a turn towards a flood.
pub fn count(pace: &mut Pace, now: Time) {
    if now.since(pace.since) >= MINUTE {
        start_minute(pace, now);
    }
    pace.count = pace.count.saturating_add(1);
}

/// Starts to count another minute, which ends a flood.
pub const fn start_minute(pace: &mut Pace, now: Time) {
    *pace = Pace { since: now, count: 0, alarmed: false };
}

/// In a flood, drops replies that are not urgent. The resident is told once that this happens.
pub fn drop_replies(pace: &Pace, language: Language, outputs: &mut Vec<MunicipalOutput>) {
    if !is_flood(pace) {
        return;
    }
    outputs.retain(|output| !matches!(output, MunicipalOutput::Tell(reply) if !reply.urgent));
    if pace.count == MAX_ANSWERED + 1 {
        outputs.push(MunicipalOutput::say(language, "slow-down"));
    }
}
