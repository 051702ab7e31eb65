create or replace view staff_notices with (security_invoker) as
    select ce_id, login, entity_id as ticket, municipality, at,
           (details ->> 'step')::integer as step, details ->> 'clock' as clock, details ->> 'offset' as step_at,
           coalesce(details ->> 'action', details ->> 'effect') as action,
           (details ->> 'due_at')::timestamptz as due_at,
           details ->> 'automation' as automation, details ->> 'stand_in' as stand_in
      from audit_logs, unnest(reached) as login;
comment on column staff_notices.stand_in is
    'Who the person is, lead or manager, if the recipient that was named does not exist; empty if it exists.';

create or replace view staff_mail_events with (security_invoker) as
    select a.ce_id, reached.login, a.entity_id as ticket, a.municipality, a.at,
           case when a.action = 'automated' then
                    case when a.details ->> 'effect' = 'assign' then 'assignment'
                         when a.details ->> 'effect' = 'escalate' then 'escalation'
                         else 'automation' end
                when a.details ->> 'action' = 'escalate' then 'escalation'
                when a.details ->> 'action' = 'assign' then 'assignment'
                when a.details ->> 'offset' like '-%' then 'warning'
                else 'breach' end as reason,
           a.details ->> 'clock' as clock
      from audit_logs a, unnest(a.reached) as reached (login)
     where a.reached <> '{}'
    union
    select a.ce_id, had.assigned_to, a.entity_id, a.municipality, a.at,
           case a.action when 'warned' then 'warning' when 'breached' then 'breach' else 'escalation' end,
           a.details ->> 'clock'
      from audit_logs a
      join lateral (select t.assigned_to from ticket_assignments t
                     where t.ticket = a.entity_id and t.version <= a.version order by t.version desc limit 1) had
           on had.assigned_to is not null
     where a.action in ('warned', 'breached', 'escalated')
    union
    select t.ce_id, t.assigned_to, t.ticket, t.municipality, t.at, 'assignment', null
      from ticket_assignments t
      join audit_logs a on a.ce_id = t.ce_id
     where t.assigned_to is not null and t.assigned_to <> t.assigned_by
       and coalesce(a.reached, '{}') = '{}' and a.action not in ('warned', 'breached', 'escalated');
comment on view staff_mail_events is
    'Whom an event should reach: the people whom a step or an automation names, those who have the ticket when its time runs out, and '
    'those who get it from somebody else.';

comment on column audit_logs.reached is
    'The logins of the people whom a step of a ladder or an automation reached; empty for other events.';

alter table staff
    drop constraint staff_absence, drop constraint staff_absence_begins, drop constraint staff_delegate,
    drop column absent_from, drop column absent_until, drop column delegate;
