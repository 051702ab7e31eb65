//! A disclosure, written to the police's log: this compiles, so the other files fail for the lane alone.

use std::sync::Arc;

use topics::catalogue::ProtectedCommands;
use topics::records::protected::{ProtectedCommand, ProtectedReport};
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::KeyRing;

fn write(ring: &Arc<KeyRing>, envelope: &Envelope, key: String, disclosure: ProtectedReport) {
    let command = ProtectedCommand::Open(Box::new(disclosure));
    let _ = encode::<ProtectedCommands>(ring, "converse", envelope, Address::ByKey(2), key, &command);
}

fn main() {
    let _ = write;
}
