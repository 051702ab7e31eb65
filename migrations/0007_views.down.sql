drop view deliveries_by_status;
drop view heat_by_cell;
drop view heat_by_ward;
drop function cell_box(text);
drop view sla_by_day;
drop view open_tickets;
