//! Tests of messages that Twilio refuses, alone or all of them: none of them delays the others, and none
//! of them fails because of a fault of the account.

use super::circuits::{alarms, deliver, fail};
use super::script::{Script, answer};
use crate::engine::effect::Effect;

#[test]
fn a_message_that_is_refused_alone_holds_up_no_other_and_fails_at_last() {
    for (code, by_receipt) in [(20404, false), (63020, true)] {
        let mut script = Script::new();
        script.ask("bad", answer("bad", "Z"));
        fail(&mut script, "bad", 1, code, by_receipt);
        for round in 1..5 {
            let name = format!("good {round}");
            script.ask(&name, answer(&name, &name));
            script.pass(5);
            deliver(&mut script, &name, 1);
            script.pass(300);
            fail(&mut script, "bad", round + 1, code, by_receipt);
        }
        script.ask("last", answer("last", "L"));
        script.pass(5);
        deliver(&mut script, "last", 1);
        let text = script.text();
        assert_eq!(text.matches(&format!("bad failed {code}")).count(), 1, "{text}");
        assert_eq!(text.matches(" delivered\n").count(), 5 * 2, "{text}");
        assert_eq!(text.matches("circuit gone").count(), 5, "{text}");
    }
}

/// The account fails from time to time, each time when the message is tried, and others get through in
/// between.
#[test]
fn an_account_that_comes_and_goes_fails_no_message_however_often_it_meets_the_fault() {
    let mut script = Script::new();
    script.ask("unlucky", answer("unlucky", "Z"));
    let (mut settled, mut met, mut is_down) = (0, 0, false);
    for number in 0..600 {
        let name = format!("other {number}");
        script.ask(&name, answer(&name, &name));
        let effects = script.effects.borrow().get(settled..).unwrap_or_default().to_vec();
        settled += effects.len();
        for effect in effects {
            let Effect::Call(call) = effect else { continue };
            let name = call.letter.body.trim_start_matches("text of ").to_owned();
            let is_unlucky = name == "unlucky";
            if is_unlucky && met < 8 {
                (met, is_down) = (met + 1, true);
            }
            // The fault lasts until another message has met it, too.
            if is_down {
                script.refused(&name, call.attempt, 20005, 403);
                is_down = is_unlucky;
            } else {
                script.accepted(&name, call.attempt);
            }
        }
        script.pass(5);
    }
    assert_eq!(met, 8);
    let text = script.text();
    assert!(text.contains("unlucky sent") && !text.contains(" failed"), "{text}");
}

#[test]
fn a_message_that_is_refused_while_later_ones_get_through_opens_no_circuit() {
    let mut script = Script::new();
    let mut wait = 0;
    for attempt in 1..5 {
        if attempt == 1 {
            script.ask("bad", answer("bad", "Z"));
        }
        script.pass(wait + 1);
        let name = format!("good {attempt}");
        script.ask(&name, answer(&name, &name));
        script.accepted(&name, 1);
        script.refused("bad", attempt, 20404, 404);
        wait = 60 << (attempt - 1);
    }
    assert_eq!(alarms(&script), 0);
    let text = script.text();
    assert_eq!(text.matches("bad failed 20404").count(), 1, "{text}");
}

#[test]
fn many_bad_messages_before_a_good_one_do_not_keep_it_back() {
    let mut script = Script::new();
    let bad: Vec<String> = (0..6).map(|number| format!("bad{number}")).collect();
    for name in &bad {
        script.ask(name, answer(name, name));
        script.ask(&format!("{name} second"), answer(&format!("{name} second"), &format!("{name} second")));
    }
    let mut settled = 0;
    for _ in 0..400 {
        let effects = script.effects.borrow().get(settled..).unwrap_or_default().to_vec();
        settled += effects.len();
        for effect in effects {
            let Effect::Call(call) = effect else { continue };
            let name = call.letter.body.trim_start_matches("text of ").to_owned();
            if bad.contains(&name) {
                script.refused(&name, call.attempt, 20404, 404);
            } else {
                script.accepted(&name, call.attempt);
            }
        }
        script.pass(5);
    }
    let text = script.text();
    for name in &bad {
        assert!(text.contains(&format!("{name} second sent")), "{text}");
    }
    assert!(!text.contains(" second failed"), "{text}");
}

#[test]
fn however_long_the_account_is_refused_no_message_fails_and_each_is_tried_in_turn() {
    let mut script = Script::new();
    for name in ["a", "b", "c", "d"] {
        script.ask(name, answer(name, name));
    }
    for name in ["a", "b", "c", "d"] {
        script.refused(name, 1, 20005, 403);
    }
    let mut tried = Vec::new();
    let mut settled = script.effects.borrow().len();
    script.pass(5);
    for _ in 0..40 {
        let effects = script.effects.borrow().get(settled..).unwrap_or_default().to_vec();
        settled += effects.len();
        for effect in effects {
            let Effect::Call(call) = effect else { continue };
            let name = call.letter.body.trim_start_matches("text of ").to_owned();
            script.refused(&name, call.attempt, 20005, 403);
            tried.push(name);
        }
        script.pass(300);
    }
    assert_eq!(alarms(&script), 1);
    assert!(!script.text().contains(" failed"));
    for name in ["a", "b", "c", "d"] {
        assert!(tried.iter().filter(|tried| *tried == name).count() >= 8, "{tried:?}");
    }
}

#[test]
fn a_recipient_to_whom_a_trial_account_may_not_write_stops_no_other_message() {
    let mut script = Script::new();
    script.ask("a", answer("a", "A"));
    script.refused("a", 1, 21608, 400);
    assert_eq!(alarms(&script), 0);
    assert!(script.text().contains("a failed 21608"));
}
