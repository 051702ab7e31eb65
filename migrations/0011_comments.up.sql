-- Comments that are sentences, for people who read `\d+`; before, they were short notes.

-- Schemas.
comment on schema intake is
    'Messages that the screen could not read and records of the intake that could not be processed; only '
    'the role intake reads them.';
comment on schema protected is 'The tables of the police lane; only the role saps reads them.';

-- Reference data.
comment on table municipalities is 'The municipalities, including those that do not work with this system.';
comment on column municipalities.code is
    'The code of the municipality as the Municipal Demarcation Board assigns it, such as EKU.';
comment on column municipalities.name is 'The name of the municipality as residents read it.';
comment on column municipalities.kind is
    'The kind of municipality: metro, local or district. Metro and local take precedence over a district '
    'with the same point.';
comment on column municipalities.onboarded is
    'Whether the municipality works with this system; tickets of other municipalities are referred.';
comment on column municipalities.boundary is 'The boundary of the municipality (WGS84).';
comment on column municipalities.valid_from is 'The first day on which this boundary is valid.';
comment on column municipalities.valid_to is
    'The first day on which this boundary is no longer valid; empty while it is valid.';

comment on table wards is 'The wards of the municipalities, with their boundaries.';
comment on column wards.code is 'The code of the ward, unique in the whole country.';
comment on column wards.municipality is 'The code of the municipality that the ward belongs to.';
comment on column wards.boundary is 'The boundary of the ward (WGS84).';

comment on table teams is
    'The teams that take tickets: those of municipalities and those of the police (SAPS).';
comment on column teams.code is 'The code of the team, unique in the whole country.';
comment on column teams.municipality is
    'The code of the municipality that the team works for; empty for a police team.';
comment on column teams.category is
    'The category that the team handles; empty for the default team of a municipality and for a police team.';
comment on column teams.service_area is
    'The area that the team serves, for a police team its precinct (WGS84); empty if it serves its whole '
    'municipality.';
comment on column teams.is_saps is 'Whether this is a police team, which takes only protected reports.';
comment on column teams.manager is 'The login of the manager to whom breaches of the team escalate.';
comment on column teams.lead is 'The login of the team''s lead, to whom new tickets are assigned.';
comment on column teams.is_active is 'Whether the team takes tickets at present.';

comment on table policies is
    'The response and resolution times that municipalities promise; the most specific active policy applies.';
comment on column policies.id is 'The number of the row, which has no other meaning.';
comment on column policies.municipality is 'The code of the municipality that makes the promise.';
comment on column policies.category is 'The category that the policy is for; empty for all categories.';
comment on column policies.severity is 'The severity that the policy is for; empty for all severities.';
comment on column policies.response_hours is 'The hours within which a person must look at the ticket.';
comment on column policies.resolution_hours is 'The hours within which the ticket must be resolved.';
comment on column policies.warning_threshold_pct is
    'The share of the time after which the team is warned, in percent (1 to 99).';
comment on column policies.is_active is 'Whether the policy is in force.';

comment on table staff is 'The people who work on tickets, with their roles.';
comment on column staff.login is
    'The login name of the member of staff, as it appears in tickets and events.';
comment on column staff.name is 'The name of the member of staff as people read it.';
comment on column staff.municipality is
    'The code of the municipality that the member of staff works for; empty for the police.';
comment on column staff.team is
    'The code of the team that the member of staff belongs to; empty for several teams.';
comment on column staff.role is
    'The role, which decides what the person may do with a ticket: staff or manager.';
comment on column staff.is_active is 'Whether the member of staff works here at present.';

comment on table rules is
    'The durations that the rules use where no policy gives them: a single row, in seconds.';
comment on column rules.single is 'Always true, so that the table has a single row.';
comment on column rules.response_s is 'The response time in seconds where a municipality has no policy.';
comment on column rules.resolution_s is 'The resolution time in seconds where a municipality has no policy.';
comment on column rules.warning_pct is
    'The share of the time after which the team is warned where a municipality has no policy, in percent '
    '(1 to 99).';
