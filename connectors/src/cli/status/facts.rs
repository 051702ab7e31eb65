//! What is known of an installation, source by source.

use connectors::kafka::status::BrokerFacts;
use connectors::postgis::DatabaseFacts;
use serde::Serialize;
use serde_json::json;
use topics::values::time::Time;

use super::processes::ProcessFacts;

/// What one source of facts said.
#[derive(Clone, Debug)]
pub enum PartOfFacts<T> {
    /// The source answered with these facts.
    Known(T),
    /// The source did not answer, for this reason.
    Silent(String),
    /// The source was not asked, for this reason.
    NotAsked(&'static str),
}

impl<T: Serialize> Serialize for PartOfFacts<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(facts) => facts.serialize(serializer),
            Self::Silent(why) => json!({ "silent": why }).serialize(serializer),
            Self::NotAsked(why) => json!({ "not_asked": why }).serialize(serializer),
        }
    }
}

/// Everything that is known of an installation.
#[derive(Clone, Debug, Serialize)]
pub struct StatusFacts {
    /// When it was asked for.
    pub at: Time,
    /// What the broker shows.
    pub broker: PartOfFacts<BrokerFacts>,
    /// What the database shows.
    pub database: PartOfFacts<DatabaseFacts>,
    /// The topic whose oldest record that is not in its table is the oldest, and its age in seconds.
    pub sink_oldest_unread: Option<(String, u64)>,
    /// What the processes say.
    pub processes: Vec<ProcessFacts>,
}
