-- How far the sinks are, in the same database as what they write: a batch and its end are one transaction. Whoever finds
-- another number than it knows has lost the partition to somebody else.

create table sink_offsets (
    topic text,
    partition integer,
    next bigint not null,
    last_offset bigint,
    last_ce_id text,
    cluster text not null,
    updated_at timestamptz not null default now(),
    primary key (topic, partition)
);
comment on table sink_offsets is 'How far the sink is in each partition of each topic.';
comment on column sink_offsets.topic is 'Topic, without the installation''s prefix.';
comment on column sink_offsets.partition is 'Partition.';
comment on column sink_offsets.next is 'Offset that is read next.';
comment on column sink_offsets.last_offset is 'Offset of the last record that was written.';
comment on column sink_offsets.last_ce_id is 'Its id: tells this log from another one of the same name.';
comment on column sink_offsets.cluster is 'Id of the Kafka cluster that the offsets are of.';
comment on column sink_offsets.updated_at is 'When it last moved, by this server''s clock.';

create table protected.sink_offsets (like public.sink_offsets including all);
comment on table protected.sink_offsets is 'How far the police lane''s sink is in each partition of each topic.';

alter table sink_offsets enable row level security;
alter table sink_offsets force row level security;
create policy sink on sink_offsets to sink using (true) with check (true);
create policy owner on sink_offsets to trust_engine using (session_user = 'trust_engine');
grant select, insert, update, delete on sink_offsets to sink;

alter table protected.sink_offsets enable row level security;
alter table protected.sink_offsets force row level security;
create policy sink on protected.sink_offsets to protected_sink using (true) with check (true);
grant select, insert, update, delete on protected.sink_offsets to protected_sink;