comment on column rules.ask_again_s is 'The seconds after which a resident is asked again for the place.';
comment on column rules.unlocated_s is 'The seconds after which a report without a place becomes a ticket.';
comment on column rules.choice_s is
    'The seconds after which a choice that the resident has not made counts as private.';
comment on column rules.protected_s is
    'The seconds for which every message of a resident is protected after a disclosure.';
comment on column rules.auto_close_s is
    'The seconds after which a resolved ticket is closed if the resident does not answer.';
comment on column rules.reopen_s is 'The seconds for which a closed ticket can be reopened.';
comment on column rules.reopen_least_s is
    'The seconds that a reopened ticket gets at least until its new deadline.';
comment on column rules.window_s is
    'The seconds after the resident''s last message for which free text may be sent.';
comment on column rules.heard_s is
    'The seconds for which a repeated delivery of the same message is recognised.';
comment on column rules.ticket_expiry_s is
    'The seconds after which a closed ticket expires in the store; the tables keep it.';
comment on column rules.conversation_expiry_s is 'The seconds after which an idle conversation expires.';
comment on column rules.delivery_expiry_s is
    'The seconds after which a finished delivery expires in the store; the tables keep it.';
comment on column rules.protected_expiry_s is
    'The seconds after which a protected report expires in the store; the tables of the police keep it.';
comment on column rules.lookup_s is
    'The seconds after which an unknown outcome is looked up in Twilio''s list of messages.';
comment on column rules.retry_s is
    'The seconds before the first retry of a failed delivery; they double with each retry.';
comment on column rules.circuit_s is
    'The seconds after which a Twilio account that refuses calls is tried again.';

comment on table emergency_numbers is 'The telephone numbers that residents are given for an emergency.';
comment on column emergency_numbers.service is
    'The service that answers: police, gbv, fire_ambulance, or cell for the number that any cell phone '
    'can call.';
comment on column emergency_numbers.number is 'The number to dial within South Africa.';
comment on column emergency_numbers.as_of is 'The day on which a person last checked the number.';

comment on table editions is
    'The editions of the reference data that were published so far; edition 0 is built in and not listed.';
comment on column editions.number is 'The number of the edition, counted from 1.';
comment on column editions.published_at is 'When the edition was published.';
comment on column editions.hash is 'The SHA-256 hash of the edition''s content, in hex.';
comment on column editions.parts is
    'The number of records that hold the edition''s content in the topic editions.';
comment on column editions.blob is
    'The content of the edition as JSON; empty as soon as the broker has acknowledged all of it.';
comment on column editions.appended_at is
    'When the broker had acknowledged all records of the edition; empty until then.';

comment on table login_municipalities is
    'The municipality that each login works for; row-level security is based on it.';
comment on column login_municipalities.login is
    'The name of the login role; a login that is not listed sees no ticket.';
comment on column login_municipalities.municipality is
    'The code of the one municipality whose rows the login sees; empty if it sees all of them.';
comment on column login_municipalities.every_municipality is
    'Whether the login sees the rows of every municipality.';

-- Tickets.
comment on table tickets is
    'The tickets in their present state, from the topic tickets. They hold no words of a resident; only '
    'their own municipality and the desk read the exact place.';
comment on column tickets.id is 'The id of the ticket: a hash of the id of the first message.';
comment on column tickets.municipality is
    'The code of the municipality that owns the ticket; empty for the national queue.';
comment on column tickets.tracking_number is 'The tracking number that the resident and the staff use.';
comment on column tickets.category is
    'The category of the problem: water, roads, electricity, waste, sanitation or other.';
comment on column tickets.severity is 'How severe the problem is: low, medium, high or critical.';
comment on column tickets.sentiment is 'The tone of the first message: negative, neutral or positive.';
comment on column tickets.status is
    'The status of the ticket: open, in_progress, escalated, resolved or closed.';
comment on column tickets.outcome is
    'Why the ticket is closed: confirmed, unanswered, withdrawn, duplicate, referred or invalid; empty '
    'while it is not closed.';
