do $$
begin
    execute format('revoke connect on database %I from desk_accounts', current_database());
end
$$;
revoke select (topic, partition, next) on sink_offsets from desk_accounts;
drop policy desk_accounts on sink_offsets;
revoke select (code, municipality, category, lead, is_active, is_saps) on teams from desk_accounts;
drop policy desk_accounts on teams;
revoke select (login, name, municipality, team, role, is_active) on staff from desk_accounts;
drop policy desk_accounts on staff;
drop schema desk cascade;
