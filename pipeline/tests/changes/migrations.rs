//! The migrations, read as text: comments, grants, ways back, and columns against the rows of the sink.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use topics::values::vocabulary::Category;

use super::files::files;
use super::{read_checks, table_of};

/// The rows of the sink, each with its table; those of dead letters are made by a macro of their own.
const ROWS: &[(&str, &str)] = &[
    ("AssignmentRow", "ticket_assignments"),
    ("AuditRow", "audit_logs"),
    ("BreachRow", "breaches"),
    ("DeliveryRow", "deliveries"),
    ("ProtectedTicketRow", "protected.tickets"),
    ("ReviewRow", "dead_letter_reviews"),
    ("TicketRow", "tickets"),
    ("UnscreenedRow", "intake.unscreened"),
    ("WordsRow", "ticket_words"),
];

/// The columns of `tickets` that the national login may not read.
const NOT_NATIONAL: &[&str] =
    &["assigned_to", "disarmed_at", "distance_m", "held_by", "latitude", "location", "longitude", "manager"];

#[test]
fn a_way_back_restores_every_check() {
    let mut checks = BTreeMap::new();
    for migration in migrations() {
        let before = checks.clone();
        read_checks(&migration.up, &mut checks);
        let mut back = checks.clone();
        read_checks(&migration.down, &mut back);
        for (column, words) in before {
            assert_eq!(back[&column], words, "{}: {column} after the way back", migration.name);
        }
    }
}

#[test]
fn every_column_that_is_added_has_a_comment_and_a_way_back() {
    let all = migrations();
    for migration in &all {
        for (table, column) in added_columns(&migration.up) {
            let comment = format!("comment on column {table}.{column} is");
            let is_explained = all.iter().any(|migration| migration.up.contains(&comment));
            assert!(is_explained, "{}: {table}.{column} has no comment", migration.name);
            let is_dropped = migration.down.contains(&format!("drop column {column}"))
                || migration.down.contains(&format!("drop column if exists {column}"));
            assert!(is_dropped, "{}: its way back keeps {table}.{column}", migration.name);
        }
    }
}

#[test]
fn the_newest_comment_of_a_column_that_lists_the_categories_names_each_of_them() {
    let mut listing = BTreeSet::new();
    for (column, comment) in newest_comments() {
        let named: BTreeSet<&str> = comment.split(|c: char| !c.is_ascii_alphabetic()).collect();
        let missing: Vec<&str> = Category::ALL
            .iter()
            .map(|category| category.as_str())
            .filter(|word| !named.contains(word))
            .collect();
        // A comment may use one of the words in another sense.
        if missing.len() + 2 < Category::ALL.len() {
            assert_eq!(missing, Vec::<&str>::new(), "{column}: add a migration that replaces its comment");
            listing.insert(column);
        }
    }
    assert_eq!(listing, BTreeSet::from(["public_summary.category", "tickets.category"].map(str::to_owned)));
}

#[test]
fn every_column_of_tickets_is_granted_to_the_national_login_or_withheld() {
    let all: String = migrations().into_iter().map(|migration| migration.up).collect();
    let mut granted = BTreeSet::new();
    for grant in all.split("grant select (").skip(1) {
        let (columns, rest) = grant.split_once(')').unwrap();
        if rest.trim_start().starts_with("on tickets to national") {
            granted.extend(columns.split(',').map(|column| column.trim().to_owned()));
        }
    }
    let mut withheld = columns_of_tables().remove("tickets").unwrap();
    withheld.retain(|column| !granted.contains(column));
    let expected: BTreeSet<String> = NOT_NATIONAL.iter().map(|column| (*column).to_owned()).collect();
    assert_eq!(withheld, expected, "grant the column by a migration, or add it to NOT_NATIONAL");
}

