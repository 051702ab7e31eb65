do $$
begin
    execute format('revoke connect on database %I from backup', current_database());
end
$$;

drop view heat_by_cell;
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

alter function public_counts() rename to cached_counts;
alter function count_for_public() rename to public_counts;
create or replace view public_summary with (security_invoker) as
    select week, owner, category, tickets, in_time, late, undecided, round(100.0 * in_time / nullif(in_time + late, 0)) as in_time_pct
      from public_counts();
drop function cached_counts();
drop table public_counted;
comment on function public_counts() is
    'The number of tickets by week, municipality and category, without rows of fewer than ten; the view '
    'public_summary shows it.';
grant execute on function public_counts() to dashboard, national, desk, public_reader;
