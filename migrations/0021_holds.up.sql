-- Holds: the time for the resolution stands still while the municipality cannot go on. A ticket has two clocks, as promised and
-- as lived; sla_by_day shows both.

create table hold_limits (
    reason text primary key,
    limit_hours numeric not null check (limit_hours > 0),
    constraint hold_limits_reason check (reason in ('waiting_for_resident', 'waiting_for_parts', 'other_body', 'weather', 'outage'))
);
comment on table hold_limits is
    'How long tickets may be held, by reason; a reason that is missing here has the limit of the program.';
comment on column hold_limits.reason is 'The reason of the hold.';
comment on column hold_limits.limit_hours is 'The most hours that one hold may last.';
alter table hold_limits enable row level security;
alter table hold_limits force row level security;
create policy owner on hold_limits to trust_engine using (session_user = 'trust_engine');
create policy readers on hold_limits for select to dashboard, national, public_reader, desk using (true);
grant select on hold_limits to dashboard, national, public_reader, desk;

alter table tickets
    add column held_until timestamptz,
    add column hold_reason text,
    add column held_by text,
    add column resolution_due_without_holds_at timestamptz,
    add column late_holds integer not null default 0,
    add column last_minute_closings integer not null default 0;
comment on column tickets.held_since is
    'Since when the ticket is held, so that the time for the resolution stands still; empty if it is not.';
comment on column tickets.held_until is 'When the hold ends by itself.';
comment on column tickets.hold_reason is
    'Why the ticket is held: waiting_for_resident, waiting_for_parts, other_body, weather or outage.';
comment on column tickets.held_by is 'The login of the member of staff who set the hold.';
comment on column tickets.resolution_due_without_holds_at is
    'The deadline as it was promised, without the time of holds; empty if no hold has ended.';
comment on column tickets.late_holds is 'The number of holds that began after 90 % of the time for the resolution.';
comment on column tickets.last_minute_closings is
    'How often staff resolved or closed the ticket within five minutes before its deadline.';
grant select (held_until, hold_reason, resolution_due_without_holds_at, late_holds, last_minute_closings) on tickets to national;

create or replace view open_tickets with (security_invoker) as
    select id, tracking_number, coalesce(municipality, 'national') as owner, municipality, ward, cell, category, severity, status, queue,
           assigned_team, tier, escalated_at, created_at, response_due_at, response_met_at, resolution_due_at, next_due_at,
           response_met_at is null and response_due_at <= now() as response_overdue,
           held_since is null and resolution_met_at is null and resolution_due_at <= now() as resolution_overdue,
           case when held_since is null then coalesce(next_due_at <= now(), false)
                else response_met_at is null and response_due_at <= now() end as overdue,
           held_since, held_until, hold_reason
      from tickets
     where status <> 'closed';
comment on column open_tickets.held_since is 'Since when the ticket is held; its resolution is not overdue while it is.';
comment on column open_tickets.held_until is 'When the hold ends by itself.';
comment on column open_tickets.hold_reason is 'Why the ticket is held.';

create or replace view sla_by_day with (security_invoker) as
    select day, municipality, category, assigned_team, tickets,
           responded_in_time, response_breaches,
           round(100.0 * responded_in_time / nullif(responded_in_time + response_breaches, 0), 1) as response_pct,
           resolved_in_time, resolution_breaches,
           round(100.0 * resolved_in_time / nullif(resolved_in_time + resolution_breaches, 0), 1) as resolution_pct,
           resolved_as_promised, promised_breaches,
           round(100.0 * resolved_as_promised / nullif(resolved_as_promised + promised_breaches, 0), 1) as promised_pct
      from (select (created_at at time zone 'Africa/Johannesburg')::date as day, tickets.municipality, category, assigned_team,
                   count(*) as tickets,
                   count(*) filter (where not missed.response and response_met_at < response_due_at) as responded_in_time,
                   count(*) filter (where missed.response or response_met_at >= response_due_at) as response_breaches,
                   count(*) filter (where not missed.resolution and resolution_met_at < resolution_due_at) as resolved_in_time,
                   count(*) filter (where missed.resolution or resolution_met_at >= resolution_due_at) as resolution_breaches,
                   count(*) filter (where not missed.resolution and resolution_met_at < promised.due_at) as resolved_as_promised,
                   count(*) filter (where missed.resolution or resolution_met_at >= promised.due_at
                                       or (resolution_due_without_holds_at is not null and resolution_met_at is null
                                           and resolution_due_without_holds_at <= now())) as promised_breaches
              from tickets
              left join (select ticket, municipality, bool_or(clock = 'response') as response, bool_or(clock = 'resolution') as resolution
                           from breaches
                          where level = 'breach'
                          group by 1, 2) seen
                on seen.ticket = tickets.id and seen.municipality is not distinct from tickets.municipality,
                   lateral (select (response_breached_at is not null or seen.response) is true as response,
                                   (resolution_breached_at is not null or seen.resolution) is true as resolution) missed,
                   lateral (select coalesce(resolution_due_without_holds_at, resolution_due_at) as due_at) promised
             where queue is distinct from 'referred'
             group by 1, 2, 3, 4) counted;
comment on column sla_by_day.resolved_as_promised is
    'The number of tickets that were resolved by the deadline as it was promised, without the time of holds.';
comment on column sla_by_day.promised_breaches is 'The number of tickets that were not resolved by that deadline.';
comment on column sla_by_day.promised_pct is
    'The share of the former in both, in percent; empty if nothing is decided yet.';

create view suspicious_closings with (security_invoker) as
    select id, tracking_number, municipality, assigned_team, status, late_holds, last_minute_closings,
           reopened_at is not null as reopened, resolution_due_at, resolution_due_without_holds_at
      from tickets
     where late_holds > 0 or last_minute_closings > 0;
comment on view suspicious_closings is
    'Tickets that were held after 90 % of their time, or resolved or closed within five minutes before their deadline: a '
    'person should look at them, above all where the resident had them reopened.';
comment on column suspicious_closings.id is 'The id of the ticket.';
comment on column suspicious_closings.tracking_number is 'The number of the ticket for people.';
comment on column suspicious_closings.municipality is 'The code of the municipality that owns the ticket.';
comment on column suspicious_closings.assigned_team is 'The code of the team that has the ticket.';
comment on column suspicious_closings.status is 'The present status of the ticket.';
comment on column suspicious_closings.late_holds is 'The number of holds that began after 90 % of the time for the resolution.';
comment on column suspicious_closings.last_minute_closings is
    'How often staff resolved or closed the ticket within five minutes before its deadline.';
comment on column suspicious_closings.reopened is 'Whether the resident had the ticket reopened.';
comment on column suspicious_closings.resolution_due_at is 'The deadline with the time of holds.';
comment on column suspicious_closings.resolution_due_without_holds_at is 'The deadline as it was promised, if it was held.';
grant select on suspicious_closings to dashboard, national, desk;
