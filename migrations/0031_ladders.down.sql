drop view staff_notices;
alter table audit_logs drop column reached;
update ticket_assignments set reason = 'escalation' where reason = 'ladder';
alter table ticket_assignments drop constraint ticket_assignments_reason;
alter table ticket_assignments add constraint ticket_assignments_reason
    check (reason in ('geospatial_routing', 'manual_override', 'escalation', 'sla_breach'));
update tickets set escalation_reason = 'manual' where escalation_reason = 'ladder';
alter table tickets drop constraint tickets_escalation_reason;
alter table tickets add constraint tickets_escalation_reason
    check (escalation_reason in ('sla_response_breach', 'sla_resolution_breach', 'manual'));
comment on column tickets.assignment_reason is
    'The reason for the present assignment: geospatial_routing, manual_override, escalation or sla_breach.';
comment on column tickets.escalation_reason is
    'The reason for the last escalation: sla_response_breach, sla_resolution_breach or manual.';
comment on column tickets.tier is
    'The escalation tier; 0 if the ticket has not been escalated.';
comment on column ticket_assignments.reason is
    'The reason for the assignment: geospatial_routing, manual_override, escalation or sla_breach.';
drop table ladders;
