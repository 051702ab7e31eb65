//! Where it is: pins first and last, pins that cannot be, names of places, no place at all.

use expect_test::expect;

use super::check;

#[test]
fn a_pin_first_is_asked_what_is_wrong() {
    check(
        r#"
            pin -29.8587 31.0218 Home, 12 Long Street
            > big pothole
            as lindiwe
            pin -29.8 31.0
            > hello
            > asazi kwenzenjani lapha emgwaqweni
        "#,
        &expect![[r#"
            pin -29.8587 31.0218 Home, 12 Long Street
                < Thank you. What is wrong there? Please write it in one sentence.
            > big pothole
                report en roads medium, place pin, "big pothole", at -29.8587 31.0218, named "Home, 12 Long Street"
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            as lindiwe
            pin -29.8 31.0
                < Thank you. What is wrong there? Please write it in one sentence.
            > hello
                < Thank you. What is wrong there? Please write it in one sentence.
            > asazi kwenzenjani lapha emgwaqweni
                report zu roads medium, place pin, "asazi kwenzenjani lapha emgwaqweni", at -29.8 31
                < Siyabonga. Umbiko wakho (imigwaqo) unenombolo {2}. Kufanele uxazululwe ngaphambi komhla ka-9 Mashi 2026 ngo-08:00.
        "#]],
    );
}

#[test]
fn a_pin_that_cannot_be_is_refused_and_asked_for_again() {
    check(
        r#"
            > burst pipe
            pin 0.0 0.0
            pin 31.0218 -29.8587
            pin 51.5 -0.12
            pin 95 31
            pin here there
            pin -29.8587 31.0218
        "#,
        &expect![[r#"
            > burst pipe
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin 0.0 0.0
                < Your phone sent no position (0, 0). Please switch location on and send the pin again.
            pin 31.0218 -29.8587
                < The pin has latitude and longitude the wrong way round. Please send your location as a WhatsApp pin.
            pin 51.5 -0.12
                < That place is outside South Africa, so no municipality can go there. Please send a pin of the place you mean.
            pin 95 31
                < That is no place on earth. Please send your location as a WhatsApp pin.
            pin here there
                < That is no place on earth. Please send your location as a WhatsApp pin.
            pin -29.8587 31.0218
                report en water high, place pin, "burst pipe", at -29.8587 31.0218
                < Thank you. Your report (water) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
        "#]],
    );
}

#[test]
fn a_place_is_asked_for_again_and_then_a_ticket_is_opened_without_one() {
    check(
        r#"
            > no water in the whole street
            wait 9m
            wait 1m
            wait 49m
            wait 1m
            pin -29.8587 31.0218
            > any news?
        "#,
        &expect![[r#"
            > no water in the whole street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            wait 9m
            wait 1m
                < We still need the place of your report: please send a location pin (the paperclip or +, then Location).
            wait 49m
            wait 1m
                report en water high, place none, "no water in the whole street"
                < Thank you. Your report (water) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
                  We do not know the place yet: please send a location pin.
            pin -29.8587 31.0218
                addendum, at -29.8587 31.0218
                < Thank you, we added the place to {1}.
            > any news?
                < {1} (water): received and under review. It should be resolved by 9 March 2026 at 08:00.
        "#]],
    );
}

#[test]
fn a_pin_that_nobody_explains_is_forgotten() {
    check(
        r#"
            pin -29.8587 31.0218
            wait 60m
            > hello
        "#,
        &expect![[r#"
            pin -29.8587 31.0218
                < Thank you. What is wrong there? Please write it in one sentence.
            wait 60m
                < Thank you. What is wrong there? Please write it in one sentence.
            > hello
                < Hello. Write what is wrong and send a location pin: water, roads, electricity, waste, sanitation or other.
        "#]],
    );
}

#[test]
fn a_place_by_name_leads_to_a_pin() {
    check(
        r#"
            > krag is af
            > in Riebeek-Kasteel
            pin -29.8587 31.0218
        "#,
        &expect![[r#"
            > krag is af
                < Dankie. Waar is dit? Stuur asseblief 'n liggingspen (die skuifspeld of +, dan Ligging).
            > in Riebeek-Kasteel
                < Ons het nog die plek van u verslag nodig: stuur asseblief 'n liggingspen (die skuifspeld of +, dan Ligging).
            pin -29.8587 31.0218
                report af electricity medium, place pin, "krag is af", "in Riebeek-Kasteel", at -29.8587 31.0218, named "in Riebeek-Kasteel"
                < Dankie. U verslag (elektrisiteit) se nommer is {1}. Dit behoort teen 9 Maart 2026 om 08:00 opgelos te wees.
        "#]],
    );
}

#[test]
fn a_municipality_that_is_not_on_board_is_named() {
    check(
        r#"
            > lek by die meter
            pin -33.963 22.4617
        "#,
        &expect![[r#"
            > lek by die meter
                < Dankie. Waar is dit? Stuur asseblief 'n liggingspen (die skuifspeld of +, dan Ligging).
            pin -33.963 22.4617
                report af water medium, place pin, "lek by die meter", at -33.963 22.4617
                < Dankie. U verslag (water) se nommer is {1}. Dit behoort teen 9 Maart 2026 om 08:00 opgelos te wees.
                  Hierdie plek val onder George; dit is dus hulle saak.
        "#]],
    );
}

#[test]
fn words_that_nobody_understood_and_a_place_go_to_people() {
    check(
        r#"
            > the thing by the shop keeps falling over again
            pin -29.8587 31.0218
        "#,
        &expect![[r#"
            > the thing by the shop keeps falling over again
                < We did not understand. Please write what is wrong, for example: "water leak in our street".
            pin -29.8587 31.0218
                report en other medium, place pin, "the thing by the shop keeps falling over again", at -29.8587 31.0218
                < Thank you. Your report (other) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
        "#]],
    );
}
