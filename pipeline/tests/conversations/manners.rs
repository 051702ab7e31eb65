//! How we talk: short, silent where that is wanted, patient with floods, and the same after a crash.

use expect_test::expect;

use super::check;

#[test]
fn stop_is_silence_and_start_ends_it() {
    check(
        r#"
            > pothole in Long Street
            pin -29.8587 31.0218
            > STOP
            staff 1 in_progress
            > status
            > START
            staff 1 resolved
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            > STOP
                < You will get no more messages from us. Write START to get them again.
                < stop
                << stop
            staff 1 in_progress
            > status
            > START
                < start
                < You will get our messages again.
                << start
            staff 1 resolved
                < Update for {1}: Your report is now resolved - please confirm.
        "#]],
    );
}

#[test]
fn who_cannot_be_reached_is_not_written_to_until_they_write() {
    check(
        r#"
            > pothole in Long Street
            pin -29.8587 31.0218
            unreachable
            staff 1 in_progress
            > any news
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            unreachable
            staff 1 in_progress
            > any news
                < start
                < {1} (roads): being worked on. It should be resolved by 9 March 2026 at 08:00.
                << start
        "#]],
    );
}

#[test]
fn greetings_thanks_and_chat_are_answered_shortly() {
    check(
        r#"
            > Sawubona
            > thanks
            > dankie
            > are you a bot
            > ok
            >    
        "#,
        &expect![[r#"
            > Sawubona
                < Sawubona. Bhala ukuthi yini inkinga bese uthumela iphini lendawo: amanzi, imigwaqo, ugesi, udoti, indle noma okunye.
            > thanks
                < You are welcome.
            > dankie
                < Dis 'n plesier.
            > are you a bot
                < This service takes reports for your municipality. Write what is wrong and send a location pin.
            > ok
                < This service takes reports for your municipality. Write what is wrong and send a location pin.
            >
                < This service takes reports for your municipality. Write what is wrong and send a location pin.
        "#]],
    );
}

#[test]
fn voice_photos_without_words_and_unknown_languages_go_to_a_person() {
    check(
        r#"
            photo audio/ogg
            photo image/jpeg
            > Boa tarde, faz tres dias que nao temos luz
            > qwertz uiop asdf
        "#,
        &expect![[r#"
            photo audio/ogg
                unscreened: voice
                < We cannot read that. Please write in one sentence what is wrong.
            photo image/jpeg
                unscreened: no_words
                < We cannot read that. Please write in one sentence what is wrong.
            > Boa tarde, faz tres dias que nao temos luz
                unscreened: unknown_language
                < We did not understand. Please write what is wrong, for example: "water leak in our street".
            > qwertz uiop asdf
                unscreened: unknown_language
                < We did not understand. Please write what is wrong, for example: "water leak in our street".
        "#]],
    );
}

#[test]
fn a_flood_is_heard_but_not_answered_word_for_word() {
    check(
        r#"
            > pothole in Long Street
            pin -29.8587 31.0218
            > it is really bad number 1 of many
            > it is really bad number 2 of many
            > it is really bad number 3 of many
            > it is really bad number 4 of many
            > it is really bad number 5 of many
            > it is really bad number 6 of many
            > it is really bad number 7 of many
            > it is really bad number 8 of many
            > it is really bad number 9 of many
            > it is really bad number 10 of many
            > it is really bad number 11 of many
            > it is really bad number 12 of many
            > it is really bad number 13 of many
            wait 1m
            > any news
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            > it is really bad number 1 of many
                addendum, "it is really bad number 1 of many"
                < Thank you, we added it to {1}.
            > it is really bad number 2 of many
                addendum, "it is really bad number 2 of many"
                < Thank you, we added it to {1}.
            > it is really bad number 3 of many
                addendum, "it is really bad number 3 of many"
                < Thank you, we added it to {1}.
            > it is really bad number 4 of many
                addendum, "it is really bad number 4 of many"
                < Thank you, we added it to {1}.
            > it is really bad number 5 of many
                addendum, "it is really bad number 5 of many"
                < Thank you, we added it to {1}.
            > it is really bad number 6 of many
                addendum, "it is really bad number 6 of many"
                < Thank you, we added it to {1}.
            > it is really bad number 7 of many
                addendum, "it is really bad number 7 of many"
                < Thank you, we added it to {1}.
            > it is really bad number 8 of many
                addendum, "it is really bad number 8 of many"
                < Thank you, we added it to {1}.
            > it is really bad number 9 of many
                addendum, "it is really bad number 9 of many"
                < You write faster than we can answer. We keep all that you send and answer a little later.
            > it is really bad number 10 of many
                addendum, "it is really bad number 10 of many"
            > it is really bad number 11 of many
                addendum, "it is really bad number 11 of many"
            > it is really bad number 12 of many
                addendum, "it is really bad number 12 of many"
            > it is really bad number 13 of many
                addendum, "it is really bad number 13 of many"
            wait 1m
            > any news
                < {1} (roads): received and under review. It should be resolved by 9 March 2026 at 08:00.
        "#]],
    );
}

#[test]
fn crashes_change_nothing() {
    check(
        r#"
            > pothole in Long Street
            crash
            pin -29.8587 31.0218
            crash
            staff 1 resolved
            crash
            > i dont feel safe at home
            crash
            wait 31m
            crash
            > my husband beats me
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            crash
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            crash
            staff 1 resolved
                < Update for {1}: Your report is now resolved - please confirm.
            crash
            > i dont feel safe at home
                << If you need help now you can call police 10111, 0800 428 428. What is your message about? Reply 1 for a municipal problem, 2 for something private.
            crash
            wait 31m
                protected report en, unconfirmed, "i dont feel safe at home"
            crash
            > my husband beats me
                protected addendum, "my husband beats me"
                << You can call at any hour: police 10111, 0800 428 428. You can go on writing here. For a municipal problem reply 1.
        "#]],
    );
}

#[test]
fn an_idle_conversation_is_forgotten_and_starts_anew() {
    check(
        r#"
            > hello
            wait 91d
            > hello
        "#,
        &expect![[r#"
            > hello
                < Hello. Write what is wrong and send a location pin: water, roads, electricity, waste, sanitation or other.
            wait 91d
            > hello
                < Hello. Write what is wrong and send a location pin: water, roads, electricity, waste, sanitation or other.
        "#]],
    );
}
