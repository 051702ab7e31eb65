//! What was understood, and where it was routed.

use topics::catalogue::{Assignments, Reports};
use topics::codec::sealing::Sealed;
use topics::records::assignments::{Assigned, AssignedAddendum, Assignment, Routing};
use topics::records::reports::{Account, Addendum, MunicipalReport, PlaceBasis, Report, ReportFacts};
use topics::values::vocabulary::{MunicipalityRule, PlaceSource};

use crate::example::{Example, example};
use crate::values::*;

pub fn all() -> Vec<Example> {
    let mut all = reports();
    all.extend(assignments());
    all
}

fn addendum() -> Addendum {
    Addendum { ticket: ticket(1), at: at(8), edition: 3, account: named_place() }
}

fn reports() -> Vec<Example> {
    let report = MunicipalReport {
        ticket: ticket(1),
        at: at(1),
        edition: 3,
        facts: facts(),
        account: Sealed(account()),
    };
    let bare = MunicipalReport {
        ticket: ticket(6),
        at: at(61),
        edition: 0,
        facts: ReportFacts { place_source: PlaceSource::None, reopened_from: None, ..facts() },
        account: Sealed(Account { words: vec![String::new()], ..Account::default() }),
    };
    let basis = PlaceBasis { source: PlaceSource::Coordinates, precision_m: Some(12) };
    let spelt = MunicipalReport {
        ticket: ticket(7),
        at: at(62),
        edition: 3,
        facts: ReportFacts { place_source: basis.source, place_precision_m: basis.precision_m, ..facts() },
        account: Sealed(Account { place_basis: Some(basis), ..account() }),
    };
    let numbered = MunicipalReport {
        ticket: ticket(8),
        at: at(63),
        edition: 3,
        facts: facts(),
        account: Sealed(Account { number_end: Some("0041".to_owned()), ..account() }),
    };
    vec![
        example::<Reports>(
            "a report with the end of the resident's number",
            "converse",
            ticket(8),
            Report::Report(Box::new(numbered)),
        ),
        example::<Reports>(
            "a burst pipe with words, a photo and a pin",
            "converse",
            ticket(1),
            Report::Report(Box::new(report)),
        ),
        example::<Reports>("a report without a place", "converse", ticket(6), Report::Report(Box::new(bare))),
        example::<Reports>(
            "a report whose words spell its place",
            "converse",
            ticket(7),
            Report::Report(Box::new(spelt)),
        ),
        example::<Reports>(
            "a place named afterwards",
            "converse",
            ticket(1),
            Report::Addendum(Box::new(addendum())),
        ),
    ]
}

fn assignments() -> Vec<Example> {
    let assigned = |ticket, routing, account| {
        Assignment::Assignment(Box::new(Assigned {
            ticket,
            at: at(1),
            edition: 3,
            facts: facts(),
            routing,
            account: Sealed(account),
        }))
    };
    let more = |routing| Assignment::Addendum(Box::new(AssignedAddendum { addendum: addendum(), routing }));
    let nearest =
        Routing { municipality_rule: MunicipalityRule::Nearest, distance_m: Some(12_345), ..routing() };
    vec![
        example::<Assignments>(
            "to the team whose area holds it",
            "route",
            ticket(1),
            assigned(ticket(1), routing(), account()),
        ),
        example::<Assignments>(
            "to nobody yet",
            "route",
            ticket(6),
            assigned(ticket(6), unlocated(), Account::default()),
        ),
        example::<Assignments>("more with a place", "route", ticket(1), more(Some(nearest))),
        example::<Assignments>("more without a place", "route", ticket(1), more(None)),
    ]
}
