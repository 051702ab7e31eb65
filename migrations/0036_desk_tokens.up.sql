-- Other programs of a municipality ask the desk with tokens.

alter table desk.accounts
    drop constraint accounts_kind,
    drop constraint accounts_auditor_has_municipality,
    add constraint accounts_kind check (kind in ('staff', 'auditor', 'national', 'program')),
    add constraint accounts_municipality check ((kind in ('auditor', 'program')) = (municipality is not null));
comment on column desk.accounts.kind is
    'staff (the table staff says what the person may do), auditor (reads one municipality), national (counts and lists of all) or program (asks with tokens).';
comment on column desk.accounts.municipality is 'The municipality of an auditor or a program; empty for others.';

create table desk.tokens (
    token_hash bytea primary key,
    login text not null references desk.accounts,
    scopes text[] not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index tokens_login on desk.tokens (login);
comment on table desk.tokens is 'Secrets with which programs ask the desk.';
comment on column desk.tokens.token_hash is 'The SHA-256 of the secret.';
comment on column desk.tokens.login is 'The account of the program.';
comment on column desk.tokens.scopes is 'What the program may do: tickets, words, commands, staff, figures.';
comment on column desk.tokens.created_at is 'When it was made.';
comment on column desk.tokens.expires_at is 'When it stops working.';
comment on column desk.tokens.revoked_at is 'When it was revoked.';
grant select on desk.tokens to desk_accounts;
