-- What counts as missed, and what residents pinned later.
--
-- A promise that was missed stays missed when a ticket is reopened: the ticket then has a new promise and forgets the old one,
-- breaches does not. Of the breaches only those of the municipality that owns the ticket now count, which are the ones that
-- row-level security shows to its dashboard: every role gets the same numbers.
--
-- A ticket in the queue referred is no promise of anybody's: its municipality is not on board.
--
-- A pin that comes after the ticket has its place moves nothing: a person of the desk reads it with the words and decides.

create or replace view sla_by_day with (security_invoker) as
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
comment on view sla_by_day is
    'Promises kept and missed, by the day on which the ticket came, category and team; a promise that was missed once stays missed when the ticket is reopened. Referred tickets are left out: their municipality promises nothing here. Sum the counts, not the percentages.';

create policy public_counts on breaches for select to trust_engine using (current_user = 'trust_engine');

create or replace function public_counts()
    returns table (week date, owner text, category text, tickets bigint, in_time bigint, late bigint, undecided bigint)
    language sql stable security definer parallel safe rows 1000
    set search_path = pg_catalog, pg_temp
begin atomic
    with counted as (
        select date_trunc('week', created_at at time zone 'Africa/Johannesburg')::date as week,
               coalesce(tickets.municipality, 'national') as owner, category, count(*) as tickets,
               count(*) filter (where not missed and resolution_met_at < resolution_due_at) as in_time,
               count(*) filter (where missed or resolution_met_at >= resolution_due_at) as late
          from public.tickets
          left join (select distinct ticket, municipality
                       from public.breaches
                      where level = 'breach' and clock = 'resolution') seen
            on seen.ticket = tickets.id and seen.municipality is not distinct from tickets.municipality,
               lateral (select resolution_breached_at is not null or seen.ticket is not null as missed) passed
         where created_at at time zone 'Africa/Johannesburg' < date_trunc('week', now() at time zone 'Africa/Johannesburg')
           and queue is distinct from 'referred'
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
comment on view public_summary is
    'Tickets by week, municipality and category, for everybody, without those referred to a municipality that is not on board: a row of less than ten is not there, a division with a part of less than ten is not shown.';
comment on column public_summary.late is 'Those that were not, at first or after they were reopened.';

alter table ticket_words add column location geometry(Point, 4326);
alter table ticket_words alter location set statistics 0;
create index ticket_words_location on ticket_words using gist (location);
comment on column ticket_words.location is
    'Place that they pinned with it, WGS84. The ticket has the first of them; whether a later one is right a person decides.';
