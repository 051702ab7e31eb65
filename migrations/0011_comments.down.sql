-- The comments as they were.

-- Schemas.
comment on schema intake is 'What the intake could not read or process: for the role intake alone.';
comment on schema protected is 'The police lane: for the role saps alone.';

-- Reference data.
comment on table municipalities is 'Municipalities, on board or not.';
comment on column municipalities.code is 'Code of the Demarcation Board, such as EKU.';
comment on column municipalities.name is 'Name for people.';
comment on column municipalities.kind is
    'metro, local or district; the first two go before a district that holds the same point.';
comment on column municipalities.onboarded is
    'Whether it works with this system; tickets of others are referred.';
comment on column municipalities.boundary is 'Boundary, WGS84.';
comment on column municipalities.valid_from is 'First day on which this boundary holds.';
comment on column municipalities.valid_to is 'First day on which it holds no more; none: it holds.';

comment on table wards is 'Wards of municipalities.';
comment on column wards.code is 'Code of the ward.';
comment on column wards.municipality is 'Municipality that it is part of.';
comment on column wards.boundary is 'Boundary, WGS84.';

comment on table teams is 'Teams of municipalities and of the police (SAPS).';
comment on column teams.code is 'Code of the team.';
comment on column teams.municipality is 'Municipality that it works for; none: the police.';
comment on column teams.category is
    'What it does; none: the default team of its municipality, or the police.';
comment on column teams.service_area is
    'Where it works (a police team: its precinct), WGS84; none: everywhere in its municipality.';
comment on column teams.is_saps is 'Whether it is of the police: takes protected reports and nothing else.';
comment on column teams.manager is 'Login of the person to whom its breaches escalate.';
comment on column teams.lead is 'Login of the person to whom its new tickets are assigned.';
comment on column teams.is_active is 'Whether it takes tickets.';

comment on table policies is 'What is promised; the most specific active policy counts.';
comment on column policies.id is 'Number of the row; means nothing.';
comment on column policies.municipality is 'Municipality that promises.';
comment on column policies.category is 'For which category; none: all.';
comment on column policies.severity is 'For which severity; none: all.';
comment on column policies.response_hours is 'Hours until a person must have looked.';
comment on column policies.resolution_hours is 'Hours until the matter must be resolved.';
comment on column policies.warning_threshold_pct is
    'Share of the time, in percent, after which the team is warned.';
comment on column policies.is_active is 'Whether it is in force.';

comment on table staff is 'People who work on tickets.';
comment on column staff.login is 'Login name, as it stands in tickets and events.';
comment on column staff.name is 'Name for people.';
comment on column staff.municipality is 'Municipality that they work for; none: the police.';
comment on column staff.team is 'Team that they are part of; none: several.';
comment on column staff.role is 'staff or manager: what they may do to a ticket.';
comment on column staff.is_active is 'Whether they work here now.';

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
comment on column rules.protected_expiry_s is
    'The log forgets a protected report after this; the police''s tables do not.';
comment on column rules.lookup_s is 'Twilio''s list is asked about an unknown outcome after this.';
comment on column rules.retry_s is 'The first retry of a failed delivery; it doubles.';
comment on column rules.circuit_s is 'An account that refuses us is tried again after this.';

comment on table emergency_numbers is 'Numbers to call in an emergency.';
comment on column emergency_numbers.service is
    'Whom one reaches: police, gbv, fire_ambulance, cell (from any cell phone).';
comment on column emergency_numbers.number is 'Number to dial within South Africa.';
comment on column emergency_numbers.as_of is 'Day on which somebody last checked it.';

comment on table editions is 'Editions of the reference data published so far. Edition 0 is built in.';
comment on column editions.number is 'Number of the edition.';
comment on column editions.published_at is 'When it was published.';
comment on column editions.hash is 'SHA-256 of its blob.';
comment on column editions.parts is 'In how many parts the blob lies in the topic.';
comment on column editions.blob is
    'The blob, until the topic has it: an edition never changes once it has a number.';
comment on column editions.appended_at is 'When the broker had acknowledged all of it.';

