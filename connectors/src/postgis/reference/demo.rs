//! The reference data of the demo: files of `data/demo/` that are compiled in.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use topics::records::editions::Reference;

use super::import::{self, InMemory, Table};
use crate::postgis::PostgisError;

/// A table, how its rows of another time are told from new ones, and its file: CSV whose first line names the
/// columns.
struct DemoFile {
    table: &'static str,
    key: &'static str,
    csv: &'static str,
}

macro_rules! file {
    ($table:literal, $key:literal) => {
        file!($table, $key, $table)
    };
    ($table:literal, $key:literal, $file:literal) => {
        DemoFile {
            table: $table,
            key: $key,
            csv: include_str!(concat!("../../../data/demo/", $file, ".csv")),
        }
    };
}

/// The tables in the order of their foreign keys.
const FILES: [DemoFile; 8] = [
    file!("municipalities", "code"),
    file!("wards", "code"),
    file!("teams", "code"),
    file!("policies", "municipality, category, severity"),
    file!("staff", "login"),
    file!("rules", "single"),
    file!("emergency_numbers", "service"),
    file!("login_municipalities", "login"),
];

/// The named places. They are imported as people import theirs, since their municipalities are looked up.
const PLACES: &str = include_str!("../../../data/demo/places.csv");

/// The values for a demo whose deadlines are seconds.
const FAST: [DemoFile; 2] = [
    file!("policies", "municipality, category, severity", "policies-fast"),
    file!("rules", "single", "rules-fast"),
];

/// Fills the reference tables with the demo's data, over what they hold of the same codes. `fast`: deadlines
/// and waits are seconds, so that a simulated day takes minutes. Needs the login that owns the tables.
///
/// # Errors
/// The database cannot be asked.
pub async fn demo(pool: &PgPool, fast: bool) -> Result<(), PostgisError> {
    let mut files: BTreeMap<&str, &DemoFile> = BTreeMap::new();
    for file in FILES.iter().chain(FAST.iter().filter(|_| fast)) {
        files.insert(file.table, file);
    }
    let mut transaction = pool.begin().await?;
    for table in FILES.iter().map(|file| file.table) {
        if let Some(file) = files.get(table) {
            load(&mut transaction, file).await?;
        }
    }
    import::merge_places(&mut transaction, PLACES).await?;
    transaction.commit().await?;
    Ok(())
}

/// The demo's data with the real deadlines, without a database.
///
/// # Errors
/// A file of the demo is wrong.
pub fn demo_in_memory() -> Result<Reference, PostgisError> {
    let mut files = InMemory::default();
    for DemoFile { table, csv, .. } in &FILES {
        match *table {
            "municipalities" => files.add_csv(Table::Boundaries, table, csv),
            "wards" => files.add_csv(Table::Wards, table, csv),
            "teams" => files.add_csv(Table::Teams, table, csv),
            "policies" => files.add_csv(Table::Policies, table, csv),
            "staff" => files.add_csv(Table::Staff, table, csv),
            "rules" => files.add_rules(table, csv.as_bytes()),
            "emergency_numbers" => files.add_emergency_numbers(table, csv.as_bytes()),
            // The logins are those of the database.
            _ => {}
        }
    }
    files.add_csv(Table::Places, "places", PLACES);
    files.finish().map(|(reference, _)| reference)
}

/// PostgreSQL reads CSV itself; it copies only into tables without row-level security, so by way of one that
/// lives as long as the transaction.
async fn load(connection: &mut PgConnection, file: &DemoFile) -> Result<(), PostgisError> {
    let table = file.table;
    let key = file.key;
    let columns = file.csv.lines().next().unwrap_or_default();
    let create = format!(
        "create temporary table demo_{table} on commit drop as select {columns} from {table} limit 0"
    );
    sqlx::query(AssertSqlSafe(create)).execute(&mut *connection).await?;
    let mut copy =
        connection.copy_in_raw(&format!("copy demo_{table} from stdin (format csv, header match)")).await?;
    copy.send(file.csv.as_bytes()).await?;
    copy.finish().await?;
    let sets: Vec<_> = columns.split(',').map(|column| format!("{column} = excluded.{column}")).collect();
    let merge = format!(
        "insert into {table} ({columns}) select {columns} from demo_{table} on conflict ({key}) do update \
         set {}",
        sets.join(", ")
    );
    sqlx::query(AssertSqlSafe(merge)).execute(connection).await?;
    Ok(())
}
