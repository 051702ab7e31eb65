//! What a person disclosed, taken for what a resident reported.

use topics::records::protected::ProtectedReport;
use topics::records::reports::{ReportFacts, MunicipalReport};

fn rename(disclosure: ProtectedReport, facts: ReportFacts) -> MunicipalReport {
    MunicipalReport {
        ticket: disclosure.ticket,
        at: disclosure.at,
        edition: disclosure.edition,
        facts,
        account: disclosure.testimony,
    }
}

fn main() {}