comment on table login_municipalities is
    'For which municipality a login works: the ground of row-level security.';
comment on column login_municipalities.login is
    'Name of the login role. One that is not here sees no ticket.';
comment on column login_municipalities.municipality is 'The one municipality whose rows it sees.';
comment on column login_municipalities.every_municipality is 'Whether it sees those of all.';

-- Tickets.
comment on table tickets is
    'Tickets as they are (from topic tickets). No words and no resident; the exact place is for their '
    'own municipality and the desk.';
comment on column tickets.id is 'Id: a hash of the first message''s id.';
comment on column tickets.municipality is 'Municipality that owns it; none: national.';
comment on column tickets.tracking_number is 'Number for people.';
comment on column tickets.category is 'What about: water, roads, electricity, waste, sanitation, other.';
comment on column tickets.severity is 'How grave: low, medium, high, critical.';
comment on column tickets.sentiment is 'In what tone: negative, neutral, positive.';
comment on column tickets.status is
    'Where it is in its life: open, in_progress, escalated, resolved, closed.';
comment on column tickets.outcome is 'Why it is closed.';
comment on column tickets.language is 'The resident''s language (ISO 639; und: not recognised).';
comment on column tickets.location is 'Exact place, WGS84.';
comment on column tickets.cell is 'Square of 500 m that holds the place.';
comment on column tickets.latitude is 'Degrees north, from location.';
comment on column tickets.longitude is 'Degrees east, from location.';
comment on column tickets.place_source is 'How the place became known: pin, name, none.';
comment on column tickets.municipality_rule is
    'Which rule found the municipality: contains, border, nearest, none.';
comment on column tickets.ward is 'Ward that holds the place.';
comment on column tickets.assigned_team is 'Team that has it.';
comment on column tickets.team_rule is 'Which rule found the team.';
comment on column tickets.assigned_to is 'Login of the person who has it.';
comment on column tickets.manager is 'Login of the person to whom a breach escalates.';
comment on column tickets.assignment_reason is
    'Why it is there: geospatial_routing, manual_override, escalation, sla_breach.';
comment on column tickets.distance_m is
    'Metres to the municipality or service area, where the nearest was taken.';
comment on column tickets.queue is
    'Queue that it waits in while nobody owns it: unlocated, unrouted, unassigned, referred.';
comment on column tickets.policy is
    'How specific the policy of its deadlines is: severity, category, municipality, system.';
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
comment on column tickets.disarmed_at is
    'When a due time of it failed and was switched off: a person has to look.';
comment on column tickets.reopened_from is 'Closed ticket that it goes on from.';
comment on column tickets.addenda is 'How often its resident added something.';
comment on column tickets.revision is 'Moves with every applied command and escalation: what staff refer to.';
comment on column tickets.version is 'Moves with every write: an older one never replaces a newer one.';
comment on column tickets.edition is 'Edition of the reference data in force at the last write.';

comment on table ticket_words is
    'What residents said and sent (from topic reports). Rows are for the role desk alone, not even for '
    'the owner.';
comment on column ticket_words.ce_id is 'Id of the record.';
comment on column ticket_words.ticket is 'Ticket that it belongs to.';
comment on column ticket_words.kind is 'report, or addendum for what came later.';
comment on column ticket_words.at is 'When the conversation took it down.';
comment on column ticket_words.words is 'What they wrote, message by message.';
comment on column ticket_words.media is 'What they sent: references to pictures and files at Twilio.';
comment on column ticket_words.place_name is 'Place as they named it.';
comment on column ticket_words.location is
    'Place that they pinned with it, WGS84. The ticket has the first of them; whether a later one is '
    'right a person decides.';

comment on table ticket_assignments is
    'Every assignment of every ticket (from topic ticket-events); one is current.';
comment on column ticket_assignments.ce_id is 'Id of the event that made it.';
comment on column ticket_assignments.ticket is 'Ticket.';
comment on column ticket_assignments.municipality is 'Municipality that owned the ticket.';
comment on column ticket_assignments.team is 'Team; none: nobody yet.';
comment on column ticket_assignments.assigned_to is 'Login of the person.';
comment on column ticket_assignments.assigned_by is 'Login of who assigned it, or system.';
comment on column ticket_assignments.reason is
    'Why: geospatial_routing, manual_override, escalation, sla_breach.';
