alter table rules drop column quiet_s, drop column files_s;
comment on column rules.ask_again_s is 'The seconds after which a resident is asked again for the place.';
