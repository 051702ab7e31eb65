-- What the topics say of tickets. Each table is fed by one topic and by the sink alone; no foreign keys, since topics arrive
-- in no order among each other. A matter of violence is in none of them: it has no category here.

-- From tickets: the last version of each.
create table tickets (
    id text primary key,
    municipality text,
    tracking_number text not null,
    category text not null,
    severity text not null,
    sentiment text not null,
    status text not null,
    outcome text,
    language text not null,
    location geometry(Point, 4326),
    cell text,
    latitude double precision generated always as (st_y(location)) stored,
    longitude double precision generated always as (st_x(location)) stored,
    place_source text not null,
    municipality_rule text not null,
    ward text,
    assigned_team text,
    team_rule text not null,
    assigned_to text,
    manager text,
    assignment_reason text not null,
    distance_m integer,
    queue text,
    policy text not null,
    policy_edition bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    first_responded_at timestamptz,
    resolved_at timestamptz,
    close_at timestamptz,
    closed_at timestamptz,
    reopened_at timestamptz,
    escalated_at timestamptz,
    escalation_reason text,
    manager_missing boolean not null,
    tier integer not null,
    response_due_at timestamptz not null,
    response_warned_at timestamptz,
    response_breached_at timestamptz,
    response_met_at timestamptz,
    resolution_due_at timestamptz not null,
    resolution_warned_at timestamptz,
    resolution_breached_at timestamptz,
    resolution_met_at timestamptz,
    next_due_at timestamptz generated always as (
        least(case when response_met_at is null then response_due_at end,
              case when resolution_met_at is null then resolution_due_at end)) stored,
    held_since timestamptz,
    disarmed_at timestamptz,
    reopened_from text,
    addenda integer not null,
    revision integer not null,
    version bigint not null,
    edition bigint not null,
    constraint tickets_no_gbv check (category <> 'gbv'),
    constraint tickets_status check (status in ('open', 'in_progress', 'escalated', 'resolved', 'closed')),
    constraint tickets_escalation_reason
        check (escalation_reason in ('sla_response_breach', 'sla_resolution_breach', 'rule', 'manual'))
);
-- The municipality is in each index, so that what security takes away is not fetched first and counted by EXPLAIN ANALYZE.
create index tickets_place on tickets using gist (municipality, location);
create index tickets_tracking_number on tickets (tracking_number, municipality);
create index tickets_open on tickets (municipality, next_due_at) where status <> 'closed';
create index tickets_in_queue on tickets (queue, municipality, created_at) where status <> 'closed' and queue is not null;
-- A histogram of places is a map of all municipalities, and EXPLAIN would read it out to each of them.
alter table tickets alter location set statistics 0, alter latitude set statistics 0, alter longitude set statistics 0;
comment on table tickets is 'Tickets as they are (from topic tickets). No words and no resident; the exact place is for their own municipality and the desk.';
comment on column tickets.id is 'Id: a hash of the first message''s id.';
comment on column tickets.municipality is 'Municipality that owns it; none: national.';
comment on column tickets.tracking_number is 'Number for people.';
comment on column tickets.category is 'What about: water, roads, electricity, waste, sanitation, other.';
comment on column tickets.severity is 'How grave: low, medium, high, critical.';
comment on column tickets.sentiment is 'In what tone: negative, neutral, positive.';
comment on column tickets.status is 'Where it is in its life: open, in_progress, escalated, resolved, closed.';
comment on column tickets.outcome is 'Why it is closed.';
comment on column tickets.language is 'The resident''s language (ISO 639; und: not recognised).';
comment on column tickets.location is 'Exact place, WGS84.';
comment on column tickets.cell is 'Square of 500 m that holds the place.';
comment on column tickets.latitude is 'Degrees north, from location.';
comment on column tickets.longitude is 'Degrees east, from location.';
comment on column tickets.place_source is 'How the place became known: pin, name, none.';
comment on column tickets.municipality_rule is 'Which rule found the municipality: contains, border, nearest, none.';
comment on column tickets.ward is 'Ward that holds the place.';
comment on column tickets.assigned_team is 'Team that has it.';
comment on column tickets.team_rule is 'Which rule found the team.';
comment on column tickets.assigned_to is 'Login of the person who has it.';
comment on column tickets.manager is 'Login of the person to whom a breach escalates.';
comment on column tickets.assignment_reason is 'Why it is there: geospatial_routing, manual_override, escalation, sla_breach.';
comment on column tickets.distance_m is 'Metres to the municipality or service area, where the nearest was taken.';
comment on column tickets.queue is 'Queue that it waits in while nobody owns it: unlocated, unrouted, unassigned, referred.';
comment on column tickets.policy is 'How specific the policy of its deadlines is: severity, category, municipality, system.';
comment on column tickets.policy_edition is 'Edition that held that policy.';
comment on column tickets.created_at is 'When the first message came; deadlines run from here.';
comment on column tickets.updated_at is 'When it last changed, by its log.';
comment on column tickets.first_responded_at is 'When a person first looked at it.';
comment on column tickets.resolved_at is 'When it was last resolved.';
comment on column tickets.close_at is 'When it is closed unless the resident answers.';
comment on column tickets.closed_at is 'When it was closed.';
comment on column tickets.reopened_at is 'When it was last reopened.';
comment on column tickets.escalated_at is 'When it was first escalated.';
comment on column tickets.escalation_reason is 'Why it last was.';
comment on column tickets.manager_missing is 'Whether a breach found no manager to escalate to.';
comment on column tickets.tier is 'How far up it is; 0: not escalated.';
comment on column tickets.response_due_at is 'By when a person must look at it.';
comment on column tickets.response_warned_at is 'When the team was warned of that.';
comment on column tickets.response_breached_at is 'When that was seen to be missed.';
comment on column tickets.response_met_at is 'When a person did, late or not.';
comment on column tickets.resolution_due_at is 'By when it must be resolved.';
comment on column tickets.resolution_warned_at is 'When the team was warned of that.';
comment on column tickets.resolution_breached_at is 'When that was seen to be missed.';
comment on column tickets.resolution_met_at is 'When it was, late or not.';
comment on column tickets.next_due_at is 'The nearer of the promises that are not kept yet; none: both are.';
comment on column tickets.held_since is 'Since when its clocks stand still.';
comment on column tickets.disarmed_at is 'When a due time of it failed and was switched off: a person has to look.';
comment on column tickets.reopened_from is 'Closed ticket that it goes on from.';
comment on column tickets.addenda is 'How often its resident added something.';
comment on column tickets.revision is 'Moves with every applied command and escalation: what staff refer to.';
comment on column tickets.version is 'Moves with every write: an older one never replaces a newer one.';
comment on column tickets.edition is 'Edition of the reference data in force at the last write.';

