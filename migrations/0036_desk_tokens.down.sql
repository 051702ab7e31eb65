drop table desk.tokens;
delete from desk.calls where login in (select login from desk.accounts where kind = 'program');
delete from desk.searches where login in (select login from desk.accounts where kind = 'program');
delete from desk.looks where login in (select login from desk.accounts where kind = 'program');
delete from desk.accounts where kind = 'program';
alter table desk.accounts
    drop constraint accounts_kind,
    drop constraint accounts_municipality,
    add constraint accounts_kind check (kind in ('staff', 'auditor', 'national')),
    add constraint accounts_auditor_has_municipality check ((kind = 'auditor') = (municipality is not null));
comment on column desk.accounts.kind is
    'staff (the table staff says what the person may do), auditor (reads one municipality) or national (counts and lists of all).';
comment on column desk.accounts.municipality is 'The municipality that an auditor reads; empty for others.';
