//! What only the end-to-end tests need: a browser, shared values, reference data that changes, tickets that
//! are opened through the log, and a search for words in everything that an installation stores. The tests
//! are in `tests/tests`, one file a topic; the installation, the simulated Twilio and the residents are in
//! the crate `simulator`.

pub mod browser;
pub mod fixtures;
pub mod reference;
pub mod search;
pub mod tickets;
