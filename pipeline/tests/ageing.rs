//! Years of virtual time: what a conversation must hear arrives however late it is, and everything that is
//! not needed any more expires.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use pipeline::engine::driver::EffectHandler;
use pipeline::engine::effect::Effect;
use pipeline::engine::store::Entity;
use pipeline::rules::edition::Edition;
use script::{Script, reference, ring};
use topics::catalogue::{
    Conversations, Deliveries, Notifications, ProtectedDeliveries, ProtectedNotifications, ProtectedTickets,
    Tickets, Topic,
};
use topics::codec::record::{Address, Envelope, Outgoing, encode};
use topics::records::conversations::Conversation;
use topics::records::deliveries::{Delivery, DeliveryStatus};
use topics::records::editions::{Reference, Rules};
use topics::records::notifications::{AttemptOutcome, CallResult, Notification};
use topics::records::protected::ProtectedTicket;
use topics::records::tickets::Ticket;
use topics::values::ids::EventId;
use topics::values::lane::Lane;
use topics::values::time::Time;
use topics::values::vocabulary::Status;

/// A Twilio that treats residents by their names: it refuses messages to `gone` because there is no such
/// number, and for two days messages to `unpaid` because the account has no funds; it never answers about
/// `silent`.
fn twilio() -> EffectHandler {
    let paid_at: Time = "2026-03-04T06:00:00.000Z".parse().unwrap();
    answering(move |now, name, id| match name {
        "gone" => Some(CallResult::Refused { code: 63024, http: 400 }),
        "unpaid" if now < paid_at => Some(CallResult::Refused { code: 20005, http: 403 }),
        "silent" => None,
        _ => Some(CallResult::Accepted { sid: format!("SM{id}").parse().unwrap() }),
    })
}

/// A Twilio whose answers to calls depend on the time, the name of the resident and the id of the call. Its
/// list always fails.
fn answering(answer: impl Fn(Time, &str, &EventId) -> Option<CallResult> + 'static) -> EffectHandler {
    Box::new(move |now, effect| outcome(&answer, now, effect).into_iter().collect())
}

fn outcome(
    answer: &impl Fn(Time, &str, &EventId) -> Option<CallResult>,
    now: Time,
    effect: &Effect,
) -> Option<Outgoing> {
    let (lane, partition, notification, attempt, letter, is_call) = match effect {
        Effect::Call(call) => {
            (call.lane, call.partition, &call.notification, call.attempt, &call.letter, true)
        }
        Effect::Lookup(asked) => {
            (asked.lane, asked.partition, &asked.notification, asked.attempt, &asked.letter, false)
        }
        Effect::CircuitOpened(_) | Effect::TemplateRefused(_) | Effect::GivenUp(_) => return None,
    };
    let id = EventId::of(&[b"twilio", notification.as_str().as_bytes(), &attempt.to_be_bytes()]);
    let name = letter.to.rsplit('.').next().unwrap();
    let result = if is_call { answer(now, name, &id) } else { Some(CallResult::ListFailed {}) }?;
    let notification = notification.clone();
    let outcome = Notification::Outcome(AttemptOutcome { notification, attempt, at: now, result });
    let from = letter.from.clone();
    Some(match lane {
        Lane::Protected => outgoing::<ProtectedNotifications>(id, now, partition, from, &outcome),
        Lane::Municipal | Lane::Intake => outgoing::<Notifications>(id, now, partition, from, &outcome),
    })
}

fn outgoing<T: Topic<Record = Notification>>(
    id: EventId,
    at: Time,
    partition: u32,
    key: String,
    record: &Notification,
) -> Outgoing {
    encode::<T>(&ring(), "twilio", &Envelope::root(id, at), Address::Partition(partition), key, record)
        .unwrap()
}

