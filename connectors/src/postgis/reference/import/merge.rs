//! Merging: rows are staged in a table that lives as long as the transaction, checked there, and merged
//! into the reference table.

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row as _};

use super::Imported;
use super::relations;
use super::rows::{Complaints, ImportRow, Rows};
use super::table::{Absent, Column, Definition, Table};
use crate::postgis::PostgisError;

/// Brings the table up to `rows`, all of them or none; `dry_run` undoes it at the end.
///
/// # Errors
/// There are complaints, or the database cannot be asked.
pub(super) async fn merge(pool: &PgPool, rows: Rows, dry_run: bool) -> Result<Imported, PostgisError> {
    let mut transaction = pool.begin().await?;
    let imported = merge_within(&mut transaction, rows).await?;
    if dry_run {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(imported)
}

/// The same within a transaction, which must be undone after an error.
///
/// # Errors
/// As for [`merge`].
pub(in super::super) async fn merge_within(
    transaction: &mut PgConnection,
    rows: Rows,
) -> Result<Imported, PostgisError> {
    let Rows { table, has, rows, mut complaints, remarks, .. } = rows;
    // The complaints contain what PostGIS remarks on a geometry.
    execute(&mut *transaction, "set local client_min_messages = error".to_owned()).await?;
    // Two imports at once would each count what the other has changed.
    execute(&mut *transaction, format!("lock table {} in share row exclusive mode", table.name)).await?;
    stage(&mut *transaction, table, &rows).await?;
    let left_out = if table.is(Table::Places) {
        relations::place_in_municipalities(&mut *transaction).await?
    } else {
        None
    };
    execute(&mut *transaction, joined(table, &has)).await?;
    check(&mut *transaction, table, &rows, &mut complaints).await?;
    if !complaints.none() {
        return Err(PostgisError::Import(complaints.in_order()));
    }
    let mut imported = imported(&mut *transaction).await?;
    imported.remarks = remarks;
    for statement in write(table) {
        execute(&mut *transaction, statement).await?;
    }
    imported.remarks.extend(relations::remarks(&mut *transaction, table).await?);
    imported.remarks.extend(left_out);
    Ok(imported)
}

/// Every statement is made of the names in `table.rs` alone; what a file says is bound.
async fn execute(connection: &mut PgConnection, statement: String) -> Result<(), PostgisError> {
    sqlx::query(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

fn names(table: &Definition) -> String {
    list(table, ", ", |column| column.name.to_owned())
}

fn list(table: &Definition, between: &str, each: impl Fn(&Column) -> String) -> String {
    table.columns.iter().map(each).collect::<Vec<_>>().join(between)
}

/// How rows of `one` and `other` are found to be the same.
fn on(table: &Definition, one: &str, other: &str) -> String {
    let same = |column: &Column| match column.absent {
        Absent::Null => format!("{one}.{0} is not distinct from {other}.{0}", column.name),
        _ => format!("{one}.{0} = {other}.{0}", column.name),
    };
    table.columns.iter().filter(|column| column.key).map(same).collect::<Vec<_>>().join(" and ")
}

async fn stage(
    connection: &mut PgConnection,
    table: &Definition,
    rows: &[ImportRow],
) -> Result<(), PostgisError> {
    let create = format!(
        "create temporary table import_stage on commit drop as select 0 as number, true as sound, {} from \
         {} limit 0",
        names(table),
        table.name
    );
    execute(connection, create).await?;
    let values = (3..).zip(table.columns).map(|(parameter, column)| match column.form.is_area() {
        true => format!("st_geomfromtext(${parameter}, 4326)"),
        false => format!("${parameter}::text::{}", column.form.sql),
    });
    let insert =
        format!("insert into import_stage values ($1, $2, {})", values.collect::<Vec<_>>().join(", "));
    for row in rows {
        let query = sqlx::query(AssertSqlSafe(insert.clone())).bind(row.number).bind(row.sound);
        row.values
            .iter()
            .fold(query, |query, value| query.bind(value.as_deref()))
            .execute(&mut *connection)
            .await
            .map_err(|error| refused(row, error))?;
    }
    Ok(())
}

/// The error about a value that PostgreSQL refuses, with its row.
fn refused(row: &ImportRow, error: sqlx::Error) -> PostgisError {
    let is_of_data = |code: &str| code.starts_with("22") || code.starts_with("23");
    let database = error.as_database_error();
    match database.filter(|database| database.code().is_some_and(|code| is_of_data(&code))) {
        Some(database) => {
            PostgisError::Import(vec![format!("{}: it cannot be stored: {}", row.label, database.message())])
        }
        None => error.into(),
    }
}

/// The value of a column as the table would hold it; `has` says whether the file has the column.
fn joined_value(column: &Column, has: bool) -> String {
    let name = column.name;
    match column.absent {
        Absent::Default(value) => format!("coalesce(s.{name}, t.{name}, {value}) as {name}"),
        Absent::Null if !has => format!("t.{name}"),
        _ => format!("s.{name}"),
    }
}

/// Each row as the table would hold it, and the columns that differ.
fn joined(table: &Definition, has: &[bool]) -> String {
    let mut has = has.iter();
    let values = table.columns.iter().map(|column| joined_value(column, has.next().is_some_and(|has| *has)));
    let values = values.collect::<Vec<_>>().join(", ");
    let first = table.columns.first().map_or("", |column| column.name);
    let differs = list(table, ", ", |column| {
        format!("case when m.{0} is distinct from t.{0} then '{0}' end", column.name)
    });
    let label = table
        .columns
        .iter()
        .filter(|column| column.key)
        .map(|column| format!("m.{}", column.name))
        .collect::<Vec<_>>()
        .join(", ");
    format!(
        "create temporary table import_merged on commit drop as
         with m as (select s.number, s.sound, t.{first} is null as is_new, {values} from import_stage s \
         left join {0} t on {1})
         select m.*, concat_ws(' ', {label}) as label, array_remove(array[{differs}], null) as differs from \
         m left join {0} t on {2}",
        table.name,
        on(table, "s", "t"),
        on(table, "m", "t"),
    )
}

/// Asks PostGIS what cannot be known of the file alone: of rows that have another flaw too, so that they are
/// corrected once. How columns go together is asked of sound rows, since what is wrong stands there as
/// nothing.
async fn check(
    connection: &mut PgConnection,
    table: &Definition,
    rows: &[ImportRow],
    complaints: &mut Complaints,
) -> Result<(), PostgisError> {
    let mut checks: Vec<String> = table
        .refused
        .iter()
        .map(|(refused, what)| {
            format!("select m.number, {what} from import_merged m where m.sound and ({refused})")
        })
        .collect();
    for column in table.columns {
        let name = column.name;
        if let Some((other, code)) = column.references {
            checks.push(format!(
                "select m.number, format('`{name}` is `%s`; it is not in {other}: import it first, \
                 or correct `{name}`', m.{name})
                 from import_merged m where m.{name} is not null and not exists (select from {other} o \
                 where o.{code} = m.{name})"
            ));
        }
        if column.form.is_area() {
            checks.push(format!(
                "select m.number, '`{name}` is not valid: ' || st_isvalidreason(m.{name}) || '; repair it \
                 where it was drawn, or try: ogr2ogr -makevalid NEW OLD'
                 from import_merged m where not st_isvalid(m.{name})"
            ));
        }
    }
    checks.extend(relations::outside(table));
    let statement = format!(
        "select number, what from ({}) flaws (number, what) order by number",
        checks.join(" union all ")
    );
    if checks.is_empty() {
        return Ok(());
    }
    for flaw in sqlx::query(AssertSqlSafe(statement)).fetch_all(connection).await? {
        let number: i32 = flaw.try_get(0)?;
        let what: String = flaw.try_get(1)?;
        let label = rows.iter().find(|row| row.number == number).map_or("a row", |row| &row.label);
        complaints.add(number, label, &what);
    }
    Ok(())
}

/// The statements that write what differs.
fn write(table: &Definition) -> [String; 2] {
    let sets = list(table, ", ", |column| format!("{0} = m.{0}", column.name));
    let name = table.name;
    let names = names(table);
    let on = on(table, "t", "m");
    [
        format!(
            "update {name} t set {sets} from import_merged m where {on} and not m.is_new and m.differs <> \
             '{{}}'"
        ),
        format!(
            "insert into {name} ({names}) select {names} from import_merged where is_new order by number"
        ),
    ]
}

async fn imported(connection: &mut PgConnection) -> Result<Imported, PostgisError> {
    let mut imported = Imported::default();
    for row in sqlx::query("select label, is_new, differs from import_merged order by number")
        .fetch_all(connection)
        .await?
    {
        let label: String = row.try_get(0)?;
        let differs: Vec<String> = row.try_get(2)?;
        if row.try_get(1)? {
            imported.new.push(label);
        } else if differs.is_empty() {
            imported.same += 1;
        } else {
            imported.changed.push((label, differs));
        }
    }
    Ok(imported)
}
