//! `editions`: reference data in numbered, immutable editions: a manifest that names blobs by their content,
//! and the blobs in chunks. It is about places and teams, not about residents.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::cut::CutNotice;
use crate::values::text::{ActorName, Code};
use crate::values::time::Time;
use crate::values::vocabulary::{Category, Severity, words};

/// One record: a manifest (key `edition/<n>`), a part of a blob (key `<hash>/<part>`), or how the topic set
/// is cut (key `cut`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EditionRecord {
    /// What an edition consists of. Written after its blobs.
    Manifest(Manifest),
    /// A piece of a blob.
    Part(BlobChunk),
    /// How the topic set is cut: the one thing besides reference data that every process must know.
    Cut(CutNotice),
}

/// What an edition consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// Its number, from 1; 0 is built in.
    pub number: u32,
    /// When it was published.
    pub published_at: Time,
    /// The hash (SHA-256, hex) of its one blob: the JSON of a [`Reference`].
    pub hash: String,
    /// How many parts the blob has.
    pub parts: u32,
}

/// A piece of a blob, at most 900 kB of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BlobChunk {
    /// The blob's hash.
    pub hash: String,
    /// Which piece, from 0.
    pub part: u32,
    /// The piece.
    pub text: String,
}

/// What people edit: boundaries, teams, policies and the rules' durations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// Municipalities, on board or not.
    pub municipalities: Vec<Municipality>,
    /// Wards.
    pub wards: Vec<Ward>,
    /// Teams, the police's too.
    pub teams: Vec<Team>,
    /// What is promised, by municipality, category and severity.
    pub policies: Vec<Policy>,
    /// How long things take.
    pub rules: Rules,
    /// Numbers to call in an emergency, dated.
    pub emergency: Emergency,
}

/// Polygons, each a shell and its holes; points are `[longitude, latitude]` in degrees (WGS84), as in
/// GeoJSON.
pub type MultiPolygon = Vec<Vec<Vec<[f64; 2]>>>;

/// A municipality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Municipality {
    /// Its code.
    pub code: Code,
    /// Its name for people.
    pub name: String,
    /// Local and metro go before district.
    pub kind: MunicipalityKind,
    /// Whether it works with this system; tickets of others are referred.
    pub onboarded: bool,
    /// Its boundary.
    pub boundary: MultiPolygon,
}

words!(
    /// The kind of a municipality.
    MunicipalityKind {
        /// Of a large city.
        Metro = "metro",
        /// Of a part of a district.
        Local = "local",
        /// Over several locals.
        District = "district",
    }
);

/// A ward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ward {
    /// Its code.
    pub code: Code,
    /// Its municipality.
    pub municipality: Code,
    /// Its boundary.
    pub boundary: MultiPolygon,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Team {
    /// Its code.
    pub code: Code,
    /// Its municipality; none for the police.
    pub municipality: Option<Code>,
    /// What it does; none: the municipality's default team.
    pub category: Option<Category>,
    /// Where; none: everywhere in its municipality.
    pub service_area: Option<MultiPolygon>,
    /// Whether it is of the police: takes protected reports alone.
    pub is_saps: bool,
    /// To whom its breaches escalate.
    pub manager: Option<ActorName>,
    /// Who leads it: new tickets are assigned to them.
    pub lead: Option<ActorName>,
    /// Whether it takes tickets.
    pub is_active: bool,
}

/// What is promised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// Of which municipality.
    pub municipality: Code,
    /// For which category; none: all.
    pub category: Option<Category>,
    /// For which severity; none: all. Only with a category.
    pub severity: Option<Severity>,
    /// Seconds until a person must have looked.
    pub response_s: u64,
    /// Seconds until it must be resolved.
    pub resolution_s: u64,
    /// The share of the time after which the team is warned, in percent: 1 to 99.
    pub warning_pct: u8,
    /// Whether it is in force.
    pub is_active: bool,
}

/// How long things take, in seconds. All durations are data: the demo's day passes in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Rules {
    /// The system's response time.
    pub response_s: u64,
    /// The system's resolution time.
    pub resolution_s: u64,
    /// The system's warning, in percent: 1 to 99.
    pub warning_pct: u8,
    /// A place is asked for again after this.
    pub ask_again_s: u64,
    /// A report without a place becomes a ticket after this.
    pub unlocated_s: u64,
    /// A choice that is not made counts as private after this.
    pub choice_s: u64,
    /// After a disclosure every turn is protected for this long.
    pub protected_s: u64,
    /// A resolved ticket closes after this without an answer.
    pub auto_close_s: u64,
    /// A closed ticket can be reopened for this long.
    pub reopen_s: u64,
    /// Reopening gives at least this long.
    pub reopen_least_s: u64,
    /// Free text may be sent for this long after the resident's last message.
    pub window_s: u64,
    /// A retry is recognised for this long.
    pub heard_s: u64,
    /// A closed ticket is forgotten after this.
    pub ticket_expiry_s: u64,
    /// An idle conversation is forgotten after this.
    pub conversation_expiry_s: u64,
    /// A delivery is forgotten after this.
    pub delivery_expiry_s: u64,
    /// A protected report is forgotten by the log (not by the police's tables) after this.
    pub protected_expiry_s: u64,
    /// Twilio's list is asked about an unknown outcome after this.
    pub lookup_s: u64,
    /// The first retry of a failed delivery; it doubles.
    pub retry_s: u64,
    /// An account that refuses us is tried again after this.
    pub circuit_s: u64,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Default for Rules {
    fn default() -> Self {
        Self {
            response_s: 24 * HOUR,
            resolution_s: 168 * HOUR,
            warning_pct: 80,
            ask_again_s: 10 * MINUTE,
            unlocated_s: 60 * MINUTE,
            choice_s: 30 * MINUTE,
            protected_s: 60 * MINUTE,
            auto_close_s: 72 * HOUR,
            reopen_s: 14 * DAY,
            reopen_least_s: 24 * HOUR,
            window_s: 24 * HOUR,
            heard_s: 7 * DAY,
            ticket_expiry_s: 35 * DAY,
            conversation_expiry_s: 90 * DAY,
            delivery_expiry_s: 30 * DAY,
            protected_expiry_s: 35 * DAY,
            lookup_s: 60,
            retry_s: 60,
            circuit_s: 5 * MINUTE,
        }
    }
}

/// Numbers to call in an emergency. Configuration with a date, never code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Emergency {
    /// The day on which somebody last checked them (ISO 8601).
    pub as_of: String,
    /// Number by service: `police`, `gbv`, `fire_ambulance`.
    pub numbers: BTreeMap<String, String>,
}
