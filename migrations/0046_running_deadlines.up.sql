-- A deadline counts only while its clock runs: not of a ticket that is resolved or closed, and not the
-- resolution of a ticket that is held. Every list, figure and map that shows what is overdue reads next_due_at,
-- so the rule is in that column. Automations may start when a ticket has waited in a queue for some time.

alter table tickets rename column next_due_at to former_due_at;
alter table tickets add column next_due_at timestamptz generated always as (
    case when status in ('open', 'in_progress', 'escalated') then
        least(case when response_met_at is null then response_due_at end,
              case when resolution_met_at is null and held_since is null then resolution_due_at end)
    end) stored;
comment on column tickets.next_due_at is
    'The nearer deadline of the clocks that run and are not met yet; empty if none runs: the ticket is resolved '
    'or closed, or it is held and its response was met.';
grant select (next_due_at) on tickets to national;

create or replace view open_tickets with (security_invoker) as
    select id, tracking_number, coalesce(municipality, 'national') as owner, municipality, ward, cell, category,
           severity, status, queue, assigned_team, tier, escalated_at, created_at, response_due_at, response_met_at,
           resolution_due_at, next_due_at,
           status in ('open', 'in_progress', 'escalated') and response_met_at is null and response_due_at <= now()
               as response_overdue,
           status in ('open', 'in_progress', 'escalated') and held_since is null and resolution_met_at is null
               and resolution_due_at <= now() as resolution_overdue,
           coalesce(next_due_at <= now(), false) as overdue,
           held_since, held_until, hold_reason
      from tickets
     where status <> 'closed';
comment on view open_tickets is
    'The tickets that are not closed. With ORDER BY next_due_at the overdue tickets come first, the '
    'longest overdue before the others, and last those that are held or wait for their resident to agree.';
create or replace view heat_by_ward with (security_invoker) as
    select heat.*, wards.boundary
      from (select municipality, ward,
                   count(*) filter (where status <> 'closed') as open,
                   count(*) filter (where status <> 'closed' and next_due_at <= now()) as overdue,
                   count(*) filter (where created_at > now() - interval '7 days') as opened_7d,
                   count(*) filter (where created_at > now() - interval '30 days') as opened_30d
              from tickets
             where ward is not null and (status <> 'closed' or created_at > now() - interval '30 days')
             group by 1, 2) heat
      left join wards on wards.code = heat.ward;
create or replace view heat_by_cell with (security_invoker) as
    select heat.*, cell_box(cell)::geometry(Polygon, 4326) as box
      from (select municipality, cell,
                   count(*) filter (where status <> 'closed') as open,
                   count(*) filter (where status <> 'closed' and next_due_at <= now()) as overdue,
                   count(*) filter (where created_at > now() - interval '7 days') as opened_7d,
                   count(*) filter (where created_at > now() - interval '30 days') as opened_30d
              from tickets
             where cell is not null and (status <> 'closed' or created_at > now() - interval '30 days')
             group by 1, 2) heat;

alter table tickets drop column former_due_at;
create index tickets_open on tickets (municipality, next_due_at) where status <> 'closed';

-- A ticket that was closed before the deadline that it was promised has not missed it, and one that is held has,
-- once it passes.
create or replace view sla_by_day with (security_invoker) as
    select day, municipality, category, assigned_team, tickets,
           responded_in_time, response_breaches,
           round(100.0 * responded_in_time / nullif(responded_in_time + response_breaches, 0), 1)
               as response_pct,
           resolved_in_time, resolution_breaches,
           round(100.0 * resolved_in_time / nullif(resolved_in_time + resolution_breaches, 0), 1)
               as resolution_pct,
           resolved_as_promised, promised_breaches,
           round(100.0 * resolved_as_promised / nullif(resolved_as_promised + promised_breaches, 0), 1)
               as promised_pct
      from (select (created_at at time zone 'Africa/Johannesburg')::date as day, tickets.municipality, category,
                   assigned_team, count(*) as tickets,
                   count(*) filter (where not missed.response and response_met_at < response_due_at)
                       as responded_in_time,
                   count(*) filter (where missed.response or response_met_at >= response_due_at)
                       as response_breaches,
                   count(*) filter (where not missed.resolution and resolution_met_at < resolution_due_at)
                       as resolved_in_time,
                   count(*) filter (where missed.resolution or resolution_met_at >= resolution_due_at)
                       as resolution_breaches,
                   count(*) filter (where not missed.resolution and resolution_met_at < promised.due_at)
                       as resolved_as_promised,
                   count(*) filter (where missed.resolution or resolution_met_at >= promised.due_at
                                       or (resolution_met_at is null
                                           and (held_since is not null
                                                or resolution_due_without_holds_at is not null)
                                           and promised.due_at <= coalesce(closed_at, now()))) as promised_breaches
              from tickets
              left join (select ticket, municipality, bool_or(clock = 'response') as response,
                                bool_or(clock = 'resolution') as resolution
                           from breaches
                          where level = 'breach'
                          group by 1, 2) seen
                on seen.ticket = tickets.id and seen.municipality is not distinct from tickets.municipality,
                   lateral (select (response_breached_at is not null or seen.response) is true as response,
                                   (resolution_breached_at is not null or seen.resolution) is true as resolution) missed,
                   lateral (select coalesce(resolution_due_without_holds_at, resolution_due_at) as due_at) promised
             where queue is distinct from 'referred'
             group by 1, 2, 3, 4) counted;

create or replace view staff_notices with (security_invoker) as
    select ce_id, login, entity_id as ticket, municipality, at,
           (details ->> 'step')::integer as step, details ->> 'clock' as clock, details ->> 'offset' as step_at,
           coalesce(details ->> 'action', details ->> 'effect') as action,
           (details ->> 'due_at')::timestamptz as due_at,
           details ->> 'automation' as automation, details ->> 'stand_in' as stand_in
      from audit_logs, unnest(reached) as login;
comment on column staff_notices.stand_in is
    'Who the person is, lead or manager, if the recipient that was named does not exist; empty if it exists.';

alter table automations drop constraint automations_trigger_check;
alter table automations add constraint automations_trigger_check
    check (trigger ~ '^(opened|changed|note|held|reopened(:[1-9][0-9]?)?|queued:[1-9][0-9]{0,7}[hms])$');
comment on column automations.trigger is
    'What starts it: opened, changed, note, held or reopened; reopened:2 is the second time alone, and queued:4h '
    'a ticket that has waited in a queue for four hours.';
comment on column tickets.manager_missing is
    'Whether an escalation, a step of a ladder or an automation found nobody whom it could reach.';