-- From reports: residents' words.
create table ticket_words (
    ce_id text primary key,
    ticket text not null,
    kind text not null,
    at timestamptz not null,
    words text[] not null,
    media jsonb not null,
    place_name text
);
create index ticket_words_ticket on ticket_words (ticket, at);
comment on table ticket_words is 'What residents said and sent (from topic reports). Rows are for the role desk alone, not even for the owner.';
comment on column ticket_words.ce_id is 'Id of the record.';
comment on column ticket_words.ticket is 'Ticket that it belongs to.';
comment on column ticket_words.kind is 'report, or addendum for what came later.';
comment on column ticket_words.at is 'When the conversation took it down.';
comment on column ticket_words.words is 'What they wrote, message by message.';
comment on column ticket_words.media is 'What they sent: references to pictures and files at Twilio.';
comment on column ticket_words.place_name is 'Place as they named it.';

-- From ticket-events: who had it when.
create table ticket_assignments (
    ce_id text primary key,
    ticket text not null,
    municipality text,
    team text,
    assigned_to text,
    assigned_by text not null,
    reason text not null,
    is_current boolean not null,
    at timestamptz not null,
    ticket_category text not null,
    team_is_saps boolean not null default false,
    version bigint not null,
    constraint ticket_assignments_no_gbv_with_municipal_team check (ticket_category <> 'gbv' or team_is_saps),
    constraint ticket_assignments_reason check (reason in ('geospatial_routing', 'manual_override', 'escalation', 'sla_breach'))
);
create unique index ticket_assignments_one_current on ticket_assignments (ticket) where is_current;
create index ticket_assignments_ticket on ticket_assignments (ticket, version);
comment on table ticket_assignments is 'Every assignment of every ticket (from topic ticket-events); one is current.';
comment on column ticket_assignments.ce_id is 'Id of the event that made it.';
comment on column ticket_assignments.ticket is 'Ticket.';
comment on column ticket_assignments.municipality is 'Municipality that owned the ticket.';
comment on column ticket_assignments.team is 'Team; none: nobody yet.';
comment on column ticket_assignments.assigned_to is 'Login of the person.';
comment on column ticket_assignments.assigned_by is 'Login of who assigned it, or system.';
comment on column ticket_assignments.reason is 'Why: geospatial_routing, manual_override, escalation, sla_breach.';
comment on column ticket_assignments.is_current is 'Whether it is the last one of its ticket.';
comment on column ticket_assignments.at is 'Since when.';
comment on column ticket_assignments.ticket_category is 'The ticket''s category at that time.';
comment on column ticket_assignments.team_is_saps is 'Whether the team is of the police.';
comment on column ticket_assignments.version is 'The ticket''s version then: the order of its assignments.';

