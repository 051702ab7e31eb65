drop table intake.dead_letters;
drop table intake.unscreened;
drop schema intake;
