//! How the topic set is cut: which stages read a topic in consumer groups of their own, instead of receiving
//! records in memory. The last record with the key `cut` in `editions` says so to every process; without one
//! nothing is cut.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::time::Time;
use crate::values::vocabulary::words;

words!(
    /// The stages before which the chain of the conversations is cut. Each of them begins a chain of its own,
    /// up to the next cut.
    #[derive(Default)]
    Cut {
        /// One chain: converse, announce, route, stamp.
        #[default]
        Nowhere = "nowhere",
        /// A group reads `reports`: route, stamp.
        Route = "route",
        /// A group reads `assignments`: stamp.
        Stamp = "stamp",
        /// Each of the two stages has a group of its own: route reads `reports`, stamp reads `assignments`.
        Both = "route,stamp",
    }
);

impl Cut {
    /// Whether `stage` begins a chain of its own.
    pub fn is_before(self, stage: &str) -> bool {
        self.as_str().split(',').any(|cut| cut == stage)
    }
}

/// From this record on the topic set is cut as given. It is written when no record is in flight at the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CutNotice {
    /// When it was written.
    pub at: Time,
    /// Where the topic set is cut from now on.
    pub cut: Cut,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_before_the_stages_that_its_word_names() {
        let before = |stage| Cut::ALL.iter().copied().filter(|cut| cut.is_before(stage)).collect::<Vec<_>>();
        assert_eq!(before("route"), [Cut::Route, Cut::Both]);
        assert_eq!(before("stamp"), [Cut::Stamp, Cut::Both]);
        assert_eq!(before("converse"), []);
    }
}
