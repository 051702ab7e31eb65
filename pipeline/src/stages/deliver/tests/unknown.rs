//! Tests of calls whose outcome is unknown.

use expect_test::expect;
use topics::records::notifications::{CallResult, ReceiptStatus};

use super::script::{Script, answer, sid};
use crate::engine::effect::Effect;

#[test]
fn an_unknown_outcome_is_settled_by_a_receipt() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.ask("waits", answer("waits", "R"));
    script.outcome("a", 1, CallResult::Unknown {});
    script.receipt("a", 1, ReceiptStatus::Sent, None);
    script.pass(120);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > notify waits
             0 s  waits queued
        > a#1 unknown
             0 s  a unknown, next 60 s
        > a#1 receipt sent
             0 s  waits sending
             0 s  a sent, next 86400 s
                  CALL waits#1 before 3 s
        > 120 s pass
            13 s  waits unknown, next 73 s
            73 s  waits unknown, next 193 s
                  LOOKUP waits#1 taken 1
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn an_unknown_outcome_is_looked_up_and_sent_again_if_it_was_not_sent() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.outcome("a", 1, CallResult::Unknown {});
    script.pass(60);
    script.outcome("a", 1, CallResult::ListFailed {});
    script.pass(120);
    script.outcome("a", 1, CallResult::NotFound {});
    script.outcome("a", 1, CallResult::NotFound {});
    script.outcome("a", 2, CallResult::Unknown {});
    script.pass(60);
    script.outcome("a", 2, CallResult::Found { sid: sid("a#2") });
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 unknown
             0 s  a unknown, next 60 s
        > 60 s pass
            60 s  a unknown, next 180 s
                  LOOKUP a#1 taken 0
        > a#1 list failed
            60 s  a unknown, next 120 s
        > 120 s pass
           120 s  a unknown, next 240 s
                  LOOKUP a#1 taken 0
        > a#1 not found
           180 s  a sending
                  CALL a#2 before 183 s
        > a#1 not found
        > a#2 unknown
           180 s  a unknown, next 240 s
        > 60 s pass
           240 s  a unknown, next 360 s
                  LOOKUP a#2 taken 0
        > a#2 found
           240 s  a sent, next 86640 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_sid_of_another_message_is_not_taken_for_this_one() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.accepted("a", 1);
    script.ask("b", answer("b", "R"));
    script.outcome("b", 1, CallResult::Unknown {});
    script.pass(60);
    script.outcome("b", 1, CallResult::Found { sid: sid("a#1") });
    script.pass(120);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 accepted
             0 s  a sent, next 86400 s
        > notify b
             0 s  b sending
                  CALL b#1 before 3 s
        > b#1 unknown
             0 s  b unknown, next 60 s
        > 60 s pass
            60 s  b unknown, next 180 s
                  LOOKUP b#1 taken 1
        > b#1 found
        > 120 s pass
           180 s  b unknown, next 420 s
                  LOOKUP b#1 taken 1
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_list_that_never_answers_is_asked_six_times_and_holds_the_recipient_no_longer() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.ask("waits", answer("waits", "R"));
    script.outcome("a", 1, CallResult::Unknown {});
    script.pass(3 * 3600);
    script.receipt("a", 1, ReceiptStatus::Read, None);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > notify waits
             0 s  waits queued
        > a#1 unknown
             0 s  a unknown, next 60 s
        > 10800 s pass
            60 s  a unknown, next 180 s
           180 s  a unknown, next 420 s
           420 s  a unknown, next 900 s
           900 s  a unknown, next 1860 s
          1860 s  a unknown, next 3780 s
          3780 s  a unknown, next 7620 s
          7620 s  waits sending
          7620 s  a unknown
          7633 s  waits unknown, next 7693 s
          7693 s  waits unknown, next 7813 s
          7813 s  waits unknown, next 8053 s
          8053 s  waits unknown, next 8533 s
          8533 s  waits unknown, next 9493 s
          9493 s  waits unknown, next 11413 s
                  LOOKUP a#1 taken 0
                  LOOKUP a#1 taken 0
                  LOOKUP a#1 taken 0
                  LOOKUP a#1 taken 0
                  LOOKUP a#1 taken 0
                  LOOKUP a#1 taken 0
                  CALL waits#1 before 7623 s
                  LOOKUP waits#1 taken 0
                  LOOKUP waits#1 taken 0
                  LOOKUP waits#1 taken 0
                  LOOKUP waits#1 taken 0
                  LOOKUP waits#1 taken 0
        > a#1 receipt read
         10800 s  a read
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_list_that_fails_is_asked_again_for_a_day_and_does_not_count() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.ask("b", answer("b", "S"));
    script.outcome("a", 1, CallResult::Unknown {});
    script.outcome("b", 1, CallResult::Unknown {});
    let mut asked = (0, 0);
    for minute in 0..26 * 60 {
        let lookups = |script: &Script, name: &str| {
            let effects = script.effects.borrow();
            let body = |effect: &Effect| match effect {
                Effect::Lookup(lookup) => Some(lookup.letter.body.clone()),
                _ => None,
            };
            effects.iter().filter_map(body).filter(|body| body.ends_with(name)).count()
        };
        script.pass(60);
        let before = asked;
        asked = (lookups(&script, "of a"), lookups(&script, "of b"));
        if asked.0 > before.0 {
            script.outcome("a", 1, CallResult::ListFailed {});
        }
        if asked.1 > before.1 {
            let works_again = minute > 20 * 60;
            let answer =
                if works_again { CallResult::Found { sid: sid("b#1") } } else { CallResult::ListFailed {} };
            script.outcome("b", 1, answer);
        }
    }
    assert!((20..40).contains(&asked.0), "{asked:?}");
    let text = script.text();
    assert!(text.contains("b sent"), "{text}");
    assert!(text.lines().any(|line| line.ends_with("a unknown")), "{text}");
}

