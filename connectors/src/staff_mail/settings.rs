//! The settings of mails to staff.

use sqlx::PgPool;

use crate::config::{MailAddress, SmtpUrl, WebAddress};

/// What the mails need.
#[derive(Clone)]
pub struct StaffMailSettings {
    /// The database, with the login of these mails.
    pub pool: PgPool,
    /// The mail server that takes the mails, with its login.
    pub server: SmtpUrl,
    /// The sender of the mails.
    pub from: MailAddress,
    /// The address of the desk, which the links lead to.
    pub desk_url: WebAddress,
}
