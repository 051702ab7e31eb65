//! Deliveries from notification to receipt, without a broker: the machine runs in the in-memory driver on
//! real time, and its calls are made over HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use pipeline::engine::driver::{Driver, DriverMachine};
use pipeline::engine::step::TaskContext;
use pipeline::engine::task::{MachineTask, Task};
use pipeline::machines::deliveries::{Deliveries, Municipal};
use pipeline::rules::edition::Edition;
use serde_json::json;
use topics::catalogue::cut::Cut;
use topics::catalogue::{Deliveries as DeliveriesTopic, Notifications, Topic};
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::Sealed;
use topics::records::deliveries::{Delivery, DeliveryStatus};
use topics::records::editions::{Reference, Rules};
use topics::records::notifications::{Notification, Notify, OutgoingContent};
use topics::values::ids::{CitizenId, EventId, NotificationId, Pepper};
use topics::values::vocabulary::{Class, Language};

use super::test_server::{Plays, SENDER, TestServer, ring};
use crate::clock::present;

/// The time of the log moves on at least this often.
const TICK: Duration = Duration::from_millis(25);

/// A driver whose calls the caller of `server` makes. The pauses between attempts are one second.
fn driver(server: &TestServer) -> Driver {
    let caller = server.caller.clone();
    let effect_handler = Box::new(move |_, effect: &pipeline::engine::effect::Effect| {
        caller.carry_out(effect.clone());
        Vec::new()
    });
    let make = |partition| {
        let around =
            TaskContext { partition, partitions: 1, ring: ring(), pepper: pepper(), cut: Cut::Nowhere };
        Box::new(MachineTask::new(Deliveries::<Municipal>::default(), around)) as Box<dyn Task>
    };
    let station =
        DriverMachine { log: Notifications::SPEC, store: Some(DeliveriesTopic::SPEC), make: Box::new(make) };
    let mut driver = Driver::new(vec![station], 1, present(), effect_handler);
    let rules = Rules { lookup_s: 1, retry_s: 1, ..Rules::default() };
    driver.publish(Arc::new(Edition::new(1, Reference { rules, ..Reference::default() }).unwrap()));
    driver
}

fn pepper() -> Pepper {
    Pepper::new(&[7; 16]).unwrap()
}

fn ask(driver: &mut Driver, number: usize) {
    let cause = EventId::of(&[&number.to_be_bytes()]);
    let to = format!("whatsapp:+2782{number:07}");
    let letter = OutgoingContent {
        citizen: CitizenId::of(&pepper(), &to),
        to,
        from: SENDER.to_owned(),
        body: "the same words".to_owned(),
        template: None,
    };
    let notify = Notify {
        notification: NotificationId::of(&cause, 0),
        at: driver.now(),
        edition: 1,
        class: Class::Answer,
        language: Language::En,
        ticket: None,
        window_end: None,
        ignores_stop: false,
        letter: Sealed(letter),
    };
    let envelope = Envelope::root(cause, driver.now());
    let record = Notification::Notify(Box::new(notify));
    driver.append(
        encode::<Notifications>(&ring(), "test", &envelope, Address::ByKey(1), SENDER.to_owned(), &record)
            .unwrap(),
    );
}

fn statuses(driver: &Driver) -> std::collections::BTreeMap<String, DeliveryStatus> {
    let rows = driver
        .records(DeliveriesTopic::SPEC.name, 0)
        .iter()
        .filter(|record| !record.key_text().unwrap().starts_with('~'));
    let last = rows.map(|record| {
        (record.key_text().unwrap().to_owned(), record.decode::<DeliveriesTopic>(&ring()).unwrap().1)
    });
    last.filter_map(
        |(key, row)| if let Delivery::Delivery(row) = row { Some((key, row.status)) } else { None },
    )
    .collect()
}

fn are_all_sent(driver: &Driver, count: usize) -> bool {
    let statuses = statuses(driver);
    statuses.len() == count && statuses.values().all(|status| *status == DeliveryStatus::Sent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_messages_arrive_once_each_for_every_answer_of_twilio_and_no_permit_comes_too_late() {
    const MESSAGES: usize = 300;
    let server = TestServer::new().await;
    let mut driver = driver(&server);
    for number in 0..MESSAGES {
        ask(&mut driver, number);
    }
    // Of the first hundred calls, three in ten fail, in three ways.
    for number in 0..100 {
        server.plays(match number % 10 {
            3 => Plays::TakesItAndFails,
            5 => Plays::Answers(StatusCode::SERVICE_UNAVAILABLE, json!(null)),
            7 => Plays::Answers(StatusCode::TOO_MANY_REQUESTS, json!({ "code": 63018 })),
            _ => Plays::Takes,
        });
    }
    let mut heard = 0;
    let mut not_started = 0;
    let mut count = server.log.count.subscribe();
    let end = Instant::now() + Duration::from_secs(60);
    while !are_all_sent(&driver, MESSAGES) {
        assert!(Instant::now() < end, "{:?}", statuses(&driver));
        // An outcome comes, or it is time for the next tick.
        let _ = tokio::time::timeout(TICK, count.wait_for(|count| *count > heard)).await;
        driver.pass(present().since(driver.now())).unwrap();
        let answers = server.log.records.lock().unwrap()[heard..].to_vec();
        heard += answers.len();
        not_started += answers
            .iter()
            .filter(|record| record.value.as_ref().unwrap().windows(11).any(|part| part == b"not_started"))
            .count();
        answers.into_iter().for_each(|record| driver.append(record));
        driver.settle().unwrap();
    }
    let mut recipients: Vec<String> =
        server.twilio.taken.lock().unwrap().iter().map(|(to, _)| to.clone()).collect();
    recipients.sort();
    assert_eq!(recipients.len(), MESSAGES);
    recipients.dedup();
    assert_eq!(recipients.len(), MESSAGES, "a resident got a message twice");
    assert_eq!(not_started, 0, "permits ran out before their calls could start");
}
