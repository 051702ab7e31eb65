//! Tests of the circuits: faults of the account and of a sender, refused at once or reported later.

use expect_test::expect;
use topics::records::notifications::{CallResult, Notify, ReceiptStatus};

use super::script::{Script, answer};
use crate::engine::effect::{Effect, FaultOf};
use crate::stages::deliver::error_codes::{RefusalVerdict, TABLE};

pub(super) fn alarms(script: &Script) -> usize {
    script.effects.borrow().iter().filter(|effect| matches!(effect, Effect::CircuitOpened(_))).count()
}

/// Twilio says that the attempt failed: at once, or in a receipt after it accepted the message.
pub(super) fn fail(script: &mut Script, name: &str, attempt: u32, code: u32, by_receipt: bool) {
    if by_receipt {
        script.accepted(name, attempt);
        script.receipt(name, attempt, ReceiptStatus::Undelivered, Some(code));
    } else {
        script.refused(name, attempt, code, 400);
    }
}

pub(super) fn deliver(script: &mut Script, name: &str, attempt: u32) {
    script.accepted(name, attempt);
    script.receipt(name, attempt, ReceiptStatus::Delivered, None);
}

fn from_another_number(name: &str, to: &str) -> Notify {
    let mut notify = answer(name, to);
    "whatsapp:+27600000002".clone_into(&mut notify.letter.from);
    notify
}

