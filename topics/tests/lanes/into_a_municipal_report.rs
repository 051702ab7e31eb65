//! A disclosure, turned into a municipal report.

use topics::records::protected::ProtectedReport;
use topics::records::reports::{MunicipalReport, Report};

fn convert(disclosure: ProtectedReport) -> MunicipalReport {
    disclosure.into()
}

fn wrap(disclosure: Box<ProtectedReport>) -> Report {
    Report::Report(disclosure)
}

fn main() {}
