-- Reference data: what people edit and publish as editions, who may log in for which municipality, and the editions
-- published so far. Roles are of the whole server and come from compose/init.sql.

create extension if not exists postgis;
-- One GIST index over municipality and place: row-level security asks for the first, maps for the second.
create extension if not exists btree_gist;

create table municipalities (
    code text primary key check (code ~ '^([A-Za-z][A-Za-z0-9_.-]{0,39}|[0-9]{1,8})$'),
    name text not null check (name <> ''),
    kind text not null check (kind in ('metro', 'local', 'district')),
    onboarded boolean not null default true,
    boundary geometry(MultiPolygon, 4326) not null,
    valid_from date not null default current_date,
    valid_to date check (valid_to > valid_from)
);
create index municipalities_boundary on municipalities using gist (boundary);
comment on table municipalities is 'Municipalities, on board or not.';
comment on column municipalities.code is 'Code of the Demarcation Board, such as EKU.';
comment on column municipalities.name is 'Name for people.';
comment on column municipalities.kind is 'metro, local or district; the first two go before a district that holds the same point.';
comment on column municipalities.onboarded is 'Whether it works with this system; tickets of others are referred.';
comment on column municipalities.boundary is 'Boundary, WGS84.';
comment on column municipalities.valid_from is 'First day on which this boundary holds.';
comment on column municipalities.valid_to is 'First day on which it holds no more; none: it holds.';

create table wards (
    code text primary key check (code ~ '^([A-Za-z][A-Za-z0-9_.-]{0,39}|[0-9]{1,8})$'),
    municipality text not null references municipalities,
    boundary geometry(MultiPolygon, 4326) not null
);
create index wards_boundary on wards using gist (boundary);
create index wards_municipality on wards (municipality);
comment on table wards is 'Wards of municipalities.';
comment on column wards.code is 'Code of the ward.';
comment on column wards.municipality is 'Municipality that it is part of.';
comment on column wards.boundary is 'Boundary, WGS84.';

create table teams (
    code text primary key check (code ~ '^([A-Za-z][A-Za-z0-9_.-]{0,39}|[0-9]{1,8})$'),
    municipality text references municipalities,
    category text check (category in ('water', 'roads', 'electricity', 'waste', 'sanitation', 'other')),
    service_area geometry(MultiPolygon, 4326),
    is_saps boolean not null default false,
    manager text check (manager ~ '^[A-Za-z][A-Za-z0-9_.-]{0,39}$'),
    lead text check (lead ~ '^[A-Za-z][A-Za-z0-9_.-]{0,39}$'),
    is_active boolean not null default true,
    constraint teams_saps_or_municipal check (is_saps = (municipality is null)),
    constraint teams_saps_have_no_category check (not is_saps or category is null)
);
create index teams_service_area on teams using gist (service_area);
create index teams_municipality on teams (municipality);
comment on table teams is 'Teams of municipalities and of the police (SAPS).';
comment on column teams.code is 'Code of the team.';
comment on column teams.municipality is 'Municipality that it works for; none: the police.';
comment on column teams.category is 'What it does; none: the default team of its municipality, or the police.';
comment on column teams.service_area is 'Where it works (a police team: its precinct), WGS84; none: everywhere in its municipality.';
comment on column teams.is_saps is 'Whether it is of the police: takes protected reports and nothing else.';
comment on column teams.manager is 'Login of the person to whom its breaches escalate.';
comment on column teams.lead is 'Login of the person to whom its new tickets are assigned.';
comment on column teams.is_active is 'Whether it takes tickets.';

create table policies (
    id bigint generated always as identity primary key,
    municipality text not null references municipalities,
    category text check (category in ('water', 'roads', 'electricity', 'waste', 'sanitation', 'other')),
    severity text check (severity in ('low', 'medium', 'high', 'critical')),
    response_hours numeric not null default 24 check (response_hours > 0),
    resolution_hours numeric not null default 168 check (resolution_hours > 0),
    warning_threshold_pct integer not null default 80 check (warning_threshold_pct between 1 and 99),
    is_active boolean not null default true,
    -- A plain UNIQUE lets any number of policies for "all categories" in.
    constraint policies_one_per_matter unique nulls not distinct (municipality, category, severity),
    constraint policies_severity_needs_category check (severity is null or category is not null)
);
comment on table policies is 'What is promised; the most specific active policy counts.';
comment on column policies.id is 'Number of the row; means nothing.';
comment on column policies.municipality is 'Municipality that promises.';
comment on column policies.category is 'For which category; none: all.';
comment on column policies.severity is 'For which severity; none: all.';
comment on column policies.response_hours is 'Hours until a person must have looked.';
comment on column policies.resolution_hours is 'Hours until the matter must be resolved.';
comment on column policies.warning_threshold_pct is 'Share of the time, in percent, after which the team is warned.';
comment on column policies.is_active is 'Whether it is in force.';

