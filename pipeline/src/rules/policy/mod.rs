//! Policies: the promised times and the deadlines that follow from them. `stamp` and `track` use them.

use std::collections::BTreeMap;
use std::time::Duration;

use topics::records::editions::{Policy, Rules};
use topics::records::ticket_commands::{Deadline, WorkingPromise};
use topics::values::text::Code;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, Hours, PolicySource, Severity};

use crate::rules::calendar::{Counting, Stretch, WorkingTime};

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
    /// Which hours count for both times.
    pub hours: Hours,
}

impl Promise {
    /// The system's promise, which holds where there is no policy.
    pub const fn of_system(rules: &Rules) -> Self {
        Self {
            response: Duration::from_secs(rules.response_s),
            resolution: Duration::from_secs(rules.resolution_s),
            warning_pct: rules.warning_pct,
            hours: Hours::RoundTheClock,
        }
    }

    /// The deadline `within` this time after `from`: of working time if there is a calendar.
    pub(in crate::rules) fn deadline(
        self,
        from: Time,
        within: Duration,
        calendar: Option<&WorkingTime>,
        holds: &[Stretch],
    ) -> Deadline {
        let Some(calendar) = calendar else {
            let after = |time| Counting::RoundTheClock.deadline_after(holds, from, time);
            let warn_at = after(share(within, self.warning_pct));
            return Deadline { due_at: after(within), warn_at, working: None };
        };
        let promise = WorkingPromise { from, working_s: within.as_secs(), warning_pct: self.warning_pct };
        working_deadline(promise, calendar, holds)
    }
}

/// The part of a promised time after which the team is warned.
fn share(time: Duration, percent: u8) -> Duration {
    let millis = time.as_millis() * u128::from(percent) / 100;
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// The deadline of a promise in working hours, apart from the holds of its ticket.
pub(in crate::rules) fn working_deadline(
    promise: WorkingPromise,
    calendar: &WorkingTime,
    holds: &[Stretch],
) -> Deadline {
    let counting = Counting::WorkingHours(calendar);
    let time = Duration::from_secs(promise.working_s);
    let warned_after = share(time, promise.warning_pct);
    Deadline {
        due_at: counting.deadline_after(holds, promise.from, time),
        warn_at: counting.deadline_after(holds, promise.from, warned_after),
        working: Some(promise),
    }
}

impl From<&Policy> for Promise {
    fn from(policy: &Policy) -> Self {
        Self {
            response: Duration::from_secs(policy.response_s),
            resolution: Duration::from_secs(policy.resolution_s),
            warning_pct: policy.warning_pct,
            hours: policy.hours,
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