#[test]
fn a_call_that_a_crash_swallowed_is_unknown_and_its_late_outcome_still_counts() {
    let mut script = Script::new();
    script.ask("lost", answer("lost", "R"));
    script.ask("late", answer("late", "S"));
    script.crash();
    script.pass(13);
    script.accepted("late", 1);
    script.pass(60);
    script.outcome("lost", 1, CallResult::NotFound {});
    // The caller of the first attempt was still running: the second call cannot be taken back.
    script.accepted("lost", 1);
    script.accepted("lost", 2);
    expect![[r#"
        > notify lost
             0 s  lost sending
                  CALL lost#1 before 3 s
        > notify late
             0 s  late sending
                  CALL late#1 before 3 s
        > 13 s pass
            13 s  late unknown, next 73 s
            13 s  lost unknown, next 73 s
        > late#1 accepted
            13 s  late sent, next 86413 s
        > 60 s pass
            73 s  lost unknown, next 193 s
                  LOOKUP lost#1 taken 0
        > lost#1 not found
            73 s  lost sending
                  CALL lost#2 before 76 s
        > lost#1 accepted
            73 s  lost sent, next 86473 s
        > lost#2 accepted
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn once_one_attempt_is_known_to_be_taken_the_failure_of_another_is_none() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.outcome("a", 1, CallResult::Unknown {});
    script.pass(60);
    // The list was behind: the message had been sent.
    script.outcome("a", 1, CallResult::NotFound {});
    script.receipt("a", 1, ReceiptStatus::Sent, None);
    script.receipt("a", 2, ReceiptStatus::Failed, Some(63018));
    script.pass(60);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 unknown
             0 s  a unknown, next 60 s
        > 60 s pass
            60 s  a unknown, next 180 s
                  LOOKUP a#1 taken 0
        > a#1 not found
            60 s  a sending
                  CALL a#2 before 63 s
        > a#1 receipt sent
            60 s  a sent, next 86460 s
        > a#2 receipt failed
        > 60 s pass
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn the_list_does_not_give_a_failed_attempt_for_the_next_one() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.accepted("a", 1);
    // The list contains its text beside that of the template, which is sent instead now.
    script.receipt("a", 1, ReceiptStatus::Failed, Some(63016));
    script.outcome("a", 2, CallResult::Unknown {});
    script.pass(60);
    script.outcome("a", 2, CallResult::Found { sid: sid("a#1") });
    script.outcome("a", 2, CallResult::Found { sid: sid("a#2") });
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 accepted
             0 s  a sent, next 86400 s
        > a#1 receipt failed
             0 s  a sending 63016
                  CALL a#2 before 3 s as template
        > a#2 unknown
             0 s  a unknown 63016, next 60 s
        > 60 s pass
            60 s  a unknown 63016, next 180 s
                  LOOKUP a#2 taken 1
        > a#2 found
        > a#2 found
            60 s  a sent, next 86460 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn what_the_list_says_failed_is_done_with_as_twilios_own_refusal() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.outcome("a", 1, CallResult::Unknown {});
    script.pass(60);
    script.outcome("a", 1, CallResult::Refused { code: 63016, http: 0 });
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 unknown
             0 s  a unknown, next 60 s
        > 60 s pass
            60 s  a unknown, next 180 s
                  LOOKUP a#1 taken 0
        > a#1 refused 63016 (0)
            60 s  a sending 63016
                  CALL a#2 before 63 s as template
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn while_the_account_is_refused_the_list_is_not_asked_and_no_time_is_lost() {
    let mut script = Script::new();
    script.ask("a", answer("a", "A"));
    script.ask("b", answer("b", "B"));
    script.outcome("a", 1, CallResult::Unknown {});
    script.refused("b", 1, 20003, 401);
    script.pass(5);
    script.ask("c", answer("c", "C"));
    script.refused("c", 1, 20003, 401);
    script.pass(300);
    script.outcome("a", 1, CallResult::NotFound {});
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > notify b
             0 s  b sending
                  CALL b#1 before 3 s
        > a#1 unknown
             0 s  a unknown, next 60 s
        > b#1 refused 20003 (401)
             0 s  b queued 20003, next 300 s
             0 s  circuit open, until 5 s, times 1
                  ALARM the account is at fault: 20003
        > 5 s pass
             5 s  circuit open, one tries, times 1
        > notify c
             5 s  c sending
                  CALL c#1 before 8 s
        > c#1 refused 20003 (401)
             5 s  c queued 20003, next 305 s
             5 s  circuit open, until 305 s, times 2
        > 300 s pass
            60 s  a unknown, next 305 s
           300 s  b queued 20003
           305 s  c queued 20003
           305 s  a unknown, next 425 s
           305 s  b sending 20003
           305 s  circuit open, one tries, times 2
                  LOOKUP a#1 taken 0
                  CALL b#2 before 308 s
        > a#1 not found
           305 s  a queued
    "#]]
    .assert_eq(&script.text());
}