comment on column tickets.language is
    'The language of the resident (ISO 639 code), or und if it was not recognised.';
comment on column tickets.location is 'The exact place of the problem (WGS84); empty if it is not known.';
comment on column tickets.cell is 'The square of 500 m that contains the place; cell_box gives its outline.';
comment on column tickets.latitude is 'The latitude of the exact place in degrees.';
comment on column tickets.longitude is 'The longitude of the exact place in degrees.';
comment on column tickets.place_source is
    'How the place became known: pin, name, staff, or none if it is not known.';
comment on column tickets.municipality_rule is
    'The rule that found the municipality: contains, border, nearest or none.';
comment on column tickets.ward is 'The code of the ward that contains the place.';
comment on column tickets.assigned_team is 'The code of the team that has the ticket.';
comment on column tickets.team_rule is
    'The rule that found the team: service_area, nearest_area, municipality_wide, default, manual or none.';
comment on column tickets.assigned_to is 'The login of the person who has the ticket.';
comment on column tickets.manager is 'The login of the manager to whom a breach escalates.';
comment on column tickets.assignment_reason is
    'The reason for the present assignment: geospatial_routing, manual_override, escalation or sla_breach.';
comment on column tickets.distance_m is
    'The distance in metres to the municipality or service area, where the nearest one was taken.';
comment on column tickets.queue is
    'The queue in which a ticket without a team waits: unlocated, unrouted, unassigned or referred.';
comment on column tickets.policy is
    'How specific the policy is that gave the deadlines: severity, category, municipality or system.';
comment on column tickets.policy_edition is 'The edition that contained the policy.';
comment on column tickets.created_at is
    'When the webhook received the first message; the deadlines count from this time.';
comment on column tickets.updated_at is 'When the ticket last changed, in the time of its log.';
comment on column tickets.first_responded_at is 'When a person first looked at the ticket.';
comment on column tickets.resolved_at is 'When the ticket was last resolved.';
comment on column tickets.close_at is 'When the resolved ticket is closed unless the resident answers.';
comment on column tickets.closed_at is 'When the ticket was closed.';
comment on column tickets.reopened_at is 'When the ticket was last reopened.';
comment on column tickets.escalated_at is 'When the ticket was first escalated.';
comment on column tickets.escalation_reason is
    'The reason for the last escalation: sla_response_breach, sla_resolution_breach or manual.';
comment on column tickets.manager_missing is
    'Whether a breach found no manager to escalate to; the ticket then stays with its team.';
comment on column tickets.tier is 'The escalation tier; 0 if the ticket has not been escalated.';
comment on column tickets.response_due_at is 'The deadline by which a person must look at the ticket.';
comment on column tickets.response_warned_at is 'When the team was last warned of the response deadline.';
comment on column tickets.response_breached_at is
    'When the ticket''s log saw that the response deadline had passed.';
comment on column tickets.response_met_at is 'When a person looked at the ticket, in time or late.';
comment on column tickets.resolution_due_at is 'The deadline by which the ticket must be resolved.';
comment on column tickets.resolution_warned_at is 'When the team was last warned of the resolution deadline.';
comment on column tickets.resolution_breached_at is
    'When the ticket''s log saw that the resolution deadline had passed.';
comment on column tickets.resolution_met_at is 'When the ticket was resolved, in time or late.';
comment on column tickets.next_due_at is
    'The nearer deadline of the clocks that are not met yet; empty if both are met.';
comment on column tickets.held_since is
    'Since when the clocks of the ticket stand still (reserved: nothing holds a ticket yet).';
comment on column tickets.disarmed_at is
    'When a due time of the ticket failed and was switched off; a person has to look into it.';
comment on column tickets.reopened_from is 'The id of the closed ticket that this one continues.';
comment on column tickets.addenda is 'How often the resident added something to the ticket.';
comment on column tickets.revision is
    'A number that grows with every applied command and escalation; staff refer to it when they ask for '
    'a change.';
comment on column tickets.version is
    'A number that grows with every write; a row never replaces one with a higher version.';
comment on column tickets.edition is 'The edition of the reference data in force at the last write.';

