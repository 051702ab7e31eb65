//! What counts against a message that was refused alone.

use topics::records::deliveries::{Blamed, Delivery};

use super::row;
use crate::engine::step::Step;

/// The message with this serial number was the only one that was refused while a circuit was open, which
/// another message has closed now.
pub fn was_alone(step: &mut Step<'_, Delivery>, serial: u64) {
    let Some(mut row) = step.index().waiting(serial).and_then(|key| row::get(step, key)) else { return };
    if let Some(blamed) = row.blamed {
        row.blamed = Some(Blamed { alone: blamed.alone + 1, ..blamed });
        row::put(step, row);
    }
}
