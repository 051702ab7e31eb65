//! What conversations hear of deliveries.

use expect_test::expect;
use topics::notifications::{CallResult, ReceiptStatus};

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
    expect![[""]].assert_eq(&script.text());
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
    expect![[""]].assert_eq(&script.text());
}