comment on table ticket_words is
    'What residents wrote and sent, from the topic reports. Only the role desk reads these rows; not '
    'even the owner does.';
comment on column ticket_words.ce_id is 'The id of the record in the topic reports.';
comment on column ticket_words.ticket is 'The id of the ticket that the words belong to.';
comment on column ticket_words.kind is 'Whether this is the first report or an addendum that came later.';
comment on column ticket_words.at is 'When the conversation took the words down, in the time of its log.';
comment on column ticket_words.words is 'The texts that the resident wrote, one element for each message.';
comment on column ticket_words.media is
    'The pictures and files that the resident sent, as references to Twilio.';
comment on column ticket_words.place_name is 'The place in the words of the resident.';
comment on column ticket_words.location is
    'The place that the resident pinned with these words (WGS84). The ticket has the first pin; a person '
    'decides whether a later one is right.';

comment on table ticket_assignments is
    'Every assignment of every ticket, from the topic ticket-events; one assignment of each ticket is '
    'current.';
comment on column ticket_assignments.ce_id is 'The id of the event that made the assignment.';
comment on column ticket_assignments.ticket is 'The id of the ticket that was assigned.';
comment on column ticket_assignments.municipality is
    'The code of the municipality that owned the ticket at that time.';
comment on column ticket_assignments.team is
    'The code of the team that got the ticket; empty if no team has it.';
comment on column ticket_assignments.assigned_to is 'The login of the person who got the ticket.';
comment on column ticket_assignments.assigned_by is
    'The login of the member of staff who made the assignment, or system.';
comment on column ticket_assignments.reason is
    'The reason for the assignment: geospatial_routing, manual_override, escalation or sla_breach.';
comment on column ticket_assignments.is_current is 'Whether this is the last assignment of the ticket.';
comment on column ticket_assignments.at is 'When the assignment was made, in the time of the ticket''s log.';
comment on column ticket_assignments.ticket_category is 'The category of the ticket at that time.';
comment on column ticket_assignments.team_is_saps is 'Whether the team is a police team.';
comment on column ticket_assignments.version is
    'The version of the ticket at that time, which gives the order of its assignments.';

comment on table audit_logs is
    'Everything that happened to tickets, from the topic ticket-events: commands applied and refused, '
    'warnings, breaches and escalations.';
comment on column audit_logs.ce_id is 'The id of the event in the topic ticket-events.';
comment on column audit_logs.entity is 'The kind of entity that the event is about; always ticket.';
comment on column audit_logs.entity_id is 'The id of the ticket that the event is about.';
comment on column audit_logs.action is
    'What happened: opened, applied, refused, warned, breached, escalated, rerouted, auto_closed or '
    'disarmed.';
comment on column audit_logs.details is
    'The details of the event as JSON: the command and what it asked for, why it was refused, the clock, '
    'or the reason for the escalation.';
comment on column audit_logs.changes is 'The fields that changed, as JSON of the form {field: {old, new}}.';
comment on column audit_logs.actor is
    'The login of the member of staff who made the change; the role, if a resident or the system made it.';
comment on column audit_logs.actor_role is
    'The role of the one who made the change: resident, staff, manager or system.';
comment on column audit_logs.municipality is
    'The code of the municipality that owned the ticket at that time.';
comment on column audit_logs.at is 'When it happened, in the time of the ticket''s log.';
comment on column audit_logs.version is
    'The version of the ticket after the event; 0 for a ticket that does not exist.';
comment on column audit_logs.revision is 'The revision of the ticket after the event.';
comment on column audit_logs.edition is 'The edition of the reference data in force when it happened.';
comment on column audit_logs.note is
    'A note or reason in the words of the person who gave it; only the desk reads it.';