/// Everything that a row of a store can come from.
const LIVES: &str = "
    as nomsa
    > water pipe burst
    pin -29.8587 31.0218
    staff 1 in_progress
    > pothole in the road
    pin -29.8587 31.0218
    staff 2 resolved
    > no water since monday
    pin -29.87 31.01
    staff 3 closed
    photo audio/ogg
    as lindiwe
    > street light is out
    as sipho
    pin -29.8587 31.0218
    as gone
    > pothole in the road
    pin -29.8587 31.0218
    as silent
    > pothole in the road
    pin -29.8587 31.0218
    as stopped
    > water leak
    pin -29.8587 31.0218
    > stop
    as hurt
    > my husband beats me every night
    > he has a gun
    as unsure
    > he beats
    as flood
    30 times > water leak
    as unpaid
    > street light is out
    wait 1h
";

/// The rows of a store that were not removed, without those of the tasks.
fn rows<T: Topic>(script: &Script) -> BTreeMap<String, T::Record> {
    let mut rows = BTreeMap::new();
    for record in script.driver.all(T::SPEC.name) {
        let key = record.key_text().unwrap().to_owned();
        if key.starts_with('~') {
            continue;
        }
        match &record.value {
            Some(_) => rows.insert(key, record.decode::<T>(&ring()).unwrap().1),
            None => rows.remove(&key),
        };
    }
    rows
}

/// Every row that a store ever had.
fn versions<T: Topic>(script: &Script) -> Vec<T::Record> {
    let all = script.driver.all(T::SPEC.name);
    let rows = all.filter(|record| record.value.is_some() && !record.key_text().unwrap().starts_with('~'));
    rows.map(|record| record.decode::<T>(&ring()).unwrap().1).collect()
}

/// Why a conversation stays, or `None` if it has to expire.
fn conversation_stays(row: &Conversation) -> Option<&'static str> {
    let is_open = |status: Option<Status>| status.is_some_and(|status| status != Status::Closed);
    let hears = row.state.tickets.values().any(|known| is_open(known.status));
    hears.then_some("one of its tickets is open and will speak when a person closes it")
}

/// Why a ticket stays, or `None` if it has to expire.
fn ticket_stays(row: &Ticket) -> Option<&'static str> {
    let waits_for_staff = matches!(row.status, Status::Open | Status::InProgress | Status::Escalated);
    let waits_for_a_look = row.status == Status::Resolved && row.disarmed_at.is_some();
    if waits_for_staff {
        return Some("it is open; only a person closes it");
    }
    waits_for_a_look.then_some("its due time failed; a person has to look at it")
}

/// Why a row of the deliveries stays, or `None` if it has to expire.
fn delivery_stays(row: &Delivery) -> Option<&'static str> {
    match row {
        Delivery::Stopped(stopped) if stopped.code.is_none() => {
            Some("the resident said STOP, which holds until they say START")
        }
        Delivery::Delivery(_) | Delivery::Stopped(_) | Delivery::Circuit(_) => None,
    }
}

fn protected_stays(_: &ProtectedTicket) -> Option<&'static str> {
    None
}

/// Asserts that each row stays for a reason; returns the reasons.
fn reasons<T: Topic>(
    script: &Script,
    stays: fn(&T::Record) -> Option<&'static str>,
) -> BTreeSet<&'static str> {
    let reason = |(key, row): (&String, &T::Record)| {
        stays(row).unwrap_or_else(|| panic!("{} {key} never expires", T::SPEC.name))
    };
    rows::<T>(script).iter().map(reason).collect()
}

