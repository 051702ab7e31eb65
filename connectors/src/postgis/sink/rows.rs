//! The rows that a batch has for one table: folded by key, sorted, written in one statement.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Error};

use super::columns::{Columns, insert};

/// What happens if the key is in the table already.
pub(super) enum Conflict {
    /// The row with the later version stays. The value is the name of the key's column.
    Version(&'static str),
    /// The existing row stays, because it is the same. The value is the names of the key's columns.
    Append(&'static str),
}

/// A row of a table.
pub(super) trait TableRow: Columns + Send + Sync + 'static {
    /// What happens if its key is in the table already.
    const CONFLICT: Conflict;

    /// The value of its key, or of the first column of its key.
    fn key(&self) -> &str;

    /// The values of all columns of its key.
    fn whole_key(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.key())
    }

    /// If the same key comes twice, the row with the higher version is used; of equal versions the later row.
    fn version(&self) -> i64 {
        0
    }

    /// Writes rows with pairwise different keys.
    fn write(
        connection: &mut PgConnection,
        table: &str,
        rows: &[(usize, Self)],
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async move {
            let statement = statement::<Self>(table);
            let arguments = Self::bind(rows).map_err(Error::Encode)?;
            sqlx::query_with(AssertSqlSafe(statement), arguments).execute(connection).await?;
            Ok(())
        }
    }
}

fn statement<R: TableRow>(table: &str) -> String {
    let insert = insert::<R>(table);
    match R::CONFLICT {
        Conflict::Append(key) => format!("{insert} on conflict ({key}) do nothing"),
        Conflict::Version(key) => {
            let others = R::COLUMNS.iter().filter(|column| column.name != key);
            let sets: Vec<_> = others.map(|column| format!("{0} = excluded.{0}", column.name)).collect();
            format!(
                "{insert} on conflict ({key}) do update set {} where t.version < excluded.version",
                sets.join(", ")
            )
        }
    }
}

/// A pending answer of PostgreSQL.
pub(super) type RowValues<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// The rows for one table, of any type of row.
pub(super) trait AnyTableRows: Send + Sync {
    /// The name of the table in dead letters.
    fn name(&self) -> &'static str;
    /// How many rows there are.
    fn len(&self) -> usize;
    /// The place in the batch of the record that the `row`-th row was made of.
    fn source(&self, row: usize) -> Option<usize>;
    /// Writes a range of the rows.
    fn write<'a>(&'a self, connection: &'a mut PgConnection, range: Range<usize>) -> RowValues<'a>;
    /// Forgets the rows that were made of these records. If an earlier version of such a row was in the
    /// batch, it takes its place.
    fn leave_out(&mut self, sources: &BTreeSet<usize>);
}

/// The rows for one table, each with the place in the batch of the record that it was made of.
pub(super) struct TableRows<R> {
    name: &'static str,
    table: &'static str,
    rows: Vec<(usize, R)>,
    /// Versions of these rows that a later one has replaced.
    earlier: Vec<(usize, R)>,
}

impl<R: TableRow> TableRows<R> {
    /// Folds and sorts `rows` for `table` (with its schema), which dead letters call `name`.
    pub fn new(name: &'static str, table: &'static str, rows: Vec<(usize, R)>) -> Self {
        let mut folded: BTreeMap<String, (usize, R)> = BTreeMap::new();
        let mut earlier = Vec::new();
        for (source, row) in rows {
            let version = row.version();
            match folded.get(row.whole_key().as_ref()) {
                Some((_, known)) if known.version() > version => earlier.push((source, row)),
                _ => {
                    let replaced = folded.insert(row.whole_key().into_owned(), (source, row));
                    earlier.extend(replaced.filter(|(_, replaced)| replaced.version() < version));
                }
            }
        }
        Self { name, table, rows: folded.into_values().collect(), earlier }
    }

    /// Takes out the newest of the earlier versions of the row of `key`.
    fn take_earlier(&mut self, key: &str) -> Option<(usize, R)> {
        let versions = self.earlier.iter().enumerate().filter(|(_, (_, row))| row.key() == key);
        let (index, _) = versions.max_by_key(|(_, (_, row))| row.version())?;
        Some(self.earlier.swap_remove(index))
    }
}

impl<R: TableRow> AnyTableRows for TableRows<R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn source(&self, row: usize) -> Option<usize> {
        self.rows.get(row).map(|(source, _)| *source)
    }

    fn write<'a>(&'a self, connection: &'a mut PgConnection, range: Range<usize>) -> RowValues<'a> {
        let rows = self.rows.get(range).unwrap_or_default();
        Box::pin(async move {
            if rows.is_empty() { Ok(()) } else { R::write(connection, self.table, rows).await }
        })
    }

    fn leave_out(&mut self, sources: &BTreeSet<usize>) {
        let (refused, kept) = std::mem::take(&mut self.rows)
            .into_iter()
            .partition::<Vec<_>, _>(|(source, _)| sources.contains(source));
        self.rows = kept;
        self.earlier.retain(|(source, _)| !sources.contains(source));
        for (_, row) in refused {
            let before = self.take_earlier(row.key());
            self.rows.extend(before);
        }
        self.rows.sort_by(|(_, one), (_, other)| one.key().cmp(other.key()));
    }
}
