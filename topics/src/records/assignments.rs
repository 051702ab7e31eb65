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
    /// A new matter and where it goes.
    Assignment(Box<Assigned>),
    /// More about a ticket, with the routing of its new point if it brought one.
    Addendum(Box<AssignedAddendum>),
}

/// A report with where it goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assigned {
    /// The ticket.
    pub ticket: TicketId,
    /// When the conversation made the report, by its log.
    pub at: Time,
    /// The edition that decided.
    pub edition: u32,
    /// What was understood.
    pub facts: ReportFacts,
    /// Where it goes.
    pub routing: Routing,
    /// The resident's words, pictures and place.
    pub account: Sealed<Account>,
}

/// An addendum with where its point lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssignedAddendum {
    /// What was added.
    pub addendum: Addendum,
    /// Where its point lies, if it brought one.
    pub routing: Option<Routing>,
}

/// Where a matter goes, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Routing {
    /// The municipality; none is owned `national`.
    pub municipality: Option<Code>,
    /// Which rule found it.
    pub municipality_rule: MunicipalityRule,
    /// The ward that contains the point.
    pub ward: Option<Code>,
    /// The square of 500 m around the point.
    pub cell: Option<Cell>,
    /// The team.
    pub team: Option<Code>,
    /// Which rule found it.
    pub team_rule: TeamRule,
    /// The person it is assigned to, where the team names a lead.
    pub assigned_to: Option<ActorName>,
    /// The team's manager, to whom a breach escalates.
    pub manager: Option<ActorName>,
    /// Metres to the municipality or service area, where `nearest` decided.
    pub distance_m: Option<u32>,
    /// The queue, if nobody owns it yet.
    pub queue: Option<Queue>,
    /// The edition that decided.
    pub edition: u32,
}
