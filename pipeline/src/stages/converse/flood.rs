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

/// How many messages a minute are answered one by one.
const MOST_ANSWERED: u32 = 10;
/// The period over which messages are counted.
const MINUTE: Duration = Duration::from_secs(60);

/// When a flood is over, if this is one.
pub fn ends_at(pace: &Pace) -> Option<Time> {
    (pace.count > MOST_ANSWERED).then(|| pace.since + MINUTE)
}

impl Scene<'_, '_> {
    /// Counts a turn towards a flood.
    pub(super) fn count(&mut self) {
        let (now, pace) = (self.context.now, &mut self.state.pace);
        if now.since(pace.since) >= MINUTE {
            *pace = Pace { since: now, count: 0, alarmed: false };
        }
        pace.count = pace.count.saturating_add(1);
    }

    /// Whether answers are held back.
    pub(super) const fn is_flood(&self) -> bool {
        self.state.pace.count > MOST_ANSWERED
    }

    /// Holds back what is not urgent; the beginning of a flood is told.
    pub(super) fn slow_down(&mut self) {
        if !self.is_flood() {
            return;
        }
        self.acts.retain(|act| !matches!(act, Act::Tell(words) if !words.urgent));
        if self.state.pace.count == MOST_ANSWERED + 1 {
            self.say("slow-down", &[]);
        }
    }

    /// The flood's minute is over: says what was held back, as it stands now. Also after a disclosure, like
    /// all that comes by itself: if it did not come, that would tell of one.
    pub(super) fn catch_up(&mut self) {
        self.state.pace = Pace { since: self.context.now, count: 0, alarmed: false };
        let stands = self.how_it_stands();
        self.tell(format!("{}\n{stands}", texts::say(self.municipal_language(), "caught-up", &[])), None);
    }

    /// Puts emergency numbers first, where life is in danger; in a flood once. A new ticket's own answer has
    /// them itself. Who said STOP is told the numbers, and nothing else.
    pub(super) fn alarm(&mut self, said: &Meaning) {
        let critical = said.reporting && said.severity == Severity::Critical;
        let stopped = self.state.silence == Some(Silence::SaidStop);
        let is_told = !stopped && self.acts.iter().any(|act| matches!(act, Act::Report(_)));
        if !critical || is_told || self.is_flood() && self.state.pace.alarmed {
            return;
        }
        let Some(numbers) = announce::emergency(self.municipal_language(), self.context.edition) else {
            return;
        };
        self.state.pace.alarmed = true;
        let first =
            self.acts.iter_mut().find_map(|act| if let Act::Tell(words) = act { Some(words) } else { None });
        match first.filter(|_| !stopped) {
            Some(words) => (words.body, words.urgent) = (format!("{numbers}\n{}", words.body), true),
            None => {
                let words =
                    Reply { body: numbers, ticket: None, protected: false, ignores_stop: true, urgent: true };
                self.acts.insert(0, Act::Tell(words));
            }
        }
    }
}
