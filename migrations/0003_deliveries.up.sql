-- What left for residents and what could not be processed: the open parts alone.

-- From deliveries: the last version of each message out.
create table deliveries (
    notification text primary key,
    ticket text,
    status text not null,
    class text not null,
    language text not null,
    queued_at timestamptz not null,
    updated_at timestamptz not null,
    attempt integer not null,
    retries integer not null,
    deadline timestamptz,
    next_at timestamptz,
    window_end timestamptz,
    as_template boolean not null,
    sid text,
    code bigint,
    disarmed_at timestamptz,
    version bigint not null,
    edition bigint not null
);
create index deliveries_ticket on deliveries (ticket);
create index deliveries_open on deliveries (status, queued_at) where status in ('queued', 'sending', 'unknown');
comment on table deliveries is 'Messages out and how far they got (from topic deliveries): without text and recipient.';
comment on column deliveries.notification is 'Id of the message.';
comment on column deliveries.ticket is 'Ticket that it is about; none: part of a conversation.';
comment on column deliveries.status is 'queued, sending, sent, delivered, read, failed, unknown, superseded, not_sent.';
comment on column deliveries.class is 'answer to what was just written, or status of a ticket.';
comment on column deliveries.language is 'Language of its text.';
comment on column deliveries.queued_at is 'When it was asked for.';
comment on column deliveries.updated_at is 'When this last changed, by its log.';
comment on column deliveries.attempt is 'Number of the present or last call; 0 before the first.';
comment on column deliveries.retries is 'Calls after which it was to be tried again.';
comment on column deliveries.deadline is 'Before when the present or last call had to start.';
comment on column deliveries.next_at is 'When it is tried again, an unknown outcome is looked up, or a message without receipt is laid to rest.';
comment on column deliveries.window_end is 'Until when free text may be sent.';
comment on column deliveries.as_template is 'Whether the template is sent instead of the text.';
comment on column deliveries.sid is 'Twilio''s id of it.';
comment on column deliveries.code is 'Last error code, Twilio''s or 0.';
comment on column deliveries.disarmed_at is 'When a due time of it failed and was switched off: a person has to look.';
comment on column deliveries.version is 'Moves with every write: an older one never replaces a newer one.';
comment on column deliveries.edition is 'Edition in force at the last write.';

-- From dead-letters.
create table dead_letters (
    ce_id text primary key,
    at timestamptz not null,
    stage text not null,
    class text not null,
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    place_line bigint,
    place_column bigint,
    edition bigint not null
);
create index dead_letters_at on dead_letters (at);
comment on table dead_letters is 'Records that could not be processed (from topic dead-letters): a list without their content.';
comment on column dead_letters.ce_id is 'Id of the record in dead-letters.';
comment on column dead_letters.at is 'When, by the log it stood in.';
comment on column dead_letters.stage is 'Stage, topic or table that could not go on with it.';
comment on column dead_letters.class is 'What went wrong.';
comment on column dead_letters.source_topic is 'Topic that it stood in.';
comment on column dead_letters.source_partition is 'Partition that it stood in.';
comment on column dead_letters.source_offset is 'Offset at which it stood.';
comment on column dead_letters.place_line is 'Line of its JSON at which reading failed.';
comment on column dead_letters.place_column is 'Column of that line.';
comment on column dead_letters.edition is 'Edition in force.';

do $$
declare
    name text;
begin
    foreach name in array array['deliveries', 'dead_letters'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy sink on %I to sink using (true) with check (true)', name);
        execute format('create policy owner on %I to trust_engine using (session_user = ''trust_engine'')', name);
    end loop;
end
$$;
-- A message is seen with its ticket; what belongs to no ticket is nobody's but the owner's.
create policy with_ticket on deliveries for select to dashboard, desk, national
    using (exists (select from tickets where tickets.id = deliveries.ticket));
grant select on deliveries to dashboard, desk, national;
grant insert, update, select on deliveries to sink;
grant insert, select (ce_id) on dead_letters to sink;
