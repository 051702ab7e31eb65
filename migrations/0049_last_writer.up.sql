-- Who wrote the last record of a partition: after a record of a stage comes the control record of its transaction,
-- and after one that a connector has appended comes the next record. Retention deletes both in the same way.

alter table sink_offsets add column last_source text;
comment on column sink_offsets.last_source is
    'The stage or connector that wrote the last record; empty in rows of older versions.';
alter table protected.sink_offsets add column last_source text;
comment on column protected.sink_offsets.last_source is
    'The stage or connector that wrote the last record; empty in rows of older versions.';
