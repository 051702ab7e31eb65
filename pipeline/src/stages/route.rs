//! route: whose a report is. A function of the report and the edition that it names, so it can run in the
//! conversations' chain or in a consumer group of its own.

use topics::records::assignments::{Assigned, AssignedAddendum};
use topics::records::reports::{Addendum, MunicipalReport};

use crate::rules::edition::Edition;
use crate::rules::geography::{locate, locate_place};

/// The stage's name.
pub const ROUTE: &str = "route";

/// Says whose the report is.
pub fn route(report: &MunicipalReport, edition: &Edition) -> Assigned {
    Assigned {
        ticket: report.ticket.clone(),
        at: report.at,
        edition: edition.number,
        facts: report.facts.clone(),
        routing: locate(report.account.point, report.facts.category, edition),
        account: report.account.clone(),
    }
}

/// Says where the point of an addendum lies, if it brought one. The category is the ticket's alone, so the
/// team is for `track` to find, by [`locate`].
pub fn route_addendum(addendum: &Addendum, edition: &Edition) -> AssignedAddendum {
    AssignedAddendum {
        addendum: addendum.clone(),
        routing: addendum.account.point.map(|point| locate_place(point, edition)),
    }
}
