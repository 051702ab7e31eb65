drop table desk.searches;
drop table desk.views;
alter table ticket_words drop column search, drop column number_end;
drop function searchable(text[], text);
