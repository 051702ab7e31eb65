//! `tickets`, from `tickets`: the present state of each ticket.

use topics::codec::record::{Envelope, Incoming};
use topics::records::tickets::Ticket;
use topics::values::vocabulary::Hours;

use super::{big, int};
use crate::postgis::sink::columns::{At, ColumnPosition, TextColumn, table_row};
use crate::postgis::sink::rows::{Conflict, TableRow};

table_row!(TicketRow {
    id: String,
    municipality: Option<String>,
    tracking_number: String,
    category: &'static str,
    severity: &'static str,
    sentiment: &'static str,
    status: &'static str,
    outcome: Option<&'static str>,
    language: &'static str,
    location: Option<ColumnPosition>,
    cell: Option<String>,
    place_source: &'static str,
    place_precision_m: Option<i32>,
    municipality_rule: &'static str,
    ward: Option<String>,
    assigned_team: Option<String>,
    team_rule: &'static str,
    assigned_to: Option<String>,
    manager: Option<String>,
    assignment_reason: &'static str,
    distance_m: Option<i32>,
    queue: Option<&'static str>,
    policy: &'static str,
    policy_edition: i64,
    hours: &'static str,
    created_at: At,
    updated_at: At,
    first_responded_at: Option<At>,
    resolved_at: Option<At>,
    close_at: Option<At>,
    closed_at: Option<At>,
    reopened_at: Option<At>,
    escalated_at: Option<At>,
    escalation_reason: Option<&'static str>,
    manager_missing: bool,
    unattended_since: Option<At>,
    tier: i32,
    response_due_at: At,
    response_warned_at: Option<At>,
    response_breached_at: Option<At>,
    response_met_at: Option<At>,
    resolution_due_at: At,
    resolution_warned_at: Option<At>,
    resolution_breached_at: Option<At>,
    resolution_met_at: Option<At>,
    held_since: Option<At>,
    held_until: Option<At>,
    hold_reason: Option<&'static str>,
    held_by: Option<String>,
    resolution_due_without_holds_at: Option<At>,
    late_holds: i32,
    last_minute_closings: i32,
    reopenings: i32,
    tags: TextColumn,
    disarmed_at: Option<At>,
    reopened_from: Option<String>,
    addenda: i32,
    revision: i32,
    version: i64,
    edition: i64,
});

impl TableRow for TicketRow {
    const CONFLICT: Conflict = Conflict::Version("id");

    fn key(&self) -> &str {
        &self.id
    }

    fn version(&self) -> i64 {
        self.version
    }
}

impl TicketRow {
    /// The row of a ticket.
    pub fn of(_: &Incoming, _: &Envelope, ticket: Ticket) -> Option<Self> {
        let Ticket { facts, routing, response, resolution, .. } = ticket;
        Some(Self {
            id: ticket.ticket.to_string(),
            municipality: routing.municipality.map(|it| it.to_string()),
            tracking_number: facts.tracking_number.to_string(),
            category: facts.category.as_str(),
            severity: facts.severity.as_str(),
            sentiment: facts.sentiment.as_str(),
            status: ticket.status.as_str(),
            outcome: ticket.outcome.map(|outcome| outcome.as_str()),
            language: facts.language.as_str(),
            location: ticket.point.0.map(ColumnPosition),
            cell: routing.cell.map(|it| it.to_string()),
            place_source: facts.place_source.as_str(),
            place_precision_m: facts.place_precision_m.map(int),
            municipality_rule: routing.municipality_rule.as_str(),
            ward: routing.ward.map(|it| it.to_string()),
            assigned_team: routing.team.map(|it| it.to_string()),
            team_rule: routing.team_rule.as_str(),
            assigned_to: routing.assigned_to.map(|it| it.to_string()),
            manager: routing.manager.map(|it| it.to_string()),
            assignment_reason: ticket.assignment_reason.as_str(),
            distance_m: routing.distance_m.map(int),
            queue: routing.queue.map(|queue| queue.as_str()),
            policy: ticket.policy.as_str(),
            policy_edition: i64::from(ticket.policy_edition),
            hours: resolution.working.map_or(Hours::RoundTheClock, |_| Hours::WorkingHours).as_str(),
            created_at: At(facts.reported_at),
            updated_at: At(ticket.at),
            first_responded_at: ticket.first_responded_at.map(At),
            resolved_at: ticket.resolved_at.map(At),
            close_at: ticket.close_at.map(At),
            closed_at: ticket.closed_at.map(At),
            reopened_at: ticket.reopened_at.map(At),
            escalated_at: ticket.escalated_at.map(At),
            escalation_reason: ticket.escalation_reason.map(|reason| reason.as_str()),
            manager_missing: ticket.manager_missing,
            unattended_since: ticket.unattended_since.map(At),
            tier: i32::from(ticket.tier),
            response_due_at: At(response.due_at),
            response_warned_at: response.warned().map(At),
            response_breached_at: response.breached_at.map(At),
            response_met_at: response.met_at.map(At),
            resolution_due_at: At(resolution.due_at),
            resolution_warned_at: resolution.warned().map(At),
            resolution_breached_at: resolution.breached_at.map(At),
            resolution_met_at: resolution.met_at.map(At),
            held_since: ticket.held_since.map(At),
            held_until: ticket.hold.as_ref().map(|hold| At(hold.until)),
            hold_reason: ticket.hold.as_ref().map(|hold| hold.reason.as_str()),
            held_by: ticket.hold.map(|hold| hold.by.to_string()),
            resolution_due_without_holds_at: resolution.without_holds_due_at.map(At),
            late_holds: int(ticket.late_holds),
            last_minute_closings: int(ticket.last_minute_closings),
            reopenings: int(ticket.reopenings),
            tags: TextColumn::of(&ticket.tags.iter().map(ToString::to_string).collect::<Vec<_>>()),
            disarmed_at: ticket.disarmed_at.map(At),
            reopened_from: facts.reopened_from.map(|it| it.to_string()),
            addenda: int(ticket.addenda),
            revision: int(ticket.revision),
            version: big(ticket.version),
            edition: i64::from(ticket.edition),
        })
    }
}
