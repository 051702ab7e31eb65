do $$
begin
    execute format('revoke connect on database %I from sink, protected_sink, dashboard, national, public_reader, desk, intake, saps',
                   current_database());
    execute format('grant connect, temporary on database %I to public', current_database());
end
$$;
