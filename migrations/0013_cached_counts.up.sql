-- What the public may ask as often as it likes, geometry that maps can open, and a role for backups.

-- The counts of docs/adr/0007 read all tickets. They are kept in one row, and counted again by the first reader after ten
-- minutes; the others get the row as it is.
create table public_counted (
    single boolean primary key default true check (single),
    counted_at timestamptz not null default '-infinity',
    counts jsonb not null default '[]'
);
insert into public_counted default values;
comment on table public_counted is 'The counts that public_counts() returns, in a single row, so that not each reader counts all tickets.';
comment on column public_counted.single is 'Always true, so that the table has a single row.';
comment on column public_counted.counted_at is 'When the tickets were last counted; -infinity before the first time.';
comment on column public_counted.counts is 'The rows of public_counts() as JSON.';
alter table public_counted enable row level security;
alter table public_counted force row level security;
create policy public_counts on public_counted to trust_engine using (current_user = 'trust_engine');

-- The function that counted until now, for the owner alone.
alter function public_counts() rename to count_for_public;
comment on function count_for_public() is 'The number of tickets by week, municipality and category, counted now, without rows of fewer than ten.';
revoke execute on function count_for_public() from dashboard, national, desk, public_reader;

create function public_counts()
    returns table (week date, owner text, category text, tickets bigint, in_time bigint, late bigint, undecided bigint)
    language plpgsql volatile security definer parallel unsafe rows 1000
    set search_path = pg_catalog, pg_temp
as $$
declare
    known public.public_counted;
begin
    select * into known from public.public_counted;
    if known.counted_at < clock_timestamp() - interval '10 minutes' then
        if current_setting('transaction_read_only') = 'off' and pg_try_advisory_xact_lock(hashtext('public_counts')) then
            begin
                update public.public_counted
                   set counted_at = clock_timestamp(),
                       counts = (select coalesce(jsonb_agg(to_jsonb(counted)), '[]') from public.count_for_public() counted)
                returning * into known;
            exception when serialization_failure then
                -- Another reader has counted since this transaction began; what this one sees is older.
                null;
            end;
        elsif known.counted_at = '-infinity' then
            return query select * from public.count_for_public();
            return;
        end if;
    end if;
    return query
        select counted.*
          from jsonb_to_recordset(known.counts) as counted
               (week date, owner text, category text, tickets bigint, in_time bigint, late bigint, undecided bigint);
end
$$;
comment on function public_counts() is
    'The number of tickets by week, municipality and category, without rows of fewer than ten, counted at most ten minutes ago; the view public_summary shows it.';
revoke execute on function public_counts() from public;
grant execute on function public_counts() to dashboard, national, desk, public_reader;

create or replace view public_summary with (security_invoker) as
    select week, owner, category, tickets, in_time, late, undecided, round(100.0 * in_time / nullif(in_time + late, 0)) as in_time_pct
      from public_counts();

-- A function's result has no type modifier, so maps were not told what the column holds.
drop view heat_by_cell;
create view heat_by_cell with (security_invoker) as
    select heat.*, cell_box(cell)::geometry(Polygon, 4326) as box
      from (select municipality, cell,
                   count(*) filter (where status <> 'closed') as open,
                   count(*) filter (where status <> 'closed' and next_due_at <= now()) as overdue,
                   count(*) filter (where created_at > now() - interval '7 days') as opened_7d,
                   count(*) filter (where created_at > now() - interval '30 days') as opened_30d
              from tickets
             where cell is not null and (status <> 'closed' or created_at > now() - interval '30 days')
             group by 1, 2) heat;
comment on view heat_by_cell is
    'The number of tickets in each square of 500 m: open, overdue, and opened lately.';
comment on column heat_by_cell.municipality is
    'The code of the municipality that owns the ticket; empty for the national queue.';
comment on column heat_by_cell.cell is
    'The square of 500 m that contains the place; cell_box gives its outline.';
comment on column heat_by_cell.open is 'The number of tickets that are not closed.';
comment on column heat_by_cell.overdue is 'The number of open tickets with a deadline that has passed.';
comment on column heat_by_cell.opened_7d is 'The number of tickets of the last 7 days, closed or not.';
comment on column heat_by_cell.opened_30d is 'The number of tickets of the last 30 days, closed or not.';
comment on column heat_by_cell.box is 'The outline of the square of 500 m (WGS84).';
grant select on heat_by_cell to dashboard, national, desk;

-- The role that backups are made with (docs/backup.md); compose/init.sql makes it.
do $$
begin
    execute format('grant connect on database %I to backup', current_database());
end
$$;
