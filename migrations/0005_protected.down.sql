drop table protected.dead_letters;
drop table protected.deliveries;
drop table protected.tickets;
drop schema protected;
