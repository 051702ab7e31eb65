-- No reader can keep the others from fresh counts: neither by a lock that it holds, nor by a transaction that it leaves open, nor
-- by a time-out that it sets.
--
-- Each count is a row of its own. A row that is not committed is invisible to the others and keeps none of them waiting; a row
-- that all update did. The advisory lock, which any login may take, only saves work: counts that are twenty minutes old are
-- counted again without it. A count that was given up counts against those only who would not have given it more time.

alter table public_counted drop constraint public_counted_pkey;
alter table public_counted drop column single;
alter table public_counted add column tried_for interval;
alter table public_counted alter counts drop default;
alter table public_counted alter counts drop not null;
comment on table public_counted is
    'The counts that public_counts() returns, so that not each reader counts all tickets: a row for each count and for each one that was given up.';
comment on column public_counted.counted_at is 'When the tickets were counted; -infinity if the count was given up.';
comment on column public_counted.counts is 'The rows of public_counts() as JSON; empty if the count was given up.';
comment on column public_counted.tried_at is 'When the count was given up because of its reader''s statement_timeout; -infinity if it was not.';
comment on column public_counted.tried_for is 'How long the tickets were counted before the count was given up.';

create or replace function public_counts()
    returns table (week date, owner text, category text, tickets bigint, in_time bigint, late bigint, undecided bigint)
    language plpgsql volatile security definer parallel unsafe rows 1000
    set search_path = pg_catalog, pg_temp
as $$
declare
    known record;
    -- The time that this reader gives the count; null without a limit.
    patience interval := nullif(current_setting('statement_timeout'), '0')::interval;
    began timestamptz := clock_timestamp();
begin
    select counted_at, counts into known
      from public.public_counted where counted_at > '-infinity'
     order by counted_at desc limit 1;
    if known.counted_at is null and current_setting('transaction_read_only') = 'on' then
        return query select * from public.count_for_public();
        return;
    end if;
    if coalesce(known.counted_at < clock_timestamp() - interval '10 minutes', true)
       and current_setting('transaction_read_only') = 'off'
       and not exists (
           select from public.public_counted tried
            where tried.tried_at > clock_timestamp() - interval '10 minutes' and tried.tried_for * 2 > patience)
       and (pg_try_advisory_xact_lock(hashtext('public_counts'))
            or coalesce(known.counted_at < clock_timestamp() - interval '20 minutes', true))
    then
        begin
            insert into public.public_counted (counted_at, counts)
            select clock_timestamp(), coalesce(jsonb_agg(to_jsonb(counted)), '[]') from public.count_for_public() counted
            returning public_counted.counted_at, public_counted.counts into known;
        exception when query_canceled then
            if known.counted_at is null then
                raise;
            end if;
            insert into public.public_counted (tried_at, tried_for) values (clock_timestamp(), clock_timestamp() - began);
        end;
        begin
            -- Rows that another reader deletes are left to it.
            delete from public.public_counted
             where ctid = any (array(
                 select old.ctid from public.public_counted old
                  where greatest(old.counted_at, old.tried_at) < known.counted_at - interval '1 day'
                    for update skip locked));
        exception when serialization_failure then
            null;
        end;
    elsif known.counted_at is null then
        return query select * from public.count_for_public();
        return;
    end if;
    return query
        select counted.*
          from jsonb_to_recordset(known.counts) as counted
               (week date, owner text, category text, tickets bigint, in_time bigint, late bigint, undecided bigint);
end
$$;
comment on function public_counts() is
    'The number of tickets by week, municipality and category, without rows of fewer than ten, counted at most ten minutes ago (twenty, if a reader holds the lock of the counts); the view public_summary shows it.';
