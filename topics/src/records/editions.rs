//! `editions`: reference data in numbered, immutable editions: a manifest that names a blob by its hash, and
//! the blob in chunks. It is about places and teams, not about residents.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::cut::CutNotice;
use crate::values::automation::{Effect, Trigger};
use crate::values::calendar::{Day, OpenHours};
use crate::values::ladder::{Recipient, StepOffset, StepTime};
use crate::values::text::{ActorName, Code};
use crate::values::time::Time;
use crate::values::vocabulary::{
    Category, Clock, HoldReason, Hours, Language, PlaceSource, Role, Severity, StepAction, words,
};

/// One record: a manifest (key `edition/<n>`), a chunk of a blob (key `<hash>/<part>`), how the topic set is
/// cut (key `cut`), or the fingerprint of a secret (key `fingerprint/<secret>`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EditionRecord {
    /// What an edition consists of. It is written after its blob.
    Manifest(Manifest),
    /// A chunk of a blob.
    Part(BlobChunk),
    /// How the topic set is cut, which every process must know.
    Cut(CutNotice),
    /// The fingerprint of the pepper or of a key, by which every process recognises that its own is the same.
    Fingerprint(Fingerprint),
}

/// The fingerprint of a secret of the installation: the pepper, or a key of the key ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fingerprint {
    /// When it was recorded.
    pub at: Time,
    /// The secret: `pepper`, or the id of a key, such as `intake-1`.
    pub of: String,
    /// A hash of the secret, 16 hex digits. It tells two secrets apart and gives neither away. Missing for a
    /// key that is no longer needed.
    pub hash: Option<String>,
}

/// What an edition consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The number of the edition, from 1; edition 0 is built in.
    pub number: u32,
    /// When the edition was published.
    pub published_at: Time,
    /// The SHA-256 hash, in hex, of the edition's blob: the JSON of a [`Reference`].
    pub hash: String,
    /// The number of chunks of the blob.
    pub parts: u32,
    /// The first half of the SHA-256 hash, in hex, of each chunk, in the order in which they make the blob.
    /// Missing in older editions, whose chunks have the hash of the blob and are numbered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chunks: Vec<String>,
}

/// A chunk of a blob, at most 900 kB of text. Editions that have it in common share it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BlobChunk {
    /// The first half of the SHA-256 hash, in hex, of this chunk; in older records the whole hash of the
    /// whole blob.
    pub hash: String,
    /// 0; in older records the number of this chunk, from 0.
    pub part: u32,
    /// The text of this chunk.
    pub text: String,
}

/// The reference data that people edit: boundaries, teams, policies and the durations of the rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// The municipalities, including those that do not work with this system.
    pub municipalities: Vec<Municipality>,
    /// The wards of the municipalities.
    pub wards: Vec<Ward>,
    /// The teams, including those of the police.
    pub teams: Vec<Team>,
    /// The promised times by municipality, category and severity.
    pub policies: Vec<Policy>,
    /// The durations of the rules.
    pub rules: Rules,
    /// The emergency numbers that residents are given, with the date of their last check.
    pub emergency: Emergency,
    /// The names of places that residents may give instead of a pin, in municipalities on board. Missing in
    /// editions that have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<PlaceName>,
    /// The working hours of municipalities. Missing in editions that have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<Calendar>,
    /// The days on which municipalities do not work, beside the public holidays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closing_days: Vec<ClosingDay>,
    /// The public holidays that were declared for one year, such as the day of an election.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<DeclaredHoliday>,
    /// How long tickets may be held, by reason. A reason that is missing here has its built-in limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hold_limits: Vec<HoldLimit>,
    /// The steps of the ladders by which deadlines reach people. Missing in editions that have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ladders: Vec<LadderStep>,
    /// What municipalities let the system do by itself when something happens to a ticket. Missing in
    /// editions that have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automations: Vec<Automation>,
    /// The members of staff who work now. Missing in older editions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub staff: Vec<StaffMember>,
}

