-- E-mail to staff: whom a warning, a breach, an escalation or an assignment reaches, by which rule, and what became of each mail.

create table staff_mail_rules (
    login text primary key references staff,
    address text not null check (address ~ '^[!-;=?-~]+@[A-Za-z0-9.-]+$' and length(address) <= 254),
    language text not null default 'en',
    mode text not null default 'at_once',
    quiet_from time,
    quiet_until time,
    since timestamptz not null default now(),
    constraint staff_mail_rules_language check (language in ('en', 'zu', 'af')),
    constraint staff_mail_rules_mode check (mode in ('at_once', 'digest', 'off')),
    constraint staff_mail_rules_quiet check ((quiet_from is null) = (quiet_until is null) and quiet_from <> quiet_until)
);
comment on table staff_mail_rules is 'How each member of staff is told by e-mail; without a row a person gets none.';
comment on column staff_mail_rules.login is 'The login of the person.';
comment on column staff_mail_rules.address is 'The e-mail address of the person.';
comment on column staff_mail_rules.language is 'The language of the mails: en, zu or af.';
comment on column staff_mail_rules.mode is
    'at_once, digest (one mail at 07:30 with the list of the day) or off. What is critical is always sent at once.';
comment on column staff_mail_rules.quiet_from is
    'When the quiet hours begin, in South African time; empty for none. What waits for their end is one mail then.';
comment on column staff_mail_rules.quiet_until is 'When the quiet hours end; earlier than quiet_from if that is on the next day.';
comment on column staff_mail_rules.since is 'The person is told of what happened from this moment on.';

create table staff_mails (
    message_id text primary key,
    login text not null references staff,
    municipality text not null references municipalities,
    kind text not null,
    state text not null default 'waiting',
    created_at timestamptz not null default now(),
    next_try_at timestamptz,
    attempts integer not null default 0,
    tried_at timestamptz,
    answer text,
    constraint staff_mails_kind check (kind in ('single', 'digest')),
    constraint staff_mails_state check (state in ('waiting', 'sending', 'sent', 'failed')),
    constraint staff_mails_waits check ((next_try_at is not null) = (state in ('waiting', 'sending')))
);
create index staff_mails_next on staff_mails (next_try_at) where next_try_at is not null;
create index staff_mails_municipality on staff_mails (municipality, created_at);
comment on table staff_mails is 'The mails to staff, each with what became of it.';
comment on column staff_mails.message_id is
    'The Message-ID of the mail without brackets, from the event and the login, or from the time of the digest and the login.';
comment on column staff_mails.login is 'The login of the person.';
comment on column staff_mails.municipality is 'The code of the municipality that the person works for.';
comment on column staff_mails.kind is 'single (one event) or digest (a list).';
comment on column staff_mails.state is
    'waiting (for its time or a retry), sending (permitted, outcome not known yet), sent (taken by the mail server) or failed.';
comment on column staff_mails.created_at is 'When it was planned.';
comment on column staff_mails.next_try_at is
    'When it is tried next; while it is being sent, when it counts as unknown and is sent again under the same Message-ID.';
comment on column staff_mails.attempts is 'How often it was handed to the mail server.';
comment on column staff_mails.tried_at is 'When the last attempt was permitted.';
comment on column staff_mails.answer is 'What the mail server answered last, without addresses.';

create table staff_mail_items (
    ce_id text not null,
    login text not null,
    message_id text not null references staff_mails,
    ticket text not null,
    reason text not null,
    clock text,
    at timestamptz not null,
    primary key (ce_id, login),
    constraint staff_mail_items_reason check (reason in ('warning', 'breach', 'escalation', 'assignment', 'automation')),
    constraint staff_mail_items_clock check (clock in ('response', 'resolution'))
);
create index staff_mail_items_message_id on staff_mail_items (message_id);
comment on table staff_mail_items is 'What each mail to staff is about: an event and a person, once.';
comment on column staff_mail_items.ce_id is 'The id of the event in the topic ticket-events.';
comment on column staff_mail_items.login is 'The login of the person.';
comment on column staff_mail_items.message_id is 'The mail that tells the person.';
comment on column staff_mail_items.ticket is 'The id of the ticket.';
comment on column staff_mail_items.reason is 'Why the person is told: warning, breach, escalation, assignment or automation.';
comment on column staff_mail_items.clock is 'The clock whose deadline it is about; empty where it is about none.';
comment on column staff_mail_items.at is 'When the event happened, in the time of the ticket''s log.';

do $$
declare
    name text;
