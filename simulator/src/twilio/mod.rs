//! A simulated Twilio: its REST API for messages, its signed webhooks and callbacks, its faults. It speaks
//! real HTTP on a real port, in the process of a test or as the program `simulated-twilio`.
//!
//! All requests to it, and all that it has sent, are in its [`ledger`].

mod control;
pub mod faults;
pub mod inbound;
pub mod ledger;
mod receipts;
pub mod report;
mod rest;
mod server;
pub mod signature;
mod simulated;

use anyhow::Result;
use axum::Router;

pub(crate) use simulated::http_client;
pub use simulated::{SimulatedTwilio, SimulatorPace, SimulatorSettings};

/// Starts the simulated Twilio on the address in `settings`.
///
/// # Errors
/// The port is taken.
pub async fn start(settings: SimulatorSettings) -> Result<SimulatedTwilio> {
    SimulatedTwilio::serve(settings, routes).await
}

/// What it answers: as Twilio, and to orders of tests.
fn routes(twilio: &SimulatedTwilio) -> Router {
    rest::router(twilio).merge(control::router(twilio))
}
