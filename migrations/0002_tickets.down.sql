drop table breaches;
drop table audit_logs;
drop table ticket_assignments;
drop table ticket_words;
drop table tickets;