#[test]
fn the_rows_of_the_sink_have_the_columns_of_their_tables() {
    let tables = columns_of_tables();
    let mut unseen: BTreeSet<&str> = ROWS.iter().map(|(row, _)| *row).collect();
    for file in files("connectors/src/postgis/sink/tables", "rs") {
        let source = fs::read_to_string(&file).unwrap();
        for row in source.split("table_row!(").skip(1) {
            let (name, fields) = row.split_once(" {\n").unwrap();
            let name = name.rsplit([' ', '\n']).next().unwrap();
            if name.starts_with('$') {
                continue;
            }
            let fields = fields.split("});").next().unwrap();
            let fields = fields.lines().filter_map(|line| line.trim_start().split_once(": "));
            let fields: BTreeSet<&str> = fields.map(|(field, _)| field).collect();
            let known = ROWS.iter().find(|(row, _)| *row == name);
            let (_, table) = known.unwrap_or_else(|| panic!("{name}: add it to ROWS"));
            let columns: BTreeSet<&str> = tables[*table].iter().map(String::as_str).collect();
            let unknown: Vec<_> = fields.difference(&columns).collect();
            assert_eq!(unknown, Vec::<&&str>::new(), "{name}: not columns of {table}");
            let missing: Vec<_> = columns.difference(&fields).copied().collect();
            assert_eq!(missing, filled_by_the_database(table), "{table}: columns without a field of {name}");
            unseen.remove(name);
        }
    }
    assert_eq!(unseen, BTreeSet::new(), "rows of ROWS that the sink does not have");
}

/// The columns that PostgreSQL or the statement of the sink fills.
fn filled_by_the_database(table: &str) -> &'static [&'static str] {
    match table {
        "tickets" => &["latitude", "longitude", "next_due_at"],
        "ticket_assignments" => &["is_current", "team_is_saps"],
        "audit_logs" => &["entity"],
        "ticket_words" => &["search"],
        _ => &[],
    }
}

/// A migration and its way back.
struct Migration {
    name: String,
    up: String,
    down: String,
}

/// All migrations in order.
fn migrations() -> Vec<Migration> {
    let mut all = Vec::new();
    for file in files("migrations", "sql") {
        let path = file.to_str().unwrap();
        if let Some(name) = path.strip_suffix(".up.sql") {
            let up = fs::read_to_string(&file).unwrap();
            let down = fs::read_to_string(format!("{name}.down.sql"));
            let down = down.unwrap_or_else(|error| panic!("{name}.down.sql, the way back: {error}"));
            let name = name.rsplit('/').next().unwrap().to_owned();
            all.push(Migration { name, up, down });
        }
    }
    assert!(all.len() > 10);
    all
}

/// The newest comment of each column, by table and column.
fn newest_comments() -> BTreeMap<String, String> {
    let mut comments = BTreeMap::new();
    for migration in migrations() {
        for comment in migration.up.split("comment on column ").skip(1) {
            let (column, text) = comment.split_once(" is").unwrap();
            comments.insert(column.to_owned(), text.split("';").next().unwrap().to_owned());
        }
    }
    comments
}

/// The columns that a migration adds to tables that exist: table and column.
fn added_columns(sql: &str) -> Vec<(String, String)> {
    let mut table = String::new();
    let mut added = Vec::new();
    for line in sql.lines() {
        if let Some(name) = table_of(line) {
            name.clone_into(&mut table);
        }
        for rest in line.split("add column ").skip(1) {
            let column = rest.split(' ').next().unwrap().to_owned();
            added.push((table.clone(), column));
        }
    }
    added
}

/// The columns of each table after all migrations, without tables that are made like another.
fn columns_of_tables() -> BTreeMap<String, BTreeSet<String>> {
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for migration in migrations() {
        let mut created = None;
        for line in migration.up.lines() {
            if line.starts_with("create table ") && line.ends_with('(') {
                created = table_of(line);
                continue;
            }
            if line.starts_with(')') {
                created = None;
            }
            let Some(table) = created else { continue };
            let word = line.strip_prefix("    ").and_then(|line| line.split(' ').next()).unwrap_or_default();
            let is_column = word.starts_with(|c: char| c.is_ascii_lowercase());
            if is_column && !["constraint", "primary", "unique", "check", "foreign"].contains(&word) {
                tables.entry(table.to_owned()).or_default().insert(word.to_owned());
            }
        }
        for (table, column) in added_columns(&migration.up) {
            tables.entry(table).or_default().insert(column);
        }
    }
    tables
}
