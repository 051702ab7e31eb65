drop view undelivered_staff_mails;
drop view staff_mail_events;
drop index ticket_assignments_at;
drop index audit_logs_staff;
revoke select (login, municipality, is_active) on staff from staff_mail;
drop policy staff_mail on staff;
revoke select (ce_id, entity_id, action, details, municipality, at, version, reached) on audit_logs from staff_mail;
drop policy staff_mail on audit_logs;
revoke select (ce_id, ticket, municipality, assigned_to, assigned_by, at, version) on ticket_assignments from staff_mail;
drop policy staff_mail on ticket_assignments;
revoke select (id, municipality, tracking_number, category, severity, ward, response_due_at, resolution_due_at)
    on tickets from staff_mail;
drop policy staff_mail on tickets;
drop table staff_mail_items;
drop table staff_mails;
drop table staff_mail_rules;
do $$
begin
    execute format('revoke connect on database %I from staff_mail', current_database());
end
$$;
