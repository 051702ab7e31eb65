//! Checks reference data before it becomes an edition: references between features, and the promised times.

use std::collections::BTreeSet;
use std::fmt;

use topics::records::editions::{Municipality, Policy, Reference, Rules, Team, Ward};
use topics::values::text::Code;
use topics::values::vocabulary::{Category, Severity};

use crate::rules::geography::shape::BadShape;

/// Reference data cannot be used: which feature is wrong, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{feature}: {flaw}")]
pub struct BadReference {
    /// The feature that is wrong.
    pub feature: Feature,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl BadReference {
    pub(crate) fn new(feature: Feature, flaw: impl Into<Flaw>) -> Self {
        Self { feature, flaw: flaw.into() }
    }
}

/// A feature of the reference data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feature {
    /// The municipality of this code.
    Municipality(Code),
    /// The ward of this code.
    Ward(Code),
    /// The team of this code.
    Team(Code),
    /// The policy of this municipality for this category and severity.
    Policy(Code, Option<Category>, Option<Severity>),
    /// The durations of the rules.
    Rules,
}

impl Feature {
    pub(crate) fn municipality(municipality: &Municipality) -> Self {
        Self::Municipality(municipality.code.clone())
    }

    pub(crate) fn ward(ward: &Ward) -> Self {
        Self::Ward(ward.code.clone())
    }

    pub(crate) fn team(team: &Team) -> Self {
        Self::Team(team.code.clone())
    }

    pub(crate) fn policy(policy: &Policy) -> Self {
        Self::Policy(policy.municipality.clone(), policy.category, policy.severity)
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Municipality(code) => write!(f, "municipality {code}"),
            Self::Ward(code) => write!(f, "ward {code}"),
            Self::Team(code) => write!(f, "team {code}"),
            Self::Policy(code, category, severity) => {
                write!(f, "policy of {code} for category {}", category.map_or("any", Category::as_str))?;
                write!(f, " and severity {}", severity.map_or("any", Severity::as_str))
            }
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
    /// A promised time is zero.
    #[error("a time of 0 s cannot be kept")]
    ZeroTime,
    /// The warning is not a percentage from 1 to 99.
    #[error("the warning must come after 1 to 99 percent of the time")]
    NotAPercentage,
}

/// Checks everything except the shapes. The lists must be sorted by code.
pub fn reference(reference: &Reference) -> Result<(), BadReference> {
    unique(&reference.municipalities, |municipality| &municipality.code, Feature::municipality)?;
    unique(&reference.wards, |ward| &ward.code, Feature::ward)?;
    unique(&reference.teams, |team| &team.code, Feature::team)?;
    let known = |code: &Code| {
        let found = reference.municipalities.binary_search_by(|municipality| municipality.code.cmp(code));
        found.map(|_| ()).map_err(|_| Flaw::UnknownMunicipality(code.clone()))
    };
    for ward in &reference.wards {
        known(&ward.municipality).map_err(|flaw| BadReference::new(Feature::ward(ward), flaw))?;
    }
    for team in &reference.teams {
        let checked = match &team.municipality {
            None if team.is_saps => Ok(()),
            None => Err(Flaw::NoMunicipality),
            Some(_) if team.is_saps => Err(Flaw::PoliceWithMunicipality),
            Some(code) => known(code),
        };
        checked.map_err(|flaw| BadReference::new(Feature::team(team), flaw))?;
    }
    let mut scopes = BTreeSet::new();
    for policy in reference.policies.iter().filter(|policy| policy.is_active) {
        let checked = known(&policy.municipality).and_then(|()| promise(policy));
        checked.map_err(|flaw| BadReference::new(Feature::policy(policy), flaw))?;
        if !scopes.insert((&policy.municipality, policy.category, policy.severity)) {
            return Err(BadReference::new(Feature::policy(policy), Flaw::Twice));
        }
    }
    rules(&reference.rules).map_err(|flaw| BadReference::new(Feature::Rules, flaw))
}

fn unique<T>(sorted: &[T], code: fn(&T) -> &Code, feature: fn(&T) -> Feature) -> Result<(), BadReference> {
    let mut neighbours = sorted.iter().zip(sorted.iter().skip(1));
    match neighbours.find(|(one, next)| code(one) == code(next)) {
        Some((twice, _)) => Err(BadReference::new(feature(twice), Flaw::Twice)),
        None => Ok(()),
    }
}

fn promise(policy: &Policy) -> Result<(), Flaw> {
    if policy.severity.is_some() && policy.category.is_none() {
        return Err(Flaw::SeverityAlone);
    }
    times(policy.response_s, policy.resolution_s, policy.warning_pct)
}

fn rules(rules: &Rules) -> Result<(), Flaw> {
    times(rules.response_s, rules.resolution_s, rules.warning_pct)
}

fn times(response_s: u64, resolution_s: u64, warning_pct: u8) -> Result<(), Flaw> {
    if response_s == 0 || resolution_s == 0 {
        return Err(Flaw::ZeroTime);
    }
    if (1..=99).contains(&warning_pct) { Ok(()) } else { Err(Flaw::NotAPercentage) }
}
