-- The police lane's tables: for the role saps alone, not even for the owner. Their own sink process writes them, as its own
-- role, and keeps its offsets here too: even how much there is stays in this schema.

create schema protected;
comment on schema protected is 'The police lane: for the role saps alone.';
grant usage on schema protected to protected_sink, saps;

-- From protected-tickets: the last version of each.
create table protected.tickets (
    id text primary key,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    language text not null,
    confirmed boolean not null,
    team text,
    assigned_to text,
    rule text not null,
    distance_m integer,
    address text not null,
    words text[] not null,
    media jsonb not null,
    place_name text,
    location geometry(Point, 4326),
    disarmed_at timestamptz,
    version bigint not null,
    edition bigint not null
);
create index tickets_location on protected.tickets using gist (location);
create index tickets_team on protected.tickets (team, created_at);
alter table protected.tickets alter location set statistics 0;
comment on table protected.tickets is 'Protected reports as they are (from topic protected-tickets).';
comment on column protected.tickets.id is 'Id: a hash of the first message''s id.';
comment on column protected.tickets.created_at is 'When the first message came.';
comment on column protected.tickets.updated_at is 'When it last changed, by its log.';
comment on column protected.tickets.language is 'Language of the message.';
comment on column protected.tickets.confirmed is 'Whether the screen was certain or the person chose; else silence decided.';
comment on column protected.tickets.team is 'Police team; none: the national duty queue.';
comment on column protected.tickets.assigned_to is 'Login of the person who leads it.';
comment on column protected.tickets.rule is 'Which rule found the team: precinct, nearest, national.';
comment on column protected.tickets.distance_m is 'Metres to the precinct, where the nearest was taken.';
comment on column protected.tickets.address is 'How to reach the person.';
comment on column protected.tickets.words is 'What they wrote, message by message.';
comment on column protected.tickets.media is 'What they sent: references to pictures and files at Twilio.';
comment on column protected.tickets.place_name is 'Place as they named it.';
comment on column protected.tickets.location is 'Exact place, WGS84.';
comment on column protected.tickets.disarmed_at is 'When a due time of it failed and was switched off: a person has to look.';
comment on column protected.tickets.version is 'Moves with every write: an older one never replaces a newer one.';
comment on column protected.tickets.edition is 'Edition in force at the last write.';

-- From protected-deliveries and protected-dead-letters: like their municipal sisters, and with the sealed record.
create table protected.deliveries (like public.deliveries including defaults including constraints including comments);
alter table protected.deliveries add primary key (notification);
create index deliveries_ticket on protected.deliveries (ticket);
create index deliveries_open on protected.deliveries (status, queued_at) where status in ('queued', 'sending', 'unknown');
comment on table protected.deliveries is 'Messages out of the police lane and how far they got (from topic protected-deliveries): without text and recipient.';

create table protected.dead_letters (like intake.dead_letters including defaults including constraints including comments);
alter table protected.dead_letters add primary key (ce_id);
create index dead_letters_at on protected.dead_letters (at);
comment on table protected.dead_letters is 'Records of the police lane that could not be processed (from topic protected-dead-letters).';
comment on column protected.dead_letters.ce_id is 'Id of the record in protected-dead-letters.';
comment on column protected.dead_letters.record is 'The record, sealed with the police lane''s key.';

do $$
declare
    name text;
begin
    foreach name in array array['tickets', 'deliveries', 'dead_letters'] loop
        execute format('alter table protected.%I enable row level security', name);
        execute format('alter table protected.%I force row level security', name);
        execute format('create policy sink on protected.%I to protected_sink using (true) with check (true)', name);
        execute format('create policy saps on protected.%I for select to saps using (true)', name);
        execute format('grant select on protected.%I to saps', name);
    end loop;
end
$$;
grant insert, update, select on protected.tickets, protected.deliveries to protected_sink;
grant insert, select (ce_id) on protected.dead_letters to protected_sink;
