//! PostGIS: the tables that people read, and the reference data that people edit.
//!
//! - [`migrate`] brings the tables of `migrations/` to this program's version, waiting for the database.
//! - [`connect`] makes a pool for one of the logins. It does not wait for the database; the caller does.
//! - [`Sink::municipal`] and [`Sink::protected`] are the two
//!   [`SinkDatabase`](crate::batch::SinkDatabase)s that the log is written into. `trust-engine sink adopt` is
//!   [`Sink::adopt`].
//! - [`reference::demo`] fills the reference tables, [`reference::Import`] does so from files,
//!   [`reference::load`] reads them, [`reference::publish`] makes an edition's records of them for the caller
//!   to append and then to [`reference::confirm`].
//!
//! [`collect_facts`] is what `trust-engine status` shows of the database.
//!
//! Roles are of the whole server and come from `compose/init.sql`; who sees what is in the migrations.

mod error;
mod logins;
mod lookup;
mod migrate;
mod pool;
pub mod reference;
mod sink;
mod status;

pub use error::PostgisError;
pub use logins::login_refused;
pub use lookup::ticket_of;
pub use migrate::{migrate, undo_all};
pub use pool::connect;
pub use sink::{MUNICIPAL_TOPICS, PROTECTED_TOPICS, Sink};
pub use status::{DatabaseFacts, SinkOffset, collect as collect_facts, ticket_versions};
