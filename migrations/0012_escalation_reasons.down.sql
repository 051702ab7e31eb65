alter table tickets drop constraint tickets_escalation_reason;
alter table tickets add constraint tickets_escalation_reason
    check (escalation_reason in ('sla_response_breach', 'sla_resolution_breach', 'rule', 'manual'));
