drop view public_summary;
drop function public_counts();
drop policy public_counts on tickets;
