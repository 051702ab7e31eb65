//! Tests of the in-memory driver, with the machine that does what its records say.

use std::time::Duration;

use topics::catalogue::{Conversations, TicketCommands, Topic};
use topics::records::control::Control;
use topics::values::lane::Lane;
use topics::values::time::Time;

use super::toy::{command, new_task, start};
use crate::engine::driver::{Driver, DriverError, DriverMachine, EffectHandler};

fn driver(effect_handler: EffectHandler) -> Driver {
    let machine = DriverMachine {
        log: TicketCommands::SPEC,
        store: Some(Conversations::SPEC),
        make: Box::new(|_| Box::new(new_task())),
    };
    Driver::new(vec![machine], 1, start(), effect_handler)
}

/// An effect handler that answers this many effects with another record that asks for an effect.
fn answers(most: usize) -> EffectHandler {
    let mut answered = 0;
    Box::new(move |now: Time, _: &_| {
        answered += 1;
        if answered > most { Vec::new() } else { vec![command(1, "ask", answered, now)] }
    })
}

#[test]
fn tasks_that_keep_each_other_busy_are_an_error() {
    let mut busy = driver(answers(usize::MAX));
    busy.most_transactions = 50;
    busy.append(command(1, "ask", 0, start()));
    let error = busy.settle().unwrap_err();
    assert!(matches!(error, DriverError::Livelock { now, transactions: 51 } if now == start()), "{error}");
    assert!(busy.pass(Duration::from_secs(1)).is_err());
    assert_eq!(busy.now(), start(), "time does not pass over records that wait");

    let mut finite = driver(answers(49));
    finite.most_transactions = 50;
    finite.append(command(1, "ask", 0, start()));
    finite.settle().unwrap();
}

#[test]
fn a_lane_has_caught_up_when_its_machines_have_read_their_logs() {
    let mut driver = driver(answers(0));
    assert!(driver.has_caught_up(Lane::Municipal));
    driver.append(command(1, "ask", 0, start()));
    assert!(!driver.has_caught_up(Lane::Municipal));
    assert!(driver.has_caught_up(Lane::Protected), "the log is of the municipal lane");
    driver.settle().unwrap();
    assert!(driver.has_caught_up(Lane::Municipal));
}

#[test]
fn the_limit_of_transactions_counts_one_moment() {
    let mut driver = driver(answers(0));
    driver.most_transactions = 2;
    for n in 0..5 {
        driver.append(command(n, "put due=once", n, driver.now()));
        driver.pass(Duration::from_millis(400)).unwrap();
    }
    driver.pass(Duration::from_secs(60)).unwrap();
    let ticks = driver.all(TicketCommands::SPEC.name).filter(|record| {
        record.decode::<TicketCommands>(&super::ring()).is_ok_and(|(_, read)| {
            matches!(
                <super::toy::Toy as crate::engine::machine::Machine>::control(&read),
                Some(Control::Tick)
            )
        })
    });
    assert_eq!(ticks.count(), 5);
}
