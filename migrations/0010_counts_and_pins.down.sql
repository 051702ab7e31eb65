alter table ticket_words drop column location;

comment on column public_summary.late is 'Those that were not.';
comment on view public_summary is
    'Tickets by week, municipality and category, for everybody: a row of less than ten is not there, a division with a part of less than ten is not shown.';

create or replace function public_counts()
    returns table (week date, owner text, category text, tickets bigint, in_time bigint, late bigint, undecided bigint)
    language sql stable security definer parallel safe rows 1000
    set search_path = pg_catalog, pg_temp
begin atomic
    with counted as (
        select date_trunc('week', created_at at time zone 'Africa/Johannesburg')::date as week,
               coalesce(municipality, 'national') as owner, category, count(*) as tickets,
               count(*) filter (where resolution_breached_at is null and resolution_met_at < resolution_due_at) as in_time,
               count(*) filter (where resolution_breached_at is not null or resolution_met_at >= resolution_due_at) as late
          from public.tickets
         where created_at at time zone 'Africa/Johannesburg' < date_trunc('week', now() at time zone 'Africa/Johannesburg')
         group by 1, 2, 3
        having count(*) >= 10
    ), divided as (
        select *, tickets - in_time - late as undecided from counted
    )
    select week, owner, category, tickets,
           case when shown then in_time end, case when shown then late end, case when shown then undecided end
      from divided,
           lateral (select not (in_time between 1 and 9 or late between 1 and 9 or undecided between 1 and 9) as shown) parts;
end;

drop policy public_counts on breaches;

create or replace view sla_by_day with (security_invoker) as
    select day, municipality, category, assigned_team, tickets,
           responded_in_time, response_breaches,
           round(100.0 * responded_in_time / nullif(responded_in_time + response_breaches, 0), 1) as response_pct,
           resolved_in_time, resolution_breaches,
           round(100.0 * resolved_in_time / nullif(resolved_in_time + resolution_breaches, 0), 1) as resolution_pct
      from (select (created_at at time zone 'Africa/Johannesburg')::date as day, municipality, category, assigned_team,
                   count(*) as tickets,
                   count(*) filter (where response_breached_at is null and response_met_at < response_due_at) as responded_in_time,
                   count(*) filter (where response_breached_at is not null or response_met_at >= response_due_at) as response_breaches,
                   count(*) filter (where resolution_breached_at is null and resolution_met_at < resolution_due_at) as resolved_in_time,
                   count(*) filter (where resolution_breached_at is not null or resolution_met_at >= resolution_due_at)
                       as resolution_breaches
              from tickets
             group by 1, 2, 3, 4) counted;
comment on view sla_by_day is 'Promises kept and missed, by the day on which the ticket came, category and team. Sum the counts, not the percentages.';
