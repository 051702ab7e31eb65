//! Floods: a resident writes more messages a minute than can be answered one by one. All of them are
//! processed, filed and added, but not answered individually. The resident is told so once, and gets a
//! summary after the minute.

use std::time::Duration;

use topics::records::conversations::{Pace, Silence};
use topics::values::time::Time;
use topics::values::vocabulary::Severity;

use super::meaning::Meaning;
use super::{Act, Reply, Scene};
use crate::rules::texts;
use crate::stages::announce;

/// The maximum number of messages a minute that are answered one by one.
const MOST_ANSWERED: u32 = 10;
/// The period over which messages are counted.
const MINUTE: Duration = Duration::from_secs(60);

/// The end of the flood, or `None` if this is not one.
pub fn ends_at(pace: &Pace) -> Option<Time> {
    (pace.count > MOST_ANSWERED).then(|| pace.since + MINUTE)
}

impl Scene<'_, '_> {
    /// Counts a turn towards a flood.
    pub(super) fn count(&mut self) {
        let now = self.context.now;
        let pace = &mut self.state.pace;
        if now.since(pace.since) >= MINUTE {
            *pace = Pace { since: now, count: 0, alarmed: false };
        }
        pace.count = pace.count.saturating_add(1);
    }

    /// Whether the resident writes more than is answered one by one.
    pub(super) const fn is_flood(&self) -> bool {
        self.state.pace.count > MOST_ANSWERED
    }

    /// In a flood, drops replies that are not urgent. The resident is told once that this happens.
    pub(super) fn slow_down(&mut self) {
        if !self.is_flood() {
            return;
        }
        self.acts.retain(|act| !matches!(act, Act::Tell(reply) if !reply.urgent));
        if self.state.pace.count == MOST_ANSWERED + 1 {
            self.say("slow-down", &[]);
        }
    }

    /// Ends the flood and sends a summary in place of the dropped replies. This also happens after a
    /// disclosure, like everything that time alone causes: a missing summary would reveal the disclosure.
    pub(super) fn catch_up(&mut self) {
        self.state.pace = Pace { since: self.context.now, count: 0, alarmed: false };
        let status = self.question_or_status();
        self.tell(format!("{}\n{status}", texts::say(self.state.language, "caught-up", &[])), None);
    }

    /// Puts emergency numbers before the reply if life is in danger, in a flood only once. The answer of a
    /// new ticket contains the numbers already. A resident who said STOP gets the numbers and nothing else.
    pub(super) fn alarm(&mut self, said: &Meaning) {
        let critical = said.reporting && said.severity == Severity::Critical;
        let stopped = self.state.silence == Some(Silence::SaidStop);
        let is_told = !stopped && self.acts.iter().any(|act| matches!(act, Act::Report(_)));
        if !critical || is_told || self.is_flood() && self.state.pace.alarmed {
            return;
        }
        let Some(numbers) = announce::emergency(self.state.language, self.context.edition) else {
            return;
        };
        self.state.pace.alarmed = true;
        let first = self.acts.iter_mut().find_map(as_reply);
        match first.filter(|_| !stopped) {
            Some(reply) => {
                reply.body = format!("{numbers}\n{}", reply.body);
                reply.urgent = true;
            }
            None => {
                let reply = Reply { body: numbers, ticket: None, ignores_stop: true, urgent: true };
                self.acts.insert(0, Act::Tell(reply));
            }
        }
    }
}

const fn as_reply(act: &mut Act) -> Option<&mut Reply> {
    if let Act::Tell(reply) = act { Some(reply) } else { None }
}
