drop view suspicious_closings;

-- A view cannot lose columns, so both are made again, with the comments that they had.
create temporary table remarks_of_views on commit drop as
    select relname, attname, col_description(pg_class.oid, attnum) as remark, obj_description(pg_class.oid, 'pg_class') as of_view
      from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0
     where pg_class.oid in ('open_tickets'::regclass, 'sla_by_day'::regclass);
drop view open_tickets;
drop view sla_by_day;

create view open_tickets with (security_invoker) as
    select id, tracking_number, coalesce(municipality, 'national') as owner, municipality, ward, cell, category, severity, status, queue,
           assigned_team, tier, escalated_at, created_at, response_due_at, response_met_at, resolution_due_at, next_due_at,
           response_met_at is null and response_due_at <= now() as response_overdue,
           resolution_met_at is null and resolution_due_at <= now() as resolution_overdue,
           coalesce(next_due_at <= now(), false) as overdue
      from tickets
     where status <> 'closed';

create view sla_by_day with (security_invoker) as
    select day, municipality, category, assigned_team, tickets,
           responded_in_time, response_breaches,
           round(100.0 * responded_in_time / nullif(responded_in_time + response_breaches, 0), 1) as response_pct,
           resolved_in_time, resolution_breaches,
           round(100.0 * resolved_in_time / nullif(resolved_in_time + resolution_breaches, 0), 1) as resolution_pct
      from (select (created_at at time zone 'Africa/Johannesburg')::date as day, tickets.municipality, category, assigned_team,
                   count(*) as tickets,
                   count(*) filter (where not missed.response and response_met_at < response_due_at) as responded_in_time,
                   count(*) filter (where missed.response or response_met_at >= response_due_at) as response_breaches,
                   count(*) filter (where not missed.resolution and resolution_met_at < resolution_due_at) as resolved_in_time,
                   count(*) filter (where missed.resolution or resolution_met_at >= resolution_due_at) as resolution_breaches
              from tickets
              left join (select ticket, municipality, bool_or(clock = 'response') as response, bool_or(clock = 'resolution') as resolution
                           from breaches
                          where level = 'breach'
                          group by 1, 2) seen
                on seen.ticket = tickets.id and seen.municipality is not distinct from tickets.municipality,
                   lateral (select (response_breached_at is not null or seen.response) is true as response,
                                   (resolution_breached_at is not null or seen.resolution) is true as resolution) missed
             where queue is distinct from 'referred'
             group by 1, 2, 3, 4) counted;

do $$
declare
    one record;
begin
    for one in select relname, attname, remark, of_view
                 from remarks_of_views join pg_attribute using (attname)
                where attrelid = relname::regclass loop
        execute format('comment on column %I.%I is %L', one.relname, one.attname, one.remark);
        execute format('comment on view %I is %L', one.relname, one.of_view);
    end loop;
end
$$;
drop table remarks_of_views;
grant select on open_tickets, sla_by_day to dashboard, national, desk;

alter table tickets
    drop column held_until,
    drop column hold_reason,
    drop column held_by,
    drop column resolution_due_without_holds_at,
    drop column late_holds,
    drop column last_minute_closings;
comment on column tickets.held_since is
    'Since when the clocks of the ticket stand still (reserved: nothing holds a ticket yet).';
drop table hold_limits;
