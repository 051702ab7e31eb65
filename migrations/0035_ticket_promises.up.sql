-- The promises of each ticket as sla_by_day counts them, so that the list behind a figure can be shown.

create view ticket_promises with (security_invoker) as
    select tickets.id, (created_at at time zone 'Africa/Johannesburg')::date as day, tickets.municipality, category,
           assigned_team, ward,
           case when missed.response or response_met_at >= response_due_at then 'missed'
                when response_met_at < response_due_at then 'kept' end as response,
           case when missed.resolution or resolution_met_at >= resolution_due_at then 'missed'
                when resolution_met_at < resolution_due_at then 'kept' end as resolution
      from tickets
      left join (select ticket, municipality, bool_or(clock = 'response') as response,
                        bool_or(clock = 'resolution') as resolution
                   from breaches
                  where level = 'breach'
                  group by 1, 2) seen
        on seen.ticket = tickets.id and seen.municipality is not distinct from tickets.municipality,
           lateral (select (response_breached_at is not null or seen.response) is true as response,
                           (resolution_breached_at is not null or seen.resolution) is true as resolution) missed
     where queue is distinct from 'referred';
comment on view ticket_promises is
    'The promises of each ticket, as sla_by_day counts them: kept, missed, or not decided yet. Referred tickets are left out.';
comment on column ticket_promises.id is 'The id of the ticket.';
comment on column ticket_promises.day is 'The day in South Africa on which the ticket came.';
comment on column ticket_promises.municipality is 'The code of the municipality that owns the ticket.';
comment on column ticket_promises.category is 'What the ticket is about.';
comment on column ticket_promises.assigned_team is 'The code of the team that has the ticket.';
comment on column ticket_promises.ward is 'The code of the ward that holds the place.';
comment on column ticket_promises.response is
    'Whether a person looked at the ticket in time: kept or missed; empty if it is not decided yet.';
comment on column ticket_promises.resolution is
    'Whether the ticket was resolved in time: kept or missed; empty if it is not decided yet.';
grant select on ticket_promises to dashboard, national, desk;
