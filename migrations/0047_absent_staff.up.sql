-- People who are not there: members of staff are absent from one day until another, and somebody stands in. Whom an
-- event reaches by mail is then the person who stands in.

alter table staff
    add column absent_from date,
    add column absent_until date,
    add column delegate text,
    add constraint staff_absence check (absent_until >= absent_from),
    add constraint staff_absence_begins check (absent_from is not null or absent_until is null),
    add constraint staff_delegate check (delegate <> login);
comment on column staff.absent_from is 'The first day of the absence, in South Africa; empty if the person is present.';
comment on column staff.absent_until is 'The last day of the absence; empty if it is not known yet.';
comment on column staff.delegate is
    'The login of the person who stands in while this one is absent; empty for the lead or a manager of the team.';

comment on column audit_logs.reached is
    'The logins of the people whom a step of a ladder or an automation reached, or who were told because the person who '
    'has the ticket is absent; empty for other events.';

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
     where a.reached <> '{}' and a.action in ('stepped', 'automated')
    union
    select a.ce_id, told.login, a.entity_id, a.municipality, a.at,
           case a.action when 'warned' then 'warning' when 'breached' then 'breach' else 'escalation' end,
           a.details ->> 'clock'
      from audit_logs a
      join lateral (select t.assigned_to from ticket_assignments t
                     where t.ticket = a.entity_id and t.version <= a.version order by t.version desc limit 1) had
           on had.assigned_to is not null,
           unnest(case when a.reached <> '{}' then a.reached else array[had.assigned_to] end) as told (login)
     where a.action in ('warned', 'breached', 'escalated')
    union
    select t.ce_id, told.login, t.ticket, t.municipality, t.at, 'assignment', null
      from ticket_assignments t
      join audit_logs a on a.ce_id = t.ce_id,
           unnest(case when a.reached <> '{}' then a.reached else array[t.assigned_to] end) as told (login)
     where t.assigned_to is not null and told.login <> t.assigned_by
       and (coalesce(a.reached, '{}') = '{}' or a.action not in ('stepped', 'automated'))
       and a.action not in ('warned', 'breached', 'escalated');
comment on view staff_mail_events is
    'Whom an event should reach: the people whom a step or an automation names, those who have the ticket when its time runs out, and '
    'those who get it from somebody else; in place of a person who is absent, who stands in.';

create or replace view staff_notices with (security_invoker) as
    select ce_id, login, entity_id as ticket, municipality, at,
           (details ->> 'step')::integer as step, details ->> 'clock' as clock, details ->> 'offset' as step_at,
           coalesce(details ->> 'action', details ->> 'effect') as action,
           (details ->> 'due_at')::timestamptz as due_at,
           details ->> 'automation' as automation, details ->> 'stand_in' as stand_in
      from audit_logs, unnest(reached) as login
     where action in ('stepped', 'automated');
comment on column staff_notices.stand_in is
    'Who the person is, delegate, lead or manager, if the recipient that was named does not exist or is absent; empty '
    'if it was reached.';