comment on table breaches is 'The deadlines that came near or passed, from the topic breaches.';
comment on column breaches.ce_id is 'The id of the record in the topic breaches.';
comment on column breaches.ticket is 'The id of the ticket whose deadline it was.';
comment on column breaches.clock is 'The clock that the deadline belongs to: response or resolution.';
comment on column breaches.level is 'Whether the deadline came near (warning) or passed (breach).';
comment on column breaches.tier is 'The escalation tier of the ticket before it.';
comment on column breaches.due_at is 'The deadline of the clock.';
comment on column breaches.seen_at is 'When the ticket''s log saw that the time had passed.';
comment on column breaches.municipality is 'The code of the municipality that owned the ticket at that time.';
comment on column breaches.team is 'The code of the team that had the ticket at that time.';
comment on column breaches.category is 'The category of the ticket at that time.';
comment on column breaches.edition is 'The edition of the reference data in force at that time.';

-- Deliveries and dead letters.
comment on table deliveries is
    'The messages to residents and how far they got, from the topic deliveries, without their text and '
    'recipient.';
comment on column deliveries.notification is 'The id of the message to the resident.';
comment on column deliveries.ticket is
    'The id of the ticket that the message is about; empty for a message of a conversation without a ticket.';
comment on column deliveries.status is
    'How far the message got: queued, sending, sent, delivered, read, failed, unknown, superseded or '
    'not_sent.';
comment on column deliveries.class is
    'Whether the message is an answer to what the resident just wrote, or news about the status of a ticket.';
comment on column deliveries.language is 'The language of the message''s text (ISO 639 code).';
comment on column deliveries.queued_at is 'When the message was asked for.';
comment on column deliveries.updated_at is 'When the row last changed, in the time of its log.';
comment on column deliveries.attempt is
    'The number of the last attempt to send the message; 0 before the first.';
comment on column deliveries.retries is 'How many attempts failed in a way that is retried.';
comment on column deliveries.deadline is
    'The moment before which the last permitted call to Twilio had to start.';
comment on column deliveries.next_at is
    'When the message is retried, its unknown outcome is looked up, or the text of a message without a '
    'receipt is removed.';
comment on column deliveries.window_end is 'Until when free text may be sent to the resident.';
comment on column deliveries.as_template is 'Whether the template is sent instead of the free text.';
comment on column deliveries.sid is 'Twilio''s id of the last attempt that Twilio accepted.';
comment on column deliveries.code is 'The last error code: Twilio''s, or 0 where Twilio gave none.';
comment on column deliveries.disarmed_at is
    'When a due time of the message failed and was switched off; a person has to look into it.';
comment on column deliveries.version is
    'A number that grows with every write; a row never replaces one with a higher version.';
comment on column deliveries.edition is 'The edition of the reference data in force at the last write.';

comment on table dead_letters is
    'The records that could not be processed, from the topic dead-letters: a list without their content.';
comment on column dead_letters.ce_id is 'The id of the record in the topic of dead letters.';
comment on column dead_letters.at is
    'When the record was dead-lettered, in the time of the log that it came from.';
comment on column dead_letters.stage is 'The stage, topic or table that could not process the record.';
comment on column dead_letters.class is
    'The kind of failure, such as undecodable, rejected or refused_by_table.';
comment on column dead_letters.source_topic is 'The topic that the record was read from.';
comment on column dead_letters.source_partition is 'The partition that the record was read from.';
comment on column dead_letters.source_offset is 'The offset at which the record was read.';
comment on column dead_letters.place_line is
    'The line of the record''s JSON at which decoding failed, from 1.';
comment on column dead_letters.place_column is 'The column of that line at which decoding failed, from 1.';
comment on column dead_letters.edition is
    'The edition of the reference data in force when the record was dead-lettered.';

comment on table intake.unscreened is
    'The messages that the screen could not read, from the topic unscreened; a person listens to them or '
    'reads them.';
comment on column intake.unscreened.message is 'The id that Twilio gave the message.';
comment on column intake.unscreened.received_at is 'When the webhook received the message.';
comment on column intake.unscreened.at is 'When the conversation heard the message, in the time of its log.';
comment on column intake.unscreened.why is
    'Why the screen could not read the message: voice, no_words or unknown_language.';
comment on column intake.unscreened.address is 'The address that the resident wrote from.';
comment on column intake.unscreened.words is
    'The texts that the resident wrote, one element for each message.';
