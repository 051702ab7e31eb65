//! Rows as columns: makes of structs the arrays of one `INSERT .. SELECT .. FROM UNNEST`, which writes some
//! 50,000 rows a second where single inserts write 4,500.
//!
//! Every value of a record has a form here that PostgreSQL accepts: its texts hold any character but NUL,
//! which becomes U+FFFD, and its times begin in 4713 BC.

use std::borrow::Cow;
use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};
use topics::values::point::Point;
use topics::values::time::Time;

/// A column of a table.
pub(super) struct TableColumn {
    /// The name of the column in the database.
    pub name: &'static str,
    /// The type of its array's elements.
    pub ty: &'static str,
    /// How an element becomes the column's value; `{}` stands for the element.
    pub value: &'static str,
}

/// A row whose fields are a table's columns.
pub(super) trait Columns: Sized {
    /// The columns, in the order of the arguments.
    const COLUMNS: &'static [TableColumn];
    /// The rows as one array a column.
    fn bind(rows: &[(usize, Self)]) -> Result<PgArguments, BoxDynError>;
}

/// A value that a column can hold.
pub(super) trait ColumnValue {
    /// The type of the array's elements.
    const TYPE: &'static str;
    /// How an element becomes the column's value; `{}` stands for the element.
    const VALUE: &'static str = "{}";
    /// The value in the form that PostgreSQL accepts.
    type Bound<'a>: Encode<'a, Postgres> + Type<Postgres> + PgHasArrayType
    where
        Self: 'a;
    /// The value in the form that PostgreSQL accepts.
    fn bound(&self) -> Self::Bound<'_>;
}

/// Declares the rows of a table: a struct whose fields are named like its columns.
macro_rules! table_row {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(in $crate::postgis::sink) struct $name { $(pub $field: $kind),+ }

        impl $crate::postgis::sink::columns::Columns for $name {
            const COLUMNS: &'static [$crate::postgis::sink::columns::TableColumn] = &[$(
                $crate::postgis::sink::columns::TableColumn {
                    name: stringify!($field),
                    ty: <$kind as $crate::postgis::sink::columns::ColumnValue>::TYPE,
                    value: <$kind as $crate::postgis::sink::columns::ColumnValue>::VALUE,
                }
            ),+];

            fn bind(rows: &[(usize, Self)]) -> Result<sqlx::postgres::PgArguments, sqlx::error::BoxDynError> {
                use $crate::postgis::sink::columns::ColumnValue;
                use sqlx::Arguments;
                use sqlx::postgres::PgBindIterExt;
                let mut arguments = sqlx::postgres::PgArguments::default();
                $(arguments.add(rows.iter().map(|(_, row)| row.$field.bound()).bind_iter())?;)+
                Ok(arguments)
            }
        }
    };
}
pub(super) use table_row;

/// The sign for a character that cannot be shown.
const REPLACEMENT: &str = "\u{fffd}";

/// Text as PostgreSQL can hold it.
fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', REPLACEMENT)) } else { Cow::Borrowed(text) }
}

impl<T: ColumnValue> ColumnValue for Option<T>
where
    for<'a> Option<T::Bound<'a>>: Encode<'a, Postgres> + Type<Postgres> + PgHasArrayType,
{
    const TYPE: &'static str = T::TYPE;
    const VALUE: &'static str = T::VALUE;
    type Bound<'a>
        = Option<T::Bound<'a>>
    where
        Self: 'a;

    fn bound(&self) -> Self::Bound<'_> {
        self.as_ref().map(T::bound)
    }
}

impl ColumnValue for String {
    const TYPE: &'static str = "text";
    type Bound<'a> = Cow<'a, str>;

    fn bound(&self) -> Cow<'_, str> {
        without_nul(self)
    }
}

/// Declares a value that PostgreSQL accepts as it is.
macro_rules! as_it_is {
    ($($kind:ty, $ty:literal;)+) => {
        $(impl ColumnValue for $kind {
            const TYPE: &'static str = $ty;
            type Bound<'a> = Self;

            fn bound(&self) -> Self {
                *self
            }
        })+
    };
}

as_it_is! {
    &'static str, "text";
    bool, "boolean";
    i32, "integer";
    i64, "bigint";
}

/// A moment: microseconds since 2000 on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct At(pub Time);

/// JSON in the form that PostgreSQL's `jsonb` accepts.
#[derive(Clone, Debug)]
pub(super) struct Json(String);

impl Json {
    /// The JSON of `value`.
    pub fn of<T: Serialize>(value: &T) -> Self {
        Self(json(value))
    }
}

