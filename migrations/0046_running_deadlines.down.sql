-- Automations that the older version cannot read are removed.
delete from automations where trigger like 'queued:%';
alter table automations drop constraint automations_trigger_check;
alter table automations add constraint automations_trigger_check
    check (trigger ~ '^(opened|changed|note|held|reopened(:[1-9][0-9]?)?)$');
comment on column automations.trigger is
    'What starts it: opened, changed, note, held or reopened; reopened:2 is the second time alone.';

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
                                       or (resolution_due_without_holds_at is not null and resolution_met_at is null
                                           and resolution_due_without_holds_at <= now())) as promised_breaches
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

alter table tickets add column former_due_at timestamptz generated always as (
    least(case when response_met_at is null then response_due_at end,
          case when resolution_met_at is null then resolution_due_at end)) stored;
create or replace view open_tickets with (security_invoker) as
    select id, tracking_number, coalesce(municipality, 'national') as owner, municipality, ward, cell, category,
           severity, status, queue, assigned_team, tier, escalated_at, created_at, response_due_at, response_met_at,
           resolution_due_at, former_due_at as next_due_at,
           response_met_at is null and response_due_at <= now() as response_overdue,
           held_since is null and resolution_met_at is null and resolution_due_at <= now() as resolution_overdue,
           case when held_since is null then coalesce(former_due_at <= now(), false)
                else response_met_at is null and response_due_at <= now() end as overdue,
           held_since, held_until, hold_reason
      from tickets
     where status <> 'closed';
comment on view open_tickets is
    'The tickets that are not closed. With ORDER BY next_due_at the overdue tickets come first, the '
    'longest overdue before the others, and last those that wait for their resident to agree.';
create or replace view heat_by_ward with (security_invoker) as
    select heat.*, wards.boundary
      from (select municipality, ward,
                   count(*) filter (where status <> 'closed') as open,
                   count(*) filter (where status <> 'closed' and former_due_at <= now()) as overdue,
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
                   count(*) filter (where status <> 'closed' and former_due_at <= now()) as overdue,
                   count(*) filter (where created_at > now() - interval '7 days') as opened_7d,
                   count(*) filter (where created_at > now() - interval '30 days') as opened_30d
              from tickets
             where cell is not null and (status <> 'closed' or created_at > now() - interval '30 days')
             group by 1, 2) heat;

alter table tickets drop column next_due_at;
alter table tickets rename column former_due_at to next_due_at;
comment on column tickets.next_due_at is
    'The nearer deadline of the clocks that are not met yet; empty if both are met.';
grant select (next_due_at) on tickets to national;
create index tickets_open on tickets (municipality, next_due_at) where status <> 'closed';

comment on column tickets.manager_missing is
    'Whether a breach found no manager to escalate to; the ticket then stays with its team.';

-- A view cannot lose columns, so it is made again, with the comments that it had.
create temporary table remarks_of_views on commit drop as
    select attname, col_description(pg_class.oid, attnum) as remark,
           obj_description(pg_class.oid, 'pg_class') as of_view
      from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0
     where pg_class.oid = 'staff_notices'::regclass;
drop view staff_notices;
create view staff_notices with (security_invoker) as
    select ce_id, login, entity_id as ticket, municipality, at,
           (details ->> 'step')::integer as step, details ->> 'clock' as clock, details ->> 'offset' as step_at,
           coalesce(details ->> 'action', details ->> 'effect') as action,
           (details ->> 'due_at')::timestamptz as due_at,
           details ->> 'automation' as automation
      from audit_logs, unnest(reached) as login;
do $$
declare
    one record;
begin
    for one in select attname, remark, of_view
                 from remarks_of_views join pg_attribute using (attname)
                where attrelid = 'staff_notices'::regclass loop
        execute format('comment on column staff_notices.%I is %L', one.attname, one.remark);
        execute format('comment on view staff_notices is %L', one.of_view);
    end loop;
end
$$;
grant select on staff_notices to dashboard, desk;
