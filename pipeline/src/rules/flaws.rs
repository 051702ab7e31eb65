//! What can be wrong with reference data, by the feature that it is wrong with.

use std::fmt;

use topics::records::editions::{
    Calendar, ClosingDay, DeclaredHoliday, Municipality, PlaceName, Policy, Team, Ward,
};
use topics::values::calendar::Day;
use topics::values::text::Code;
use topics::values::vocabulary::{Category, Severity};

use crate::rules::geography::shape::BadShape;

/// Reference data cannot be used: which feature is wrong, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{feature}: {flaw}")]
pub struct BadReference {
    /// The feature that is wrong.
    pub feature: ReferenceFeature,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl BadReference {
    pub(crate) fn new(feature: ReferenceFeature, flaw: impl Into<Flaw>) -> Self {
        Self { feature, flaw: flaw.into() }
    }
}

/// A feature of the reference data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceFeature {
    /// The municipality of this code.
    Municipality(Code),
    /// The ward of this code.
    Ward(Code),
    /// The team of this code.
    Team(Code),
    /// The named place of this code.
    Place(String),
    /// The policy of this municipality for this category and severity.
    Policy(Code, Option<Category>, Option<Severity>),
    /// The calendar of this municipality.
    Calendar(Code),
    /// The closing day of this municipality.
    ClosingDay(Code, Day),
    /// The public holiday that was declared for this day.
    Holiday(Day),
    /// The durations of the rules.
    Rules,
}

impl ReferenceFeature {
    pub(crate) fn municipality(municipality: &Municipality) -> Self {
        Self::Municipality(municipality.code.clone())
    }

    pub(crate) fn ward(ward: &Ward) -> Self {
        Self::Ward(ward.code.clone())
    }

    pub(crate) fn team(team: &Team) -> Self {
        Self::Team(team.code.clone())
    }

    pub(crate) fn place(place: &PlaceName) -> Self {
        Self::Place(place.code.clone())
    }

    pub(crate) fn calendar(calendar: &Calendar) -> Self {
        Self::Calendar(calendar.municipality.clone())
    }

    pub(crate) fn closing_day(day: &ClosingDay) -> Self {
        Self::ClosingDay(day.municipality.clone(), day.day)
    }

    pub(crate) fn holiday(holiday: &DeclaredHoliday) -> Self {
        Self::Holiday(holiday.day)
    }

    pub(crate) fn policy(policy: &Policy) -> Self {
        Self::Policy(policy.municipality.clone(), policy.category, policy.severity)
    }
}

impl fmt::Display for ReferenceFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Municipality(code) => write!(f, "municipality {code}"),
            Self::Ward(code) => write!(f, "ward {code}"),
            Self::Team(code) => write!(f, "team {code}"),
            Self::Place(code) => write!(f, "place {code}"),
            Self::Policy(code, category, severity) => {
                write!(f, "policy of {code} for category {}", category.map_or("any", Category::as_str))?;
                write!(f, " and severity {}", severity.map_or("any", Severity::as_str))
            }
            Self::Calendar(code) => write!(f, "calendar of {code}"),
            Self::ClosingDay(code, day) => write!(f, "closing day {day} of {code}"),
            Self::Holiday(day) => write!(f, "holiday {day}"),
            Self::Rules => f.write_str("rules"),
        }
    }
}

/// What is wrong with a feature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Its shape is invalid.
    #[error(transparent)]
    Shape(#[from] BadShape),
    /// The feature occurs twice.
    #[error("there are two of it")]
    Twice,
    /// It belongs to a municipality that is not in the data.
    #[error("there is no municipality {0}")]
    UnknownMunicipality(Code),
    /// A municipal team has no municipality.
    #[error("a team that is not of the police needs a municipality")]
    NoMunicipality,
    /// A police team has a municipality.
    #[error("a team of the police has no municipality")]
    PoliceWithMunicipality,
    /// A policy for a severity in all categories: it would be neither more nor less specific than one for a
    /// category.
    #[error("a severity needs a category")]
    SeverityAlone,
    /// A named place without a name.
    #[error("it has no name")]
    NoName,
    /// A point that is not on the earth.
    #[error("its point must be longitude and latitude in degrees")]
    OffTheEarth,
    /// A promised time is zero.
    #[error("a time of 0 s cannot be kept")]
    ZeroTime,
    /// A time zone that is not in the database that is compiled in.
    #[error("there is no time zone `{0}`; give one of the IANA database, such as Africa/Johannesburg")]
    UnknownTimeZone(String),
    /// A calendar without working hours: a promise in working hours would never be due.
    #[error("it has no working hours on any day of the week")]
    NeverOpen,
    /// A policy counts working hours, and its municipality has none.
    #[error(
        "it counts working hours, and its municipality has no calendar; import one, or say round_the_clock"
    )]
    NoCalendar,
    /// A promise in working hours that would be due in a distant future.
    #[error("a promise in working hours has at most 8,760 of them")]
    TooManyWorkingHours,
    /// The warning is not a percentage from 1 to 99.
    #[error("the warning must come after 1 to 99 percent of the time")]
    NotAPercentage,
}
