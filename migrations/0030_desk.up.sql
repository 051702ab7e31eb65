-- The people who use the desk: how they sign in, which browsers are signed in, and whose words they have looked at. What they see of
-- tickets is decided by row-level security, since the desk reads as the login of their municipality.

create schema desk;
comment on schema desk is 'Accounts and sessions of the desk, and who looked at words.';
grant usage on schema desk to desk_accounts;

create table desk.accounts (
    login text primary key,
    kind text not null,
    municipality text references municipalities,
    password_hash text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    constraint accounts_login check (login ~ '^[A-Za-z][A-Za-z0-9_.-]{0,39}$'),
    constraint accounts_kind check (kind in ('staff', 'auditor', 'national')),
    constraint accounts_auditor_has_municipality check ((kind = 'auditor') = (municipality is not null))
);
comment on table desk.accounts is 'People who may sign in to the desk.';
comment on column desk.accounts.login is 'The login. That of a member of staff is in the table staff, too.';
comment on column desk.accounts.kind is
    'staff (the table staff says what the person may do), auditor (reads one municipality) or national (counts and lists of all).';
comment on column desk.accounts.municipality is 'The municipality that an auditor reads; empty for others.';
comment on column desk.accounts.password_hash is 'The argon2id hash of the password; empty until an invitation is accepted.';
comment on column desk.accounts.is_active is 'Whether the person may sign in.';
comment on column desk.accounts.created_at is 'When the person was first invited.';

create table desk.invitations (
    token_hash bytea primary key,
    login text not null references desk.accounts,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index invitations_login on desk.invitations (login);
comment on table desk.invitations is 'Links with which a person sets a password, once.';
comment on column desk.invitations.token_hash is 'The SHA-256 of the secret in the link.';
comment on column desk.invitations.login is 'The account whose password it sets.';
comment on column desk.invitations.expires_at is 'When the link stops working.';
comment on column desk.invitations.used_at is 'When it was used, or replaced by a newer one.';

create table desk.sessions (
    token_hash bytea primary key,
    login text not null references desk.accounts,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    revoked_at timestamptz
);
create index sessions_login on desk.sessions (login);
comment on table desk.sessions is 'Browsers that are or were signed in.';
comment on column desk.sessions.token_hash is 'The SHA-256 of the secret in the cookie.';
comment on column desk.sessions.login is 'Who is signed in.';
comment on column desk.sessions.created_at is 'When the person signed in.';
comment on column desk.sessions.last_seen_at is 'When the browser last asked for something, to the minute. After 12 hours without a request it is signed out.';
comment on column desk.sessions.revoked_at is 'When the person signed out, or the session was revoked.';

create table desk.sign_ins (
    id bigint generated always as identity primary key,
    account bytea not null,
    address inet not null,
    at timestamptz not null default now(),
    succeeded boolean not null
);
create index sign_ins_account on desk.sign_ins (account, at);
create index sign_ins_address on desk.sign_ins (address, at);
comment on table desk.sign_ins is 'Attempts to sign in, by which further attempts are limited. Old ones are deleted.';
comment on column desk.sign_ins.id is 'The number of the row.';
comment on column desk.sign_ins.account is 'The SHA-256 of the login that was given, which may be a password in the wrong field.';
comment on column desk.sign_ins.address is 'The address that the attempt came from.';
comment on column desk.sign_ins.at is 'When it was made.';
comment on column desk.sign_ins.succeeded is 'Whether the password was right.';

create table desk.looks (
    id bigint generated always as identity primary key,
    login text not null references desk.accounts,
    ticket text not null,
    at timestamptz not null default now()
);
create index looks_ticket on desk.looks (ticket, at);
create index looks_login on desk.looks (login, at);
comment on table desk.looks is 'Who was shown the words of which ticket, and when.';
comment on column desk.looks.id is 'The number of the row.';
comment on column desk.looks.login is 'The account of the person.';
comment on column desk.looks.ticket is 'The ticket whose words the person was shown.';
comment on column desk.looks.at is 'When the page was made.';

grant select, update (password_hash) on desk.accounts to desk_accounts;
grant select, update (used_at) on desk.invitations to desk_accounts;
grant select, insert, update (last_seen_at, revoked_at) on desk.sessions to desk_accounts;
grant select, insert, delete on desk.sign_ins to desk_accounts;
-- Nothing that uses the desk can remove or read what it has noted about a person.
grant insert on desk.looks to desk_accounts;

-- What a person may do follows from the reference data at each request. The police's teams and people are not shown.
create policy desk_accounts on staff for select to desk_accounts using (municipality is not null);
grant select (login, name, municipality, team, role, is_active) on staff to desk_accounts;
create policy desk_accounts on teams for select to desk_accounts using (not is_saps);
grant select (code, municipality, category, lead, is_active, is_saps) on teams to desk_accounts;
-- A page says up to which record of these logs its tables are, and the live stream goes on from there.
create policy desk_accounts on sink_offsets for select to desk_accounts using (topic in ('tickets', 'ticket-events'));
grant select (topic, partition, next) on sink_offsets to desk_accounts;

do $$
begin
    execute format('grant connect on database %I to desk_accounts', current_database());
end
$$;
