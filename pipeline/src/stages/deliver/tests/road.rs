//! Tests of the life of a message and of the order of messages.

use std::time::Duration;

use expect_test::expect;
use topics::records::notifications::{CallResult, Notify, ReceiptStatus};

use super::script::{START, Script, answer, news};

#[test]
fn a_message_is_permitted_called_accepted_and_read() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.accepted("a", 1);
    script.receipt("a", 1, ReceiptStatus::Delivered, None);
    script.receipt("a", 1, ReceiptStatus::Read, None);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 accepted
             0 s  a sent, next 86400 s
        > a#1 receipt delivered
             0 s  a delivered
        > a#1 receipt read
             0 s  a read
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_message_asked_for_twice_is_sent_once() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.ask("a", answer("a", "R"));
    script.accepted("a", 1);
    script.ask("a", answer("a", "R"));
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > notify a
        > a#1 accepted
             0 s  a sent, next 86400 s
        > notify a
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_recipient_gets_one_message_at_a_time_and_in_order() {
    let mut script = Script::new();
    script.ask("1", news("1", "R", "T"));
    script.ask("2", answer("2", "R"));
    script.ask("other", answer("other", "S"));
    script.ask("3", answer("3", "R"));
    script.accepted("1", 1);
    script.refused("2", 1, 21617, 400);
    expect![[r#"
        > notify 1
             0 s  1 sending
                  CALL 1#1 before 3 s
        > notify 2
             0 s  2 queued
        > notify other
             0 s  other sending
                  CALL other#1 before 3 s
        > notify 3
             0 s  3 queued
        > 1#1 accepted
             0 s  2 sending
             0 s  1 sent, next 86400 s
                  CALL 2#1 before 3 s
                  TOLD the conversation: sent 1#1
        > 2#1 refused 21617 (400)
             0 s  3 sending
             0 s  2 failed 21617
                  CALL 3#1 before 3 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn answers_go_before_news_and_lend_their_class_to_what_waits_before_them() {
    let mut script = Script::new();
    // The account is at fault, so everything waits.
    script.ask("first", answer("first", "A"));
    script.refused("first", 1, 20003, 401);
    script.ask("news of B", news("news of B", "B", "TB"));
    script.ask("news of C", news("news of C", "C", "TC"));
    script.ask("answer to C", answer("answer to C", "C"));
    script.ask("answer to D", answer("answer to D", "D"));
    script.pass(5);
    script.accepted("news of C", 1);
    expect![[r#"
        > notify first
             0 s  first sending
                  CALL first#1 before 3 s
        > first#1 refused 20003 (401)
             0 s  first queued 20003, next 300 s
             0 s  circuit open, until 5 s, times 1
                  ALARM the account is at fault: 20003
        > notify news of B
             0 s  news of B queued
        > notify news of C
             0 s  news of C queued
        > notify answer to C
             0 s  answer to C queued
        > notify answer to D
             0 s  answer to D queued
        > 5 s pass
             5 s  news of C sending
             5 s  circuit open, one tries, times 1
                  CALL news of C#1 before 8 s
        > news of C#1 accepted
             5 s  news of B sending
             5 s  first queued 20003, next 300 s
             5 s  answer to D sending
             5 s  answer to C sending
             5 s  news of C sent, next 86405 s
             5 s  circuit gone
                  CALL answer to C#1 before 8 s
                  CALL answer to D#1 before 8 s
                  CALL news of B#1 before 8 s
                  TOLD the conversation: sent news of C#1
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn of_a_tickets_news_only_the_newest_waits() {
    let mut script = Script::new();
    script.ask("in flight", answer("in flight", "R"));
    script.ask("open", news("open", "R", "T"));
    script.ask("other ticket", news("other ticket", "R", "U"));
    script.ask("answer", answer("answer", "R"));
    script.ask("resolved", news("resolved", "R", "T"));
    script.accepted("in flight", 1);
    expect![[r#"
        > notify in flight
             0 s  in flight sending
                  CALL in flight#1 before 3 s
        > notify open
             0 s  open queued
        > notify other ticket
             0 s  other ticket queued
        > notify answer
             0 s  answer queued
        > notify resolved
             0 s  open superseded
             0 s  resolved queued
        > in flight#1 accepted
             0 s  other ticket sending
             0 s  in flight sent, next 86400 s
                  CALL other ticket#1 before 3 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn news_that_come_back_after_newer_ones_are_superseded() {
    let mut script = Script::new();
    script.ask("old", news("old", "R", "T"));
    script.ask("new", news("new", "R", "T"));
    script.refused("old", 1, 63018, 429);
    script.accepted("new", 1);
    script.receipt("new", 1, ReceiptStatus::Undelivered, Some(63016));
    expect![[r#"
        > notify old
             0 s  old sending
                  CALL old#1 before 3 s
        > notify new
             0 s  new queued
        > old#1 refused 63018 (429)
             0 s  old superseded 63018
             0 s  new sending
                  CALL new#1 before 3 s
        > new#1 accepted
             0 s  new sent, next 86400 s
                  TOLD the conversation: sent new#1
        > new#1 receipt undelivered
             0 s  new sending 63016
                  CALL new#2 before 3 s as template
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn receipts_out_of_order_and_doubled_only_move_forward() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.receipt("a", 1, ReceiptStatus::Delivered, None);
    script.accepted("a", 1);
    script.receipt("a", 1, ReceiptStatus::Sent, None);
    script.receipt("a", 1, ReceiptStatus::Undelivered, Some(63024));
    script.receipt("a", 1, ReceiptStatus::Read, None);
    script.receipt("a", 1, ReceiptStatus::Delivered, None);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 receipt delivered
             0 s  a delivered
        > a#1 accepted
        > a#1 receipt sent
        > a#1 receipt undelivered
        > a#1 receipt read
             0 s  a read
        > a#1 receipt delivered
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_call_that_was_not_started_is_permitted_again_and_counts_for_nothing() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    for attempt in 1..6 {
        script.outcome("a", attempt, CallResult::NotStarted {});
        script.outcome("a", attempt, CallResult::NotStarted {});
        script.pass(1);
    }
    script.accepted("a", 6);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 not started
             0 s  a queued, next 1 s
        > a#1 not started
        > 1 s pass
             1 s  a sending
                  CALL a#2 before 4 s
        > a#2 not started
             1 s  a queued, next 2 s
        > a#2 not started
        > 1 s pass
             2 s  a sending
                  CALL a#3 before 5 s
        > a#3 not started
             2 s  a queued, next 3 s
        > a#3 not started
        > 1 s pass
             3 s  a sending
                  CALL a#4 before 6 s
        > a#4 not started
             3 s  a queued, next 4 s
        > a#4 not started
        > 1 s pass
             4 s  a sending
                  CALL a#5 before 7 s
        > a#5 not started
             4 s  a queued, next 5 s
        > a#5 not started
        > 1 s pass
             5 s  a sending
                  CALL a#6 before 8 s
        > a#6 accepted
             5 s  a sent, next 86405 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn without_credentials_nothing_is_sent_and_the_message_waits() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.outcome("a", 1, CallResult::NoCredentials {});
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 no credentials
             0 s  a queued 0, next 60 s
             0 s  circuit open, until 5 s, times 1
                  ALARM the credentials is at fault: 0
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn outside_of_the_window_the_template_goes_or_nothing() {
    let closed = |notify: Notify| Notify { window_end: Some(START + Duration::from_secs(3)), ..notify };
    let mut script = Script::new();
    script.ask("has one", closed(answer("has one", "R")));
    let mut bare = closed(answer("has none", "S"));
    bare.letter.template = None;
    script.ask("has none", bare);
    expect![[r#"
        > notify has one
             0 s  has one sending
                  CALL has one#1 before 3 s as template
        > notify has none
             0 s  has none failed 63016
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn a_delivery_is_forgotten_and_its_words_before_it() {
    let mut script = Script::new();
    script.ask("a", answer("a", "R"));
    script.accepted("a", 1);
    script.pass(24 * 3600);
    script.receipt("a", 1, ReceiptStatus::Failed, Some(63018));
    script.pass(31 * 24 * 3600);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 accepted
             0 s  a sent, next 86400 s
        > 86400 s pass
         86400 s  a sent
        > a#1 receipt failed
         86400 s  a failed 63018
        > 2678400 s pass
        2678400 s  a gone
    "#]]
    .assert_eq(&script.text());
}
