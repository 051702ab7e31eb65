//! Tests of every error code in the table, and of the codes that pause a recipient or all calls.

use std::time::Duration;

use expect_test::expect;
use topics::records::notifications::{CallResult, Notify, ReceiptStatus};

use super::script::{Script, answer};
use crate::engine::effect::FaultOf;
use crate::stages::deliver::error_codes::{RefusalVerdict, verdict};
use crate::stages::deliver::retry::delay;

#[test]
fn each_code_means_one_thing() {
    for (code, http, expected) in [
        (63018, 429, RefusalVerdict::Again),
        (63018, 0, RefusalVerdict::Again),
        (20429, 429, RefusalVerdict::Again),
        (0, 429, RefusalVerdict::Again),
        (63016, 400, RefusalVerdict::AsTemplate),
        (63016, 0, RefusalVerdict::AsTemplate),
        (21610, 400, RefusalVerdict::StopRecipient),
        (63003, 0, RefusalVerdict::StopRecipient),
        (63024, 0, RefusalVerdict::StopRecipient),
        (21211, 400, RefusalVerdict::StopRecipient),
        (20003, 401, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        (0, 401, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        (99999, 401, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        (0, 402, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        // Whatever Twilio forbids, it forbids for the next message, too.
        (0, 403, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        (20010, 403, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        (99999, 403, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        // The values come from our code and the template from the account: the next message has them, too.
        (21656, 400, RefusalVerdict::WaitForTemplate),
        (63028, 0, RefusalVerdict::WaitForTemplate),
        (0, 302, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        (0, 404, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        (20005, 403, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        (30002, 0, RefusalVerdict::OpenCircuit(FaultOf::Account)),
        (63007, 400, RefusalVerdict::OpenCircuit(FaultOf::Sender)),
        (63020, 0, RefusalVerdict::OpenCircuit(FaultOf::Sender)),
        (21606, 400, RefusalVerdict::OpenCircuit(FaultOf::Sender)),
        // These depend on the recipient, so they must not stop the messages of others.
        (21408, 400, RefusalVerdict::Fail),
        (21408, 403, RefusalVerdict::Fail),
        (21608, 403, RefusalVerdict::Fail),
        (63015, 400, RefusalVerdict::Fail),
        (21617, 400, RefusalVerdict::Fail),
        (30008, 0, RefusalVerdict::Fail),
        (0, 400, RefusalVerdict::Fail),
        (0, 0, RefusalVerdict::Fail),
    ] {
        assert_eq!(verdict(code, http), expected, "{code} {http}");
    }
    let pauses = [0, 1, 2, 3, 4, 40].map(|retries| delay(60, retries));
    assert_eq!(pauses, [60, 120, 240, 480, 900, 900].map(Duration::from_secs));
}

#[test]
fn too_many_requests_are_tried_again_and_delay_no_other_recipient() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    for attempt in 1..=4 {
        script.refused("a", attempt, 63018, 429);
        script.ask(&format!("other {attempt}"), answer(&format!("other {attempt}"), &format!("S{attempt}")));
        script.pass(240);
    }
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 refused 63018 (429)
             0 s  a queued 63018, next 60 s
        > notify other 1
             0 s  other 1 sending
                  CALL other 1#1 before 3 s
        > 240 s pass
            13 s  other 1 unknown, next 73 s
            60 s  a sending 63018
            73 s  a unknown 63018, next 133 s
            73 s  other 1 unknown, next 193 s
           133 s  a unknown 63018, next 253 s
           193 s  other 1 unknown, next 433 s
                  CALL a#2 before 63 s
                  LOOKUP other 1#1 taken 0
                  LOOKUP a#2 taken 0
                  LOOKUP other 1#1 taken 0
        > a#2 refused 63018 (429)
           240 s  a queued 63018, next 360 s
        > notify other 2
           240 s  other 2 sending
                  CALL other 2#1 before 243 s
        > 240 s pass
           253 s  other 2 unknown, next 313 s
           313 s  other 2 unknown, next 433 s
           360 s  a sending 63018
           373 s  a unknown 63018, next 433 s
           433 s  a unknown 63018, next 553 s
           433 s  other 1 unknown, next 913 s
           433 s  other 2 unknown, next 673 s
                  LOOKUP other 2#1 taken 0
                  CALL a#3 before 363 s
                  LOOKUP a#3 taken 0
                  LOOKUP other 1#1 taken 0
                  LOOKUP other 2#1 taken 0
        > a#3 refused 63018 (429)
           480 s  a queued 63018, next 720 s
        > notify other 3
           480 s  other 3 sending
                  CALL other 3#1 before 483 s
        > 240 s pass
           493 s  other 3 unknown, next 553 s
           553 s  other 3 unknown, next 673 s
           673 s  other 3 unknown, next 913 s
           673 s  other 2 unknown, next 1153 s
           720 s  a sending 63018
                  LOOKUP other 3#1 taken 0
                  LOOKUP other 3#1 taken 0
                  LOOKUP other 2#1 taken 0
                  CALL a#4 before 723 s
        > a#4 refused 63018 (429)
           720 s  a queued 63018, next 1200 s
        > notify other 4
           720 s  other 4 sending
                  CALL other 4#1 before 723 s
        > 240 s pass
           733 s  other 4 unknown, next 793 s
           793 s  other 4 unknown, next 913 s
           913 s  other 4 unknown, next 1153 s
           913 s  other 3 unknown, next 1393 s
           913 s  other 1 unknown, next 1873 s
                  LOOKUP other 4#1 taken 0
                  LOOKUP other 4#1 taken 0
                  LOOKUP other 3#1 taken 0
                  LOOKUP other 1#1 taken 0
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_refused_connection_is_tried_again_and_so_is_a_receipt_of_too_many() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.outcome("a", 1, CallResult::Unreachable {});
    script.pass(60);
    script.accepted("a", 2);
    script.receipt("a", 2, ReceiptStatus::Failed, Some(63018));
    // Late receipts of the failed attempt are ignored.
    script.receipt("a", 2, ReceiptStatus::Sent, None);
    script.pass(120);
    script.accepted("a", 3);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 unreachable
             0 s  a queued 0, next 60 s
        > 60 s pass
            60 s  a sending 0
                  CALL a#2 before 63 s
        > a#2 accepted
            60 s  a sent, next 86460 s
        > a#2 receipt failed
            60 s  a queued 63018, next 120 s
        > a#2 receipt sent
        > 120 s pass
           120 s  a sending 63018
           133 s  a unknown 63018, next 193 s
                  CALL a#3 before 123 s
        > a#3 accepted
           180 s  a sent, next 86580 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn outside_of_the_window_the_template_is_sent_and_waits_if_it_is_refused_too() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.refused("a", 1, 63016, 400);
    script.accepted("a", 2);
    script.receipt("a", 2, ReceiptStatus::Undelivered, Some(63016));
    script.ask("b", answer("b", "S"));
    script.accepted("b", 1);
    script.receipt("b", 1, ReceiptStatus::Undelivered, Some(63016));
    script.accepted("b", 2);
    let mut bare = answer("c", "Q");
    bare.letter.template = None;
    script.ask("c", bare);
    script.refused("c", 1, 63016, 400);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 refused 63016 (400)
             0 s  a sending 63016
                  CALL a#2 before 3 s as template
        > a#2 accepted
             0 s  a sent, next 86400 s
        > a#2 receipt undelivered
             0 s  a queued 63016, next 60 s
                  ALARM the template update is refused: 63016
        > notify b
             0 s  b sending
                  CALL b#1 before 3 s
        > b#1 accepted
             0 s  b sent, next 86400 s
        > b#1 receipt undelivered
             0 s  b sending 63016
                  CALL b#2 before 3 s as template
        > b#2 accepted
             0 s  b sent, next 86400 s
        > notify c
             0 s  c sending
                  CALL c#1 before 3 s
        > c#1 refused 63016 (400)
             0 s  c failed 63016
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_recipient_who_cannot_be_reached_is_sent_nothing_more_and_the_conversation_hears_it_once() {
    for code in [21610, 63003, 63024, 21211] {
        let mut script = Script::new();
        script.ask("a", answer("a", "R"));
        script.ask("queued", answer("queued", "R"));
        script.ask("help", Notify { ignores_stop: true, ..answer("help", "R") });
        script.refused("a", 1, code, 400);
        script.refused("help", 1, code, 400);
        script.ask("later", answer("later", "R"));
        script.ask("other", answer("other", "S"));
        let text = script.text();
        if code == 21610 {
            expect![[r#"
                > notify a
                     0 s  a sending
                          CALL a#1 before 3 s
                > notify queued
                     0 s  queued queued
                > notify help
                     0 s  help queued
                > a#1 refused 21610 (400)
                     0 s  help sending
                     0 s  stopped 21610
                     0 s  a failed 21610
                     0 s  queued not_sent 21610
                          CALL help#1 before 3 s
                          TOLD the conversation: unreachable 21610
                > help#1 refused 21610 (400)
                     0 s  help failed 21610
                > notify later
                     0 s  later not_sent 21610
                > notify other
                     0 s  other sending
                          CALL other#1 before 3 s
            "#]]
            .assert_eq(&text);
        }
        assert_eq!(text.matches("TOLD").count(), 1, "{text}");
        assert!(
            !text.contains("CALL queued") && !text.contains("CALL later") && text.contains("CALL other"),
            "{text}"
        );
    }
}

#[test]
fn a_recipient_is_tried_again_after_a_while() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.refused("a", 1, 63024, 400);
    script.pass(30 * 24 * 3600);
    script.ask("b", answer("b", "R"));
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 refused 63024 (400)
             0 s  stopped 63024
             0 s  a failed 63024
                  TOLD the conversation: unreachable 63024
        > 2592000 s pass
        2592000 s  stop row gone
        2592000 s  a gone
        > notify b
        2592000 s  b sending
                  CALL b#1 before 2592003 s as template
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn stop_ends_what_waits_and_start_lets_go_on() {
    let mut script = Script::new();
    script.ask("in flight", answer("in flight", "R"));
    script.ask("waits", answer("waits", "R"));
    script.stop("R");
    script.accepted("in flight", 1);
    script.ask("later", answer("later", "R"));
    script.ask("help", Notify { ignores_stop: true, ..answer("help", "R") });
    script.accepted("help", 1);
    script.pass(60 * 24 * 3600);
    script.ask("much later", answer("much later", "R"));
    script.start("R");
    script.ask("again", answer("again", "R"));
    expect![[r#"
        > notify in flight
             0 s  in flight sending
                  CALL in flight#1 before 3 s
        > notify waits
             0 s  waits queued
        > stop R
             0 s  stopped
        > in flight#1 accepted
             0 s  waits not_sent 21610
             0 s  in flight sent, next 86400 s
        > notify later
             0 s  later not_sent 21610
        > notify help
             0 s  help sending
                  CALL help#1 before 3 s
        > help#1 accepted
             0 s  help sent, next 86400 s
        > 5184000 s pass
         86400 s  help sent
         86400 s  in flight sent
        2592000 s  waits gone
        2592000 s  help gone
        2592000 s  later gone
        2592000 s  in flight gone
        > notify much later
        5184000 s  much later not_sent 21610
        > start R
        5184000 s  stop row gone
        > notify again
        5184000 s  again sending
                  CALL again#1 before 5184003 s as template
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn thousands_of_messages_to_a_resident_who_said_stop_end_in_bounded_steps() {
    let mut script = Script::new();
    script.driver.transaction = 1;
    script.ask("in flight", answer("in flight", "R"));
    for number in 0..2_000 {
        script.ask(&number.to_string(), answer(&number.to_string(), "R"));
    }
    script.stop("R");
    script.accepted("in flight", 1);
    script.pass(1);
    let rows = script.driver.records("deliveries", 0);
    let steps = rows.split(|row| row.key_text().unwrap().starts_with('~')).map(<[_]>::len);
    // 200 when the first one ends and 200 by the due time that this sets, a few rows besides.
    assert!((200..=410).contains(&steps.max().unwrap()));
    assert_eq!(script.text().matches("not_sent").count(), 2_000);
}