comment on column intake.unscreened.media is
    'The voice notes, pictures and files that the resident sent, as references to Twilio.';
comment on column intake.unscreened.place_name is 'The place in the words of the resident.';
comment on column intake.unscreened.location is 'The exact place that the resident pinned (WGS84).';
comment on column intake.unscreened.edition is
    'The edition of the reference data in force at the conversation.';

comment on table intake.dead_letters is
    'The records of the intake that could not be processed, from the topic intake-dead-letters, with '
    'their sealed content.';
comment on column intake.dead_letters.record is
    'The complete original record, sealed with the key of the intake.';

-- The police lane.
comment on table protected.tickets is
    'The protected reports in their present state, from the topic protected-tickets.';
comment on column protected.tickets.id is
    'The id of the protected report: a hash of the id of the first message.';
comment on column protected.tickets.created_at is 'When the webhook received the first message.';
comment on column protected.tickets.updated_at is 'When the report last changed, in the time of its log.';
comment on column protected.tickets.language is 'The language of the first message (ISO 639 code).';
comment on column protected.tickets.confirmed is
    'Whether the screen was certain or the person chose; otherwise the person did not answer in time.';
comment on column protected.tickets.team is 'The code of the police team; empty for the national duty queue.';
comment on column protected.tickets.assigned_to is 'The login of the person who leads the police team.';
comment on column protected.tickets.rule is
    'The rule that found the police team: precinct, nearest or national.';
comment on column protected.tickets.distance_m is
    'The distance in metres to the precinct, where the nearest one was taken.';
comment on column protected.tickets.address is 'The address at which the person can be reached.';
comment on column protected.tickets.words is 'The texts that the person wrote, one element for each message.';
comment on column protected.tickets.media is
    'The voice notes, pictures and files that the person sent, as references to Twilio.';
comment on column protected.tickets.place_name is 'The place in the words of the person.';
comment on column protected.tickets.location is 'The exact place that the person pinned (WGS84).';
comment on column protected.tickets.disarmed_at is
    'When a due time of the report failed and was switched off; a person has to look into it.';
comment on column protected.tickets.version is
    'A number that grows with every write; a row never replaces one with a higher version.';
comment on column protected.tickets.edition is
    'The edition of the reference data in force at the last write.';
comment on table protected.deliveries is
    'The messages of the police lane and how far they got, from the topic protected-deliveries, without '
    'their text and recipient.';
comment on table protected.dead_letters is
    'The records of the police lane that could not be processed, from the topic protected-dead-letters, '
    'with their sealed content.';
comment on column protected.dead_letters.record is
    'The complete original record, sealed with the key of the police lane.';

-- The sinks.
comment on table sink_offsets is 'How far the sink has read each partition of each topic.';
comment on column sink_offsets.topic is 'The name of the topic, without the installation''s prefix.';
comment on column sink_offsets.partition is 'The number of the partition, from 0.';
comment on column sink_offsets.next is 'The offset that the sink reads next.';
comment on column sink_offsets.last_offset is 'The offset of the last record that the sink wrote.';
comment on column sink_offsets.last_ce_id is
    'The id of the record at last_offset, which tells the topic from another one that was created under '
    'the same name.';
comment on column sink_offsets.cluster is 'The id of the Kafka cluster that the offsets belong to.';
comment on column sink_offsets.updated_at is 'When the offset last moved, by the clock of this server.';
comment on table protected.sink_offsets is
    'How far the sink of the police lane has read each partition of each topic.';

-- Views.
comment on view open_tickets is
    'The tickets that are not closed. With ORDER BY next_due_at the overdue tickets come first, the '
    'longest overdue before the others, and last those that wait for their resident to agree.';
comment on column open_tickets.owner is
    'The code of the municipality that owns the ticket, or national if none does.';
comment on column open_tickets.response_overdue is
    'Whether a person should have looked at the ticket by now and has not.';
comment on column open_tickets.resolution_overdue is
    'Whether the ticket should be resolved by now and is not.';