comment on column ticket_assignments.is_current is 'Whether it is the last one of its ticket.';
comment on column ticket_assignments.at is 'Since when.';
comment on column ticket_assignments.ticket_category is 'The ticket''s category at that time.';
comment on column ticket_assignments.team_is_saps is 'Whether the team is of the police.';
comment on column ticket_assignments.version is 'The ticket''s version then: the order of its assignments.';

comment on table audit_logs is
    'All that happened to tickets (from topic ticket-events): commands applied and refused, warnings, '
    'breaches, escalations.';
comment on column audit_logs.ce_id is 'Id of the event.';
comment on column audit_logs.entity is 'What kind of thing it happened to: ticket.';
comment on column audit_logs.entity_id is 'Which one.';
comment on column audit_logs.action is
    'What happened: opened, applied, refused, warned, breached, escalated, rerouted, auto_closed, disarmed.';
comment on column audit_logs.details is
    'The command and what it asked for, why it was refused, which clock, why escalated.';
comment on column audit_logs.changes is 'What is different now: {field: {old, new}}.';
comment on column audit_logs.actor is 'Login of who made it happen; of residents and the system, the role.';
comment on column audit_logs.actor_role is 'resident, staff, manager, system.';
comment on column audit_logs.municipality is 'Municipality that owns the ticket.';
comment on column audit_logs.at is 'When, by the ticket''s log.';
comment on column audit_logs.version is 'The ticket''s version after it.';
comment on column audit_logs.revision is 'The ticket''s revision after it.';
comment on column audit_logs.edition is 'Edition in force.';
comment on column audit_logs.note is 'Note or reason in somebody''s words: for the desk alone.';

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

-- Deliveries and dead letters.
comment on table deliveries is
    'Messages out and how far they got (from topic deliveries): without text and recipient.';
comment on column deliveries.notification is 'Id of the message.';
comment on column deliveries.ticket is 'Ticket that it is about; none: part of a conversation.';
comment on column deliveries.status is
    'queued, sending, sent, delivered, read, failed, unknown, superseded, not_sent.';
comment on column deliveries.class is 'answer to what was just written, or status of a ticket.';
comment on column deliveries.language is 'Language of its text.';
comment on column deliveries.queued_at is 'When it was asked for.';
comment on column deliveries.updated_at is 'When this last changed, by its log.';
comment on column deliveries.attempt is 'Number of the present or last call; 0 before the first.';
comment on column deliveries.retries is 'Calls after which it was to be tried again.';
comment on column deliveries.deadline is 'Before when the present or last call had to start.';
comment on column deliveries.next_at is
    'When it is tried again, an unknown outcome is looked up, or a message without receipt is laid to rest.';
comment on column deliveries.window_end is 'Until when free text may be sent.';
comment on column deliveries.as_template is 'Whether the template is sent instead of the text.';
comment on column deliveries.sid is 'Twilio''s id of it.';
comment on column deliveries.code is 'Last error code, Twilio''s or 0.';
comment on column deliveries.disarmed_at is
    'When a due time of it failed and was switched off: a person has to look.';
comment on column deliveries.version is 'Moves with every write: an older one never replaces a newer one.';
comment on column deliveries.edition is 'Edition in force at the last write.';

comment on table dead_letters is
    'Records that could not be processed (from topic dead-letters): a list without their content.';
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

comment on table intake.unscreened is
    'Messages that the screen could not read (from topic unscreened): a person listens.';
comment on column intake.unscreened.message is 'Twilio''s id of the message.';
comment on column intake.unscreened.received_at is 'When the webhook took it.';
comment on column intake.unscreened.at is 'When the conversation heard it.';
comment on column intake.unscreened.why is 'voice, no_words, unknown_language.';
comment on column intake.unscreened.address is 'Where the resident writes from.';
comment on column intake.unscreened.words is 'What they wrote, message by message.';
comment on column intake.unscreened.media is
    'What they sent: references to sound, pictures and files at Twilio.';
