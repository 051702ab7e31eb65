-- Residents send several messages at once. What is missing in a report is asked for only when they pause, and files that come
-- before their words wait for them.

alter table rules
    add column quiet_s bigint not null default 2 check (quiet_s >= 0),
    add column files_s bigint not null default 5 check (files_s >= 0);
comment on column rules.quiet_s is
    'The seconds without a further message after which a resident is asked for what is missing in a report; 0: at once.';
comment on column rules.files_s is
    'The seconds after which a resident who sent files without words is asked for words.';
comment on column rules.ask_again_s is
    'The seconds after which a resident is asked again for the place, and files without words go to a person.';
