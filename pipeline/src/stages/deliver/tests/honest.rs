//! Properties that hold with any faults, as long as Twilio's list contains what Twilio accepted: no recipient
//! gets a message twice, and in the end each row says what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use topics::records::deliveries::{DeliveryStatus, OutgoingMessage as Row};
use topics::records::notifications::{AttemptOutcome, CallResult, Notification, Receipt, ReceiptStatus};
use topics::values::ids::{CitizenId, MessageSid, NotificationId};
use topics::values::time::Time;

use super::properties::{Run, opt_out};
use super::script::{START, answer, citizen, notification, sid};
use crate::engine::effect::{Call, Effect, Lookup};
use crate::stages::deliver::retry::HOLDS_RECIPIENT;

#[derive(Clone, Debug)]
enum Op {
    Ask(u8),
    /// A call or lookup in flight ends with this outcome.
    End(Index, u8),
    /// A delayed outcome arrives.
    Late(Index),
    /// Twilio sends a receipt for a message that it accepted.
    Report(Index, Index),
    /// An accepted message fails with this code, with or without a receipt.
    Fails(Index, u32, bool),
    Stop(u8),
    Start(u8),
    Pass(u32),
    /// The process dies with everything that it had in flight.
    Crash,
}

fn op() -> impl Strategy<Value = Op> {
    let code = prop::sample::select(vec![63016, 63018, 63024, 30008, 30002, 63007]);
    prop_oneof![
        6 => (0u8..5).prop_map(Op::Ask),
        10 => (any::<Index>(), 0u8..20).prop_map(|(which, how)| Op::End(which, how)),
        2 => any::<Index>().prop_map(Op::Late),
        3 => (any::<Index>(), any::<Index>()).prop_map(|(which, status)| Op::Report(which, status)),
        1 => (any::<Index>(), code, any::<bool>())
            .prop_map(|(which, code, told)| Op::Fails(which, code, told)),
        1 => (0u8..5).prop_map(Op::Stop),
        1 => (0u8..5).prop_map(Op::Start),
        4 => (0u32..100_000).prop_map(Op::Pass),
        1 => Just(Op::Crash),
    ]
}

/// A message that Twilio accepted.
struct Taken {
    notification: NotificationId,
    attempt: u32,
    sid: MessageSid,
    at: Time,
    has_arrived: bool,
    failed: Option<u32>,
}

/// The machine, with a model of what Twilio really has.
struct World {
    run: Run,
    taken: Vec<Taken>,
    late: Vec<Notification>,
    stopped: BTreeSet<CitizenId>,
    /// The number of effects processed so far.
    seen: usize,
}

impl World {
    fn new() -> Self {
        Self {
            run: Run::new(false, 7),
            taken: Vec::new(),
            late: Vec::new(),
            stopped: BTreeSet::new(),
            seen: 0,
        }
    }

    fn say(&mut self, record: &Notification) {
        self.run.append(record);
        self.rest();
    }

    fn rest(&mut self) {
        self.run.rest();
        let effects = self.run.effects.borrow().get(self.seen..).unwrap_or_default().to_vec();
        self.seen += effects.len();
        for effect in effects {
            if let Effect::Call(call) = effect {
                assert!(
                    !self.stopped.contains(&call.letter.citizen),
                    "a call was permitted to a resident who had said STOP"
                );
            }
        }
    }

