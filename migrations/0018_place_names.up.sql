-- The names of places that residents give instead of a pin: suburbs, townships, streets. They are imported as the other
-- reference data are, and an edition has those that lie in a municipality on board.

create table place_names (
    code text primary key,
    name text not null,
    kind text not null,
    suburb text,
    municipality text not null references municipalities,
    point geometry(Point, 4326) not null,
    radius_m integer not null,
    variants text[] not null default '{}',
    is_active boolean not null default true,
    constraint place_names_code check (code ~ '^[A-Za-z0-9_.@-]{1,120}$'),
    constraint place_names_name check (name <> '' and char_length(name) <= 60),
    constraint place_names_kind check (kind in ('suburb', 'township', 'village', 'town', 'street', 'landmark')),
    constraint place_names_suburb check (suburb <> '' and char_length(suburb) <= 60),
    constraint place_names_radius_m check (radius_m between 1 and 50000)
);
create index place_names_municipality on place_names (municipality);
create index place_names_point on place_names using gist (point);

comment on table place_names is 'The places that residents can name instead of sending a pin.';
comment on column place_names.code is
    'The code of the place; where a file gives none it is made of the name, the kind and the municipality, such as '
    'kwamashu.township@ETH.';
comment on column place_names.name is 'The name of the place as residents read it.';
comment on column place_names.kind is 'The kind of place: suburb, township, village, town, street or landmark.';
comment on column place_names.suburb is
    'The name of the suburb or town that a street belongs to; empty if none is known.';
comment on column place_names.municipality is
    'The code of the municipality that the point was in when the place was imported; an edition looks it up again.';
comment on column place_names.point is 'The middle of the place (WGS84).';
comment on column place_names.radius_m is 'How far the place reaches from that point, in metres.';
comment on column place_names.variants is 'Other names and spellings of the place.';
comment on column place_names.is_active is 'Whether the place is in the next edition.';

alter table place_names enable row level security;
alter table place_names force row level security;
create policy owner on place_names to trust_engine using (session_user = 'trust_engine');
-- What is on any map is open to all who read here.
create policy readers on place_names for select to dashboard, national, public_reader, desk, saps using (true);
grant select on place_names to dashboard, national, public_reader, desk, saps;
