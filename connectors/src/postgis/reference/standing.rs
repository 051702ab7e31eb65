//! Doubts about the standing of municipalities: a single cell decides whether their reports are taken.

use std::collections::BTreeMap;

use topics::records::editions::Reference;

/// Municipalities that are not on board any more, or are of another kind, one a line. Those that are gone are
/// asked about by their areas.
pub(super) fn doubts(before: &Reference, after: &Reference) -> Vec<String> {
    let known: BTreeMap<_, _> = before.municipalities.iter().map(|one| (&one.code, one)).collect();
    let mut doubts = Vec::new();
    for new in &after.municipalities {
        let Some(old) = known.get(&new.code) else { continue };
        let code = &new.code;
        if old.onboarded && !new.onboarded {
            doubts.push(format!(
                "municipality {code} is not on board any more: reports from it go to no team and promise \
                 nothing; if it stays, make `onboarded` true"
            ));
        }
        if old.kind != new.kind {
            doubts.push(format!(
                "municipality {code} was {} and becomes {}: of a local or metropolitan municipality and a \
                 district that hold a point, the former gets the report; if that is not meant, correct \
                 `kind`",
                old.kind.as_str(),
                new.kind.as_str()
            ));
        }
    }
    doubts
}
