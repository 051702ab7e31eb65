//! route: decides which municipality and team a report belongs to. It is a function of the report and the
//! edition that the report names, so it can run in the chain of `conversations` or in a consumer group of its
//! own.

use topics::records::assignments::{Assigned, AssignedAddendum};
use topics::records::reports::{Addendum, MunicipalReport};

use crate::rules::edition::Edition;
use crate::rules::geography::{locate, locate_place};

/// The name of the stage in counts and dead letters.
pub const ROUTE: &str = "route";

/// Assigns the report to a municipality and a team.
pub fn route(report: &MunicipalReport, edition: &Edition) -> Assigned {
    Assigned {
        ticket: report.ticket.clone(),
        at: report.at,
        edition: edition.number,
        facts: report.facts.clone(),
        routing: locate(report.account.point, report.facts.category, report.at, edition),
        account: report.account.clone(),
    }
}

/// Locates the point of an addendum, if it has one. Only the ticket has the category, so `track` finds the
/// team with [`locate`].
pub fn route_addendum(addendum: &Addendum, edition: &Edition) -> AssignedAddendum {
    AssignedAddendum {
        addendum: addendum.clone(),
        routing: addendum.account.point.map(|point| locate_place(point, addendum.at, edition)),
    }
}
