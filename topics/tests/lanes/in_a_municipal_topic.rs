//! A disclosure, written to each topic that a municipality reads.

use std::sync::Arc;

use topics::catalogue::*;
use topics::records::protected::ProtectedReport;
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::KeyRing;

fn write(ring: &Arc<KeyRing>, envelope: &Envelope, key: String, disclosure: &ProtectedReport) {
    let _ = encode::<Reports>(ring, "converse", envelope, Address::ByKey(2), key.clone(), disclosure);
    let _ = encode::<Assignments>(ring, "converse", envelope, Address::ByKey(2), key.clone(), disclosure);
    let _ = encode::<TicketCommands>(ring, "converse", envelope, Address::ByKey(2), key.clone(), disclosure);
    let _ = encode::<Tickets>(ring, "converse", envelope, Address::ByKey(2), key.clone(), disclosure);
    let _ = encode::<TicketEvents>(ring, "converse", envelope, Address::ByKey(2), key.clone(), disclosure);
    let _ = encode::<Breaches>(ring, "converse", envelope, Address::ByKey(2), key.clone(), disclosure);
    let _ = encode::<MunicipalDeadLetters>(ring, "converse", envelope, Address::ByKey(2), key, disclosure);
}

fn main() {}
