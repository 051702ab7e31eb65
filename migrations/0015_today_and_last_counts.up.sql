-- The days of areas are South Africa's, whichever time zone the server has; and who may not wait for a count gets the last one.

create function today() returns date
    language sql stable parallel safe
    set search_path = pg_catalog, pg_temp
    return (now() at time zone 'Africa/Johannesburg')::date;
comment on function today() is 'The date in South Africa.';

alter table municipalities alter valid_from set default today();
alter table wards alter valid_from set default today();

alter table public_counted add column tried_at timestamptz not null default '-infinity';
comment on column public_counted.tried_at is
    'When a reader had to give up counting because of its statement_timeout; -infinity if none had to.';

-- The count runs within the statement of the reader who asks first. If its time is up, it gets the last counts, and nobody tries
-- for ten minutes. A reader without such a limit counts then.
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
