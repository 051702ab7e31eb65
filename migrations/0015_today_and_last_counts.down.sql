create or replace function public_counts()
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

alter table public_counted drop column tried_at;

alter table wards alter valid_from set default current_date;
alter table municipalities alter valid_from set default current_date;
drop function today();
