-- Automations: what a municipality lets the system do by itself when something happens to a ticket. What one did is in
-- audit_logs (action automated), with its name and the people whom it reached.

create table automations (
    municipality text not null references municipalities,
    code text not null,
    position integer not null check (position between 1 and 100),
    trigger text not null check (trigger ~ '^(opened|changed|note|held|reopened(:[1-9][0-9]?)?)$'),
    category text,
    severity text,
    ward text,
    team text,
    language text,
    place_source text,
    older_than text check (older_than ~ '^[1-9][0-9]{0,7}[hms]$'),
    effect text not null check (effect ~ '^(escalate|(assign|notify):[A-Za-z0-9_.:-]+|severity:[a-z]+|tag:[a-z][a-z_-]{0,29})$'),
    is_active boolean not null default true,
    primary key (municipality, code),
    constraint automations_category check (category in ('water', 'roads', 'electricity', 'waste', 'sanitation', 'other')),
    constraint automations_severity check (severity in ('low', 'medium', 'high', 'critical')),
    constraint automations_place_source
        check (place_source in ('pin', 'coordinates', 'link', 'plus_code', 'name', 'staff', 'none'))
);
comment on table automations is
    'The rules of municipalities: when something happens to a ticket, and it is like this, the system does something.';
comment on column automations.municipality is 'The code of the municipality.';
comment on column automations.code is 'The name of the automation, unique in its municipality; events say it.';
comment on column automations.position is 'The place in the order in which the automations are tried, from 1 to 100.';
comment on column automations.trigger is
    'What starts it: opened, changed, note, held or reopened; reopened:2 is the second time alone.';
comment on column automations.category is 'Only tickets of this category; empty for all.';
comment on column automations.severity is 'Only tickets of this severity; empty for all.';
comment on column automations.ward is 'Only tickets in the ward with this code; empty for all.';
comment on column automations.team is 'Only tickets of the team with this code; empty for all.';
comment on column automations.language is 'Only tickets of residents with this language; empty for all.';
comment on column automations.place_source is 'Only tickets whose place became known like this; empty for all.';
comment on column automations.older_than is 'Only tickets that were reported at least so long ago, such as 48h; empty for all.';
comment on column automations.effect is
    'What it does: escalate, assign:WHOM, notify:WHOM (lead, manager, role:staff, role:manager, login:NAME), severity:WORD or '
    'tag:WORD.';
comment on column automations.is_active is 'Whether it is in the next edition.';
alter table automations enable row level security;
alter table automations force row level security;
create policy owner on automations to trust_engine using (session_user = 'trust_engine');
create policy dashboard on automations for select to dashboard using (municipality = (select session_municipality()));
create policy desk on automations for select to desk
    using ((select session_sees_all()) or municipality = (select session_municipality()));
grant select on automations to dashboard, desk;

alter table tickets drop constraint tickets_escalation_reason;
alter table tickets add constraint tickets_escalation_reason
    check (escalation_reason in ('sla_response_breach', 'sla_resolution_breach', 'manual', 'ladder', 'automation'));
alter table ticket_assignments drop constraint ticket_assignments_reason;
alter table ticket_assignments add constraint ticket_assignments_reason
    check (reason in ('geospatial_routing', 'manual_override', 'escalation', 'sla_breach', 'ladder', 'automation'));

alter table tickets
    add column reopenings integer not null default 0,
    add column tags text[] not null default '{}';
comment on column tickets.reopenings is 'How often the ticket was reopened.';
comment on column tickets.tags is 'The words that automations put on the ticket.';
grant select (reopenings, tags) on tickets to national;
comment on column tickets.assignment_reason is
    'The reason for the present assignment: geospatial_routing, manual_override, escalation, sla_breach, ladder or automation.';
comment on column tickets.escalation_reason is
    'The reason for the last escalation: sla_response_breach, sla_resolution_breach, manual, ladder or automation.';
comment on column ticket_assignments.reason is
    'The reason for the assignment: geospatial_routing, manual_override, escalation, sla_breach, ladder or automation.';
comment on column audit_logs.reached is
    'The logins of the people whom a step of a ladder or an automation reached; empty for other events.';
comment on column staff_notices.step is
    'The number of the step; empty for an automation.';
comment on column staff_notices.action is
    'What the step or the automation did.';

create or replace view staff_notices with (security_invoker) as
    select ce_id, login, entity_id as ticket, municipality, at,
           (details ->> 'step')::integer as step, details ->> 'clock' as clock, details ->> 'offset' as step_at,
           coalesce(details ->> 'action', details ->> 'effect') as action, (details ->> 'due_at')::timestamptz as due_at,
           details ->> 'automation' as automation
      from audit_logs, unnest(reached) as login;
comment on view staff_notices is
    'The people whom the steps of ladders and automations reached: one row for each person and event.';
comment on column staff_notices.automation is 'The code of the automation; empty for a step of a ladder.';
