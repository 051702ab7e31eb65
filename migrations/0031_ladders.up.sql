-- Ladders: the steps before and after a deadline by which it reaches people. What a step did is in audit_logs, with the people
-- whom it reached.

create table ladders (
    id bigint generated always as identity primary key,
    municipality text not null references municipalities,
    category text,
    severity text,
    step integer not null check (step between 1 and 8),
    clock text not null default 'resolution',
    at text not null check (at ~ '^(0|-[1-9][0-9]?%|[+-][1-9][0-9]{0,7}[hms])$'),
    action text not null,
    whom text check (whom ~ '^(lead|manager|role:(staff|manager)|login:[A-Za-z][A-Za-z0-9_.-]{0,39})$'),
    is_active boolean not null default true,
    constraint ladders_one_per_step unique nulls not distinct (municipality, category, severity, step),
    constraint ladders_severity_needs_category check (severity is null or category is not null),
    constraint ladders_category check (category in ('water', 'roads', 'electricity', 'waste', 'sanitation', 'other')),
    constraint ladders_severity check (severity in ('low', 'medium', 'high', 'critical')),
    constraint ladders_clock check (clock in ('response', 'resolution')),
    constraint ladders_action check (action in ('notify', 'assign', 'raise_severity', 'escalate', 'tell_resident'))
);
comment on table ladders is
    'The steps by which a deadline reaches people; the most specific ladder of a municipality counts. Without one, a missed '
    'deadline escalates the ticket to the manager of its team.';
comment on column ladders.id is 'The number of the row, without meaning.';
comment on column ladders.municipality is 'The code of the municipality.';
comment on column ladders.category is 'The category that the ladder is for; empty for all categories.';
comment on column ladders.severity is 'The severity that the ladder is for; empty for all.';
comment on column ladders.step is 'The number of the step, from 1 to 8; the tier of the ticket after it.';
comment on column ladders.clock is 'The clock whose deadline the step belongs to: response or resolution.';
comment on column ladders.at is
    'When the step is due, counted from the deadline: -20% (of the promised time before it), -2h, 0, +24h; m and s are minutes '
    'and seconds.';
comment on column ladders.action is 'What the step does: notify, assign, raise_severity, escalate or tell_resident.';
comment on column ladders.whom is
    'Whom the step reaches: lead or manager of the team, role:staff or role:manager of it, or login:NAME.';
comment on column ladders.is_active is 'Whether the step is in the next edition.';
alter table ladders enable row level security;
alter table ladders force row level security;
create policy owner on ladders to trust_engine using (session_user = 'trust_engine');
create policy dashboard on ladders for select to dashboard using (municipality = (select session_municipality()));
create policy desk on ladders for select to desk
    using ((select session_sees_all()) or municipality = (select session_municipality()));
grant select on ladders to dashboard, desk;

alter table tickets drop constraint tickets_escalation_reason;
alter table tickets add constraint tickets_escalation_reason
    check (escalation_reason in ('sla_response_breach', 'sla_resolution_breach', 'manual', 'ladder'));
alter table ticket_assignments drop constraint ticket_assignments_reason;
alter table ticket_assignments add constraint ticket_assignments_reason
    check (reason in ('geospatial_routing', 'manual_override', 'escalation', 'sla_breach', 'ladder'));

comment on column tickets.assignment_reason is
    'The reason for the present assignment: geospatial_routing, manual_override, escalation, sla_breach or ladder.';
comment on column tickets.escalation_reason is
    'The reason for the last escalation: sla_response_breach, sla_resolution_breach, manual or ladder.';
comment on column tickets.tier is
    'The escalation tier: the highest step of the ladder that fired; 0 if the ticket has not been escalated.';
comment on column ticket_assignments.reason is
    'The reason for the assignment: geospatial_routing, manual_override, escalation, sla_breach or ladder.';

alter table audit_logs add column reached text[];
comment on column audit_logs.reached is 'The logins of the people whom a step of a ladder reached; empty for other events.';
grant select (reached) on audit_logs to dashboard;

create view staff_notices with (security_invoker) as
    select ce_id, login, entity_id as ticket, municipality, at,
           (details ->> 'step')::integer as step, details ->> 'clock' as clock, details ->> 'offset' as step_at,
           details ->> 'action' as action, (details ->> 'due_at')::timestamptz as due_at
      from audit_logs, unnest(reached) as login;
comment on view staff_notices is
    'The people whom the steps of ladders reached: one row for each person and step that fired.';
comment on column staff_notices.ce_id is 'The id of the event in the topic ticket-events.';
comment on column staff_notices.login is 'The login of the person.';
comment on column staff_notices.ticket is 'The id of the ticket.';
comment on column staff_notices.municipality is 'The code of the municipality that owns the ticket.';
comment on column staff_notices.at is 'When the step fired, in the time of the ticket''s log.';
comment on column staff_notices.step is 'The number of the step.';
comment on column staff_notices.clock is 'The clock whose deadline the step belongs to: response or resolution.';
comment on column staff_notices.step_at is 'When the step was due, counted from the deadline, such as -2h.';
comment on column staff_notices.action is 'What the step did.';
comment on column staff_notices.due_at is 'The deadline that the step belongs to.';
grant select on staff_notices to dashboard, desk;
