-- What the public sees of tickets: counts, none of less than ten tickets (docs/adr/0007).
--
-- public_reader has no right to tickets at all. A security_invoker view would need one, and whoever may read a row may count
-- it; a view that runs as its owner lets EXPLAIN ANALYZE count the rows beneath it. A function is a wall to both: it takes no
-- argument, and its plan is not the asker's to see.
--
-- Against subtraction:
-- - One grouping, no totals: every ticket is counted in one row at most, so no two rows overlap.
-- - A row of less than ten is not there, and looks like one of none.
-- - What a row is divided into is shown when each part is none or at least ten; then so is every sum and difference of parts.
-- - Only weeks that are over: nobody sees the count go up when a neighbour has written.

create policy public_counts on tickets for select to trust_engine using (current_user = 'trust_engine');

create function public_counts()
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
comment on function public_counts() is 'Counts of tickets by week, municipality and category, none of less than ten.';
revoke execute on function public_counts() from public;
grant execute on function public_counts() to dashboard, national, desk, public_reader;

create view public_summary with (security_invoker) as
    select week, owner, category, tickets, in_time, late, undecided, round(100.0 * in_time / nullif(in_time + late, 0)) as in_time_pct
      from public_counts();
comment on view public_summary is
    'Tickets by week, municipality and category, for everybody: a row of less than ten is not there, a division with a part of less than ten is not shown.';
comment on column public_summary.week is 'Monday of the week in which they came, in South Africa; the present week is left out.';
comment on column public_summary.owner is 'Municipality, or national where there is none.';
comment on column public_summary.category is 'What about: water, roads, electricity, waste, sanitation, other.';
comment on column public_summary.tickets is 'How many came.';
comment on column public_summary.in_time is 'Those that were resolved in time.';
comment on column public_summary.late is 'Those that were not.';
comment on column public_summary.undecided is 'Those of which neither is known.';
comment on column public_summary.in_time_pct is 'Share of those in time in the decided ones, in percent.';
grant select on public_summary to dashboard, national, desk, public_reader;
