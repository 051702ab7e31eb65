-- Replies that a municipality keeps ready, and who entered reports of callers.

create table desk.canned_replies (
    id bigint generated always as identity primary key,
    municipality text not null references municipalities,
    category text,
    language text not null,
    title text not null,
    text text not null,
    created_by text not null references desk.accounts,
    created_at timestamptz not null default now(),
    removed_by text references desk.accounts,
    removed_at timestamptz,
    constraint canned_replies_category
        check (category in ('water', 'roads', 'electricity', 'waste', 'sanitation', 'other')),
    constraint canned_replies_title check (length(title) between 1 and 60),
    constraint canned_replies_text check (length(text) between 1 and 800),
    constraint canned_replies_removed check ((removed_by is null) = (removed_at is null))
);
create index canned_replies_municipality on desk.canned_replies (municipality, language) where removed_at is null;
comment on table desk.canned_replies is 'Replies to residents that a municipality keeps ready.';
comment on column desk.canned_replies.id is 'The number of the reply.';
comment on column desk.canned_replies.municipality is 'The municipality whose staff use it.';
comment on column desk.canned_replies.category is 'The category of tickets that it fits; empty for all.';
comment on column desk.canned_replies.language is 'The language that it is written in.';
comment on column desk.canned_replies.title is 'The name by which staff choose it.';
comment on column desk.canned_replies.text is 'The text of the reply.';
comment on column desk.canned_replies.created_by is 'The account that wrote it.';
comment on column desk.canned_replies.created_at is 'When it was written.';
comment on column desk.canned_replies.removed_by is 'The account that removed it.';
comment on column desk.canned_replies.removed_at is 'When it was removed; it is not offered any more.';

-- Not which report: whether a ticket came of it is not for this table to say.
create table desk.calls (
    id bigint generated always as identity primary key,
    login text not null references desk.accounts,
    at timestamptz not null default now()
);
create index calls_login on desk.calls (login, at);
comment on table desk.calls is 'Who entered a report for a caller, and when; not what it said.';
comment on column desk.calls.id is 'The number of the row.';
comment on column desk.calls.login is 'The account of the person.';
comment on column desk.calls.at is 'When it was entered.';

grant select, insert, update (removed_by, removed_at) on desk.canned_replies to desk_accounts;
-- Nothing that uses the desk can remove or read what it has noted about a person.
grant insert on desk.calls to desk_accounts;
