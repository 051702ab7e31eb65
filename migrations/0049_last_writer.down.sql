alter table protected.sink_offsets drop column last_source;
alter table sink_offsets drop column last_source;
