update ticket_assignments set reason = 'geospatial_routing' where reason = 'team_unavailable';
update ticket_assignments set reason = 'escalation' where reason = 'person_absent';
alter table ticket_assignments drop constraint ticket_assignments_reason;
alter table ticket_assignments add constraint ticket_assignments_reason
    check (reason in ('geospatial_routing', 'manual_override', 'escalation', 'sla_breach', 'ladder', 'automation'));
comment on column tickets.assignment_reason is
    'The reason for the present assignment: geospatial_routing, manual_override, escalation, sla_breach, ladder or automation.';
comment on column ticket_assignments.reason is
    'The reason for the assignment: geospatial_routing, manual_override, escalation, sla_breach, ladder or automation.';

alter table tickets drop column unattended_since;
alter table teams
    drop constraint teams_unavailability, drop constraint teams_unavailability_begins,
    drop column unavailable_from, drop column unavailable_until;
