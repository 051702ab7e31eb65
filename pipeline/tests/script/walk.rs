//! The phases that the conversations of a script go through.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::stages::converse::phase::{Phase, Trigger};
use topics::catalogue::Conversations;
use topics::codec::record::Incoming;
use topics::records::conversations::Conversation;

use super::{PARTITIONS, Script};

/// From one phase to another.
pub type Step = (Phase, Phase, Trigger);

/// What was seen so far.
#[derive(Default)]
pub struct Walk {
    read: BTreeMap<u32, usize>,
    phases: BTreeMap<String, Phase>,
    steps: BTreeSet<Step>,
}

impl Script {
    /// Looks at what was written since it looked last.
    pub(super) fn walk(&mut self, by: Trigger) {
        for partition in 0..PARTITIONS {
            let read = self.walk.read.entry(partition).or_default();
            let new: Vec<Incoming> =
                self.driver.records("conversations", partition).get(*read..).unwrap_or_default().to_vec();
            *read += new.len();
            for record in
                new.iter().filter(|record| record.key_text().is_some_and(|key| !key.starts_with('~')))
            {
                let to = self.conversation(record).map_or(Phase::Unknown, |row| Phase::of(&row.state));
                let from = self
                    .walk
                    .phases
                    .insert(record.key_text().unwrap().to_owned(), to)
                    .unwrap_or(Phase::Unknown);
                if from != to {
                    self.walk.steps.insert((from, to, by));
                }
            }
        }
    }

    fn conversation(&self, record: &Incoming) -> Option<Conversation> {
        record.value.is_some().then(|| record.decode::<Conversations>(&self.ring).unwrap().1)
    }

    /// All steps from one phase to another.
    pub const fn steps(&self) -> &BTreeSet<Step> {
        &self.walk.steps
    }

    /// The conversations as they are; none for one that was forgotten.
    pub fn conversations(&self) -> BTreeMap<String, Option<Conversation>> {
        let rows = self
            .driver
            .all("conversations")
            .filter(|record| record.key_text().is_some_and(|key| !key.starts_with('~')));
        rows.map(|record| (record.key_text().unwrap().to_owned(), self.conversation(record))).collect()
    }
}
