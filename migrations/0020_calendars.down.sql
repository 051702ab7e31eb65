drop view deadline_moves;
alter table tickets drop column hours;
alter table rules drop column policies_apply_from;
alter table policies drop column hours;
drop table holidays;
drop table closing_days;
drop table calendars;
