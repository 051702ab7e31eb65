-- Residents give places in more ways than by pins, and some of them more exactly than others.
alter table tickets add column place_precision_m integer check (place_precision_m >= 0);
comment on column tickets.place_precision_m is
    'The place lies within about this many metres of location; empty if that is not known.';
comment on column tickets.place_source is
    'How the place became known: pin, coordinates (degrees in a text), link (of a map), plus_code, name (confirmed by the resident), staff, or none.';
grant select (place_precision_m) on tickets to national;
