//! `assignments`: a tap of where each report was routed and by which rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::sealing::Sealed;
use crate::records::reports::{Account, Addendum, ReportFacts};
use crate::values::ids::TicketId;
use crate::values::text::{ActorName, Cell, Code};
use crate::values::time::Time;
use crate::values::vocabulary::{MunicipalityRule, Queue, TeamRule};

/// One record of the tap, keyed by ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Assignment {
    /// A new report and where it is routed.
    Assignment(Box<Assigned>),
    /// An addition to an existing ticket, with the routing of its new point if it brought one.
    Addendum(Box<AssignedAddendum>),
}

/// A report with its routing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assigned {
    /// The ticket that the report becomes.
    pub ticket: TicketId,
    /// When the conversation made the report, in the time of its log.
    pub at: Time,
    /// The edition of the reference data by which the report was routed.
    pub edition: u32,
    /// What was understood of the report: category, severity, language and more.
    pub facts: ReportFacts,
    /// The municipality, ward, team and person that the report is routed to, and by which rules.
    pub routing: Routing,
    /// The resident's words, pictures and place.
    pub account: Sealed<Account>,
}

/// An addendum with the routing of its point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssignedAddendum {
    /// What the resident added to the ticket.
    pub addendum: Addendum,
    /// The routing of its point, if it brought one.
    pub routing: Option<Routing>,
}

/// Where a report is routed, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Routing {
    /// The code of the municipality; if missing, the ticket is owned by `national`.
    pub municipality: Option<Code>,
    /// The rule that found the municipality.
    pub municipality_rule: MunicipalityRule,
    /// The ward that contains the point.
    pub ward: Option<Code>,
    /// The square of 500 m around the point.
    pub cell: Option<Cell>,
    /// The code of the team that takes the ticket; missing if the ticket waits in a queue.
    pub team: Option<Code>,
    /// The rule that found the team.
    pub team_rule: TeamRule,
    /// The login of the person the ticket is assigned to, where the team names a lead.
    pub assigned_to: Option<ActorName>,
    /// The login of the team's manager, to whom a breach escalates.
    pub manager: Option<ActorName>,
    /// The distance in metres to the municipality or service area, where the rule `nearest` decided.
    pub distance_m: Option<u32>,
    /// The queue that the ticket waits in, if no team has it yet.
    pub queue: Option<Queue>,
    /// The edition of the reference data by which it was routed.
    pub edition: u32,
}
