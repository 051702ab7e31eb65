//! Tests of the findings that conversations get from deliveries.

use expect_test::expect;
use topics::records::notifications::{CallResult, ReceiptStatus};

use super::script::{Script, answer, news, sid};

#[test]
fn a_message_about_a_ticket_is_told_once_however_often_it_is_heard_of() {
    let mut script = Script::new();
    script.ask("a", news("a", "R", "T"));
    script.accepted("a", 1);
    script.accepted("a", 1);
    script.receipt("a", 1, ReceiptStatus::Sent, None);
    script.receipt("a", 1, ReceiptStatus::Delivered, None);
    script.receipt("a", 1, ReceiptStatus::Read, None);
    script.ask("b", answer("b", "R"));
    script.accepted("b", 1);
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 accepted
             0 s  a sent, next 86400 s
                  TOLD the conversation: sent a#1
        > a#1 accepted
        > a#1 receipt sent
        > a#1 receipt delivered
             0 s  a delivered
        > a#1 receipt read
             0 s  a read
        > notify b
             0 s  b sending
                  CALL b#1 before 3 s
        > b#1 accepted
             0 s  b sent, next 86400 s
    "#]]
    .assert_eq(&script.text());
}

#[test]
fn each_id_that_a_message_gets_is_told() {
    let mut script = Script::new();
    script.ask("a", news("a", "R", "T"));
    script.receipt("a", 1, ReceiptStatus::Sent, None);
    script.receipt("a", 1, ReceiptStatus::Failed, Some(63018));
    script.pass(60);
    script.outcome("a", 2, CallResult::Unknown {});
    script.pass(60);
    script.outcome("a", 2, CallResult::Found { sid: sid("a#2") });
    expect![[r#"
        > notify a
             0 s  a sending
                  CALL a#1 before 3 s
        > a#1 receipt sent
             0 s  a sent, next 86400 s
                  TOLD the conversation: sent a#1
        > a#1 receipt failed
             0 s  a queued 63018, next 60 s
        > 60 s pass
            60 s  a sending 63018
                  CALL a#2 before 63 s
        > a#2 unknown
            60 s  a unknown 63018, next 120 s
        > 60 s pass
           120 s  a unknown 63018, next 240 s
                  LOOKUP a#2 taken 1
        > a#2 found
           120 s  a sent, next 86520 s
                  TOLD the conversation: sent by the list
    "#]]
    .assert_eq(&script.text());
}