#[test]
fn after_three_years_only_what_is_still_needed_is_in_the_stores() {
    let mut script = Script::whole(twilio());
    script.play(LIVES);
    let kinds = [
        rows::<Conversations>(&script).len(),
        rows::<Tickets>(&script).len(),
        rows::<Deliveries>(&script).len(),
        rows::<ProtectedTickets>(&script).len(),
        rows::<ProtectedDeliveries>(&script).len(),
    ];
    assert!(kinds.iter().all(|rows| *rows > 0), "{kinds:?}");
    script.play("wait 1095d");
    let left: Vec<(&str, BTreeSet<&str>)> = vec![
        (Conversations::SPEC.name, reasons::<Conversations>(&script, conversation_stays)),
        (Tickets::SPEC.name, reasons::<Tickets>(&script, ticket_stays)),
        (Deliveries::SPEC.name, reasons::<Deliveries>(&script, delivery_stays)),
        (ProtectedTickets::SPEC.name, reasons::<ProtectedTickets>(&script, protected_stays)),
        (ProtectedDeliveries::SPEC.name, reasons::<ProtectedDeliveries>(&script, delivery_stays)),
    ];
    expect_test::expect![[r#"
        [
            (
                "conversations",
                {
                    "one of its tickets is open and will speak when a person closes it",
                },
            ),
            (
                "tickets",
                {
                    "it is open; only a person closes it",
                },
            ),
            (
                "deliveries",
                {
                    "the resident said STOP, which holds until they say START",
                },
            ),
            (
                "protected-tickets",
                {},
            ),
            (
                "protected-deliveries",
                {
                    "the resident said STOP, which holds until they say START",
                },
            ),
        ]
    "#]]
    .assert_debug_eq(&left);
}

/// An installation that never gets credentials, and one whose host never reaches Twilio.
#[test]
fn messages_that_nothing_can_send_do_not_wait_for_ever() {
    for result in [CallResult::NoCredentials {}, CallResult::Unreachable {}] {
        let never = result.clone();
        let mut script = Script::whole(answering(move |_, _, _| Some(never.clone())));
        // Twilio is tried a few times a day, so that the test is over soon.
        let rules = Rules { retry_s: 6 * 3600, circuit_s: 6 * 3600, ..Rules::default() };
        let seldom = Reference { rules, ..reference(0) };
        script.driver.publish(Arc::new(Edition::new(2, seldom).unwrap()));
        script.play(LIVES);
        script.play("wait 30d");
        let waiting = |script: &Script| {
            let municipal = rows::<Deliveries>(script).into_values();
            let rows = municipal.chain(rows::<ProtectedDeliveries>(script).into_values());
            let is_queued = |row: &Delivery| matches!(row, Delivery::Delivery(row) if row.status == DeliveryStatus::Queued);
            rows.filter(is_queued).count()
        };
        assert!(waiting(&script) > 3, "{result:?}");
        script.play("wait 400d");
        assert_eq!(waiting(&script), 0, "{result:?}");
        let ended = versions::<Deliveries>(&script).into_iter().filter(|row| {
            matches!(row, Delivery::Delivery(row) if row.status == DeliveryStatus::Failed && row.code == Some(0))
        });
        assert!(ended.count() > 3, "{result:?}");
        assert_eq!(reasons::<Deliveries>(&script, delivery_stays).len(), 1, "{result:?}");
        assert_eq!(reasons::<ProtectedDeliveries>(&script, delivery_stays).len(), 1, "{result:?}");
    }
}

/// Asserts that a row that is disarmed is due again later, unless it stays for a reason.
fn check_disarmed<E: Entity>(rows: Vec<E>, stays: fn(&E) -> Option<&'static str>) {
    let at: Time = "2030-01-01T00:00:00Z".parse().unwrap();
    assert!(!rows.is_empty());
    for mut row in rows {
        row.disarm(at);
        match stays(&row) {
            None => assert!(row.due().is_some_and(|due| due > at), "a disarmed row never expires"),
            Some(_) => assert!(row.due().is_none_or(|due| due > at), "a disarmed row is due at once"),
        }
    }
}

#[test]
fn every_row_whose_due_time_failed_expires_all_the_same() {
    let mut script = Script::whole(twilio());
    script.play(LIVES);
    script.play("wait 200d");
    check_disarmed(versions::<Conversations>(&script), |_| None);
    check_disarmed(versions::<Tickets>(&script), ticket_stays);
    check_disarmed(versions::<Deliveries>(&script), delivery_stays);
    check_disarmed(versions::<ProtectedTickets>(&script), protected_stays);
    check_disarmed(versions::<ProtectedDeliveries>(&script), delivery_stays);
}

#[test]
fn a_ticket_that_was_open_for_two_quiet_years_still_speaks_to_its_resident() {
    for quiet in ["100d", "730d"] {
        let mut script = Script::new();
        script.play("> water pipe burst\n pin -29.8587 31.0218\n staff 1 in_progress");
        script.play(&format!("wait {quiet}"));
        let told = script.play("staff 1 resolved");
        assert!(told.contains("<"), "{quiet}: {told}");
        let reopened = script.play("> no");
        assert!(reopened.contains("<"), "{quiet}: {reopened}");
        assert_eq!(rows::<Conversations>(&script).len(), 1);
        script.play("staff 1 closed\n wait 89d");
        assert_eq!(rows::<Conversations>(&script).len(), 1, "{quiet}");
        script.play("wait 2d");
        assert_eq!(rows::<Conversations>(&script).len(), 0, "{quiet}");
    }
}

#[test]
fn a_conversation_lives_as_long_as_its_closed_ticket_can_be_reopened() {
    let mut script = Script::new();
    script.play("> water pipe burst\n pin -29.8587 31.0218\n staff 1 resolved\n > yes");
    let row = rows::<Conversations>(&script).into_values().next().unwrap();
    let closed_at = row.state.tickets.values().next().unwrap().at;
    let reopen = Duration::from_secs(14 * 24 * 3600);
    assert!(row.due_at.is_some_and(|at| at >= closed_at + reopen), "{:?}", row.due_at);
}

#[test]
fn a_ticket_is_heard_of_however_many_were_opened_after_it() {
    let mut script = Script::new();
    script.play("> water pipe burst\n pin -29.8587 31.0218\n wait 1h");
    for _ in 0..130 {
        script.play("> pothole in the road\n pin -29.8587 31.0218\n wait 2h");
    }
    assert_eq!(script.tickets(), 131);
    for ticket in [1, 2, 131] {
        let told = script.play(&format!("staff {ticket} resolved"));
        assert!(told.contains('<'), "{ticket}: {told}");
    }
    // Closed tickets make room for others.
    for ticket in 3..=60 {
        script.play(&format!("staff {ticket} closed"));
    }
    script.play("> street light is out\n pin -29.8587 31.0218\n wait 2h");
    let row = rows::<Conversations>(&script).into_values().next().unwrap();
    assert_eq!(row.state.tickets.len(), 100);
    let closed = |row: &Conversation| {
        row.state.tickets.values().filter(|known| known.status == Some(Status::Closed)).count()
    };
    assert_eq!(closed(&row), 100 - (132 - 58));
}

#[test]
fn a_conversation_of_the_most_tickets_fits_into_its_topic() {
    let mut script = Script::new();
    script.play("> water pipe burst\n pin -29.8587 31.0218\n staff 1 in_progress\n wait 1h");
    let mut row = rows::<Conversations>(&script).into_values().next().unwrap();
    let mut known = row.state.tickets.values().next().unwrap().clone();
    let sids = (0..5).map(|n| format!("SM{}", EventId::of(&[b"sid", &[n]])).parse().unwrap());
    known.sent = sids.collect();
    for n in 0..1000_u32 {
        let sid = format!("SM{}", EventId::of(&[b"ticket", &n.to_be_bytes()])).parse().unwrap();
        row.state.tickets.insert(topics::values::ids::TicketId::of(&sid), known.clone());
    }
    let now = row.at;
    let envelope = Envelope::root(EventId::of(&[b"row"]), now);
    let record = encode::<Conversations>(
        &ring(),
        "converse",
        &envelope,
        Address::Partition(0),
        "citizen".into(),
        &row,
    );
    let bytes = record.unwrap().value.unwrap().len();
    assert!(bytes < 1_000_000, "{bytes} bytes");
}

#[test]
fn a_conversation_lives_as_long_as_staff_can_write_about_its_closed_ticket() {
    let mut script = Script::new();
    script.play("rule ticket_expiry_s 34560000");
    script.play("> water pipe burst\n pin -29.8587 31.0218\n staff 1 closed\n wait 120d");
    let told = script.play("staff 1 reply We have laid a new pipe.");
    assert!(told.contains('<'), "{told}");
    script.play("wait 401d");
    assert_eq!(rows::<Conversations>(&script).len(), 0);
}
