drop table protected.sink_offsets;
drop table sink_offsets;