#[test]
fn an_account_at_fault_stops_all_calls_until_one_gets_through() {
    let mut script = Script::new();
    script.ask("a", answer("a", "A"));
    script.ask("b", answer("b", "B"));
    script.refused("a", 1, 20003, 401);
    script.refused("b", 1, 20003, 401);
    script.ask("c", from_another_number("c", "C"));
    script.pass(5);
    script.refused("b", 2, 20003, 401);
    script.pass(300);
    script.outcome("c", 1, CallResult::NotStarted {});
    script.pass(1);
    script.refused("a", 2, 21617, 400);
    script.accepted("c", 2);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > notify b
             0 s  b sending
                  CALL b#1 before 3 s
        > a#1 refused 20003 (401)
             0 s  a queued 20003, next 300 s
             0 s  circuit open, until 5 s, times 1
                  ALARM the account is at fault: 20003
        > b#1 refused 20003 (401)
             0 s  b queued 20003
             0 s  circuit open, until 5 s, times 1
        > notify c
             0 s  c queued
        > 5 s pass
             5 s  b sending 20003
             5 s  circuit open, one tries, times 1
                  CALL b#2 before 8 s
        > b#2 refused 20003 (401)
             5 s  b queued 20003, next 305 s
             5 s  circuit open, until 305 s, times 2
        > 300 s pass
           300 s  a queued 20003
           305 s  c sending
           305 s  b queued 20003
           305 s  circuit open, one tries, times 2
                  CALL c#1 before 308 s
        > c#1 not started
           305 s  c queued, next 306 s
           305 s  a sending 20003
                  CALL a#2 before 308 s
        > 1 s pass
           306 s  c queued
        > a#2 refused 21617 (400)
           306 s  c sending
           306 s  a failed 21617
                  CALL c#2 before 309 s
        > c#2 accepted
           306 s  c sent, next 86706 s
           306 s  b sending 20003
           306 s  circuit gone
                  CALL b#3 before 309 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn messages_that_twilio_accepts_and_reports_as_failed_for_the_account_wait_and_go_out_afterwards() {
    let mut script = Script::new();
    script.ask("a", answer("a", "A"));
    script.ask("b", answer("b", "B"));
    script.accepted("a", 1);
    script.accepted("b", 1);
    script.receipt("a", 1, ReceiptStatus::Undelivered, Some(30002));
    script.receipt("b", 1, ReceiptStatus::Undelivered, Some(30002));
    script.ask("c", answer("c", "C"));
    script.pass(5);
    // Twilio still accepts what it will not send.
    script.accepted("b", 2);
    script.receipt("b", 2, ReceiptStatus::Sent, None);
    script.receipt("b", 2, ReceiptStatus::Undelivered, Some(30002));
    script.pass(300);
    script.accepted("c", 1);
    script.receipt("c", 1, ReceiptStatus::Delivered, None);
    script.accepted("a", 2);
    script.accepted("b", 3);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > notify b
             0 s  b sending
                  CALL b#1 before 3 s
        > a#1 accepted
             0 s  a sent, next 86400 s
        > b#1 accepted
             0 s  b sent, next 86400 s
        > a#1 receipt undelivered
             0 s  a queued 30002, next 300 s
             0 s  circuit open, until 5 s, times 1
                  ALARM the account is at fault: 30002
        > b#1 receipt undelivered
             0 s  b queued 30002
             0 s  circuit open, until 5 s, times 1
        > notify c
             0 s  c queued
        > 5 s pass
             5 s  b sending 30002
             5 s  circuit open, one tries, times 1
                  CALL b#2 before 8 s
        > b#2 accepted
             5 s  b sent, next 86405 s
             5 s  circuit open, closes at 305 s, times 1
        > b#2 receipt sent
        > b#2 receipt undelivered
             5 s  b queued 30002, next 305 s
             5 s  circuit open, until 305 s, times 2
        > 300 s pass
           300 s  a queued 30002
           305 s  c sending
           305 s  b queued 30002
           305 s  circuit open, one tries, times 2
                  CALL c#1 before 308 s
        > c#1 accepted
           305 s  c sent, next 86705 s
           305 s  circuit open, closes at 605 s, times 2
        > c#1 receipt delivered
           305 s  c delivered
           305 s  a sending 30002
           305 s  b sending 30002
           305 s  circuit gone
                  CALL a#2 before 308 s
                  CALL b#3 before 308 s
        > a#2 accepted
           305 s  a sent, next 86705 s
        > b#3 accepted
           305 s  b sent, next 86705 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn without_a_receipt_an_accepted_test_call_closes_the_circuit_after_a_while() {
    let mut script = Script::new();
    script.ask("a", answer("a", "A"));
    script.accepted("a", 1);
    script.receipt("a", 1, ReceiptStatus::Failed, Some(30002));
    script.ask("b", answer("b", "B"));
    script.pass(5);
    script.accepted("b", 1);
    script.pass(300);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 accepted
             0 s  a sent, next 86400 s
        > a#1 receipt failed
             0 s  a queued 30002, next 300 s
             0 s  circuit open, until 5 s, times 1
                  ALARM the account is at fault: 30002
        > notify b
             0 s  b queued
        > 5 s pass
             5 s  b sending
             5 s  circuit open, one tries, times 1
                  CALL b#1 before 8 s
        > b#1 accepted
             5 s  b sent, next 86405 s
             5 s  circuit open, closes at 305 s, times 1
        > 300 s pass
           300 s  a queued 30002
           305 s  a sending 30002
           305 s  circuit gone
                  CALL a#2 before 308 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_sender_at_fault_stops_its_own_calls_only() {
    let mut script = Script::new();
    script.ask("a", answer("a", "A"));
    script.refused("a", 1, 63007, 400);
    script.ask("b", answer("b", "B"));
    script.ask("c", from_another_number("c", "C"));
    script.accepted("c", 1);
    script.pass(5);
    script.accepted("b", 1);
    script.pass(295);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 refused 63007 (400)
             0 s  a queued 63007, next 300 s
             0 s  circuit open, until 5 s, times 1
                  ALARM the sender is at fault: 63007
        > notify b
             0 s  b queued
        > notify c
             0 s  c sending
                  CALL c#1 before 3 s
        > c#1 accepted
             0 s  c sent, next 86400 s
        > 5 s pass
             5 s  b sending
             5 s  circuit open, one tries, times 1
                  CALL b#1 before 8 s
        > b#1 accepted
             5 s  a queued 63007, next 300 s
             5 s  b sent, next 86405 s
             5 s  circuit gone
        > 295 s pass
           300 s  a sending 63007
                  CALL a#2 before 303 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn every_code_of_the_account_or_sender_raises_one_alarm_and_fails_no_message() {
    let faults = TABLE.iter().filter(|row| matches!(row.verdict, RefusalVerdict::OpenCircuit(_)));
    for code in faults.map(|row| row.code) {
        for by_receipt in [false, true] {
            let mut script = Script::new();
            script.ask("a", answer("a", "A"));
            script.ask("b", answer("b", "B"));
            fail(&mut script, "a", 1, code, by_receipt);
            fail(&mut script, "b", 1, code, by_receipt);
            script.pass(5);
            for attempt in 2..6 {
                fail(&mut script, "b", attempt, code, by_receipt);
                script.pass(300);
                fail(&mut script, "a", attempt, code, by_receipt);
                script.pass(300);
            }
            deliver(&mut script, "b", 6);
            deliver(&mut script, "a", 6);
            assert_eq!(alarms(&script), 1, "{code}");
            let text = script.text();
            assert!(!text.contains(" failed"), "{code} {by_receipt}\n{text}");
            assert!(text.contains("circuit gone"), "{code}\n{text}");
            assert_eq!(text.matches(" delivered").count(), 4, "{code} {by_receipt}\n{text}");
        }
    }
}

#[test]
fn news_of_failures_before_the_circuit_opened_do_not_extend_the_pause_and_open_no_other() {
    let mut script = Script::new();
    for name in ["a", "b", "c", "d"] {
        script.ask(name, answer(name, name));
        script.accepted(name, 1);
    }
    script.receipt("a", 1, ReceiptStatus::Undelivered, Some(63020));
    script.pass(3);
    script.receipt("b", 1, ReceiptStatus::Undelivered, Some(63020));
    script.pass(2);
    script.receipt("c", 1, ReceiptStatus::Undelivered, Some(63020));
    script.accepted("b", 2);
    script.receipt("b", 2, ReceiptStatus::Read, None);
    script.receipt("d", 1, ReceiptStatus::Undelivered, Some(63020));
    script.pass(300);
    assert_eq!(alarms(&script), 1);
    let text = script.text();
    assert_eq!(text.matches("CALL").count(), 8, "{text}");
    // It is noted in the circuit that b failed, too.
    assert_eq!((text.matches("until").count(), text.matches("until 5 s").count()), (2, 2), "{text}");
}

#[test]
fn an_open_circuit_that_no_message_tests_closes_by_itself() {
    let mut script = Script::new();
    script.ask("a", answer("a", "A"));
    script.refused("a", 1, 20005, 403);
    script.pass(300);
    script.refused("a", 2, 21617, 400);
    script.pass(31 * 24 * 3600);
    let text = script.text();
    assert!(text.contains("a gone") && text.contains("circuit gone"), "{text}");
}

#[test]
fn a_failure_that_says_nothing_about_the_account_closes_no_circuit() {
    for code in [None, Some(63018), Some(30001)] {
        let mut script = Script::new();
        script.ask("a", answer("a", "A"));
        script.accepted("a", 1);
        script.receipt("a", 1, ReceiptStatus::Undelivered, Some(30002));
        script.ask("b", answer("b", "B"));
        script.pass(5);
        script.accepted("b", 1);
        script.receipt("b", 1, ReceiptStatus::Failed, code);
        assert!(!script.text().contains("circuit gone"), "{code:?}");
    }
}

#[test]
fn a_circuit_says_whose_fault_it_is() {
    for (code, fault) in [(30002, FaultOf::Account), (21606, FaultOf::Sender)] {
        let mut script = Script::new();
        script.ask("a", answer("a", "A"));
        script.refused("a", 1, code, 400);
        let effects = script.effects.borrow();
        let Some(Effect::CircuitOpened(opened)) = effects.last() else { panic!("no alarm for {code}") };
        assert_eq!((opened.fault, opened.code), (fault, code));
    }
}
