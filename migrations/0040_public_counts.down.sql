delete from public_counted
 where ctid <> (select ctid from public_counted order by counted_at desc, tried_for is null desc limit 1);
update public_counted set counts = '[]' where counts is null;
alter table public_counted drop column tried_for;
alter table public_counted alter counts set default '[]';
alter table public_counted alter counts set not null;
alter table public_counted add column single boolean primary key default true check (single);
insert into public_counted (counted_at) select '-infinity' where not exists (select from public_counted);
comment on table public_counted is 'The counts that public_counts() returns, in a single row, so that not each reader counts all tickets.';
comment on column public_counted.single is 'Always true, so that the table has a single row.';
comment on column public_counted.counted_at is 'When the tickets were last counted; -infinity before the first time.';
comment on column public_counted.counts is 'The rows of public_counts() as JSON.';
comment on column public_counted.tried_at is
    'When a reader had to give up counting because of its statement_timeout; -infinity if none had to.';
comment on function public_counts() is
    'The number of tickets by week, municipality and category, without rows of fewer than ten, counted at most ten minutes ago; the view public_summary shows it.';

create or replace function public_counts()
    returns table (week date, owner text, category text, tickets bigint, in_time bigint, late bigint, undecided bigint)
    language plpgsql volatile security definer parallel unsafe rows 1000
    set search_path = pg_catalog, pg_temp
as $$
declare
    known public.public_counted;
    is_limited boolean := current_setting('statement_timeout') <> '0';
begin
    select * into known from public.public_counted;
    if known.counted_at < clock_timestamp() - interval '10 minutes'
       and not (is_limited and known.tried_at > clock_timestamp() - interval '10 minutes') then
        if current_setting('transaction_read_only') = 'off' and pg_try_advisory_xact_lock(hashtext('public_counts')) then
            begin
                update public.public_counted
                   set counted_at = clock_timestamp(),
                       counts = (select coalesce(jsonb_agg(to_jsonb(counted)), '[]') from public.count_for_public() counted)
                returning * into known;
            exception
                when serialization_failure then
                    -- Another reader has counted since this transaction began; what this one sees is older.
                    null;
                when query_canceled then
                    if known.counted_at = '-infinity' then
                        raise;
                    end if;
                    begin
                        update public.public_counted set tried_at = clock_timestamp();
                    exception when serialization_failure then
                        null;
                    end;
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
