//! Golden conversations on virtual time.

mod script;

use expect_test::{Expect, expect};
use script::Script;

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&Script::new().play(script));
}

#[test]
fn a_report_without_a_place_asks_for_a_pin_and_becomes_a_ticket() {
    check(
        "> water pipe burst in our street, its flooding the pavement
         pin -29.8587 31.0218
         staff 1 in_progress
         staff 1 resolved
         > yes thanks",
        &expect![[r#"
            > water pipe burst in our street, its flooding the pavement
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en water high, place pin, "water pipe burst in our street, its flooding the pavement", at -29.8587 31.0218
                < Thank you. Your report (water) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            staff 1 in_progress
                < Update for {1}: Your report is now being worked on.
            staff 1 resolved
                < Update for {1}: Your report is now resolved - please confirm.
            > yes thanks
                resident wants closed (confirmed)
                < Update for {1}: Your report is now closed.
        "#]],
    );
}
