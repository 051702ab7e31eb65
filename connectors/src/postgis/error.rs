//! What PostgreSQL's errors mean: wait and retry, leave out the row at fault, or stop until a person acts.

use crate::batch::SinkError;

/// A command against PostgreSQL did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum PostgisError {
    /// The address cannot be read. It is not repeated: it holds a password.
    #[error("the database's address is not of the form postgres://login:password@host:port/database")]
    Address,
    /// PostgreSQL does not answer, or cannot at present.
    #[error("PostgreSQL does not answer: {0}")]
    Away(String),
    /// PostgreSQL refuses the command, and would refuse it again: a person must act.
    #[error("PostgreSQL refuses: {0}")]
    Refused(String),
    /// The tables are of another version than this program.
    #[error("the tables could not be migrated: {0}")]
    Migration(String),
    /// The reference data are inconsistent; each line names a row.
    #[error("the reference data cannot be used:\n{}", .0.join("\n"))]
    Reference(Vec<String>),
    /// A file cannot be imported; each line names its place in the file.
    #[error("the file cannot be imported, and nothing has changed:\n{}", .0.join("\n"))]
    Import(Vec<String>),
}

/// What an error means for a batch.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Wait and write the same again.
    Away(String),
    /// It took too long: try again with fewer rows.
    Slow(String),
    /// A row is at fault; it is not known which.
    Row(String),
    /// The server is at fault, for example corrupt. Waiting alone may not help, and no record may be skipped.
    Broken(String),
    /// Neither waiting nor leaving out a row helps.
    Fatal(String),
}

/// Judges an error of sqlx. Its words never carry a row's content: PostgreSQL puts that into detail and, for
/// some conversions, into the message, so of errors about rows only the code and the constraint are passed
/// on.
pub(super) fn judge(error: &sqlx::Error) -> Trouble {
    use sqlx::Error as E;
    match error {
        E::Database(database) => {
            let code = database.code().unwrap_or_default().into_owned();
            let constraint =
                database.constraint().map(|name| format!(", constraint {name}")).unwrap_or_default();
            match class(&code) {
                ErrorClass::Away => Trouble::Away(format!("{} ({code})", database.message())),
                ErrorClass::Slow => Trouble::Slow(format!("{} ({code})", database.message())),
                ErrorClass::Row => Trouble::Row(format!("SQLSTATE {code}{constraint}")),
                ErrorClass::Broken => Trouble::Broken(format!("SQLSTATE {code}")),
                ErrorClass::Fatal => Trouble::Fatal(format!("{} ({code})", database.message())),
            }
        }
        E::Encode(_) => Trouble::Row("a value that cannot be encoded".to_owned()),
        E::Configuration(_)
        | E::ColumnNotFound(_)
        | E::ColumnDecode { .. }
        | E::Decode(_)
        | E::TypeNotFound { .. }
        | E::RowNotFound => Trouble::Fatal(error.to_string()),
        _ => Trouble::Away(error.to_string()),
    }
}

enum ErrorClass {
    Away,
    Slow,
    Row,
    Broken,
    Fatal,
}

/// Codes of the classes 22 and 23 that the values of a row do not lead to: a sequence is used up (2200H); a
/// statement, a view or a trigger has a wrong pattern (2200B, 2200C, 2200D, 22019, 2201B, 22025, 22P06), a
/// wrong limit, sample or window (22013, 22014, 22016, 2201W, 2201X, 2202G, 2202H) or a wrong form (22P04);
/// something else refers to what is deleted (23001). The next row would meet the same.
const FAULTS_OF_NO_ROW: [&str; 17] = [
    "2200B", "2200C", "2200D", "2200H", "22013", "22014", "22016", "22019", "2201B", "2201W", "2201X",
    "22025", "2202G", "2202H", "22P04", "22P06", "23001",
];

/// What an SQLSTATE means (PostgreSQL's manual, appendix A).
fn class(code: &str) -> ErrorClass {
    match (code.get(..2).unwrap_or_default(), code) {
        // 25006: a standby took over and is not promoted yet. 25P03: we were stopped in a transaction. 55P03:
        // a lock.
        (_, "25006" | "25P03" | "55P03") => ErrorClass::Away,
        // A statement was cancelled, as a rule because of `statement_timeout`.
        (_, "57014") => ErrorClass::Slow,
        // Connection; serialization and deadlock; too many connections, disk or memory full; shutdown; system
        // error.
        ("08" | "40" | "53" | "57" | "58", _) => ErrorClass::Away,
        (_, code) if FAULTS_OF_NO_ROW.contains(&code) => ErrorClass::Broken,
        // Data; constraint.
        ("22" | "23", _) => ErrorClass::Row,
        // Login, database, schema or feature are missing; a right, a table or a column.
        ("0A" | "0L" | "0P" | "28" | "3D" | "3F" | "42", _) => ErrorClass::Fatal,
        // An internal error such as a corrupt index (XX), a limit of the server (54), or anything that
        // nothing has thought of.
        _ => ErrorClass::Broken,
    }
}

impl From<sqlx::Error> for PostgisError {
    fn from(error: sqlx::Error) -> Self {
        match judge(&error) {
            Trouble::Away(why) | Trouble::Slow(why) => Self::Away(why),
            Trouble::Row(why) | Trouble::Broken(why) | Trouble::Fatal(why) => Self::Refused(why),
        }
    }
}

/// The same error for a database, where no row can be at fault.
pub(super) fn sink_error(error: &sqlx::Error) -> SinkError {
    match judge(error) {
        Trouble::Away(why) | Trouble::Slow(why) => SinkError::Away(format!(
            "PostgreSQL: {why}; is it up, is the sink's address right, is its disk full?"
        )),
        Trouble::Broken(why) => SinkError::Away(format!(
            "PostgreSQL reports a fault that no record causes ({why}): a person has to look at the server's \
             log; nothing is skipped"
        )),
        Trouble::Row(why) | Trouble::Fatal(why) => SinkError::Fatal(format!(
            "PostgreSQL refuses: {why}; is it migrated (trust-engine migrate), and is this the sink's login?"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_data_are_a_rows_fault() {
        for code in [
            "08006", "40001", "40P01", "53100", "53300", "55P03", "57P01", "57P03", "25006", "25P03", "58030",
        ] {
            assert!(matches!(class(code), ErrorClass::Away), "{code}");
        }
        assert!(matches!(class("57014"), ErrorClass::Slow));
        for code in ["22001", "22003", "22021", "22023", "22P02", "22P05", "23502", "23505", "23514"] {
            assert!(matches!(class(code), ErrorClass::Row), "{code}");
        }
        for code in [
            "2200H", "2201B", "23001", "XX000", "XX001", "XX002", "54000", "54001", "P0001", "F0000",
            "21000", "25001", "2D000", "",
        ] {
            assert!(matches!(class(code), ErrorClass::Broken), "{code}");
        }
        for code in ["28P01", "3D000", "42501", "42P01", "42703"] {
            assert!(matches!(class(code), ErrorClass::Fatal), "{code}");
        }
    }
}
