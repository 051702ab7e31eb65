drop view ticket_promises;
