-- The cluster-wide part of the database, run by a superuser once a start and safe to run again: roles, what
-- every database is given (database.psql), and the database trust_engine. Tables belong to the migrations;
-- they run as trust_engine.
--
-- Roles are shared by all databases of a server, so no migration makes or drops one (a database per test
-- would collide). Which role may see what is said by grants and policies in the migrations.

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
    -- desk: works tickets and reads residents' words. intake: what the screen could not read. saps: the
    -- police lane. national, public_reader: every municipality, by cell and not by point. desk_accounts:
    -- the accounts and sessions of the people who use the desk; it sees no ticket. staff_mail: tells staff by
    -- e-mail; it sees no words and no places. dashboard_demo and desk_cpt to desk_wc024: logins of the demo,
    -- each bound to one municipality by a row in a table.
    foreach name in array array['trust_engine', 'sink', 'protected_sink', 'national', 'public_reader', 'desk',
                                'intake', 'saps', 'dashboard_demo', 'desk_accounts', 'staff_mail', 'desk_cpt',
                                'desk_eku', 'desk_eth', 'desk_wc024'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I login', name);
        end if;
    end loop;

    -- dashboard: what every municipality's login is granted; no login uses it directly.
    if not exists (select from pg_roles where rolname = 'dashboard') then
        create role dashboard nologin;
    end if;
    grant dashboard to dashboard_demo;
    grant desk to desk_cpt, desk_eku, desk_eth, desk_wc024;

    -- backup: reads everything, past row-level security; it can write nothing and is no login of a person.
    if not exists (select from pg_roles where rolname = 'backup') then
        create role backup login;
    end if;
    alter role backup bypassrls connection limit 3;
    grant pg_read_all_data, pg_read_all_stats to backup;
end
$$;

-- None of the logins of people and their tools can take all connections. Their other limits, and what the
-- server's log quotes of them, are settings that database.psql gives, and `trust-engine migrate` too
-- (docs/tables.md).
do $$
declare
    name text;
begin
    foreach name in array array['public_reader', 'dashboard_demo', 'national', 'desk', 'desk_cpt', 'desk_eku', 'desk_eth',
                                'desk_wc024', 'desk_accounts', 'staff_mail', 'intake', 'saps'] loop
        execute format('alter role %I connection limit 40', name);
    end loop;
end
$$;

-- One password for all, from the environment: it keeps the machine's other users out. Real servers set their
-- own.
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
alter role desk_accounts password :'password';
alter role staff_mail password :'password';
alter role desk_cpt password :'password';
alter role desk_eku password :'password';
alter role desk_eth password :'password';
alter role desk_wc024 password :'password';
alter role backup password :'password';
\endif

-- Only a superuser may do these, so they come with template1 to every database made after, and are done again
-- in the databases of trust_engine that exist. A database knows what it was given by tools.prepared, and
-- `trust-engine migrate` says if it is too little.
\connect template1
\set last ''
\ir database.psql

\connect postgres
set client_min_messages = warning;
-- From here they would be told of all databases.
revoke connect on database postgres, template1 from public;
select 'create database trust_engine owner trust_engine'
 where not exists (select from pg_database where datname = 'trust_engine') \gexec