/// Polygons, each a shell and its holes; points are `[longitude, latitude]` in degrees (WGS84), as in
/// GeoJSON.
pub type MultiPolygon = Vec<Vec<Vec<[f64; 2]>>>;

/// A municipality with its boundary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Municipality {
    /// The code of the municipality, unique in an edition.
    pub code: Code,
    /// The name of the municipality as residents read it.
    pub name: String,
    /// The kind of municipality; local and metro take precedence over district.
    pub kind: MunicipalityKind,
    /// Whether it works with this system; tickets of other municipalities are referred.
    pub onboarded: bool,
    /// The boundary of the municipality.
    pub boundary: MultiPolygon,
    /// The first day on which it is in force, in South Africa; missing if it was so when the edition was
    /// made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Day>,
    /// The first day on which it is no longer in force, in South Africa; missing if it has no end yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Day>,
}

words!(
    /// The kind of a municipality.
    MunicipalityKind {
        /// The municipality of a large city.
        Metro = "metro",
        /// The municipality of a part of a district.
        Local = "local",
        /// A municipality that spans several local ones.
        District = "district",
    }
);

/// A ward with its boundary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ward {
    /// The code of the ward, unique in an edition.
    pub code: Code,
    /// The code of the municipality that the ward belongs to.
    pub municipality: Code,
    /// The boundary of the ward.
    pub boundary: MultiPolygon,
    /// The first day on which it is in force, in South Africa; missing if it was so when the edition was
    /// made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Day>,
    /// The first day on which it is no longer in force, in South Africa; missing if it has no end yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Day>,
}

/// A team that takes tickets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Team {
    /// The code of the team, unique in an edition.
    pub code: Code,
    /// The code of the team's municipality; missing for a team of the police.
    pub municipality: Option<Code>,
    /// The category that the team handles; missing for the municipality's default team.
    pub category: Option<Category>,
    /// The area that the team serves; missing if it serves its whole municipality.
    pub service_area: Option<MultiPolygon>,
    /// Whether this is a police team, which takes only protected reports.
    pub is_saps: bool,
    /// The login of the manager to whom the team's breaches escalate.
    pub manager: Option<ActorName>,
    /// The login of the team's lead, to whom new tickets are assigned.
    pub lead: Option<ActorName>,
    /// Whether the team takes tickets.
    pub is_active: bool,
    /// The days on which the team takes no tickets. Missing if none are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<Unavailability>,
}

impl Team {
    /// Whether the team takes tickets on this day.
    pub fn is_there(&self, on: Day) -> bool {
        self.is_active && !self.unavailable.is_some_and(|days| days.holds(on))
    }
}

/// When a team takes no tickets. Days are those of South Africa.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unavailability {
    /// The first day on which the team takes none.
    pub from: Day,
    /// The last day on which the team takes none; missing if it is not known yet.
    pub until: Option<Day>,
}

impl Unavailability {
    /// Whether the team takes no tickets on this day.
    pub fn holds(self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }
}

/// The response and resolution times that a municipality promises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// The code of the municipality that makes the promise.
    pub municipality: Code,
    /// The category that it is for; missing for all categories.
    pub category: Option<Category>,
    /// The severity that it is for; missing for all. Only with a category.
    pub severity: Option<Severity>,
    /// Seconds until a person must have looked at the ticket.
    pub response_s: u64,
    /// Seconds until the ticket must be resolved.
    pub resolution_s: u64,
    /// The share of the time after which the team is warned, in percent: 1 to 99.
    pub warning_pct: u8,
    /// Whether the policy is in force.
    pub is_active: bool,
    /// Which hours count for its deadlines; missing in older editions, where every hour counts.
    #[serde(default, skip_serializing_if = "Hours::is_round_the_clock")]
    pub hours: Hours,
}

