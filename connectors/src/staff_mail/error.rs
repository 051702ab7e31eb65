//! Why mails to staff stop.

/// The mails to staff cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StaffMailError {
    /// PostgreSQL did not answer, or refused.
    #[error("the database of mails to staff: {0}")]
    Database(#[from] sqlx::Error),
    /// A row holds what this program does not know.
    #[error("the tables of mails to staff hold {0:?}, which this program does not know; is it up to date?")]
    Row(String),
    /// The rule of a person cannot be changed like this.
    #[error("{0}")]
    Rule(String),
    /// The settings of the mail server cannot be used.
    #[error("SMTP_URL or STAFF_MAIL_FROM cannot be used: {0}")]
    Server(String),
}

impl StaffMailError {
    /// Whether it can pass by itself.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => {
                // Connections, conflicts, resources, the server's state and its end (PostgreSQL's manual,
                // appendix A).
                let code = error.code().unwrap_or_default();
                ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))
            }
            Self::Database(error) => matches!(
                error,
                sqlx::Error::Io(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::Protocol(_)
                    | sqlx::Error::Tls(_)
            ),
            Self::Row(_) | Self::Rule(_) | Self::Server(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_comes_back_and_an_unknown_row_does_not() {
        assert!(StaffMailError::from(sqlx::Error::PoolTimedOut).may_pass());
        assert!(!StaffMailError::from(sqlx::Error::RowNotFound).may_pass());
        assert!(!StaffMailError::Row("x".to_owned()).may_pass());
    }
}
