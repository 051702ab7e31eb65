alter table sink_offsets drop column last_source;

-- Migration 0011 gives the columns of this table the comments of those of the same name, and a column that was dropped
-- has the name of its place in both tables. So the table is made again without it.
alter table protected.sink_offsets no force row level security;
alter table protected.sink_offsets drop column last_source;
alter table protected.sink_offsets rename to former_sink_offsets;
alter index protected.sink_offsets_pkey rename to former_sink_offsets_pkey;
create table protected.sink_offsets (like protected.former_sink_offsets including all);
insert into protected.sink_offsets select * from protected.former_sink_offsets;
drop table protected.former_sink_offsets;
comment on table protected.sink_offsets is
    'How far the sink of the police lane has read each partition of each topic.';
alter table protected.sink_offsets enable row level security;
alter table protected.sink_offsets force row level security;
create policy sink on protected.sink_offsets to protected_sink using (true) with check (true);
grant select, insert, update, delete on protected.sink_offsets to protected_sink;
