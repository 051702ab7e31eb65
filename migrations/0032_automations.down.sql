drop view staff_notices;
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

alter table tickets drop column reopenings, drop column tags;
update ticket_assignments set reason = 'escalation' where reason = 'automation';
alter table ticket_assignments drop constraint ticket_assignments_reason;
alter table ticket_assignments add constraint ticket_assignments_reason
    check (reason in ('geospatial_routing', 'manual_override', 'escalation', 'sla_breach', 'ladder'));
update tickets set escalation_reason = 'manual' where escalation_reason = 'automation';
alter table tickets drop constraint tickets_escalation_reason;
alter table tickets add constraint tickets_escalation_reason
    check (escalation_reason in ('sla_response_breach', 'sla_resolution_breach', 'manual', 'ladder'));
comment on column tickets.assignment_reason is
    'The reason for the present assignment: geospatial_routing, manual_override, escalation, sla_breach or ladder.';
comment on column tickets.escalation_reason is
    'The reason for the last escalation: sla_response_breach, sla_resolution_breach, manual or ladder.';
comment on column ticket_assignments.reason is
    'The reason for the assignment: geospatial_routing, manual_override, escalation, sla_breach or ladder.';
comment on column audit_logs.reached is
    'The logins of the people whom a step of a ladder reached; empty for other events.';
drop table automations;