/// The working hours of a municipality.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calendar {
    /// The code of the municipality.
    pub municipality: Code,
    /// The time zone of the municipality by its name in the IANA database, such as `Africa/Johannesburg`.
    pub time_zone: String,
    /// Which hours count for critical tickets, where their policy says working hours.
    pub critical: Hours,
    /// The working hours of Mondays; missing if the municipality does not work then.
    pub monday: Option<OpenHours>,
    /// The working hours of Tuesdays.
    pub tuesday: Option<OpenHours>,
    /// The working hours of Wednesdays.
    pub wednesday: Option<OpenHours>,
    /// The working hours of Thursdays.
    pub thursday: Option<OpenHours>,
    /// The working hours of Fridays.
    pub friday: Option<OpenHours>,
    /// The working hours of Saturdays.
    pub saturday: Option<OpenHours>,
    /// The working hours of Sundays.
    pub sunday: Option<OpenHours>,
}

impl Calendar {
    /// The calendar of a municipality in South African time that works these hours from Monday to Friday, and
    /// around the clock at what is critical.
    pub fn on_weekdays(municipality: Code, hours: OpenHours) -> Self {
        Self {
            municipality,
            time_zone: "Africa/Johannesburg".to_owned(),
            critical: Hours::RoundTheClock,
            monday: Some(hours),
            tuesday: Some(hours),
            wednesday: Some(hours),
            thursday: Some(hours),
            friday: Some(hours),
            saturday: None,
            sunday: None,
        }
    }

    /// The working hours of a week, from Monday to Sunday.
    pub const fn week(&self) -> [Option<OpenHours>; 7] {
        [self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday]
    }
}

/// A day on which a municipality does not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClosingDay {
    /// The code of the municipality.
    pub municipality: Code,
    /// The day on which it does not work.
    pub day: Day,
    /// Why the municipality does not work then, for people.
    pub name: String,
}

/// How long a ticket may be held for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldLimit {
    /// The reason of the hold.
    pub reason: HoldReason,
    /// The most seconds that one hold may last.
    pub limit_s: u64,
}

/// A step of the ladder by which a deadline of a municipality's tickets reaches people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LadderStep {
    /// The code of the municipality.
    pub municipality: Code,
    /// The category that the ladder is for; missing for all categories.
    pub category: Option<Category>,
    /// The severity that the ladder is for; missing for all. Only with a category.
    pub severity: Option<Severity>,
    /// The number of the step in its ladder, from 1 to 8; the ticket's tier after it.
    pub step: u8,
    /// The clock whose deadline it belongs to.
    pub clock: Clock,
    /// When it is due, counted from that deadline.
    pub at: StepOffset,
    /// Whom it reaches; missing where the action needs no person.
    pub whom: Option<Recipient>,
    /// What the step does when it fires.
    pub action: StepAction,
}

/// A rule of a municipality's own: when something happens to a ticket, and the ticket is like this, the
/// system does something. A condition that is missing holds for every ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Automation {
    /// The code of the municipality.
    pub municipality: Code,
    /// The name of the automation, unique in its municipality; events say it.
    pub code: Code,
    /// Its place in the order in which the automations of the municipality are tried: 1 to 100.
    pub position: u8,
    /// What happens to a ticket when the automation runs.
    pub trigger: Trigger,
    /// Only tickets of this category.
    pub category: Option<Category>,
    /// Only tickets of this severity.
    pub severity: Option<Severity>,
    /// Only tickets in this ward.
    pub ward: Option<Code>,
    /// Only tickets of this team.
    pub team: Option<Code>,
    /// Only tickets of residents with this language.
    pub language: Option<Language>,
    /// Only tickets whose place became known like this.
    pub place_source: Option<PlaceSource>,
    /// Only tickets that were reported at least so long ago.
    pub older_than: Option<StepTime>,
    /// What the automation does to the ticket.
    pub effect: Effect,
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffMember {
    /// The login of the person.
    pub login: ActorName,
    /// The code of the municipality that the person works for. Members of the police are in no edition.
    pub municipality: Code,
    /// The code of the team that the person belongs to; missing for several teams.
    pub team: Option<Code>,
    /// The role of the person: staff or manager.
    pub role: Role,
    /// When the person is away, and who stands in. Missing if no absence is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absence: Option<Absence>,
}

