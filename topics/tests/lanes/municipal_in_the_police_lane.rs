//! A municipal report, written to the police's log.

use std::sync::Arc;

use topics::catalogue::ProtectedCommands;
use topics::codec::record::{Address, Envelope, encode};
use topics::records::reports::Report;
use topics::codec::sealing::KeyRing;

fn write(ring: &Arc<KeyRing>, envelope: &Envelope, key: String, report: &Report) {
    let _ = encode::<ProtectedCommands>(ring, "converse", envelope, Address::ByKey(2), key, report);
}

fn main() {}
