drop table dead_letters;
drop table deliveries;