/// When a member of staff is away. Days are those of South Africa.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Absence {
    /// The first day of the absence.
    pub from: Day,
    /// The last day of the absence; missing if it is not known yet.
    pub until: Option<Day>,
    /// The login of the person who stands in.
    pub delegate: Option<ActorName>,
}

impl Absence {
    /// Whether the person is away on this day.
    pub fn holds(&self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }
}

/// A public holiday that was declared for one year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeclaredHoliday {
    /// The day of the holiday.
    pub day: Day,
    /// The name of the holiday, for people.
    pub name: String,
}

/// A place that residents name, such as a suburb or a street.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceName {
    /// The code of the place, unique in an edition; one that a file did not give is made of the name, the
    /// kind and the municipality.
    pub code: String,
    /// The name as residents read it.
    pub name: String,
    /// Other spellings and names of the place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// The name of the suburb or town that a street belongs to; missing if none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suburb: Option<String>,
    /// The code of the municipality that the point lies in.
    pub municipality: Code,
    /// The middle of the place, `[longitude, latitude]` in degrees (WGS84).
    pub point: [f64; 2],
    /// How far the place reaches from that point, in metres.
    pub radius_m: u32,
}

words!(
    /// The kind of a place that has a name.
    PlaceKind {
        /// A part of a town.
        Suburb = "suburb",
        /// A township, in the South African sense of the word.
        Township = "township",
        /// A village or a farm settlement.
        Village = "village",
        /// A town or a city.
        Town = "town",
        /// A street or a road.
        Street = "street",
        /// A building or another single place that people know.
        Landmark = "landmark",
    }
);

/// The durations of the rules, in seconds. All of them are data, so that a demonstration can run a day in
/// seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Rules {
    /// The response time of the built-in policy.
    pub response_s: u64,
    /// The resolution time of the built-in policy.
    pub resolution_s: u64,
    /// The share of the time after which the built-in policy warns, in percent: 1 to 99.
    pub warning_pct: u8,
    /// What is missing in a report is asked for after this long without a further message of the resident, so
    /// that messages that were sent together get one answer; 0 asks at once.
    pub quiet_s: u64,
    /// Files without words wait this long for the words that belong to them; then these are asked for.
    pub files_s: u64,
    /// A place is asked for again after this, and files without words go to a person.
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
    /// A closed ticket expires after this.
    pub ticket_expiry_s: u64,
    /// An idle conversation expires after this.
    pub conversation_expiry_s: u64,
    /// A delivery expires after this.
    pub delivery_expiry_s: u64,
    /// A protected report expires in the store (not in the police's tables) after this.
    pub protected_expiry_s: u64,
    /// Twilio's list is queried about an unknown outcome after this.
    pub lookup_s: u64,
    /// The delay before the first retry of a failed delivery; it doubles with each retry.
    pub retry_s: u64,
    /// An account that refuses calls is tried again after this.
    pub circuit_s: u64,
    /// Open tickets whose policy is of an edition before this one get the present policy; 0 if none do.
    /// `publish --apply-policies` sets it to the edition that it makes.
    #[serde(skip_serializing_if = "is_zero")]
    pub policies_apply_from: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
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
            quiet_s: 2,
            files_s: 5,
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
            policies_apply_from: 0,
        }
    }
}

/// The emergency numbers. They are configuration with a date, never code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Emergency {
    /// The day on which a person last checked the numbers (ISO 8601).
    pub as_of: String,
    /// The numbers by service: `police`, `gbv`, `fire_ambulance`.
    pub numbers: BTreeMap<String, String>,
}