    fn play(&mut self, op: &Op) {
        match op {
            Op::Ask(to) => {
                self.run.asked += 1;
                let name = format!("n{}", self.run.asked);
                self.say(&Notification::Notify(Box::new(answer(&name, &format!("R{to}")))));
            }
            Op::End(which, how) if !self.run.open.is_empty() => {
                self.end(which.index(self.run.open.len()), *how)
            }
            Op::Late(which) if !self.late.is_empty() => {
                let record = self.late.remove(which.index(self.late.len()));
                self.say(&record);
            }
            Op::Report(which, status) if !self.taken.is_empty() => {
                self.report(which.index(self.taken.len()), status)
            }
            Op::Fails(which, code, told) if !self.taken.is_empty() => {
                self.fail(which.index(self.taken.len()), *code, *told)
            }
            Op::Stop(who) => {
                self.stopped.insert(citizen(&format!("R{who}")));
                self.say(&Notification::Stop(opt_out(*who)));
            }
            Op::Start(who) => {
                self.stopped.remove(&citizen(&format!("R{who}")));
                self.say(&Notification::Start(opt_out(*who)));
            }
            Op::Pass(millis) => {
                self.run.driver.pass(Duration::from_millis(u64::from(*millis))).unwrap();
                self.rest();
            }
            Op::Crash => {
                self.run.open.clear();
                self.run.driver.crash(0, 0).unwrap();
            }
            _ => {}
        }
    }

    fn end(&mut self, index: usize, how: u8) {
        match self.run.open.remove(index) {
            Effect::Call(call) => self.end_call(&call, how),
            Effect::Lookup(lookup) => self.end_lookup(&lookup, how),
            Effect::CircuitOpened(_) | Effect::TemplateRefused(_) | Effect::GivenUp(_) => {}
        }
    }

    fn outcome(notification: &NotificationId, attempt: u32, result: CallResult) -> Notification {
        Notification::Outcome(AttemptOutcome {
            notification: notification.clone(),
            attempt,
            at: START,
            result,
        })
    }

    fn end_call(&mut self, call: &Call, how: u8) {
        let told = |result| Self::outcome(&call.notification, call.attempt, result);
        if self.run.driver.now() >= call.deadline {
            return self.say(&told(CallResult::NotStarted {}));
        }
        let sid = sid(&format!("{}#{}", call.notification, call.attempt));
        let accepted = told(CallResult::Accepted { sid: sid.clone() });
        if how < 12 {
            self.taken.push(Taken {
                notification: call.notification.clone(),
                attempt: call.attempt,
                sid,
                at: self.run.driver.now(),
                has_arrived: false,
                failed: None,
            });
        }
        match how {
            0..8 => self.say(&accepted),
            8 => self.late.push(accepted),
            9 | 12 => self.say(&told(CallResult::Unknown {})),
            // The outcome is lost with its caller.
            10 | 11 | 13 => {}
            14 => self.say(&told(CallResult::Unreachable {})),
            15 => self.say(&told(CallResult::NotStarted {})),
            _ => {
                let code = [63016, 63018, 63024, 20003][usize::from(how) - 16];
                self.say(&told(CallResult::Refused { code, http: 400 }));
            }
        }
    }

    fn end_lookup(&mut self, lookup: &Lookup, how: u8) {
        let ours = |taken: &&Taken| {
            taken.notification == lookup.notification
                && taken.at >= lookup.since - Duration::from_secs(10)
                && !lookup.taken.contains(&taken.sid)
        };
        let result = match (how, self.taken.iter().find(ours)) {
            (0..3, _) => CallResult::ListFailed {},
            (3..5, _) => return,
            (_, None) => CallResult::NotFound {},
            (_, Some(Taken { failed: Some(code), .. })) => CallResult::Refused { code: *code, http: 0 },
            (_, Some(taken)) => CallResult::Found { sid: taken.sid.clone() },
        };
        self.say(&Self::outcome(&lookup.notification, lookup.attempt, result));
    }

    fn report(&mut self, index: usize, status: &Index) {
        let taken = &mut self.taken[index];
        let known =
            [ReceiptStatus::Queued, ReceiptStatus::Sent, ReceiptStatus::Delivered, ReceiptStatus::Read];
        let known = if taken.failed.is_some() { &known[..2] } else { &known };
        let status = *status.get(known);
        taken.has_arrived |= matches!(status, ReceiptStatus::Delivered | ReceiptStatus::Read);
        let receipt = receipt(taken, status);
        self.say(&receipt);
    }

