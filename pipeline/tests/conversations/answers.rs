//! What residents ask and answer about the tickets that they have.

use expect_test::expect;

use super::check;

#[test]
fn a_retry_changes_nothing() {
    check(
        r#"
            > dead dog on the road
            again
            pin -29.8587 31.0218
            again
            wait 2h
            again
        "#,
        &expect![[r#"
            > dead dog on the road
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            again
            pin -29.8587 31.0218
                report en waste medium, place pin, "dead dog on the road", at -29.8587 31.0218
                < Thank you. Your report (waste) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            again
            wait 2h
            again
        "#]],
    );
}

#[test]
fn how_it_stands_is_told_to_its_owner_alone() {
    check(
        r#"
            > what is happening with my report
            > illegal dumping behind the clinic
            > any update?
            pin -29.8587 31.0218
            > what is happening with {1}
            > {1}
            > status of {1!}
            > streetlights are out in our road
            pin -29.87 31.01
            > status
            as lindiwe
            > status of {1}
            > {1!}
        "#,
        &expect![[r#"
            > what is happening with my report
                < There is no report of yours that we know of. Write what is wrong and send a location pin.
            > illegal dumping behind the clinic
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            > any update?
                < Your report waits for its place: please send a location pin.
            pin -29.8587 31.0218
                report en waste high, place pin, "illegal dumping behind the clinic", at -29.8587 31.0218
                < Thank you. Your report (waste) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            > what is happening with {1}
                < {1} (waste): received and under review. It should be resolved by 9 March 2026 at 08:00.
            > {1}
                < {1} (waste): received and under review. It should be resolved by 9 March 2026 at 08:00.
            > status of {1!}
                < That number is not right: please check it and send it again.
            > streetlights are out in our road
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.87 31.01
                report en electricity medium, place pin, "streetlights are out in our road", at -29.87 31.01
                < Thank you. Your report (electricity) has the number {2}. It should be resolved by 9 March 2026 at 08:00.
            > status
                < {1} (waste): received and under review. It should be resolved by 9 March 2026 at 08:00.
                  {2} (electricity): received and under review. It should be resolved by 9 March 2026 at 08:00.
            as lindiwe
            > status of {1}
                < There is no report of yours with that number.
            > {1!}
                < That number is not right: please check it and send it again.
        "#]],
    );
}

#[test]
fn an_answer_finds_its_ticket() {
    check(
        r#"
            > pothole in Long Street
            pin -29.8587 31.0218
            > yes
            > another problem: streetlight out
            pin -29.87 31.01
            staff 1 resolved
            staff 2 resolved
            > yes
            > 7
            > 2
            > no {1}
            staff 1 resolved
            button yes | Yes, it is fixed
            > no it is not fixed
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            > yes
                < None of your reports waits for an answer. Write what is wrong to report something new.
            > another problem: streetlight out
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.87 31.01
                report en electricity medium, place pin, "another problem: streetlight out", at -29.87 31.01
                < Thank you. Your report (electricity) has the number {2}. It should be resolved by 9 March 2026 at 08:00.
            staff 1 resolved
                < Update for {1}: Your report is now resolved - please confirm.
            staff 2 resolved
                < Update for {2}: Your report is now resolved - please confirm.
            > yes
                < Which report do you mean? Reply with its number in this list.
                  1. {2} (electricity)
                  2. {1} (roads)
            > 7
                < Which report do you mean? Reply with its number in this list.
                  1. {2} (electricity)
                  2. {1} (roads)
            > 2
                resident wants closed (confirmed)
                < Update for {1}: Your report is now closed.
            > no {1}
                resident wants in_progress
                < Update for {1}: Your report is now being worked on.
            staff 1 resolved
                < Update for {1}: Your report is now resolved - please confirm.
            button yes | Yes, it is fixed
                < Which report do you mean? Reply with its number in this list.
                  1. {2} (electricity)
                  2. {1} (roads)
            > no it is not fixed
                < You write faster than we can answer. We keep all that you send and answer a little later.
        "#]],
    );
}

#[test]
fn an_answer_by_thumb() {
    check(
        r#"
            > traffic light out corner of Church and Boom
            pin -29.6006 30.8794
            staff 1 resolved
            > 👍
        "#,
        &expect![[r#"
            > traffic light out corner of Church and Boom
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.6006 30.8794
                report en roads medium, place pin, "traffic light out corner of Church and Boom", at -29.6006 30.8794
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            staff 1 resolved
                < Update for {1}: Your report is now resolved - please confirm.
            > 👍
                resident wants closed (confirmed)
                < Update for {1}: Your report is now closed.
        "#]],
    );
}

#[test]
fn an_answer_that_comes_too_late_is_explained() {
    check(
        r#"
            > pothole in Long Street
            pin -29.8587 31.0218
            staff 1 resolved
            wait 73h
            > no {1}
            > status
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            staff 1 resolved
                < Update for {1}: Your report is now resolved - please confirm.
            wait 73h
                < Update for {1}: Your report is now closed.
            > no {1}
                resident wants in_progress
                < Update for {1}: Your report is now being worked on.
            > status
                < {1} (roads): being worked on. It should be resolved by 9 March 2026 at 08:00.
        "#]],
    );
}

#[test]
fn a_wish_for_a_ticket_that_has_not_spoken_waits_for_it() {
    check(
        r#"
            > pothole in my road
            & pin -29.8587 31.0218
            > never mind, cancel it
        "#,
        &expect![[r#"
            > pothole in my road
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            & pin -29.8587 31.0218
            > never mind, cancel it
                report en roads medium, place pin, "pothole in my road", at -29.8587 31.0218
                resident wants closed (withdrawn)
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
                < Update for {1}: Your report is now closed.
        "#]],
    );
}

#[test]
fn yes_without_a_question_is_no_place() {
    check(
        r#"
            > pothole in Long Street
            > yes
            > ok
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            > yes
                < We still need the place of your report: please send a location pin (the paperclip or +, then Location).
            > ok
                < We still need the place of your report: please send a location pin (the paperclip or +, then Location).
        "#]],
    );
}

#[test]
fn lower_case_and_spaces_do_not_hide_a_number() {
    check(
        r#"
            > pothole in Long Street
            pin -29.8587 31.0218
            > what about {1 spaced}
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            > what about {1 spaced}
                < {1} (roads): received and under review. It should be resolved by 9 March 2026 at 08:00.
        "#]],
    );
}

#[test]
fn what_the_staff_write_reaches_the_resident() {
    check(
        r#"
            > water pipe burst in our street
            pin -29.8587 31.0218
            staff 1 reply We come at ten, please keep the gate open
            staff 1 in_progress
            > thanks
        "#,
        &expect![[r#"
            > water pipe burst in our street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en water high, place pin, "water pipe burst in our street", at -29.8587 31.0218
                < Thank you. Your report (water) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            staff 1 reply We come at ten, please keep the gate open
                < About your report {1}: We come at ten, please keep the gate open
            staff 1 in_progress
                < Update for {1}: Your report is now being worked on.
            > thanks
                < You are welcome.
        "#]],
    );
}