/// Some texts: JSON on the wire, since arrays of arrays must be rectangular, and `text[]` in the table.
#[derive(Clone, Debug)]
pub(super) struct TextColumn(String);

impl TextColumn {
    /// A column of these texts.
    pub fn of(texts: &[String]) -> Self {
        Self(json(&texts))
    }
}

/// The JSON of a value that can always be written as JSON.
fn json<T: Serialize>(value: &T) -> String {
    let mut written = Vec::new();
    let done = value.serialize(&mut Serializer::with_formatter(&mut written, WithoutNul));
    let text = done.ok().and_then(|()| String::from_utf8(written).ok());
    text.unwrap_or_else(|| "null".to_owned())
}

/// Writes JSON without NUL, which `jsonb` refuses even as an escape.
struct WithoutNul;

impl Formatter for WithoutNul {
    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::AsciiControl(0) => writer.write_all(REPLACEMENT.as_bytes()),
            escape => CompactFormatter.write_char_escape(writer, escape),
        }
    }
}

/// A place: its EWKB on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnPosition(pub Point);

/// Declares how an array holds a type: the element's and the array's type in `pg_type`, fixed for
/// built-in types.
macro_rules! on_the_wire {
    (
        $name:ident, $ty:literal, $sql:literal, $oid:literal, $array:literal,
        |$value:ident, $buffer:ident| $write:expr
    ) => {
        impl ColumnValue for $name {
            const TYPE: &'static str = $ty;
            const VALUE: &'static str = $sql;
            type Bound<'a> = &'a Self;

            fn bound(&self) -> &Self {
                self
            }
        }
        impl Type<Postgres> for $name {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($oid))
            }
        }
        impl PgHasArrayType for $name {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($array))
            }
        }
        impl Encode<'_, Postgres> for $name {
            fn encode_by_ref(&self, $buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let $value = self;
                $write;
                Ok(IsNull::No)
            }
        }
    };
}

/// Milliseconds from 1970 to 2000, PostgreSQL's epoch.
const EPOCH_MS: i64 = 946_684_800_000;
/// The earliest `timestamptz`, in microseconds since 2000: the 24th of November of 4714 BC.
const EARLIEST_MICROS: i64 = -211_813_488_000_000_000;

on_the_wire!(At, "timestamptz", "{}", 1184, 1185, |at, buffer| {
    let micros = at.0.millis().saturating_sub(EPOCH_MS).saturating_mul(1000).max(EARLIEST_MICROS);
    buffer.extend_from_slice(&micros.to_be_bytes())
});

on_the_wire!(Json, "jsonb", "{}", 3802, 3807, |json, buffer| {
    // The version of jsonb's binary form.
    buffer.push(1);
    buffer.extend_from_slice(json.0.as_bytes())
});

on_the_wire!(
    TextColumn,
    "jsonb",
    "array(select jsonb_array_elements_text({}))",
    3802,
    3807,
    |texts, buffer| {
        buffer.push(1);
        buffer.extend_from_slice(texts.0.as_bytes())
    }
);

on_the_wire!(ColumnPosition, "bytea", "{}::geometry", 17, 1001, |place, buffer| {
    // Little-endian; point with SRID; 4326.
    buffer.extend_from_slice(&[1, 1, 0, 0, 0x20, 0xe6, 0x10, 0, 0]);
    buffer.extend_from_slice(&place.0.longitude.to_le_bytes());
    buffer.extend_from_slice(&place.0.latitude.to_le_bytes())
});

/// `insert into TABLE as t (..) select .. from unnest(..) as u`, to be followed by what happens on a
/// conflict.
pub(super) fn insert<R: Columns>(table: &str) -> String {
    insert_columns(table, R::COLUMNS.iter())
}

/// The statement of [`insert`] with one more column, whose array follows the others.
pub(super) fn insert_with<R: Columns>(
    table: &str,
    name: &'static str,
    ty: &'static str,
    value: &'static str,
) -> String {
    insert_columns(table, R::COLUMNS.iter().chain([&TableColumn { name, ty, value }]))
}

fn insert_columns<'a>(table: &str, columns: impl Iterator<Item = &'a TableColumn> + Clone) -> String {
    let list = |each: fn(&TableColumn) -> String| columns.clone().map(each).collect::<Vec<_>>().join(", ");
    let names = list(|column| column.name.to_owned());
    let values = list(|column| column.value.replace("{}", &format!("u.{}", column.name)));
    let arrays: Vec<_> =
        (1..).zip(columns.clone()).map(|(n, column)| format!("${n}::{}[]", column.ty)).collect();
    format!(
        "insert into {table} as t ({names}) select {values} from unnest({}) as u ({names})",
        arrays.join(", ")
    )
}
