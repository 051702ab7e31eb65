//! Properties that hold with any input, tested on the police lane because its 16 permits are soon used up.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;
use topics::catalogue::cut::Cut;
use topics::catalogue::{ProtectedDeliveries, ProtectedNotifications, Topic};
use topics::codec::record::{Address, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::Sealed;
use topics::records::deliveries::{Delivery, DeliveryStatus, OutgoingMessage as Row};
use topics::records::notifications::{
    AttemptOutcome, CallResult, Notification, Notify, OptOut, Receipt, ReceiptStatus,
};
use topics::values::ids::{EventId, NotificationId};
use topics::values::lane::Lane;
use topics::values::time::Time;

use super::script::{SENDER, START, answer, citizen, news, pepper, ring, sid};
use crate::engine::driver::{Driver, DriverMachine};
use crate::engine::effect::Effect;
use crate::engine::step::TaskContext;
use crate::engine::task::{MachineTask, Task};
use crate::machines::deliveries::{Deliveries, Protected};
use crate::stages::deliver::permits::most_permitted;

#[derive(Clone, Debug)]
enum Op {
    /// A message to one of six recipients: an answer, or news of one of two tickets.
    Ask {
        to: u8,
        news_of: Option<bool>,
    },
    /// One of the open calls ends with this outcome, or its outcome never arrives.
    Answer {
        which: prop::sample::Index,
        how: u8,
        twice: bool,
    },
    /// A receipt for one of the calls made so far.
    Receipt {
        which: prop::sample::Index,
        status: prop::sample::Index,
        code: u8,
    },
    Stop(u8),
    Start(u8),
    Pass(u32),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0u8..6, prop::option::of(any::<bool>())).prop_map(|(to, news_of)| Op::Ask { to, news_of }),
        6 => (any::<prop::sample::Index>(), 0u8..16, any::<bool>())
            .prop_map(|(which, how, twice)| Op::Answer { which, how, twice }),
        3 => (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..6)
            .prop_map(|(which, status, code)| Op::Receipt { which, status, code }),
        1 => (0u8..6).prop_map(Op::Stop),
        1 => (0u8..6).prop_map(Op::Start),
        2 => (0u32..200_000).prop_map(Op::Pass),
    ]
}

fn task(partition: u32) -> MachineTask<Deliveries<Protected>> {
    MachineTask::new(
        Deliveries::default(),
        TaskContext { partition, partitions: 1, ring: ring(), pepper: pepper(), cut: Cut::Nowhere },
    )
}

/// A run of the machine together with a caller.
pub struct Run {
    pub driver: Driver,
    pub effects: Rc<RefCell<Vec<Effect>>>,
    pub open: Vec<Effect>,
    made: Vec<(NotificationId, u32)>,
    seen: usize,
    pub asked: u32,
    appended: u32,
    crashes: bool,
}

impl Run {
    pub fn new(crashes: bool, transaction: usize) -> Self {
        let effects = Rc::new(RefCell::new(Vec::new()));
        let heard = effects.clone();
        let world = Box::new(move |_: Time, effect: &Effect| {
            heard.borrow_mut().push(effect.clone());
            Vec::new()
        });
        let make = |partition| Box::new(task(partition)) as Box<dyn Task>;
        let station = DriverMachine {
            log: ProtectedNotifications::SPEC,
            store: Some(ProtectedDeliveries::SPEC),
            make: Box::new(make),
        };
        let mut driver = Driver::new(vec![station], 1, START, world);
        driver.transaction = transaction;
        Self { driver, effects, open: Vec::new(), made: Vec::new(), seen: 0, asked: 0, appended: 0, crashes }
    }

    pub fn append(&mut self, record: &Notification) {
        self.appended += 1;
        let envelope =
            Envelope::root(EventId::of(&[b"run", &self.appended.to_be_bytes()]), self.driver.now());
        let record = encode::<ProtectedNotifications>(
            &ring(),
            "test",
            &envelope,
            Address::ByKey(1),
            SENDER.to_owned(),
            record,
        );
        self.driver.append(record.unwrap());
    }

