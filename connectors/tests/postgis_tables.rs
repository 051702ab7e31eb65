//! The tables against a real PostgreSQL with PostGIS: a database per test, several at once in one server.
//! TEST_DATABASE_URL names a superuser of a server that `compose/init.sql` has been run on; without it these
//! tests say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "postgis_tables/absent.rs"]
mod absent;
#[path = "postgis_tables/areas.rs"]
mod areas;
#[path = "postgis_tables/asking.rs"]
mod asking;
#[path = "postgis_tables/backup.rs"]
mod backup;
#[path = "postgis_tables/calendars.rs"]
mod calendars;
#[path = "postgis_tables/columns.rs"]
mod columns;
#[path = "postgis_tables/doubts.rs"]
mod doubts;
#[path = "postgis_tables/fixtures.rs"]
mod fixtures;
#[path = "postgis_tables/foreign_files.rs"]
mod foreign_files;
#[path = "postgis_tables/functions.rs"]
mod functions;
#[path = "postgis_tables/hostile.rs"]
mod hostile;
#[path = "postgis_tables/import.rs"]
mod import;
#[path = "postgis_tables/ladders.rs"]
mod ladders;
#[path = "postgis_tables/logins.rs"]
mod logins;
#[path = "postgis_tables/migrations.rs"]
mod migrations;
#[path = "postgis_tables/once.rs"]
mod once;
#[path = "postgis_tables/outage.rs"]
mod outage;
#[path = "postgis_tables/places.rs"]
mod places;
#[path = "postgis_tables/plans.rs"]
mod plans;
#[path = "postgis_tables/police.rs"]
mod police;
#[path = "postgis_tables/public.rs"]
mod public;
#[path = "postgis_tables/reference.rs"]
mod reference;
#[path = "postgis_tables/refused.rs"]
mod refused;
#[path = "postgis_tables/security.rs"]
mod security;
#[path = "postgis_tables/server.rs"]
mod server;
#[path = "postgis_tables/shapefiles.rs"]
mod shapefiles;
#[path = "postgis_tables/tables.rs"]
mod tables;
#[path = "postgis_tables/texts.rs"]
mod texts;
#[path = "postgis_tables/tools.rs"]
mod tools;
#[path = "postgis_tables/views.rs"]
mod views;
