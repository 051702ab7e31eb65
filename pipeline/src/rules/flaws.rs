//! What can be wrong with reference data, by the feature that it is wrong with.

use std::fmt;

use topics::records::editions::{
    Automation, Calendar, ClosingDay, DeclaredHoliday, LadderStep, Municipality, PlaceName, Policy, Team,
    Ward,
};
use topics::values::calendar::Day;
use topics::values::ladder::Recipient;
use topics::values::text::{ActorName, Code};
use topics::values::vocabulary::{Category, Clock, Severity, StepAction};

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
    /// The ladder of this municipality for this category and severity.
    Ladder(Code, Option<Category>, Option<Severity>),
    /// The step with this number of such a ladder.
    LadderStep(u8, Code, Option<Category>, Option<Severity>),
    /// The automation of this municipality with this code.
    Automation(Code, Code),
    /// The member of staff with this login.
    StaffMember(ActorName),
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

    pub(crate) fn ladder(step: &LadderStep) -> Self {
        Self::Ladder(step.municipality.clone(), step.category, step.severity)
    }

    pub(crate) fn ladder_step(step: &LadderStep) -> Self {
        Self::LadderStep(step.step, step.municipality.clone(), step.category, step.severity)
    }

    pub(crate) fn automation(automation: &Automation) -> Self {
        Self::Automation(automation.municipality.clone(), automation.code.clone())
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
                write!(f, "policy of {code} {}", Scoped(*category, *severity))
            }
            Self::Ladder(code, category, severity) => {
                write!(f, "ladder of {code} {}", Scoped(*category, *severity))
            }
            Self::LadderStep(step, code, category, severity) => {
                write!(f, "step {step} of the ladder of {code} {}", Scoped(*category, *severity))
            }
            Self::Calendar(code) => write!(f, "calendar of {code}"),
            Self::ClosingDay(code, day) => write!(f, "closing day {day} of {code}"),
            Self::Holiday(day) => write!(f, "holiday {day}"),
            Self::Automation(municipality, code) => write!(f, "automation {code} of {municipality}"),
            Self::StaffMember(login) => write!(f, "member of staff {login}"),
            Self::Rules => f.write_str("rules"),
        }
    }
}

/// The category and severity that something is for.
struct Scoped(Option<Category>, Option<Severity>);

impl fmt::Display for Scoped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(category, severity) = self;
        write!(f, "for category {}", category.map_or("any", Category::as_str))?;
        write!(f, " and severity {}", severity.map_or("any", Severity::as_str))
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
    /// A step of a ladder whose number is too high or zero.
    #[error("its number is {0}; a ladder has the steps 1 to 8")]
    StepNumber(u8),
    /// The place of an automation in the order is too high or zero.
    #[error("its position is {0}; it must be 1 to 100")]
    Position(u8),
    /// A municipality with more automations than are tried.
    #[error("{0} has more than 100 automations; take some out")]
    TooManyAutomations(Code),
    /// An automation for a ward that is not in the data.
    #[error("its municipality has no ward {0}")]
    UnknownWard(Code),
    /// An automation for a team that is not in the data.
    #[error("its municipality has no team {0}")]
    UnknownTeam(Code),
    /// An absence or unavailability whose last day is before its first.
    #[error("the absence ends before it begins; correct one of the days")]
    EndsBeforeItBegins,
    /// A person who would stand in for themselves.
    #[error("the person is their own delegate; name another one, or none")]
    DelegateOfOneself,
    /// A delegate who is not known.
    #[error(
        "the delegate {0} is no active member of staff of the municipality; import staff, or name another"
    )]
    UnknownDelegate(ActorName),
    /// A step of a ladder that has to reach a person and names none.
    #[error("it says {0}, and to nobody; fill `whom`: lead, manager, role:staff, role:manager or login:NAME")]
    ReachesNobody(StepAction),
    /// A step of a ladder that gives the ticket to several people.
    #[error("it says {0}, which needs one person; make `whom` lead, manager or login:NAME")]
    NotOnePerson(StepAction),
    /// A step of a ladder that reaches a person who is not known.
    #[error("there is no active member of staff {0} in its municipality; import staff, or correct the login")]
    UnknownLogin(ActorName),
    /// A recipient that no team of the municipality has.
    #[error("none of the teams that it is for has `{0}`; name a lead or a manager, or reach others")]
    NoSuchRecipient(Recipient),
    /// A recipient that a team does not have, and nobody stands in.
    #[error(
        "team {1} has no `{0}`, and neither a lead nor a manager who would stand in; name one, or reach others"
    )]
    ReachesNobodyOf(Recipient, Code),
    /// A ladder whose steps end before the deadline: a breach would reach nobody.
    #[error(
        "a missed {0} deadline would reach nobody; add a step at 0 or later that says notify, assign or \
         escalate"
    )]
    MissedInSilence(Clock),
    /// The warning is not a percentage from 1 to 99.
    #[error("the warning must come after 1 to 99 percent of the time")]
    NotAPercentage,
}
