//! The desk: pages in which the staff of municipalities see and work their tickets, live.
//!
//! - Reads go to PostgreSQL as the login of the person's municipality, so that row-level security decides
//!   what a page can show (`databases`); `roles` narrows that to what a role may see and do.
//! - Writes are commands in the log of tickets (`commands`). A page waits for the one event that answers.
//! - Changes reach open pages through [`feed`], which keeps the last records of `tickets` and
//!   `ticket-events`, and `stream`, one server-sent event stream for each browser.
//!
//! Pages are made by maud, whose templates are checked by the compiler and escape every text.

mod accounts;
mod api;
mod assets;
mod attempts;
mod board;
mod calls;
mod canned_replies;
mod commands;
mod databases;
mod door;
pub mod feed;
mod figure_filter;
mod history;
mod invitation;
mod labels;
mod layout;
mod presence;
mod previews;
mod queue;
mod queue_filter;
mod queue_search;
pub mod roles;
mod secrets;
mod server;
mod session;
mod sign_in;
mod stream;
mod ticket;
mod ticket_row;
mod ticket_store;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use pipeline::rules::edition::Edition;
use sqlx::PgPool;
use topics::codec::sealing::KeyRing;

use crate::config::WebAddress;

pub use accounts::{Invitee, invite, revoke};
pub use api::{ApiScope, issue, revoke_tokens};
pub use calls::Callers;
pub use secrets::Token;
pub use server::serve;

/// What the desk needs from outside.
pub struct DeskSettings {
    /// The address that the users of the desk know.
    pub url: WebAddress,
    /// The database as the login of accounts and sessions.
    pub accounts: PgPool,
    /// The database as the desk's login of each municipality, by its code, and of `national`.
    pub tickets: BTreeMap<String, PgPool>,
    /// The keys that seal commands and open events.
    pub key_ring: Arc<KeyRing>,
    /// How many partitions the logs have.
    pub partitions: u32,
    /// The newest edition of the reference data.
    pub edition: NewestEdition,
    /// What reports of callers need; without it the desk takes none.
    pub callers: Option<Callers>,
}

/// Gives the newest edition of the reference data; nothing before the first one is published.
pub type NewestEdition = Arc<dyn Fn() -> Option<Arc<Edition>> + Send + Sync>;

/// Why the desk cannot do something. The texts are for operators and say nothing about a person.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The listener for the desk's address failed.
    #[error("the desk's listener failed: {0}")]
    Listen(#[from] std::io::Error),
    /// The database cannot be asked.
    #[error("the desk's database, as {login}: {error}")]
    Database {
        /// The role of the login that asked.
        login: &'static str,
        /// The error of the client.
        error: sqlx::Error,
    },
    /// No login for this municipality is configured.
    #[error("DESK_DATABASE_URLS names no login for {0}")]
    NoLogin(String),
    /// The system gives no random bytes, or a thread of it failed.
    #[error("the system made no secret")]
    Random,
    /// A command cannot be sealed or written as a record.
    #[error("a command cannot be written: {0}")]
    Command(String),
    /// The broker did not take a command.
    #[error(transparent)]
    Append(#[from] crate::append::AppendError),
    /// The login is not that of a person who may use the desk.
    #[error("{0}")]
    NotInvited(String),
}

impl DeskError {
    fn of(login: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |error| Self::Database { login, error }
    }
}