    fn fail(&mut self, index: usize, code: u32, told: bool) {
        let taken = &mut self.taken[index];
        if taken.has_arrived || taken.failed.is_some_and(|known| known != code) {
            return;
        }
        taken.failed = Some(code);
        let receipt = receipt(taken, ReceiptStatus::Failed);
        if told {
            self.say(&receipt);
        }
    }

    /// Checks that no recipient got a message twice and that the messages to a resident arrived in the order
    /// in which they were requested, except those that were retried so often that others passed them.
    fn check(&self) {
        let mut live = BTreeSet::new();
        let mut first = BTreeSet::new();
        let asked: BTreeMap<NotificationId, u32> =
            (1..=self.run.asked).map(|n| (notification(&format!("n{n}")), n)).collect();
        let mut last: BTreeMap<CitizenId, u32> = BTreeMap::new();
        let to: BTreeMap<NotificationId, CitizenId> = self
            .run
            .effects
            .borrow()
            .iter()
            .filter_map(|effect| if let Effect::Call(call) = effect { Some(call) } else { None })
            .map(|call| (call.notification.clone(), call.letter.citizen.clone()))
            .collect();
        let rows = self.run.rows();
        let passed: BTreeSet<&NotificationId> =
            rows.iter().filter(|row| row.retries > HOLDS_RECIPIENT).map(|row| &row.notification).collect();
        for taken in &self.taken {
            assert!(
                taken.failed.is_some() || live.insert(&taken.notification),
                "{} was sent twice",
                asked[&taken.notification]
            );
            if first.insert(&taken.notification) && !passed.contains(&taken.notification) {
                let turn = asked[&taken.notification];
                let before = last.get(&to[&taken.notification]).copied();
                assert!(before < Some(turn), "{turn} came after {before:?}");
                last.insert(to[&taken.notification].clone(), turn);
            }
        }
    }

    fn waits(&self) -> bool {
        let waits = |row: &Row| match row.status {
            DeliveryStatus::Queued | DeliveryStatus::Sending => true,
            status => status == DeliveryStatus::Unknown && row.next_at.is_some(),
        };
        self.run.rows().iter().any(waits)
    }

    /// Checks that in the end each row says what happened.
    fn check_end(&self) {
        for row in self.run.rows() {
            let all: Vec<&Taken> =
                self.taken.iter().filter(|taken| taken.notification == row.notification).collect();
            let lives = all.iter().any(|taken| taken.failed.is_none());
            let fits = match row.status {
                // A failure may not have been reported to anyone.
                DeliveryStatus::Sent => !all.is_empty(),
                DeliveryStatus::Delivered | DeliveryStatus::Read => lives,
                DeliveryStatus::Failed | DeliveryStatus::NotSent | DeliveryStatus::Superseded => !lives,
                DeliveryStatus::Unknown => row.next_at.is_none(),
                DeliveryStatus::Queued | DeliveryStatus::Sending => false,
            };
            assert!(
                fits,
                "the row says {}, Twilio took it {} times; it lives: {lives}",
                row.status,
                all.len()
            );
        }
    }
}

fn receipt(taken: &Taken, status: ReceiptStatus) -> Notification {
    Notification::Receipt(Receipt {
        notification: taken.notification.clone(),
        attempt: taken.attempt,
        received_at: START,
        sid: taken.sid.clone(),
        status,
        code: taken.failed.filter(|_| status == ReceiptStatus::Failed),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn with_a_list_that_does_not_lag_nothing_is_sent_twice_and_each_row_tells_the_truth(
        ops in prop::collection::vec(op(), 1..160)
    ) {
        let mut world = World::new();
        ops.iter().for_each(|op| world.play(op));
        // From now on all goes well, until nothing waits any more: three hours see the longest look-up and
        // all retries.
        for second in 0..3 * 3_600 {
            while !world.run.open.is_empty() {
                world.end(0, 7);
            }
            world.run.driver.pass(Duration::from_secs(1)).unwrap();
            world.rest();
            if second % 600 == 0 && !world.waits() {
                break;
            }
        }
        world.check();
        world.check_end();
    }
}
