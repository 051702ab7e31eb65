-- Views for dashboards. Each is security_invoker: it shows what the tables would show to the one who asks. They name no exact
-- place and no staff, so that every role that reads tickets can use them.

create view open_tickets with (security_invoker) as
    select id, tracking_number, coalesce(municipality, 'national') as owner, municipality, ward, cell, category, severity, status, queue,
           assigned_team, tier, escalated_at, created_at, response_due_at, response_met_at, resolution_due_at, next_due_at,
           response_met_at is null and response_due_at <= now() as response_overdue,
           resolution_met_at is null and resolution_due_at <= now() as resolution_overdue,
           coalesce(next_due_at <= now(), false) as overdue
      from tickets
     where status <> 'closed';
comment on view open_tickets is
    'Tickets that are not closed. ORDER BY next_due_at: the overdue come first, the longest overdue before the others; last come those that wait for their resident to agree.';
comment on column open_tickets.owner is 'Municipality, or national where there is none.';
comment on column open_tickets.response_overdue is 'Whether a person should have looked by now and has not.';
comment on column open_tickets.resolution_overdue is 'Whether it should be resolved by now and is not.';
comment on column open_tickets.overdue is 'Whether either is so.';

-- Kept, missed or not decided: a promise is missed from the moment that the log saw it pass. What was closed without being
-- met or missed, such as a duplicate, stays undecided.
create view sla_by_day with (security_invoker) as
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
comment on column sla_by_day.day is 'Day in South Africa.';
comment on column sla_by_day.tickets is 'Tickets of that day, decided or not.';
comment on column sla_by_day.responded_in_time is 'Those that a person looked at in time.';
comment on column sla_by_day.response_breaches is 'Those that nobody looked at in time.';
comment on column sla_by_day.response_pct is 'Share of the former in both, in percent; none: nothing is decided yet.';
comment on column sla_by_day.resolved_in_time is 'Those that were resolved in time.';
comment on column sla_by_day.resolution_breaches is 'Those that were not.';
comment on column sla_by_day.resolution_pct is 'Share of the former in both, in percent; none: nothing is decided yet.';

-- The grid of pipeline/src/geography/cell.rs: a cell is named by the whole numbers of its lower left corner.
create function cell_box(cell text) returns geometry(Polygon, 4326)
    language sql immutable strict parallel safe
    return st_transform(
        st_makeenvelope(500 * substring(cell from '^x(-?[0-9]+)y')::float8, 500 * substring(cell from 'y(-?[0-9]+)$')::float8,
                        500 * (substring(cell from '^x(-?[0-9]+)y')::float8 + 1), 500 * (substring(cell from 'y(-?[0-9]+)$')::float8 + 1)),
        '+proj=aea +lat_1=-24 +lat_2=-32 +lat_0=0 +lon_0=24 +datum=WGS84', 4326);
comment on function cell_box(text) is 'The square of 500 m that a cell is, WGS84.';

-- What is open or came lately. Tickets without a place are in no heat; open_tickets has them, by queue.
create view heat_by_ward with (security_invoker) as
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
comment on view heat_by_ward is 'How much there is in each ward: open, overdue, come lately.';
comment on column heat_by_ward.boundary is 'The ward''s boundary, WGS84; none: it is a ward of another time.';

create view heat_by_cell with (security_invoker) as
    select heat.*, cell_box(cell) as box
      from (select municipality, cell,
                   count(*) filter (where status <> 'closed') as open,
                   count(*) filter (where status <> 'closed' and next_due_at <= now()) as overdue,
                   count(*) filter (where created_at > now() - interval '7 days') as opened_7d,
                   count(*) filter (where created_at > now() - interval '30 days') as opened_30d
              from tickets
             where cell is not null and (status <> 'closed' or created_at > now() - interval '30 days')
             group by 1, 2) heat;
comment on view heat_by_cell is 'How much there is in each square of 500 m: open, overdue, come lately.';
comment on column heat_by_cell.box is 'The square, WGS84.';

create view deliveries_by_status with (security_invoker) as
    select status, class, language, count(*) as messages, min(queued_at) as oldest_queued_at
      from deliveries
     group by 1, 2, 3;
comment on view deliveries_by_status is 'Messages out by how far they got.';
comment on column deliveries_by_status.messages is 'How many.';
comment on column deliveries_by_status.oldest_queued_at is 'When the oldest of them was asked for.';

do $$
declare
    name text;
    col record;
begin
    foreach name in array array['heat_by_ward', 'heat_by_cell'] loop
        execute format('comment on column %I.open is ''Tickets that are not closed.''', name);
        execute format('comment on column %I.overdue is ''Those of them with a promise that is not kept in time.''', name);
        execute format('comment on column %I.opened_7d is ''Tickets of the last 7 days, closed or not.''', name);
        execute format('comment on column %I.opened_30d is ''Tickets of the last 30 days, closed or not.''', name);
    end loop;
    -- A column that a view takes as it is means what it means in the table.
    for col in select v.attrelid::regclass as view, v.attname as name, col_description(t.attrelid, t.attnum) as says
                 from (values ('open_tickets', 'tickets'), ('sla_by_day', 'tickets'), ('heat_by_ward', 'tickets'),
                              ('heat_by_cell', 'tickets'), ('deliveries_by_status', 'deliveries')) as source (view, origin)
                 join pg_attribute v on v.attrelid = source.view::regclass
                 join pg_attribute t on t.attrelid = source.origin::regclass and t.attname = v.attname
                where col_description(v.attrelid, v.attnum) is null
    loop
        execute format('comment on column %s.%I is %L', col.view, col.name, col.says);
    end loop;
end
$$;

grant select on open_tickets, sla_by_day, heat_by_ward, heat_by_cell, deliveries_by_status to dashboard, national, desk;