-- From ticket-events: what happened.
create table audit_logs (
    ce_id text primary key,
    entity text not null default 'ticket',
    entity_id text not null,
    action text not null,
    details jsonb not null,
    changes jsonb not null,
    actor text not null,
    actor_role text not null,
    municipality text,
    at timestamptz not null,
    version bigint not null,
    revision integer not null,
    edition bigint not null,
    note text,
    constraint audit_logs_no_gbv
        check (changes #>> '{category,old}' is distinct from 'gbv' and changes #>> '{category,new}' is distinct from 'gbv')
);
create index audit_logs_entity on audit_logs (entity_id, version);
create index audit_logs_municipality on audit_logs (municipality, at);
comment on table audit_logs is 'All that happened to tickets (from topic ticket-events): commands applied and refused, warnings, breaches, escalations.';
comment on column audit_logs.ce_id is 'Id of the event.';
comment on column audit_logs.entity is 'What kind of thing it happened to: ticket.';
comment on column audit_logs.entity_id is 'Which one.';
comment on column audit_logs.action is 'What happened: opened, applied, refused, warned, breached, escalated, rerouted, auto_closed, disarmed.';
comment on column audit_logs.details is 'The command and what it asked for, why it was refused, which clock, why escalated.';
comment on column audit_logs.changes is 'What is different now: {field: {old, new}}.';
comment on column audit_logs.actor is 'Login of who made it happen; of residents and the system, the role.';
comment on column audit_logs.actor_role is 'resident, staff, manager, system.';
comment on column audit_logs.municipality is 'Municipality that owns the ticket.';
comment on column audit_logs.at is 'When, by the ticket''s log.';
comment on column audit_logs.version is 'The ticket''s version after it.';
comment on column audit_logs.revision is 'The ticket''s revision after it.';
comment on column audit_logs.edition is 'Edition in force.';
comment on column audit_logs.note is 'Note or reason in somebody''s words: for the desk alone.';

-- From breaches.
create table breaches (
    ce_id text primary key,
    ticket text not null,
    clock text not null,
    level text not null,
    tier integer not null,
    due_at timestamptz not null,
    seen_at timestamptz not null,
    municipality text,
    team text,
    category text not null,
    edition bigint not null,
    constraint breaches_no_gbv check (category <> 'gbv'),
    constraint breaches_clock check (clock in ('response', 'resolution')),
    constraint breaches_level check (level in ('warning', 'breach'))
);
create index breaches_ticket on breaches (ticket);
create index breaches_municipality on breaches (municipality, seen_at);
comment on table breaches is 'Deadlines that came near or passed (from topic breaches).';
comment on column breaches.ce_id is 'Id of the record.';
comment on column breaches.ticket is 'Ticket.';
comment on column breaches.clock is 'Which promise: response or resolution.';
comment on column breaches.level is 'warning or breach.';
comment on column breaches.tier is 'The ticket''s tier before it.';
comment on column breaches.due_at is 'The deadline.';
comment on column breaches.seen_at is 'When it was seen, by the ticket''s log.';
comment on column breaches.municipality is 'Municipality that owns the ticket.';
comment on column breaches.team is 'Team that has it.';
comment on column breaches.category is 'What about.';
comment on column breaches.edition is 'Edition in force.';

do $$
declare
    name text;
begin
    foreach name in array array['tickets', 'ticket_words', 'ticket_assignments', 'audit_logs', 'breaches'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy sink on %I to sink using (true) with check (true)', name);
    end loop;
    -- Of its own municipality alone: equality, which a GIST index can use, so without the OR of the desk.
    foreach name in array array['tickets', 'ticket_assignments', 'audit_logs', 'breaches'] loop
        execute format('create policy owner on %I to trust_engine using (session_user = ''trust_engine'')', name);
        execute format('create policy dashboard on %I for select to dashboard using (municipality = (select session_municipality()))', name);
        execute format('create policy national on %I for select to national using (true)', name);
        execute format('create policy desk on %I for select to desk'
                       ' using ((select session_sees_all()) or municipality = (select session_municipality()))', name);
    end loop;
end
$$;
-- Words are seen with their ticket, so by who sees the ticket.
create policy desk on ticket_words for select to desk using (exists (select from tickets where tickets.id = ticket_words.ticket));

-- What the sink writes it cannot read; but a row that is there already is replaced by ON CONFLICT, which asks for the right to
-- read each column that it sets.
grant insert, update, select on tickets to sink;
grant insert, update, select (ce_id, ticket, is_current, version) on ticket_assignments to sink;
grant insert, select (ce_id) on ticket_words, audit_logs, breaches to sink;

grant select on tickets, ticket_assignments, breaches to dashboard, desk;
grant select on ticket_words, audit_logs to desk;
grant select (ce_id, entity, entity_id, action, details, changes, actor, actor_role, municipality, at, version, revision, edition)
    on audit_logs to dashboard;
-- The country sees squares of 500 m, not places; and no staff, whose logins are in what changed too.
grant select on breaches to national;
grant select (ce_id, entity, entity_id, action, details, actor_role, municipality, at, version, revision, edition) on audit_logs to national;
grant select (ce_id, ticket, municipality, team, reason, is_current, at, ticket_category, team_is_saps, version)
    on ticket_assignments to national;
grant select (id, municipality, tracking_number, category, severity, sentiment, status, outcome, language, cell, place_source,
        municipality_rule, ward, assigned_team, team_rule, assignment_reason, queue, policy, policy_edition, created_at, updated_at,
        first_responded_at, resolved_at, close_at, closed_at, reopened_at, escalated_at, escalation_reason, manager_missing, tier,
        response_due_at, response_warned_at, response_breached_at, response_met_at, resolution_due_at, resolution_warned_at,
        resolution_breached_at, resolution_met_at, next_due_at, held_since, reopened_from, addenda, revision, version, edition)
    on tickets to national;
