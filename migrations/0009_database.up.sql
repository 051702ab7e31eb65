-- Who may enter this database, and that nobody but its owner makes anything in it: PostgreSQL lets everybody in and lets
-- them have temporary tables, and with these functions of their own to be run on what a query passes by.
do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to sink, protected_sink, dashboard, national, public_reader, desk, intake, saps',
                   current_database());
end
$$;
