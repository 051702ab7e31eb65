//! Who we talk to: one proper name a module, and what they share. Only `main` sees all of them.

pub mod append;
pub mod batch;
pub mod postgis;
