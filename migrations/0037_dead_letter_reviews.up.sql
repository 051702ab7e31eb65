-- What people did with dead letters (`trust-engine dead-letters`), in the schema of each lane: who opened, replayed or
-- discarded which one, and why. Rows are only added, by the sinks. A record that is replayed and fails again is a dead
-- letter with the id that it had and another source, so the source belongs to the key of dead letters.

create table dead_letter_reviews (
    ce_id text primary key,
    at timestamptz not null,
    letter text not null,
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    act text not null,
    actor text not null,
    reason text not null,
    target_partition integer,
    target_offset bigint,
    constraint dead_letter_reviews_act check (act in ('opened', 'replayed', 'discarded'))
);
create index dead_letter_reviews_letter on dead_letter_reviews (letter);
create index dead_letter_reviews_at on dead_letter_reviews (at);
comment on table dead_letter_reviews is 'What people did with dead letters, from the topic dead-letter-reviews.';
comment on column dead_letter_reviews.ce_id is 'The id of the record in the topic of reviews.';
comment on column dead_letter_reviews.at is 'When the person did it, by the clock of the host of the command.';
comment on column dead_letter_reviews.letter is 'The id of the dead letter (ce_id in dead_letters).';
comment on column dead_letter_reviews.source_topic is 'The topic that the dead letter names as its source.';
comment on column dead_letter_reviews.source_partition is 'The partition that the dead letter names as its source.';
comment on column dead_letter_reviews.source_offset is 'The offset that the dead letter names as its source.';
comment on column dead_letter_reviews.act is 'What the person did: opened, replayed or discarded.';
comment on column dead_letter_reviews.actor is 'The login of the person who did it.';
comment on column dead_letter_reviews.reason is 'Why the person did it, in the words of the person.';
comment on column dead_letter_reviews.target_partition is
    'The partition of the source topic to which the record was appended again; empty if it was not replayed.';
comment on column dead_letter_reviews.target_offset is
    'The offset at which the record was appended again; empty if it was not replayed.';

create table intake.dead_letter_reviews (like public.dead_letter_reviews including all);
create table protected.dead_letter_reviews (like public.dead_letter_reviews including all);
comment on table intake.dead_letter_reviews is
    'What people did with the dead letters of the intake, from the topic intake-dead-letter-reviews.';
comment on table protected.dead_letter_reviews is
    'What people did with the dead letters of the police lane, from the topic protected-dead-letter-reviews.';

do $$
declare
    lane record;
begin
    for lane in select * from (values ('public', 'sink', 'trust_engine', 'session_user = ''trust_engine'''),
                                      ('intake', 'sink', 'intake', 'true'),
                                      ('protected', 'protected_sink', 'saps', 'true')) as lanes (schema, sink, reader, test)
    loop
        execute format('alter table %I.dead_letter_reviews enable row level security', lane.schema);
        execute format('alter table %I.dead_letter_reviews force row level security', lane.schema);
        execute format('create policy sink on %I.dead_letter_reviews for insert to %I with check (true)', lane.schema, lane.sink);
        execute format('create policy seen_by_sink on %I.dead_letter_reviews for select to %I using (true)', lane.schema, lane.sink);
        execute format('create policy reader on %I.dead_letter_reviews for select to %I using (%s)',
                       lane.schema, lane.reader, lane.test);
        execute format('grant insert, select (ce_id) on %I.dead_letter_reviews to %I', lane.schema, lane.sink);
    end loop;
end
$$;
grant select on intake.dead_letter_reviews to intake;
grant select on protected.dead_letter_reviews to saps;

alter table dead_letters drop constraint dead_letters_pkey, add primary key (ce_id, source_topic, source_partition, source_offset);
alter table intake.dead_letters drop constraint dead_letters_pkey,
    add primary key (ce_id, source_topic, source_partition, source_offset);
alter table protected.dead_letters drop constraint dead_letters_pkey,
    add primary key (ce_id, source_topic, source_partition, source_offset);
grant select (ce_id, source_topic, source_partition, source_offset) on dead_letters, intake.dead_letters to sink;
grant select (ce_id, source_topic, source_partition, source_offset) on protected.dead_letters to protected_sink;

-- The comments of these columns are sentences in the schema of each lane.
do $$
declare
    name text;
begin
    foreach name in array array['dead_letters', 'intake.dead_letters', 'protected.dead_letters'] loop
        execute format('comment on column %s.class is %L', name,
                       'The kind of failure that kept the record from being processed, such as undecodable, rejected or '
                       'refused_by_table.');
        execute format('comment on column %s.place_column is %L', name,
                       'The column of that line at which decoding failed, counted from 1; empty if decoding did not fail.');
        execute format('comment on column %s.edition is %L', name,
                       'The number of the edition of the reference data that was in force when the record was dead-lettered.');
    end loop;
end
$$;