begin
    foreach name in array array['staff_mail_rules', 'staff_mails', 'staff_mail_items'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy owner on %I to trust_engine using (session_user = ''trust_engine'')', name);
        execute format('create policy staff_mail on %I to staff_mail using (true) with check (true)', name);
    end loop;
    execute format('grant connect on database %I to staff_mail', current_database());
end
$$;
-- Addresses are for the login that sends; what became of the mails is for the municipality.
create policy dashboard on staff_mails for select to dashboard using (municipality = (select session_municipality()));
create policy desk on staff_mails for select to desk
    using ((select session_sees_all()) or municipality = (select session_municipality()));
grant select on staff_mails to dashboard, desk;
grant select on staff_mail_rules to staff_mail;
grant select, insert, update (state, next_try_at, attempts, tried_at, answer) on staff_mails to staff_mail;
grant select, insert on staff_mail_items to staff_mail;

-- What the login that sends may know of a ticket: no words, no place, no note, no language of the resident.
create policy staff_mail on tickets for select to staff_mail using (true);
grant select (id, municipality, tracking_number, category, severity, ward, response_due_at, resolution_due_at)
    on tickets to staff_mail;
create policy staff_mail on ticket_assignments for select to staff_mail using (true);
grant select (ce_id, ticket, municipality, assigned_to, assigned_by, at, version) on ticket_assignments to staff_mail;
create policy staff_mail on audit_logs for select to staff_mail using (true);
grant select (ce_id, entity_id, action, details, municipality, at, version, reached) on audit_logs to staff_mail;
create policy staff_mail on staff for select to staff_mail using (municipality is not null);
grant select (login, municipality, is_active) on staff to staff_mail;

create index audit_logs_staff on audit_logs (at)
    where reached <> '{}' or action in ('warned', 'breached', 'escalated');
create index ticket_assignments_at on ticket_assignments (at) where assigned_to is not null;

create view staff_mail_events with (security_invoker) as
    select a.ce_id, reached.login, a.entity_id as ticket, a.municipality, a.at,
           case when a.action = 'automated' then
                    case when a.details ->> 'effect' = 'assign' then 'assignment'
                         when a.details ->> 'effect' = 'escalate' then 'escalation'
                         else 'automation' end
                when a.details ->> 'action' = 'escalate' then 'escalation'
                when a.details ->> 'action' = 'assign' then 'assignment'
                when a.details ->> 'offset' like '-%' then 'warning'
                else 'breach' end as reason,
           a.details ->> 'clock' as clock
      from audit_logs a, unnest(a.reached) as reached (login)
     where a.reached <> '{}'
    union
    select a.ce_id, had.assigned_to, a.entity_id, a.municipality, a.at,
           case a.action when 'warned' then 'warning' when 'breached' then 'breach' else 'escalation' end,
           a.details ->> 'clock'
      from audit_logs a
      join lateral (select t.assigned_to from ticket_assignments t
                     where t.ticket = a.entity_id and t.version <= a.version order by t.version desc limit 1) had
           on had.assigned_to is not null
     where a.action in ('warned', 'breached', 'escalated')
    union
    select t.ce_id, t.assigned_to, t.ticket, t.municipality, t.at, 'assignment', null
      from ticket_assignments t
      join audit_logs a on a.ce_id = t.ce_id
     where t.assigned_to is not null and t.assigned_to <> t.assigned_by
       and coalesce(a.reached, '{}') = '{}' and a.action not in ('warned', 'breached', 'escalated');
comment on view staff_mail_events is
    'Whom an event should reach: the people whom a step or an automation names, those who have the ticket when its time runs out, and '
    'those who get it from somebody else.';
comment on column staff_mail_events.ce_id is 'The id of the event in the topic ticket-events.';
comment on column staff_mail_events.login is 'The login of the person.';
comment on column staff_mail_events.ticket is 'The id of the ticket.';
comment on column staff_mail_events.municipality is 'The code of the municipality that owns the ticket.';
comment on column staff_mail_events.at is 'When it happened, in the time of the ticket''s log.';
comment on column staff_mail_events.reason is 'Why the person is told: warning, breach, escalation, assignment or automation.';
comment on column staff_mail_events.clock is 'The clock whose deadline it is about; empty where it is about none.';
grant select on staff_mail_events to staff_mail;

create view undelivered_staff_mails with (security_invoker) as
    select message_id, login, municipality, kind, state, created_at, attempts, tried_at, next_try_at, answer
      from staff_mails
     where state = 'failed' or (state <> 'sent' and attempts > 0);
comment on view undelivered_staff_mails is 'Mails to staff that the mail server refused for good, or that are tried again.';
comment on column undelivered_staff_mails.message_id is 'The Message-ID of the mail without brackets.';
comment on column undelivered_staff_mails.login is 'The login of the person.';
comment on column undelivered_staff_mails.municipality is 'The code of the municipality that the person works for.';
comment on column undelivered_staff_mails.kind is 'single (one event) or digest (a list).';
comment on column undelivered_staff_mails.state is 'waiting (for a retry), sending or failed.';
comment on column undelivered_staff_mails.created_at is 'When it was planned.';
comment on column undelivered_staff_mails.attempts is 'How often it was handed to the mail server.';
comment on column undelivered_staff_mails.tried_at is 'When the last attempt was permitted.';
comment on column undelivered_staff_mails.next_try_at is 'When it is tried next; empty if it failed.';
comment on column undelivered_staff_mails.answer is 'What the mail server answered last, without addresses.';
grant select on undelivered_staff_mails to dashboard, desk;
