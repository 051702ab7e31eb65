//! The ladders of an edition, by municipality, category and severity.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use topics::records::editions::LadderStep;
use topics::values::text::Code;
use topics::values::vocabulary::{Category, Clock, PolicySource, Severity};

use crate::rules::policy::Scope;

/// The steps for the tickets of one municipality, category and severity.
#[derive(Debug)]
pub struct Ladder {
    /// How specific the ladder is.
    pub source: PolicySource,
    /// What tells it from other ladders; never 0, which stands for no ladder.
    pub(super) hash: u32,
    /// The steps in the order of their numbers, each with what tells it from other steps.
    pub(super) steps: Vec<(u32, LadderStep)>,
}

impl Ladder {
    fn new(source: PolicySource, mut steps: Vec<LadderStep>) -> Self {
        steps.sort_by_key(|step| step.step);
        let texts: Vec<String> = steps.iter().map(text_of).collect();
        let hash = hash_of(&texts.concat()).max(1);
        Self { source, hash, steps: texts.iter().map(|text| hash_of(text)).zip(steps).collect() }
    }

    /// The steps in the order of their numbers.
    pub fn steps(&self) -> impl Iterator<Item = &LadderStep> {
        self.steps.iter().map(|(_, step)| step)
    }

    /// The step with this number.
    pub fn step(&self, number: u8) -> Option<&LadderStep> {
        self.steps().find(|step| step.step == number)
    }

    /// Whether it has steps for the deadline of a clock; if not, the ticket is escalated as without a ladder.
    pub fn is_for(&self, clock: Clock) -> bool {
        self.steps().any(|step| step.clock == clock)
    }
}

/// What tells a step from other steps.
pub(super) fn hash_of_step(step: &LadderStep) -> u32 {
    hash_of(&text_of(step))
}

/// What a step is, apart from whose it is.
fn text_of(step: &LadderStep) -> String {
    let LadderStep { step, clock, at, whom, action, .. } = step;
    let whom = whom.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{step} {clock} {at} {whom} {action}\n")
}

/// The first four bytes of a SHA-256 hash.
fn hash_of(text: &str) -> u32 {
    Sha256::digest(text).iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The ladders of an edition.
#[derive(Debug, Default)]
pub struct Ladders(BTreeMap<Code, BTreeMap<Scope, Ladder>>);

impl Ladders {
    /// The ladders that these steps make.
    pub(in crate::rules) fn new(steps: &[LadderStep]) -> Self {
        let mut all: BTreeMap<Code, BTreeMap<Scope, Ladder>> = BTreeMap::new();
        for ((municipality, scope), steps) in by_ladder(steps) {
            let source = match scope {
                (_, Some(_)) => PolicySource::Severity,
                (Some(_), None) => PolicySource::Category,
                (None, None) => PolicySource::Municipality,
            };
            let steps = steps.into_iter().cloned().collect();
            all.entry(municipality.clone()).or_default().insert(scope, Ladder::new(source, steps));
        }
        Self(all)
    }

    /// The most specific ladder for a ticket; missing where the municipality has none.
    pub(super) fn most_specific(
        &self,
        municipality: &Code,
        category: Category,
        severity: Severity,
    ) -> Option<&Ladder> {
        let scopes = self.0.get(municipality)?;
        let by_specificity = [(Some(category), Some(severity)), (Some(category), None), (None, None)];
        by_specificity.into_iter().find_map(|scope| scopes.get(&scope))
    }
}

/// The steps of each ladder.
pub(super) fn by_ladder(steps: &[LadderStep]) -> BTreeMap<(&Code, Scope), Vec<&LadderStep>> {
    let mut ladders: BTreeMap<(&Code, Scope), Vec<&LadderStep>> = BTreeMap::new();
    for step in steps {
        ladders.entry((&step.municipality, (step.category, step.severity))).or_default().push(step);
    }
    ladders
}
