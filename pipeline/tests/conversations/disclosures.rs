//! Violence is told to the police alone: in every turn, in doubt, in silence.

use expect_test::expect;

use super::check;

#[test]
fn a_disclosure_goes_to_the_police_alone() {
    check(
        r#"
            > my husband beats me every night
            > he has a gun
            pin -29.8587 31.0218
            photo audio/ogg
            > yes
            wait 60m
            > pothole in Long Street
            pin -29.8587 31.0218
        "#,
        &expect![[r#"
            > my husband beats me every night
                protected report en, "my husband beats me every night"
                << You can call at any hour: police 10111, 0800 428 428. You can go on writing here. For a municipal problem reply 1.
            > he has a gun
                protected addendum, "he has a gun"
            pin -29.8587 31.0218
                protected addendum, at -29.8587 31.0218
            photo audio/ogg
                protected addendum, 1 file(s)
            > yes
                protected addendum, "yes"
            wait 60m
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 09:00.
        "#]],
    );
}

#[test]
fn a_disclosure_in_the_middle_leaves_what_came_before_municipal() {
    check(
        r#"
            > water leak in our street
            > my man slaan my ook elke naweek
            pin -29.8587 31.0218
            wait 61m
            > any news
        "#,
        &expect![[r#"
            > water leak in our street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            > my man slaan my ook elke naweek
                protected report af, "my man slaan my ook elke naweek"
                << U kan enige tyd bel: polisie 10111, 0800 428 428. U kan hier verder skryf. Vir 'n munisipale probleem, antwoord 1.
            pin -29.8587 31.0218
                protected addendum, at -29.8587 31.0218
            wait 61m
                report en water medium, place none, "water leak in our street"
                < We still need the place of your report: please send a location pin (the paperclip or +, then Location).
                < Thank you. Your report (water) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
                  We do not know the place yet: please send a location pin.
            > any news
                < {1} (water): received and under review. It should be resolved by 9 March 2026 at 08:00.
        "#]],
    );
}

#[test]
fn a_disclosure_in_isizulu_is_answered_in_isizulu() {
    check(
        r#"
            > umyeni wami uyangishaya
            > 1
            > amanzi ayavuza emgwaqweni
            pin -29.8587 31.0218
        "#,
        &expect![[r#"
            > umyeni wami uyangishaya
                protected report zu, "umyeni wami uyangishaya"
                << Ungashayela noma nini: amaphoyisa 10111, 0800 428 428. Ungaqhubeka ubhale lapha. Uma kuyinkinga kamasipala phendula ngo-1.
            > 1
                < Siyabonga. Yini inkinga lapho? Sicela uyibhale ngomusho owodwa.
            > amanzi ayavuza emgwaqweni
                < Siyabonga. Kukuphi? Sicela uthumele iphini lendawo (cindezela isiqhano noma u-+, bese ukhetha Indawo).
            pin -29.8587 31.0218
                report zu water medium, place pin, "amanzi ayavuza emgwaqweni", at -29.8587 31.0218
                < Siyabonga. Umbiko wakho (amanzi) unenombolo {1}. Kufanele uxazululwe ngaphambi komhla ka-9 Mashi 2026 ngo-08:00.
        "#]],
    );
}

#[test]
fn a_disclosure_after_the_ticket_is_no_addendum() {
    check(
        r#"
            > pothole in Long Street
            pin -29.8587 31.0218
            staff 1 resolved
            > yes fixed but my husband hits me
            wait 61m
            photo image/jpeg look what he did to my face
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            staff 1 resolved
                < Update for {1}: Your report is now resolved - please confirm.
            > yes fixed but my husband hits me
                protected report en, "yes fixed but my husband hits me"
                << You can call at any hour: police 10111, 0800 428 428. You can go on writing here. For a municipal problem reply 1.
            wait 61m
            photo image/jpeg look what he did to my face
                protected report en, "look what he did to my face", 1 file(s)
                << You can call at any hour: police 10111, 0800 428 428. You can go on writing here. For a municipal problem reply 1.
        "#]],
    );
}

#[test]
fn a_disclosure_on_a_button_or_a_label_is_one() {
    check(
        r#"
            button yes | he raped me
            as lindiwe
            pin -29.8587 31.0218 Shelter, my husband beats me here
        "#,
        &expect![[r#"
            button yes | he raped me
                protected report en, "he raped me"
                << You can call at any hour: police 10111, 0800 428 428. You can go on writing here. For a municipal problem reply 1.
            as lindiwe
            pin -29.8587 31.0218 Shelter, my husband beats me here
                protected report en, at -29.8587 31.0218, named "Shelter, my husband beats me here"
                << You can call at any hour: police 10111, 0800 428 428. You can go on writing here. For a municipal problem reply 1.
        "#]],
    );
}

#[test]
fn doubt_asks_and_one_is_municipal_from_then_on() {
    check(
        r#"
            > i dont feel safe at home
            > 1
            > streetlight is out
            pin -29.8587 31.0218
        "#,
        &expect![[r#"
            > i dont feel safe at home
                << If you need help now you can call police 10111, 0800 428 428. What is your message about? Reply 1 for a municipal problem, 2 for something private.
            > 1
                < Thank you. What is wrong there? Please write it in one sentence.
            > streetlight is out
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en electricity medium, place pin, "streetlight is out", at -29.8587 31.0218
                < Thank you. Your report (electricity) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
        "#]],
    );
}

#[test]
fn doubt_asks_and_two_is_private() {
    check(
        r#"
            > things at home are not ok
            > what do you mean
            > 2
            > he took my phone
        "#,
        &expect![[r#"
            > things at home are not ok
                << If you need help now you can call police 10111, 0800 428 428. What is your message about? Reply 1 for a municipal problem, 2 for something private.
            > what do you mean
                << If you need help now you can call police 10111, 0800 428 428. What is your message about? Reply 1 for a municipal problem, 2 for something private.
            > 2
                protected report en, unconfirmed, "things at home are not ok", "what do you mean"
                << You can call at any hour: police 10111, 0800 428 428. You can go on writing here. For a municipal problem reply 1.
            > he took my phone
                protected addendum, "he took my phone"
        "#]],
    );
}

#[test]
fn doubt_asks_and_silence_is_private() {
    check(
        r#"
            > ek is bang vir my man
            pin -29.8587 31.0218
            wait 29m
            wait 1m
            > dankie
        "#,
        &expect![[r#"
            > ek is bang vir my man
                << As u nou hulp nodig het, kan u polisie 10111, 0800 428 428 bel. Waaroor gaan u boodskap? Antwoord 1 vir 'n munisipale probleem, 2 vir iets privaats.
            pin -29.8587 31.0218
                << As u nou hulp nodig het, kan u polisie 10111, 0800 428 428 bel. Waaroor gaan u boodskap? Antwoord 1 vir 'n munisipale probleem, 2 vir iets privaats.
            wait 29m
            wait 1m
                protected report af, unconfirmed, "ek is bang vir my man", at -29.8587 31.0218
            > dankie
                protected addendum, "dankie"
        "#]],
    );
}

#[test]
fn doubt_that_becomes_certain_is_one_report() {
    check(
        r#"
            > can i talk to a woman please its private
            > my boyfriend strangled me
        "#,
        &expect![[r#"
            > can i talk to a woman please its private
                << If you need help now you can call police 10111, 0800 428 428. What is your message about? Reply 1 for a municipal problem, 2 for something private.
            > my boyfriend strangled me
                protected report en, "can i talk to a woman please its private", "my boyfriend strangled me"
                << You can call at any hour: police 10111, 0800 428 428. You can go on writing here. For a municipal problem reply 1.
        "#]],
    );
}

#[test]
fn help_comes_in_spite_of_stop() {
    check(
        r#"
            > STOP
            > my husband beats me
        "#,
        &expect![[r#"
            > STOP
                < You will get no more messages from us. Write START to get them again.
                < stop
                << stop
            > my husband beats me
                protected report en, "my husband beats me"
                << You can call at any hour: police 10111, 0800 428 428. You can go on writing here. For a municipal problem reply 1.
        "#]],
    );
}
