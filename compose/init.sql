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
\endif

-- Only a superuser may do these, so they come with template1 to every database made after.
\connect template1
set client_min_messages = warning;
create extension if not exists postgis;
create extension if not exists pg_stat_statements;
-- Lets a row-level security policy and a GIST index work together: the operator reveals nothing of rows it rejects.
alter function geometry_overlaps(geometry, geometry) leakproof;
-- What PostgreSQL and PostGIS count and estimate is of every table and for everybody: how many rows the police have, when one
-- was written, within which box their places lie. Here only who watches over the server is told. Nor does anybody leave large
-- objects behind.
do $$
declare
    counter regprocedure;
    columns text;
begin
    for counter in
        select oid from pg_proc
         where proname ~ '^pg_stat_(get_|statements)' or proname ~ '^pg_(relation|table|indexes|total_relation|database)_size$'
            or proname = 'pg_lock_status' or proname ~ '^lo_(creat|create|from_bytea)$'
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
end
$$;

\connect postgres
set client_min_messages = warning;
-- From here they would be told of all databases.
revoke connect on database postgres, template1 from public;
select 'create database trust_engine owner trust_engine'
 where not exists (select from pg_database where datname = 'trust_engine') \gexec