comment on column intake.unscreened.place_name is 'Place as they named it.';
comment on column intake.unscreened.location is 'Exact place, WGS84.';
comment on column intake.unscreened.edition is 'Edition in force.';

comment on table intake.dead_letters is
    'Records of the intake that could not be processed (from topic intake-dead-letters).';
comment on column intake.dead_letters.record is 'The record, sealed with the intake''s key.';

-- The police lane.
comment on table protected.tickets is 'Protected reports as they are (from topic protected-tickets).';
comment on column protected.tickets.id is 'Id: a hash of the first message''s id.';
comment on column protected.tickets.created_at is 'When the first message came.';
comment on column protected.tickets.updated_at is 'When it last changed, by its log.';
comment on column protected.tickets.language is 'Language of the message.';
comment on column protected.tickets.confirmed is
    'Whether the screen was certain or the person chose; else silence decided.';
comment on column protected.tickets.team is 'Police team; none: the national duty queue.';
comment on column protected.tickets.assigned_to is 'Login of the person who leads it.';
comment on column protected.tickets.rule is 'Which rule found the team: precinct, nearest, national.';
comment on column protected.tickets.distance_m is 'Metres to the precinct, where the nearest was taken.';
comment on column protected.tickets.address is 'How to reach the person.';
comment on column protected.tickets.words is 'What they wrote, message by message.';
comment on column protected.tickets.media is 'What they sent: references to pictures and files at Twilio.';
comment on column protected.tickets.place_name is 'Place as they named it.';
comment on column protected.tickets.location is 'Exact place, WGS84.';
comment on column protected.tickets.disarmed_at is
    'When a due time of it failed and was switched off: a person has to look.';
comment on column protected.tickets.version is
    'Moves with every write: an older one never replaces a newer one.';
comment on column protected.tickets.edition is 'Edition in force at the last write.';
comment on table protected.deliveries is
    'Messages out of the police lane and how far they got (from topic protected-deliveries): without '
    'text and recipient.';
comment on table protected.dead_letters is
    'Records of the police lane that could not be processed (from topic protected-dead-letters).';
comment on column protected.dead_letters.record is 'The record, sealed with the police lane''s key.';

-- The sinks.
comment on table sink_offsets is 'How far the sink is in each partition of each topic.';
comment on column sink_offsets.topic is 'Topic, without the installation''s prefix.';
comment on column sink_offsets.partition is 'Partition.';
comment on column sink_offsets.next is 'Offset that is read next.';
comment on column sink_offsets.last_offset is 'Offset of the last record that was written.';
comment on column sink_offsets.last_ce_id is 'Its id: tells this log from another one of the same name.';
comment on column sink_offsets.cluster is 'Id of the Kafka cluster that the offsets are of.';
comment on column sink_offsets.updated_at is 'When it last moved, by this server''s clock.';
comment on table protected.sink_offsets is
    'How far the police lane''s sink is in each partition of each topic.';

-- Views.
comment on view open_tickets is
    'Tickets that are not closed. ORDER BY next_due_at: the overdue come first, the longest overdue '
    'before the others; last come those that wait for their resident to agree.';
comment on column open_tickets.owner is 'Municipality, or national where there is none.';
comment on column open_tickets.response_overdue is 'Whether a person should have looked by now and has not.';
comment on column open_tickets.resolution_overdue is 'Whether it should be resolved by now and is not.';
comment on column open_tickets.overdue is 'Whether either is so.';

comment on view sla_by_day is
    'Promises kept and missed, by the day on which the ticket came, category and team; a promise that '
    'was missed once stays missed when the ticket is reopened. Referred tickets are left out: their '
    'municipality promises nothing here. Sum the counts, not the percentages.';
comment on column sla_by_day.day is 'Day in South Africa.';
comment on column sla_by_day.tickets is 'Tickets of that day, decided or not.';
comment on column sla_by_day.responded_in_time is 'Those that a person looked at in time.';
comment on column sla_by_day.response_breaches is 'Those that nobody looked at in time.';
comment on column sla_by_day.response_pct is
    'Share of the former in both, in percent; none: nothing is decided yet.';
