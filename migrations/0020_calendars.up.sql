-- Deadlines in working hours: the calendars of municipalities, the days on which they are closed, and the public holidays
-- that are declared for one year. The yearly holidays are law and part of the program.

create table calendars (
    municipality text primary key references municipalities,
    time_zone text not null default 'Africa/Johannesburg',
    critical text not null default 'round_the_clock',
    monday text,
    tuesday text,
    wednesday text,
    thursday text,
    friday text,
    saturday text,
    sunday text,
    constraint calendars_time_zone check (time_zone ~ '^[A-Za-z0-9_+/-]{1,60}$'),
    constraint calendars_critical check (critical in ('round_the_clock', 'working_hours')),
    constraint calendars_hours check (
        coalesce(monday, tuesday, wednesday, thursday, friday, saturday, sunday) is not null
        and concat_ws(' ', monday, tuesday, wednesday, thursday, friday, saturday, sunday)
            ~ '^([0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}( |$))+$')
);
comment on table calendars is
    'The working hours of municipalities; policies that say working_hours count only these. A day without hours is a day '
    'off, and so are public holidays and closing_days.';
comment on column calendars.municipality is 'The code of the municipality.';
comment on column calendars.time_zone is 'The time zone of the hours, by its name in the IANA database.';
comment on column calendars.critical is
    'Which hours count for critical tickets where their policy says working_hours: round_the_clock or working_hours.';
comment on column calendars.monday is 'The working hours of Mondays, such as 08:00-16:30; empty if nobody works then.';
comment on column calendars.tuesday is 'The working hours of Tuesdays.';
comment on column calendars.wednesday is 'The working hours of Wednesdays.';
comment on column calendars.thursday is 'The working hours of Thursdays.';
comment on column calendars.friday is 'The working hours of Fridays.';
comment on column calendars.saturday is 'The working hours of Saturdays.';
comment on column calendars.sunday is 'The working hours of Sundays.';

create table closing_days (
    municipality text not null references municipalities,
    day date not null,
    name text not null,
    is_active boolean not null default true,
    primary key (municipality, day),
    constraint closing_days_name check (name <> '' and char_length(name) <= 60)
);
comment on table closing_days is 'The days on which a municipality does not work, beside the public holidays.';
comment on column closing_days.municipality is 'The code of the municipality.';
comment on column closing_days.day is 'The day on which the municipality is closed.';
comment on column closing_days.name is 'Why the municipality does not work then, for people.';
comment on column closing_days.is_active is 'Whether the day is in the next edition.';

create table holidays (
    day date primary key,
    name text not null,
    constraint holidays_name check (name <> '' and char_length(name) <= 60)
);
comment on table holidays is
    'The public holidays that were declared for one year, such as the day of an election; those of every year are part of '
    'the program.';
comment on column holidays.day is 'The day of the holiday.';
comment on column holidays.name is 'The name of the holiday, for people.';

alter table policies
    add column hours text not null default 'round_the_clock',
    add constraint policies_hours check (hours in ('round_the_clock', 'working_hours'));
comment on column policies.hours is
    'Which hours count: round_the_clock, or working_hours, which are those of the municipality''s calendar.';

alter table rules add column policies_apply_from bigint not null default 0 check (policies_apply_from >= 0);
comment on column rules.policies_apply_from is
    'Open tickets whose policy is of an edition before this one get the present policy; publish --apply-policies sets it.';

alter table tickets
    add column hours text not null default 'round_the_clock',
    add constraint tickets_hours check (hours in ('round_the_clock', 'working_hours'));
comment on column tickets.hours is
    'Which hours count for the deadline of the resolution: round_the_clock or working_hours.';
grant select (hours) on tickets to national;

do $$
declare
    name text;
begin
    foreach name in array array['calendars', 'closing_days', 'holidays'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy owner on %I to trust_engine using (session_user = ''trust_engine'')', name);
        -- When a municipality works is on its door.
        execute format('create policy readers on %I for select to dashboard, national, public_reader, desk using (true)', name);
        execute format('grant select on %I to dashboard, national, public_reader, desk', name);
    end loop;
end
$$;

create view deadline_moves with (security_invoker) as
    select entity_id as ticket, municipality, at, details ->> 'clock' as clock,
           (details ->> 'old_due_at')::timestamptz as old_due_at,
           (details ->> 'new_due_at')::timestamptz as new_due_at,
           names.closed, names.opened, edition
      from audit_logs,
           lateral (select string_agg(coalesce(holiday.name, closing.name, days.day), ', ' order by days.day)
                               filter (where is_closed) as closed,
                           string_agg(days.day, ', ' order by days.day) filter (where not is_closed) as opened
                      from (select jsonb_array_elements_text(details -> 'closed') as day, true as is_closed
                            union all select jsonb_array_elements_text(details -> 'opened'), false) days
                      left join holidays holiday on holiday.day = days.day::date
                      left join closing_days closing
                        on closing.day = days.day::date and closing.municipality = audit_logs.municipality) names
     where action = 'moved';
comment on view deadline_moves is
    'The deadlines of open tickets that a declared holiday, a closing day or another calendar moved, with the reason.';
comment on column deadline_moves.ticket is 'The id of the ticket.';
comment on column deadline_moves.municipality is 'The code of the municipality that owns the ticket.';
comment on column deadline_moves.at is 'When the deadline moved, in the time of the ticket''s log.';
comment on column deadline_moves.clock is 'The clock whose deadline moved: response or resolution.';
comment on column deadline_moves.old_due_at is 'The deadline until then.';
comment on column deadline_moves.new_due_at is 'The deadline from then on.';
comment on column deadline_moves.closed is
    'The names of the days that count no more; empty, as `opened` is, if the working hours changed.';
comment on column deadline_moves.opened is 'The days that count again.';
comment on column deadline_moves.edition is 'The edition that moved it.';
grant select on deadline_moves to dashboard, national, desk;
