-- The cluster-wide part of the database, run by a superuser once a start and safe to run again: roles, what template1 hands
-- to every new database, and the database trust_engine. Tables belong to the migrations; they run as trust_engine.
--
-- Roles are shared by all databases of a server, so no migration makes or drops one (a database per test would collide).
-- Which role may see what is said by grants and policies in the migrations.

\set ON_ERROR_STOP on
\set QUIET on
\getenv password POSTGRES_PASSWORD
set client_min_messages = warning;
-- Or the passwords below would be read in pg_stat_statements.
set pg_stat_statements.track_utility = off;

do $$
declare
    name text;
begin
    -- trust_engine: owns the database and its tables.
    -- sink, protected_sink: write what the topics say, each to its own tables.
    -- desk: works tickets and reads residents' words. intake: what the screen could not read. saps: the protected lane.
    -- national, public_reader: every municipality, by cell and not by point.
    -- dashboard_demo: a login of the demo, bound to one municipality by a row in a table.
    foreach name in array array['trust_engine', 'sink', 'protected_sink', 'national', 'public_reader', 'desk', 'intake',
                                'saps', 'dashboard_demo'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I login', name);
        end if;
    end loop;

    -- dashboard: what every municipality's login is granted; no login uses it directly.
    if not exists (select from pg_roles where rolname = 'dashboard') then
        create role dashboard nologin;
    end if;
    grant dashboard to dashboard_demo;

    -- backup: reads everything, past row-level security; it can write nothing and is no login of a person.
    if not exists (select from pg_roles where rolname = 'backup') then
        create role backup login;
    end if;
    alter role backup bypassrls connection limit 3;
    alter role backup set default_transaction_read_only = on;
    grant pg_read_all_data, pg_read_all_stats to backup;
end
$$;

-- What these read and write is somebody's words: of a row that is refused, the server's log gets no content.
do $$
declare
    name text;
begin
    foreach name in array array['sink', 'protected_sink', 'desk', 'intake', 'saps'] loop
        execute format('alter role %I set log_error_verbosity = terse', name);
        execute format('alter role %I set log_parameter_max_length = 0', name);
        execute format('alter role %I set log_parameter_max_length_on_error = 0', name);
    end loop;
end
$$;

-- The logins of people and their tools: none can take all connections, run a query for hours, keep old rows from being
-- removed, or fill the disk with sorting. A new login of a dashboard gets the same (docs/tables.md).
do $$
declare
    name text;
begin
    foreach name in array array['public_reader', 'dashboard_demo', 'national', 'desk', 'intake', 'saps'] loop
        execute format('alter role %I connection limit 40', name);
        execute format('alter role %I set statement_timeout = %L', name, '60s');
        execute format('alter role %I set idle_in_transaction_session_timeout = %L', name, '5min');
        execute format('alter role %I set temp_file_limit = %L', name, '512MB');
        execute format('alter role %I set search_path = tools, pg_catalog, public', name);
    end loop;
    -- Anyone can be public_reader.
    alter role public_reader set statement_timeout = '10s';
    alter role public_reader set idle_in_transaction_session_timeout = '10s';
    alter role public_reader set temp_file_limit = '64MB';
end
$$;

-- One password for all, from the environment: it keeps the machine's other users out. Real servers set their own.
\if :{?password}
alter role trust_engine password :'password';
alter role sink password :'password';
alter role protected_sink password :'password';
alter role national password :'password';
alter role public_reader password :'password';
alter role desk password :'password';
alter role intake password :'password';
alter role saps password :'password';
alter role dashboard_demo password :'password';
alter role backup password :'password';
\endif

-- Only a superuser may do these, so they come with template1 to every database made after.
\connect template1
set client_min_messages = warning;
create extension if not exists postgis;
create extension if not exists pg_stat_statements;
-- Lets a row-level security policy and a GIST index work together: the operator reveals nothing of rows it rejects.
alter function geometry_overlaps(geometry, geometry) leakproof;
-- What PostgreSQL and PostGIS count and estimate is of every table and open to every login: how many rows the police have, when
-- one was written, within which box their places lie. Sizes, positions in the write-ahead log, transaction numbers, locks and
-- replication slots move when anybody writes. Here only the roles that monitor the server are told. Nobody leaves large objects
-- behind either. connectors/tests/postgis_tables/functions.rs judges every function that is still open.
--
-- Tools that list tables ask for sizes and estimates in the same query as for names (\dt+ of psql, DBeaver). A refusal would take
-- all of the list from them, so a size is null for every other login, and so is an estimate where the tool says `pg_class`
-- without a schema: the logins of people find the view tools.pg_class first.
do $$
declare
    size record;
begin
    for size in
        select proname as name, pg_get_function_identity_arguments(oid) as arguments
          from pg_proc
         where pronamespace = 'pg_catalog'::regnamespace and not prosecdef
           and proname ~ '^pg_(relation|table|indexes|total_relation|database|tablespace)_size$'
    loop
        execute format('alter function pg_catalog.%I(%s) rename to %I', size.name, size.arguments, size.name || '_of_any');
        execute format('create function pg_catalog.%I(%s) returns bigint language sql volatile strict security definer'
                       ' set search_path = pg_catalog, pg_temp return case when pg_has_role(session_user, %L, %L) then %I(%s) end',
                       size.name, size.arguments, 'pg_read_all_stats', 'usage', size.name || '_of_any',
                       case when size.arguments like '%,%' then '$1, $2' else '$1' end);
    end loop;
end
$$;
do $$
declare
    counter regprocedure;
    columns text;
begin
    for counter in
        select oid from pg_proc
         where proname ~ '^pg_stat_(get_|statements)'
            or proname ~ '^pg_(relation|table|indexes|total_relation|database|tablespace)_size_of_any$'
            -- The write-ahead log and replication.
            or proname ~ '^pg_(current_wal_|last_wal_|last_xact_|last_committed_xact|logical_|get_replication_slots|replication_)'
            or proname ~ '^pg_(create|copy|drop)_(logical_|physical_)?replication_slot$'
            or proname ~ '^pg_(control_|get_wal_|is_wal_replay_paused)'
            -- Transaction numbers and snapshots.
            or proname ~ '^pg_current_(xact|snapshot)' or proname ~ '^txid_(current|status)'
            or proname ~ '^(pg_xact_|pg_get_multixact_members|mxid_age|pg_export_snapshot|pg_prepared_xact)'
            or oid = 'pg_catalog.age(xid)'::regprocedure or proname = 'gettransactionid'
            -- Who waits for whom.
            or proname ~ '^pg_(lock_status|blocking_pids|safe_snapshot_blocking_pids|isolation_test_session_is_blocked)$'
            or proname ~ '^lo_(creat|create|from_bytea)$'
            or proname ~ '^_postgis_(stats|selectivity|join_selectivity|index_extent)$' or proname = 'st_estimatedextent'
    loop
        execute format('revoke execute on function %s from public', counter);
        execute format('grant execute on function %s to pg_read_all_stats', counter);
    end loop;
    revoke select on pg_stat_statements, pg_stat_statements_info from public;
    grant select on pg_stat_statements, pg_stat_statements_info, pg_catalog.pg_class to pg_read_all_stats;
    -- Of a table's row in the catalogue only what clients need to know of it.
    select string_agg(quote_ident(attname), ', ') into columns from pg_attribute
     where attrelid = 'pg_catalog.pg_class'::regclass and attname not in ('relpages', 'reltuples', 'relallvisible');
    revoke select on pg_catalog.pg_class from public;
    execute format('grant select (%s) on pg_catalog.pg_class to public', columns);
    -- The same columns, in the same order and of the same types, so that `select c.*` works.
    select string_agg(case attname when 'relpages' then '0::integer as relpages'
                                   when 'reltuples' then '(-1)::real as reltuples'
                                   when 'relallvisible' then '0::integer as relallvisible'
                                   else quote_ident(attname) end, ', ' order by attnum) into columns
      from pg_attribute where attrelid = 'pg_catalog.pg_class'::regclass and attnum > 0 and not attisdropped;
    create schema if not exists tools;
    grant usage on schema tools to public;
    execute format('create or replace view tools.pg_class as select %s from pg_catalog.pg_class', columns);
    comment on schema tools is 'What the tools of people find before the catalogue of the server.';
    comment on view tools.pg_class is 'The tables of the catalogue, without the estimates of how much is in them.';
    grant select on tools.pg_class to public;
end
$$;

\connect postgres
set client_min_messages = warning;
-- From here they would be told of all databases.
revoke connect on database postgres, template1 from public;
select 'create database trust_engine owner trust_engine'
 where not exists (select from pg_database where datname = 'trust_engine') \gexec