comment on column sla_by_day.resolved_in_time is 'Those that were resolved in time.';
comment on column sla_by_day.resolution_breaches is 'Those that were not.';
comment on column sla_by_day.resolution_pct is
    'Share of the former in both, in percent; none: nothing is decided yet.';

comment on view heat_by_ward is 'How much there is in each ward: open, overdue, come lately.';
comment on column heat_by_ward.open is 'Tickets that are not closed.';
comment on column heat_by_ward.overdue is 'Those of them with a promise that is not kept in time.';
comment on column heat_by_ward.opened_7d is 'Tickets of the last 7 days, closed or not.';
comment on column heat_by_ward.opened_30d is 'Tickets of the last 30 days, closed or not.';
comment on column heat_by_ward.boundary is 'The ward''s boundary, WGS84; none: it is a ward of another time.';

comment on view heat_by_cell is 'How much there is in each square of 500 m: open, overdue, come lately.';
comment on column heat_by_cell.box is 'The square, WGS84.';
comment on column heat_by_cell.open is 'Tickets that are not closed.';
comment on column heat_by_cell.overdue is 'Those of them with a promise that is not kept in time.';
comment on column heat_by_cell.opened_7d is 'Tickets of the last 7 days, closed or not.';
comment on column heat_by_cell.opened_30d is 'Tickets of the last 30 days, closed or not.';

comment on view deliveries_by_status is 'Messages out by how far they got.';
comment on column deliveries_by_status.messages is 'How many.';
comment on column deliveries_by_status.oldest_queued_at is 'When the oldest of them was asked for.';

comment on view public_summary is
    'Tickets by week, municipality and category, for everybody, without those referred to a municipality '
    'that is not on board: a row of less than ten is not there, a division with a part of less than ten '
    'is not shown.';
comment on column public_summary.week is
    'Monday of the week in which they came, in South Africa; the present week is left out.';
comment on column public_summary.owner is 'Municipality, or national where there is none.';
comment on column public_summary.category is
    'What about: water, roads, electricity, waste, sanitation, other.';
comment on column public_summary.tickets is 'How many came.';
comment on column public_summary.in_time is 'Those that were resolved in time.';
comment on column public_summary.late is 'Those that were not, at first or after they were reopened.';
comment on column public_summary.undecided is 'Those of which neither is known.';
comment on column public_summary.in_time_pct is 'Share of those in time in the decided ones, in percent.';

-- Functions.
comment on function session_municipality() is 'The one municipality that this login works for, if it is one.';
comment on function session_sees_all() is 'Whether this login works for every municipality.';
comment on function cell_box(text) is 'The square of 500 m that a cell is, WGS84.';
comment on function public_counts() is
    'Counts of tickets by week, municipality and category, none of less than ten.';

-- A column with the name and meaning of another table's column has the comment of that column.
do $$
declare
    copy record;
begin
    for copy in select target.attrelid::regclass as relation, target.attname as name,
                       col_description(source.attrelid, source.attnum) as comment
                  from (values ('dead_letters', 'intake.dead_letters'),
                               ('deliveries', 'protected.deliveries'),
                               ('dead_letters', 'protected.dead_letters'),
                               ('sink_offsets', 'protected.sink_offsets'),
                               ('tickets', 'open_tickets'),
                               ('tickets', 'sla_by_day'),
                               ('tickets', 'heat_by_ward'),
                               ('tickets', 'heat_by_cell'),
                               ('deliveries', 'deliveries_by_status')) as pairs (source, target)
                  join pg_attribute target on target.attrelid = pairs.target::regclass and target.attnum > 0
                  join pg_attribute source
                    on source.attrelid = pairs.source::regclass and source.attname = target.attname
    loop
        execute format('comment on column %s.%I is %L', copy.relation, copy.name, copy.comment);
    end loop;
end
$$;

-- These differ from the column that they share their name with.
comment on column intake.dead_letters.ce_id is 'Id of the record in intake-dead-letters.';
comment on column protected.dead_letters.ce_id is 'Id of the record in protected-dead-letters.';
