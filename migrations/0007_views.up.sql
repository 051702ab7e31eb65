-- Views for dashboards. Each is security_invoker: it shows what the tables would show to the one who asks. They name no exact
-- place and no staff, so that every role that reads tickets can use them.

create view open_tickets with (security_invoker) as
    select id, tracking_number, coalesce(municipality, 'national') as owner, municipality, ward, cell, category, severity, status, queue,
           assigned_team, tier, escalated_at, created_at, response_due_at, response_met_at, resolution_due_at,
           resolution_met_at is null and resolution_due_at <= now() as resolution_overdue,
           response_met_at is null and response_due_at <= now() as response_overdue,
           least(case when response_met_at is null then response_due_at end,
                 case when resolution_met_at is null then resolution_due_at end) as next_due_at
      from tickets
     where status <> 'closed';
comment on view open_tickets is 'Tickets that are not closed; order by next_due_at to see the overdue first.';
comment on column open_tickets.owner is 'Municipality, or national where there is none.';
comment on column open_tickets.resolution_overdue is 'Whether it should be resolved by now and is not.';
comment on column open_tickets.response_overdue is 'Whether a person should have looked by now and has not.';
comment on column open_tickets.next_due_at is 'The nearest promise that is not kept yet.';

create view sla_by_day with (security_invoker) as
    select (created_at at time zone 'Africa/Johannesburg')::date as day, municipality, category, assigned_team,
           count(*) as tickets,
           count(*) filter (where response_met_at < response_due_at) as responded_in_time,
           count(*) filter (where response_breached_at is not null) as response_breaches,
           count(*) filter (where resolution_met_at < resolution_due_at) as resolved_in_time,
           count(*) filter (where resolution_breached_at is not null) as resolution_breaches
      from tickets
     group by 1, 2, 3, 4;
comment on view sla_by_day is 'Promises kept and missed, by the day on which the ticket came, category and team.';
comment on column sla_by_day.day is 'Day in South Africa.';

create view deliveries_by_status with (security_invoker) as
    select status, class, language, count(*) as messages, min(queued_at) as oldest_queued_at
      from deliveries
     group by 1, 2, 3;
comment on view deliveries_by_status is 'Messages out by how far they got.';

grant select on open_tickets, sla_by_day to dashboard, national, desk;
grant select on deliveries_by_status to dashboard, national, desk;
