alter table tickets drop column place_precision_m;
comment on column tickets.place_source is
    'How the place became known: pin, name, staff, or none if it is not known.';
