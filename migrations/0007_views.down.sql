drop view deliveries_by_status;
drop view sla_by_day;
drop view open_tickets;
