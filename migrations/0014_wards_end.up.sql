-- Wards begin and end, as municipalities do: they are drawn again before local elections. An edition has those that are in
-- force when it is published.

alter table wards
    add column valid_from date not null default current_date,
    add column valid_to date,
    add constraint wards_valid_to_check check (valid_to > valid_from);
comment on column wards.valid_from is 'First day on which this boundary is in force.';
comment on column wards.valid_to is 'First day on which it is no longer in force; null: it has no end yet.';