create table staff (
    login text primary key check (login ~ '^[A-Za-z][A-Za-z0-9_.-]{0,39}$'),
    name text not null check (name <> ''),
    municipality text references municipalities,
    team text references teams,
    role text not null check (role in ('staff', 'manager')),
    is_active boolean not null default true
);
create index staff_municipality on staff (municipality);
comment on table staff is 'People who work on tickets.';
comment on column staff.login is 'Login name, as it stands in tickets and events.';
comment on column staff.name is 'Name for people.';
comment on column staff.municipality is 'Municipality that they work for; none: the police.';
comment on column staff.team is 'Team that they are part of; none: several.';
comment on column staff.role is 'staff or manager: what they may do to a ticket.';
comment on column staff.is_active is 'Whether they work here now.';

create table rules (
    single boolean primary key default true check (single),
    response_s bigint not null default 86400 check (response_s > 0),
    resolution_s bigint not null default 604800 check (resolution_s > 0),
    warning_pct integer not null default 80 check (warning_pct between 1 and 99),
    ask_again_s bigint not null default 600 check (ask_again_s > 0),
    unlocated_s bigint not null default 3600 check (unlocated_s > 0),
    choice_s bigint not null default 1800 check (choice_s > 0),
    protected_s bigint not null default 3600 check (protected_s > 0),
    auto_close_s bigint not null default 259200 check (auto_close_s > 0),
    reopen_s bigint not null default 1209600 check (reopen_s > 0),
    reopen_least_s bigint not null default 86400 check (reopen_least_s > 0),
    window_s bigint not null default 86400 check (window_s > 0),
    heard_s bigint not null default 604800 check (heard_s > 0),
    ticket_expiry_s bigint not null default 3024000 check (ticket_expiry_s > 0),
    conversation_expiry_s bigint not null default 7776000 check (conversation_expiry_s > 0),
    delivery_expiry_s bigint not null default 2592000 check (delivery_expiry_s > 0),
    protected_expiry_s bigint not null default 3024000 check (protected_expiry_s > 0),
    lookup_s bigint not null default 60 check (lookup_s > 0),
    retry_s bigint not null default 60 check (retry_s > 0),
    circuit_s bigint not null default 300 check (circuit_s > 0)
);
insert into rules default values;
comment on table rules is 'How long things take where no policy says so: one row, all in seconds.';
comment on column rules.single is 'Always true: there is one row.';
comment on column rules.response_s is 'The system''s own response time.';
comment on column rules.resolution_s is 'The system''s own resolution time.';
comment on column rules.warning_pct is 'Share of the time, in percent, after which the team is warned.';
comment on column rules.ask_again_s is 'A place is asked for again after this.';
comment on column rules.unlocated_s is 'A report without a place becomes a ticket after this.';
comment on column rules.choice_s is 'A choice that is not made counts as private after this.';
comment on column rules.protected_s is 'After a disclosure every turn is protected for this long.';
comment on column rules.auto_close_s is 'A resolved ticket closes after this without an answer.';
comment on column rules.reopen_s is 'A closed ticket can be reopened for this long.';
comment on column rules.reopen_least_s is 'Reopening gives at least this long.';
comment on column rules.window_s is 'Free text may be sent for this long after the resident''s last message.';
comment on column rules.heard_s is 'A retry of a message is recognised for this long.';
comment on column rules.ticket_expiry_s is 'The log forgets a closed ticket after this; the tables do not.';
comment on column rules.conversation_expiry_s is 'An idle conversation is forgotten after this.';
comment on column rules.delivery_expiry_s is 'The log forgets a delivery after this.';
comment on column rules.protected_expiry_s is 'The log forgets a protected report after this; the police''s tables do not.';
comment on column rules.lookup_s is 'Twilio''s list is asked about an unknown outcome after this.';
comment on column rules.retry_s is 'The first retry of a failed delivery; it doubles.';
comment on column rules.circuit_s is 'An account that refuses us is tried again after this.';

