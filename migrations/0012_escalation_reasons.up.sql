-- No rule escalates a ticket, and none ever did: the reason `rule` is not a word of the program any more.
alter table tickets drop constraint tickets_escalation_reason;
alter table tickets add constraint tickets_escalation_reason
    check (escalation_reason in ('sla_response_breach', 'sla_resolution_breach', 'manual'));