    fn play(&mut self, op: &Op) {
        match op {
            Op::Ask { to, news_of } => {
                self.asked += 1;
                let name = format!("n{}", self.asked);
                let to = format!("R{to}");
                let notify = news_of
                    .map_or_else(|| answer(&name, &to), |first| news(&name, &to, &format!("{to} {first}")));
                self.append(&Notification::Notify(Box::new(notify)));
            }
            Op::Answer { which, how, twice } => self.answer(which, *how, *twice),
            Op::Receipt { which, status, code } if !self.made.is_empty() => {
                let (notification, attempt) = which.get(&self.made).clone();
                let status = *status.get(ReceiptStatus::ALL);
                let code = [None, Some(63016), Some(63018), Some(30008), Some(30002), Some(63007)]
                    [usize::from(*code)];
                let sid = sid(&format!("{notification}#{attempt}"));
                self.append(&Notification::Receipt(Receipt {
                    notification,
                    attempt,
                    received_at: START,
                    sid,
                    status,
                    code,
                }));
            }
            Op::Receipt { .. } => {}
            Op::Stop(who) => self.append(&Notification::Stop(opt_out(*who))),
            Op::Start(who) => self.append(&Notification::Start(opt_out(*who))),
            Op::Pass(millis) => self.driver.pass(Duration::from_millis(u64::from(*millis))).unwrap(),
        }
        self.rest();
    }

    fn answer(&mut self, which: &prop::sample::Index, how: u8, twice: bool) {
        if self.open.is_empty() {
            return;
        }
        let (notification, attempt, is_call) = match self.open.remove(which.index(self.open.len())) {
            Effect::Call(call) => (call.notification, call.attempt, true),
            Effect::Lookup(lookup) => (lookup.notification, lookup.attempt, false),
            Effect::CircuitOpened(_) | Effect::TemplateRefused(_) | Effect::GivenUp(_) => return,
        };
        let sid = sid(&format!("{notification}#{attempt}"));
        let result = match (how, is_call) {
            (0..7, true) => CallResult::Accepted { sid },
            (7, true) => CallResult::NotStarted {},
            (8, true) => CallResult::Unreachable {},
            (9, true) => CallResult::Unknown {},
            (10..15, true) => {
                let code = [63016, 63018, 21617, 63024, 20003][usize::from(how) - 10];
                CallResult::Refused { code, http: 400 }
            }
            (0..6, false) => CallResult::Found { sid },
            (6..12, false) => CallResult::NotFound {},
            (12..14, false) => CallResult::ListFailed {},
            _ => return,
        };
        let outcome = Notification::Outcome(AttemptOutcome { notification, attempt, at: START, result });
        self.append(&outcome);
        if twice {
            self.append(&outcome);
        }
    }

    pub fn rest(&mut self) {
        self.driver.settle().unwrap();
        if self.crashes {
            self.driver.crash(0, 0).unwrap();
        }
        let effects = self.effects.borrow().get(self.seen..).unwrap_or_default().to_vec();
        self.seen += effects.len();
        for effect in effects {
            if let Effect::Call(call) = &effect {
                self.made.push((call.notification.clone(), call.attempt));
            }
            self.open.push(effect);
        }
    }

    /// The last record of each key of a store.
    fn last_rows(&self, store: &'static str) -> BTreeMap<String, Incoming> {
        last_values(self.driver.records(store, 0))
    }

    pub fn rows(&self) -> Vec<Row> {
        let last = self.last_rows(ProtectedDeliveries::SPEC.name);
        last.values()
            .filter_map(|record| match record.decode::<ProtectedDeliveries>(&ring()).unwrap().1 {
                Delivery::Delivery(row) => Some(*row),
                _ => None,
            })
            .collect()
    }
}

pub fn opt_out(who: u8) -> OptOut {
    OptOut { at: START, edition: 0, citizen: Sealed(citizen(&format!("R{who}"))) }
}

/// The last value of each row of the store, without tombstones and the task's row.
fn last_values(records: &[Incoming]) -> BTreeMap<String, Incoming> {
    let mut last = BTreeMap::new();
    for record in records {
        let key = record.key_text().unwrap().to_owned();
        if record.value.is_none() {
            last.remove(&key);
        } else if !key.starts_with('~') {
            last.insert(key, Incoming { offset: 0, time: START, ..record.clone() });
        }
    }
    last
}

/// Replays a log in transactions of `most` records; returns what was written to taps and the last value of
/// each row of the store.
fn replay(log: &[Incoming], most: usize) -> (Vec<Outgoing>, BTreeMap<String, Option<Vec<u8>>>) {
    let mut task = task(0);
    let mut taps = Vec::new();
    let mut store = BTreeMap::new();
    for records in log.chunks(most) {
        for record in records {
            task.step(record).unwrap();
        }
        taps.extend(task.outputs());
        for row in task.close("replay") {
            if !row.key.starts_with('~') {
                store.insert(row.key, row.value);
            }
        }
        task.commit();
    }
    store.retain(|_, value| value.is_some());
    (taps, store)
}

