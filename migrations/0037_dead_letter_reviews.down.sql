do $$
declare
    name text;
begin
    foreach name in array array['dead_letters', 'intake.dead_letters', 'protected.dead_letters'] loop
        execute format('comment on column %s.class is %L', name,
                       'The kind of failure, such as undecodable, rejected or refused_by_table.');
        execute format('comment on column %s.place_column is %L', name,
                       'The column of that line at which decoding failed, from 1.');
        execute format('comment on column %s.edition is %L', name,
                       'The edition of the reference data in force when the record was dead-lettered.');
    end loop;
end
$$;
revoke select (source_topic, source_partition, source_offset) on dead_letters, intake.dead_letters from sink;
revoke select (source_topic, source_partition, source_offset) on protected.dead_letters from protected_sink;
-- A row of the same id and a later source has no place in the older tables.
do $$
declare
    name text;
begin
    foreach name in array array['public', 'intake', 'protected'] loop
        execute format('alter table %I.dead_letters no force row level security', name);
        execute format('delete from %1$I.dead_letters t using %1$I.dead_letters o
                         where o.ce_id = t.ce_id
                           and (o.source_offset, o.source_partition, o.source_topic)
                             < (t.source_offset, t.source_partition, t.source_topic)', name);
        execute format('alter table %I.dead_letters force row level security', name);
        execute format('alter table %I.dead_letters drop constraint dead_letters_pkey, add primary key (ce_id)', name);
    end loop;
end
$$;
drop table protected.dead_letter_reviews;
drop table intake.dead_letter_reviews;
drop table dead_letter_reviews;
