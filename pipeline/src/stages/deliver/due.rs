//! The due times of the rows: when each row is next due, and what happens then.

use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage};
use topics::values::lane::Lane;
use topics::values::time::Time;

use super::{circuit, life, queue, row, unknown};
use crate::engine::step::Step;

/// The next due time of the row, or `None` if it has none.
pub fn of(row: &Delivery) -> Option<Time> {
    match row {
        Delivery::Delivery(row) => [next(row), row.expire_at].into_iter().flatten().min(),
        Delivery::Stopped(stopped) => stopped.expire_at,
        Delivery::Circuit(circuit) => circuit::due(circuit),
    }
}

fn next(row: &OutgoingMessage) -> Option<Time> {
    match row.status {
        DeliveryStatus::Sending => row.deadline.map(|deadline| deadline + unknown::SETTLED_WITHIN),
        DeliveryStatus::Queued => [row.next_at, Some(life::given_up_at(row))].into_iter().flatten().min(),
        _ => row.next_at,
    }
}

/// Applies the due time of the row.
pub fn fire(step: &mut Step<'_, Delivery>, lane: Lane, key: &str) {
    let Some(entity) = step.get(key).cloned() else { return };
    match entity {
        Delivery::Delivery(row) => {
            let sender = row.letter.from.clone();
            fire_delivery(step, lane, key, *row);
            queue::go_on(step, lane, &sender);
        }
        Delivery::Stopped(_) => step.remove(key),
        Delivery::Circuit(circuit) => {
            circuit::fire(step, key, &circuit);
            queue::go_on_everywhere(step, lane);
        }
    }
}

fn fire_delivery(step: &mut Step<'_, Delivery>, lane: Lane, key: &str, mut row: OutgoingMessage) {
    if row.expire_at.is_some_and(|at| at <= step.now) {
        return step.remove(key);
    }
    match row.status {
        DeliveryStatus::Sending => unknown::unknown(step, row),
        DeliveryStatus::Unknown => unknown::look_up(step, lane, row),
        DeliveryStatus::Queued if life::given_up_at(&row) <= step.now => queue::give_up(step, lane, row),
        DeliveryStatus::Queued => {
            row.next_at = None;
            row::put(step, row);
        }
        _ => {
            row.next_at = None;
            row::drop_words(&mut row);
            row::put(step, row);
        }
    }
}