fn check(run: &Run) {
    let rows = run.rows();
    let sending = rows.iter().filter(|row| row.status == DeliveryStatus::Sending).count();
    assert!(sending <= most_permitted(Lane::Protected), "{sending} permits are out");
    let mut busy = BTreeSet::new();
    for row in &rows {
        let held = row.status == DeliveryStatus::Unknown && row.next_at.is_some();
        if row.status == DeliveryStatus::Sending || held {
            assert!(busy.insert(row.letter.citizen.clone()), "two messages to one recipient are in flight");
        }
    }
}

fn check_calls(run: &Run) {
    let effects = run.effects.borrow();
    let mut made = BTreeSet::new();
    let mut last = BTreeMap::new();
    let mut asked = BTreeMap::new();
    for n in 1..=run.asked {
        asked.insert(super::script::notification(&format!("n{n}")), n);
    }
    for effect in effects.iter() {
        let Effect::Call(call) = effect else { continue };
        assert!(made.insert((call.notification.clone(), call.attempt)), "an attempt was permitted twice");
        if call.attempt == 1 {
            let turn = asked[&call.notification];
            let before = last.insert(call.letter.citizen.clone(), turn);
            assert!(before < Some(turn), "a recipient's messages went out of order");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn each_attempt_is_permitted_once_in_order_one_at_a_time_and_never_too_many(
        ops in prop::collection::vec(op(), 1..120)
    ) {
        let mut run = Run::new(false, 100);
        for op in &ops {
            run.play(op);
            check(&run);
        }
        check_calls(&run);
        // In the end every requested message has ended, even without outcomes: two hours for each of 120
        // messages.
        run.driver.pass(Duration::from_secs(12 * 24 * 3600)).unwrap();
        for row in run.rows() {
            let waits = matches!(row.status, DeliveryStatus::Queued | DeliveryStatus::Sending)
                || row.status == DeliveryStatus::Unknown && row.next_at.is_some();
            prop_assert!(!waits, "{:?} still {}", row.notification, row.status);
        }
    }

    #[test]
    fn a_restored_run_is_the_uninterrupted_one_and_a_replay_writes_the_same_bytes(
        ops in prop::collection::vec(op(), 1..60)
    ) {
        let mut straight = Run::new(false, 100);
        let mut crashing = Run::new(true, 1);
        for op in &ops {
            straight.play(op);
            crashing.play(op);
        }
        let store = ProtectedDeliveries::SPEC.name;
        let log = ProtectedNotifications::SPEC.name;
        prop_assert_eq!(straight.last_rows(store), crashing.last_rows(store));
        prop_assert_eq!(&*straight.effects.borrow(), &*crashing.effects.borrow());
        prop_assert_eq!(straight.driver.records(log, 0), crashing.driver.records(log, 0));
        let (taps, rows) = replay(straight.driver.records(log, 0), 7);
        let last_rows = straight.last_rows(store).into_iter();
        prop_assert_eq!(rows, last_rows.map(|(key, record)| (key, record.value)).collect());
        // The police lane tells conversations nothing.
        prop_assert_eq!(taps, Vec::new());
    }
}

#[test]
fn two_seconds_worth_of_calls_is_out_at_most_and_each_that_ends_makes_room_for_one() {
    let mut run = Run::new(false, 1000);
    for n in 0..40 {
        let notify = Notify { ..answer(&format!("n{n}"), &format!("R{n}")) };
        run.append(&Notification::Notify(Box::new(notify)));
    }
    run.rest();
    assert_eq!(run.made.len(), 16);
    for n in 0..24 {
        let (notification, attempt) = run.made[n].clone();
        let result = CallResult::Accepted { sid: sid(&n.to_string()) };
        run.append(&Notification::Outcome(AttemptOutcome { notification, attempt, at: START, result }));
        run.rest();
        assert_eq!(run.made.len(), 17 + n);
    }
    // The outcomes of the other 16 never arrive: they are looked up, and no more permits are given.
    run.driver.pass(Duration::from_secs(13)).unwrap();
    run.rest();
    assert!(
        run.rows().iter().all(|row| matches!(row.status, DeliveryStatus::Sent | DeliveryStatus::Unknown))
    );
    assert_eq!((most_permitted(Lane::Municipal), most_permitted(Lane::Protected)), (144, 16));
}
