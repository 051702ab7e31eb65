//! `dead-letter-reviews` and its siblings of the other lanes: what people did with dead letters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::dead_letters::Source;
use crate::values::ids::EventId;
use crate::values::text::ActorName;
use crate::values::time::Time;
use crate::values::vocabulary::words;

/// What a person did with a dead letter, and why. Its key is the id of the dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// When it was done, by the clock of the host of the command.
    pub at: Time,
    /// The id of the dead letter.
    pub letter: EventId,
    /// The source that the dead letter names. A record that is replayed and fails again becomes a dead letter
    /// with the same id and another source.
    pub source: Source,
    /// What the person did with the dead letter.
    pub act: ReviewAct,
    /// The person who did it.
    pub actor: ActorName,
    /// Why the person did it, in the person's words.
    pub reason: Sealed<String>,
    /// Where a replayed record was appended; missing for other acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Source>,
}

words!(
    /// What a person can do with a dead letter.
    ReviewAct {
        /// The person looked at the content of the original record.
        Opened = "opened",
        /// The original record was appended to its log again.
        Replayed = "replayed",
        /// The person decided that nothing follows from it.
        Discarded = "discarded",
    }
);
