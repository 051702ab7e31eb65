-- What the intake could not read or process. Both lanes meet there, so it is for the role intake alone, not even for the owner.

create schema intake;
comment on schema intake is 'What the intake could not read or process: for the role intake alone.';
grant usage on schema intake to sink, intake;

-- From unscreened.
create table intake.unscreened (
    message text primary key,
    received_at timestamptz not null,
    at timestamptz not null,
    why text not null,
    address text not null,
    words text[] not null,
    media jsonb not null,
    place_name text,
    location geometry(Point, 4326),
    edition bigint not null
);
create index unscreened_received_at on intake.unscreened (received_at);
create index unscreened_location on intake.unscreened using gist (location);
alter table intake.unscreened alter location set statistics 0;
comment on table intake.unscreened is 'Messages that the screen could not read (from topic unscreened): a person listens.';
comment on column intake.unscreened.message is 'Twilio''s id of the message.';
comment on column intake.unscreened.received_at is 'When the webhook took it.';
comment on column intake.unscreened.at is 'When the conversation heard it.';
comment on column intake.unscreened.why is 'voice, no_words, unknown_language.';
comment on column intake.unscreened.address is 'Where the resident writes from.';
comment on column intake.unscreened.words is 'What they wrote, message by message.';
comment on column intake.unscreened.media is 'What they sent: references to sound, pictures and files at Twilio.';
comment on column intake.unscreened.place_name is 'Place as they named it.';
comment on column intake.unscreened.location is 'Exact place, WGS84.';
comment on column intake.unscreened.edition is 'Edition in force.';

-- From intake-dead-letters.
create table intake.dead_letters (
    ce_id text primary key,
    at timestamptz not null,
    stage text not null,
    class text not null,
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    place_line bigint,
    place_column bigint,
    edition bigint not null,
    record text not null
);
create index dead_letters_at on intake.dead_letters (at);
comment on table intake.dead_letters is 'Records of the intake that could not be processed (from topic intake-dead-letters).';
comment on column intake.dead_letters.ce_id is 'Id of the record in intake-dead-letters.';
comment on column intake.dead_letters.at is 'When, by the log it stood in.';
comment on column intake.dead_letters.stage is 'Stage, topic or table that could not go on with it.';
comment on column intake.dead_letters.class is 'What went wrong.';
comment on column intake.dead_letters.source_topic is 'Topic that it stood in.';
comment on column intake.dead_letters.source_partition is 'Partition that it stood in.';
comment on column intake.dead_letters.source_offset is 'Offset at which it stood.';
comment on column intake.dead_letters.place_line is 'Line of its JSON at which reading failed.';
comment on column intake.dead_letters.place_column is 'Column of that line.';
comment on column intake.dead_letters.edition is 'Edition in force.';
comment on column intake.dead_letters.record is 'The record, sealed with the intake''s key.';

do $$
declare
    name text;
begin
    foreach name in array array['unscreened', 'dead_letters'] loop
        execute format('alter table intake.%I enable row level security', name);
        execute format('alter table intake.%I force row level security', name);
        execute format('create policy sink on intake.%I to sink using (true) with check (true)', name);
        execute format('create policy intake on intake.%I for select to intake using (true)', name);
    end loop;
end
$$;
grant select on intake.unscreened, intake.dead_letters to intake;
grant insert, select (message) on intake.unscreened to sink;
grant insert, select (ce_id) on intake.dead_letters to sink;
