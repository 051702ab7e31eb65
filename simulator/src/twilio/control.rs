//! The control API of the simulated Twilio, beside Twilio's own: orders faults, sends residents' messages,
//! returns the ledger. No credentials: it listens where tests and demos run.

use axum::Router;
use axum::extract::State;
use axum::response::Json;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::faults::Orders;
use super::inbound::Inbound;
use super::ledger::{AcceptedCall, InboundMessageEntry};
use super::report::LedgerSummary;
use super::simulated::SimulatedTwilio;

pub(super) fn router(twilio: &SimulatedTwilio) -> Router {
    Router::new()
        .route("/control/faults", post(faults))
        .route("/control/send", post(send))
        .route("/control/messages", get(messages))
        .route("/control/heard", get(heard))
        .route("/control/report", get(report))
        .with_state(twilio.clone())
}

async fn faults(State(twilio): State<SimulatedTwilio>, Json(orders): Json<Orders>) -> Json<Value> {
    twilio.order(orders);
    Json(json!({ "ordered": true }))
}

async fn send(
    State(twilio): State<SimulatedTwilio>,
    Json(message): Json<Inbound>,
) -> Json<InboundMessageEntry> {
    Json(twilio.send_message(message).await)
}

async fn messages(State(twilio): State<SimulatedTwilio>) -> Json<Vec<AcceptedCall>> {
    Json(twilio.taken())
}

async fn heard(State(twilio): State<SimulatedTwilio>) -> Json<Vec<InboundMessageEntry>> {
    Json(twilio.look(|ledger| ledger.heard.clone()))
}

async fn report(State(twilio): State<SimulatedTwilio>) -> Json<LedgerSummary> {
    Json(twilio.look(LedgerSummary::of))
}
