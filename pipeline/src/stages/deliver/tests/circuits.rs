//! Tests of the circuits: faults of the account and of a sender, refused at once or reported later.

use expect_test::expect;
use topics::records::notifications::{CallResult, Notify, ReceiptStatus};

use super::script::{Script, answer};
use crate::engine::effect::{Effect, FaultOf};
use crate::stages::deliver::error_codes::{RefusalVerdict, TABLE};

fn alarms(script: &Script) -> usize {
    script.effects.borrow().iter().filter(|effect| matches!(effect, Effect::CircuitOpened(_))).count()
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
    script.pass(300);
    script.refused("a", 2, 20003, 401);
    script.pass(300);
    script.outcome("a", 3, CallResult::NotStarted {});
    script.pass(1);
    script.refused("b", 2, 21617, 400);
    script.accepted("a", 4);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > notify b
             0 s  b sending
                  CALL b#1 before 3 s
        > a#1 refused 20003 (401)
             0 s  a queued 20003
             0 s  circuit open, until 300 s, times 1
                  ALARM the account is at fault: 20003
        > b#1 refused 20003 (401)
             0 s  b queued 20003
        > notify c
             0 s  c queued
        > 300 s pass
           300 s  a sending 20003
           300 s  circuit open, one tries, times 1
                  CALL a#2 before 303 s
        > a#2 refused 20003 (401)
           300 s  a queued 20003
           300 s  circuit open, until 600 s, times 2
        > 300 s pass
           600 s  a sending 20003
           600 s  circuit open, one tries, times 2
                  CALL a#3 before 603 s
        > a#3 not started
           600 s  a queued 20003, next 601 s
           600 s  b sending 20003
                  CALL b#2 before 603 s
        > 1 s pass
           601 s  a queued 20003
        > b#2 refused 21617 (400)
           601 s  a sending 20003
           601 s  b failed 21617
                  CALL a#4 before 604 s
        > a#4 accepted
           601 s  c sending
           601 s  a sent, next 87001 s
           601 s  circuit gone
                  CALL c#1 before 604 s
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
    script.pass(300);
    // Twilio still accepts what it will not send.
    script.accepted("a", 2);
    script.receipt("a", 2, ReceiptStatus::Sent, None);
    script.receipt("a", 2, ReceiptStatus::Undelivered, Some(30002));
    script.pass(300);
    script.accepted("a", 3);
    script.receipt("a", 3, ReceiptStatus::Delivered, None);
    script.accepted("b", 2);
    script.accepted("c", 1);
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
             0 s  a queued 30002
             0 s  circuit open, until 300 s, times 1
                  ALARM the account is at fault: 30002
        > b#1 receipt undelivered
             0 s  b queued 30002
        > notify c
             0 s  c queued
        > 300 s pass
           300 s  a sending 30002
           300 s  circuit open, one tries, times 1
                  CALL a#2 before 303 s
        > a#2 accepted
           300 s  a sent, next 86700 s
           300 s  circuit open, closes at 600 s, times 1
        > a#2 receipt sent
        > a#2 receipt undelivered
           300 s  a queued 30002
           300 s  circuit open, until 600 s, times 2
        > 300 s pass
           600 s  a sending 30002
           600 s  circuit open, one tries, times 2
                  CALL a#3 before 603 s
        > a#3 accepted
           600 s  a sent, next 87000 s
           600 s  circuit open, closes at 900 s, times 2
        > a#3 receipt delivered
           600 s  c sending
           600 s  a delivered
           600 s  b sending 30002
           600 s  circuit gone
                  CALL b#2 before 603 s
                  CALL c#1 before 603 s
        > b#2 accepted
           600 s  b sent, next 87000 s
        > c#1 accepted
           600 s  c sent, next 87000 s
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
    script.pass(300);
    script.accepted("a", 2);
    script.pass(300);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 accepted
             0 s  a sent, next 86400 s
        > a#1 receipt failed
             0 s  a queued 30002
             0 s  circuit open, until 300 s, times 1
                  ALARM the account is at fault: 30002
        > notify b
             0 s  b queued
        > 300 s pass
           300 s  a sending 30002
           300 s  circuit open, one tries, times 1
                  CALL a#2 before 303 s
        > a#2 accepted
           300 s  a sent, next 86700 s
           300 s  circuit open, closes at 600 s, times 1
        > 300 s pass
           600 s  b sending
           600 s  circuit gone
                  CALL b#1 before 603 s
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
    script.pass(300);
    script.accepted("a", 2);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 refused 63007 (400)
             0 s  a queued 63007
             0 s  circuit open, until 300 s, times 1
                  ALARM the sender is at fault: 63007
        > notify b
             0 s  b queued
        > notify c
             0 s  c sending
                  CALL c#1 before 3 s
        > c#1 accepted
             0 s  c sent, next 86400 s
        > 300 s pass
           300 s  a sending 63007
           300 s  circuit open, one tries, times 1
                  CALL a#2 before 303 s
        > a#2 accepted
           300 s  a sent, next 86700 s
           300 s  b sending
           300 s  circuit gone
                  CALL b#1 before 303 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn every_code_of_the_account_or_sender_raises_one_alarm_and_fails_no_message() {
    let faults = TABLE.iter().filter(|row| matches!(row.verdict, RefusalVerdict::OpenCircuit(_)));
    for code in faults.map(|row| row.code) {
        for by_receipt in [false, true] {
            let mut script = Script::new();
            let fail = |script: &mut Script, name: &str, attempt| {
                if by_receipt {
                    script.accepted(name, attempt);
                    script.receipt(name, attempt, ReceiptStatus::Undelivered, Some(code));
                } else {
                    script.refused(name, attempt, code, 400);
                }
            };
            script.ask("a", answer("a", "A"));
            script.ask("b", answer("b", "B"));
            fail(&mut script, "a", 1);
            fail(&mut script, "b", 1);
            for attempt in 2..6 {
                script.pass(300);
                fail(&mut script, "a", attempt);
            }
            script.pass(300);
            script.accepted("a", 6);
            script.receipt("a", 6, ReceiptStatus::Delivered, None);
            script.accepted("b", 2);
            script.receipt("b", 2, ReceiptStatus::Delivered, None);
            assert_eq!(alarms(&script), 1, "{code}");
            let text = script.text();
            assert!(!text.contains(" failed"), "{code} {by_receipt}\n{text}");
            assert!(text.ends_with("circuit gone\n") || text.contains("circuit gone"), "{code}\n{text}");
            assert_eq!(text.matches(" delivered").count(), 4, "{code} {by_receipt}\n{text}");
        }
    }
}

#[test]
fn news_of_failures_before_the_circuit_opened_do_not_extend_the_pause() {
    let mut script = Script::new();
    for name in ["a", "b", "c"] {
        script.ask(name, answer(name, name));
        script.accepted(name, 1);
    }
    script.receipt("a", 1, ReceiptStatus::Undelivered, Some(63020));
    script.pass(200);
    script.receipt("b", 1, ReceiptStatus::Undelivered, Some(63020));
    script.pass(100);
    script.receipt("c", 1, ReceiptStatus::Undelivered, Some(63020));
    script.accepted("a", 2);
    script.receipt("a", 2, ReceiptStatus::Read, None);
    assert_eq!(alarms(&script), 1);
    let text = script.text();
    assert_eq!(text.matches("CALL").count(), 6, "{text}");
    assert_eq!(text.matches("until").count(), 1, "{text}");
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
