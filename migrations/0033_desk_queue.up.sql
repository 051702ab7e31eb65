-- The queue of the desk: text search in the words of residents and by the end of their number, saved views, and
-- who searched.

-- A search asks for words as they are written, in any language, so nothing is stemmed. The operator @@ is not
-- leakproof, so with row-level security no index could serve it: the words of a municipality are read one by one.
create function searchable(words text[], place_name text) returns tsvector
    language sql immutable parallel safe
    return to_tsvector('pg_catalog.simple'::regconfig,
                       pg_catalog.array_to_string(words, ' ') || ' ' || coalesce(place_name, ''));
comment on function searchable(text[], text) is 'What the desk searches: the words of a resident and the name of the place.';

alter table ticket_words
    add column number_end text constraint ticket_words_number_end check (number_end ~ '^[0-9]{1,4}$'),
    add column search tsvector generated always as (searchable(words, place_name)) stored;
alter table ticket_words alter number_end set statistics 0, alter search set statistics 0;
comment on column ticket_words.number_end is
    'The last four digits of the number that the resident writes from; empty for additions, and for older reports.';
comment on column ticket_words.search is 'The words in the form in which the desk searches them.';

create table desk.views (
    login text not null references desk.accounts,
    name text not null,
    query text not null,
    created_at timestamptz not null default now(),
    primary key (login, name),
    constraint views_name check (length(name) between 1 and 40),
    constraint views_query check (length(query) <= 1000)
);
comment on table desk.views is 'Filters of the queue that a person keeps under a name.';
comment on column desk.views.login is 'The account of the person.';
comment on column desk.views.name is 'The name of the view.';
comment on column desk.views.query is 'The filters, as they stand in the address of the page.';
comment on column desk.views.created_at is 'When the person saved it.';

create table desk.searches (
    id bigint generated always as identity primary key,
    login text not null references desk.accounts,
    kind text not null,
    at timestamptz not null default now(),
    constraint searches_kind check (kind in ('words', 'number'))
);
create index searches_login on desk.searches (login, at);
comment on table desk.searches is 'Who searched in the words of residents or by their number, and when; not for what.';
comment on column desk.searches.id is 'The number of the row.';
comment on column desk.searches.login is 'The account of the person.';
comment on column desk.searches.kind is 'words, or number for the end of a resident''s number.';
comment on column desk.searches.at is 'When the page was made.';

grant select, insert, update (query), delete on desk.views to desk_accounts;
-- Nothing that uses the desk can remove or read what it has noted about a person.
grant insert on desk.searches to desk_accounts;