create table emergency_numbers (
    service text primary key check (service ~ '^[a-z][a-z_]{0,39}$'),
    number text not null check (number ~ '^[0-9 ]{3,15}$'),
    as_of date not null
);
comment on table emergency_numbers is 'Numbers to call in an emergency.';
comment on column emergency_numbers.service is 'Whom one reaches: police, gbv, fire_ambulance, cell (from any cell phone).';
comment on column emergency_numbers.number is 'Number to dial within South Africa.';
comment on column emergency_numbers.as_of is 'Day on which somebody last checked it.';

create table editions (
    number bigint primary key check (number > 0),
    published_at timestamptz not null,
    hash text not null check (hash ~ '^[0-9a-f]{64}$'),
    parts integer not null check (parts > 0),
    blob text,
    appended_at timestamptz,
    constraint editions_blob_until_appended check ((blob is null) = (appended_at is not null))
);
comment on table editions is 'Editions of the reference data published so far. Edition 0 is built in.';
comment on column editions.number is 'Number of the edition.';
comment on column editions.published_at is 'When it was published.';
comment on column editions.hash is 'SHA-256 of its blob.';
comment on column editions.parts is 'In how many parts the blob lies in the topic.';
comment on column editions.blob is 'The blob, until the topic has it: an edition never changes once it has a number.';
comment on column editions.appended_at is 'When the broker had acknowledged all of it.';

create table login_municipalities (
    login name primary key,
    municipality text references municipalities,
    every_municipality boolean not null default false,
    constraint login_municipalities_one_or_every check (every_municipality = (municipality is null))
);
insert into login_municipalities values ('desk', null, true);
comment on table login_municipalities is 'For which municipality a login works: the ground of row-level security.';
comment on column login_municipalities.login is 'Name of the login role. One that is not here sees no ticket.';
comment on column login_municipalities.municipality is 'The one municipality whose rows it sees.';
comment on column login_municipalities.every_municipality is 'Whether it sees those of all.';

-- Who asks is the login (session_user): a client can change its settings and its current role, but not that. The functions
-- run as their owner, so that nobody else needs to read the mapping.
create function session_municipality() returns text
    language sql stable security definer parallel safe
    set search_path = pg_catalog, pg_temp
    as $$ select municipality from public.login_municipalities where login = session_user $$;
comment on function session_municipality() is 'The one municipality that this login works for, if it is one.';

create function session_sees_all() returns boolean
    language sql stable security definer parallel safe
    set search_path = pg_catalog, pg_temp
    as $$ select coalesce((select every_municipality from public.login_municipalities where login = session_user), false) $$;
comment on function session_sees_all() is 'Whether this login works for every municipality.';

-- Row-level security, forced: it holds for the owner too. The owner's policy asks for the login, not for the current role, so
-- that a view or function of the owner's shows nothing more to those who use it.
do $$
declare
    name text;
begin
    foreach name in array array['municipalities', 'wards', 'teams', 'policies', 'staff', 'rules', 'emergency_numbers', 'editions'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy owner on %I to trust_engine using (session_user = ''trust_engine'')', name);
    end loop;
end
$$;

-- What is on any map is open to all who read here.
create policy readers on municipalities for select to dashboard, national, public_reader, desk, saps using (true);
create policy readers on wards for select to dashboard, national, public_reader, desk, saps using (true);
create policy readers on policies for select to dashboard, national, public_reader, desk using (true);
create policy readers on emergency_numbers for select to dashboard, national, public_reader, desk, saps using (true);
grant select on municipalities, wards, policies, emergency_numbers to dashboard, national, public_reader, desk;
grant select on municipalities, wards, emergency_numbers to saps;

-- Who works where is for the municipality itself.
create policy dashboard on teams for select to dashboard using (municipality = (select session_municipality()));
create policy desk on teams for select to desk using ((select session_sees_all()) or municipality = (select session_municipality()));
create policy national on teams for select to national using (not is_saps);
create policy saps on teams for select to saps using (is_saps);
grant select on teams to dashboard, desk, saps;
grant select (code, municipality, category, service_area, is_saps, is_active) on teams to national;

create policy dashboard on staff for select to dashboard using (municipality = (select session_municipality()));
create policy desk on staff for select to desk using ((select session_sees_all()) or municipality = (select session_municipality()));
grant select on staff to dashboard, desk;