comment on column open_tickets.overdue is 'Whether the response or the resolution is overdue.';

comment on view sla_by_day is
    'The promises kept and missed, by category, team and the day on which the ticket came. A promise '
    'that was missed stays missed when the ticket is reopened. Referred tickets are left out, since '
    'their municipality promises nothing here. Sum the counts, not the percentages.';
comment on column sla_by_day.day is 'The day on which the tickets came, in South African time.';
comment on column sla_by_day.tickets is 'The number of tickets of that day, decided or not.';
comment on column sla_by_day.responded_in_time is 'The number of tickets that a person looked at in time.';
comment on column sla_by_day.response_breaches is 'The number of tickets that no person looked at in time.';
comment on column sla_by_day.response_pct is
    'The share of tickets with a response in time among the decided ones, in percent; empty if none is '
    'decided.';
comment on column sla_by_day.resolved_in_time is 'The number of tickets that were resolved in time.';
comment on column sla_by_day.resolution_breaches is 'The number of tickets that were not resolved in time.';
comment on column sla_by_day.resolution_pct is
    'The share of tickets resolved in time among the decided ones, in percent; empty if none is decided.';

comment on view heat_by_ward is 'The number of tickets in each ward: open, overdue, and opened lately.';
comment on column heat_by_ward.open is 'The number of tickets that are not closed.';
comment on column heat_by_ward.overdue is 'The number of open tickets with a deadline that has passed.';
comment on column heat_by_ward.opened_7d is 'The number of tickets of the last 7 days, closed or not.';
comment on column heat_by_ward.opened_30d is 'The number of tickets of the last 30 days, closed or not.';
comment on column heat_by_ward.boundary is
    'The boundary of the ward (WGS84); empty for a ward that is no longer in the reference data.';

comment on view heat_by_cell is
    'The number of tickets in each square of 500 m: open, overdue, and opened lately.';
comment on column heat_by_cell.box is 'The outline of the square of 500 m (WGS84).';
comment on column heat_by_cell.open is 'The number of tickets that are not closed.';
comment on column heat_by_cell.overdue is 'The number of open tickets with a deadline that has passed.';
comment on column heat_by_cell.opened_7d is 'The number of tickets of the last 7 days, closed or not.';
comment on column heat_by_cell.opened_30d is 'The number of tickets of the last 30 days, closed or not.';

comment on view deliveries_by_status is 'The number of messages to residents by how far they got.';
comment on column deliveries_by_status.messages is
    'The number of messages of this status, class and language.';
comment on column deliveries_by_status.oldest_queued_at is 'When the oldest of these messages was asked for.';

comment on view public_summary is
    'The number of tickets by week, municipality and category, for the public. A row of fewer than ten '
    'tickets is left out, and a division with a part of fewer than ten is not shown. Tickets referred to '
    'a municipality that does not work with this system are left out.';
comment on column public_summary.week is
    'The Monday of the week in which the tickets came, in South African time; the present week is left out.';
comment on column public_summary.owner is
    'The code of the municipality that owns the tickets, or national if none does.';
comment on column public_summary.category is
    'The category of the tickets: water, roads, electricity, waste, sanitation or other.';
comment on column public_summary.tickets is 'The number of tickets that came in that week.';
comment on column public_summary.in_time is 'The number of tickets that were resolved in time.';
comment on column public_summary.late is
    'The number of tickets that were not resolved in time, at first or after they were reopened.';
comment on column public_summary.undecided is 'The number of tickets of which it is not decided yet.';
comment on column public_summary.in_time_pct is
    'The share of tickets resolved in time among the decided ones, in percent.';

-- Functions.
comment on function session_municipality() is
    'The code of the one municipality that the present login works for; empty if there is none or it '
    'works for all.';
comment on function session_sees_all() is 'Whether the present login works for every municipality.';
comment on function cell_box(text) is 'The outline of a square of 500 m, given the name of the cell (WGS84).';
comment on function public_counts() is
    'The number of tickets by week, municipality and category, without rows of fewer than ten; the view '
    'public_summary shows it.';

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
