-- What lies with an absent person, or with a team that is switched off or unavailable, is handed on.

alter table teams
    add column unavailable_from date,
    add column unavailable_until date,
    add constraint teams_unavailability check (unavailable_until >= unavailable_from),
    add constraint teams_unavailability_begins check (unavailable_from is not null or unavailable_until is null);
comment on column teams.unavailable_from is
    'The first day on which the team takes no tickets, in South Africa; empty if it takes them.';
comment on column teams.unavailable_until is 'The last day on which the team takes no tickets; empty if it is not known yet.';

alter table tickets add column unattended_since timestamptz;
comment on column tickets.unattended_since is
    'Since when the ticket lies with a person who is absent, or with a team that is switched off or unavailable, and is '
    'not handed on: a person chose them, or nobody else is there.';
grant select (unattended_since) on tickets to national;

alter table ticket_assignments drop constraint ticket_assignments_reason;
alter table ticket_assignments add constraint ticket_assignments_reason
    check (reason in ('geospatial_routing', 'manual_override', 'escalation', 'sla_breach', 'ladder', 'automation', 'team_unavailable', 'person_absent'));
comment on column tickets.assignment_reason is
    'The reason for the present assignment: geospatial_routing, manual_override, escalation, sla_breach, ladder, '
    'automation, team_unavailable or person_absent.';
comment on column ticket_assignments.reason is
    'The reason for the assignment: geospatial_routing, manual_override, escalation, sla_breach, ladder, automation, '
    'team_unavailable or person_absent.';
