//! Policies: the promised times and the deadlines that follow from them. `stamp` and `track` use them.

use std::collections::BTreeMap;
use std::time::Duration;

use topics::records::editions::{Policy, Rules};
use topics::records::ticket_commands::Deadline;
use topics::values::text::Code;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, PolicySource, Severity};

/// What a policy covers within its municipality.
pub type Scope = (Option<Category>, Option<Severity>);

/// The promised response and resolution times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The time from the report until a person must have looked.
    pub response: Duration,
    /// The time from the report until it must be resolved.
    pub resolution: Duration,
    /// The share of either time after which the team is warned, in percent.
    pub warning_pct: u8,
}

impl Promise {
    /// The system's promise, which holds where there is no policy.
    pub const fn of_system(rules: &Rules) -> Self {
        Self {
            response: Duration::from_secs(rules.response_s),
            resolution: Duration::from_secs(rules.resolution_s),
            warning_pct: rules.warning_pct,
        }
    }

    /// The deadline `within` this time after `from`.
    pub(in crate::rules) fn deadline(self, from: Time, within: Duration) -> Deadline {
        let millis = within.as_millis() * u128::from(self.warning_pct) / 100;
        let warned_after = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
        Deadline { due_at: from + within, warn_at: from + warned_after }
    }
}

impl From<&Policy> for Promise {
    fn from(policy: &Policy) -> Self {
        Self {
            response: Duration::from_secs(policy.response_s),
            resolution: Duration::from_secs(policy.resolution_s),
            warning_pct: policy.warning_pct,
        }
    }
}

/// The active policies of an edition.
#[derive(Debug, Default)]
pub struct Policies(BTreeMap<Code, BTreeMap<Scope, Promise>>);

impl Policies {
    /// The active policies among these.
    pub(crate) fn new(policies: &[Policy]) -> Self {
        let mut active: BTreeMap<Code, BTreeMap<Scope, Promise>> = BTreeMap::new();
        for policy in policies.iter().filter(|policy| policy.is_active) {
            let scopes = active.entry(policy.municipality.clone()).or_default();
            scopes.insert((policy.category, policy.severity), policy.into());
        }
        Self(active)
    }

    /// The most specific promise for a report, and how specific it is; missing where the system's holds.
    pub(in crate::rules) fn most_specific(
        &self,
        municipality: &Code,
        category: Category,
        severity: Severity,
    ) -> Option<(PolicySource, Promise)> {
        let scopes = self.0.get(municipality)?;
        let by_specificity = [
            (PolicySource::Severity, (Some(category), Some(severity))),
            (PolicySource::Category, (Some(category), None)),
            (PolicySource::Municipality, (None, None)),
        ];
        by_specificity.into_iter().find_map(|(source, scope)| Some((source, *scopes.get(&scope)?)))
    }
}

#[cfg(test)]
mod tests;
