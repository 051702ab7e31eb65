//! Golden conversations on virtual time: what a resident writes, and all that follows. See `script` for how to read them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod script;

use expect_test::{Expect, expect};
use script::Script;

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&Script::new().play(script));
}

#[test]
fn a_report_without_a_place_asks_for_a_pin_and_becomes_a_ticket() {
    check(
        r#"
            > water pipe burst in our street, its flooding the pavement
            pin -29.8587 31.0218
            staff 1 in_progress
            staff 1 resolved
            > yes thanks
        "#,
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

#[test]
fn a_report_in_isizulu_goes_to_the_end_in_isizulu() {
    check(
        r#"
            > Sanibona, i-water meter yethu iyavuza
            pin -29.9672 30.8833
            staff 1 in_progress
            staff 1 resolved
            > yebo
        "#,
        &expect![[r#"
            > Sanibona, i-water meter yethu iyavuza
                < Siyabonga. Kukuphi? Sicela uthumele iphini lendawo (cindezela isiqhano noma u-+, bese ukhetha Indawo).
            pin -29.9672 30.8833
                report zu water medium, place pin, "Sanibona, i-water meter yethu iyavuza", at -29.9672 30.8833
                < Siyabonga. Umbiko wakho (amanzi) unenombolo {1}. Kufanele uxazululwe ngaphambi komhla ka-9 Mashi 2026 ngo-08:00.
            staff 1 in_progress
                < Isibuyekezo se-{1}: Umbiko wakho manje kuyasebenzelwa.
            staff 1 resolved
                < Isibuyekezo se-{1}: Umbiko wakho manje ixazululiwe - sicela uqinisekise.
            > yebo
                resident wants closed (confirmed)
                < Isibuyekezo se-{1}: Umbiko wakho manje ivaliwe.
        "#]],
    );
}

#[test]
fn a_report_in_afrikaans_that_is_not_resolved_goes_on() {
    check(
        r#"
            > die straatligte in ons blok is al twee weke af
            pin -29.9 31.0
            staff 1 resolved
            > nee nog steeds donker
            staff 1 resolved
            > ja
            > baie dankie julle
        "#,
        &expect![[r#"
            > die straatligte in ons blok is al twee weke af
                < Dankie. Waar is dit? Stuur asseblief 'n liggingspen (die skuifspeld of +, dan Ligging).
            pin -29.9 31.0
                report af electricity high, place pin, "die straatligte in ons blok is al twee weke af", at -29.9 31
                < Dankie. U verslag (elektrisiteit) se nommer is {1}. Dit behoort teen 9 Maart 2026 om 08:00 opgelos te wees.
            staff 1 resolved
                < Opdatering vir {1}: U verslag is nou opgelos - bevestig asseblief.
            > nee nog steeds donker
                resident wants in_progress
                < Opdatering vir {1}: U verslag is nou word aan gewerk.
            staff 1 resolved
                < Opdatering vir {1}: U verslag is nou opgelos - bevestig asseblief.
            > ja
                resident wants closed (confirmed)
                < Opdatering vir {1}: U verslag is nou gesluit.
            > baie dankie julle
                < Dis 'n plesier.
        "#]],
    );
}

#[test]
fn another_official_language_is_answered_in_english() {
    check(
        r#"
            > Ga go na metsi mo motseng
            > enkosi kakhulu
        "#,
        &expect![[r#"
            > Ga go na metsi mo motseng
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            > enkosi kakhulu
                < We still need the place of your report: please send a location pin (the paperclip or +, then Location).
        "#]],
    );
}

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
fn a_caption_and_a_photo_are_one_report() {
    check(
        r#"
            photo image/jpeg pothole in Main Road
            photo image/jpeg
            pin -29.8587 31.0218
            photo image/jpeg
            > it is getting bigger every day please
            > the pothole has burst two tyres
        "#,
        &expect![[r#"
            photo image/jpeg pothole in Main Road
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            photo image/jpeg
                < We still need the place of your report: please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Main Road", 2 file(s), at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            photo image/jpeg
                addendum, 1 file(s)
                < Thank you, we added it to {1}.
            > it is getting bigger every day please
                addendum, "it is getting bigger every day please"
                < Thank you, we added it to {1}.
            > the pothole has burst two tyres
                addendum, "the pothole has burst two tyres"
                < Thank you, we added it to {1}.
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
fn a_change_of_mind_cancels_what_waits() {
    check(
        r#"
            > pothole in my road
            > sorry wrong, never mind its fixed
            pin -29.8587 31.0218
        "#,
        &expect![[r#"
            > pothole in my road
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            > sorry wrong, never mind its fixed
                < Your report is cancelled. Thank you for telling us.
            pin -29.8587 31.0218
                < Thank you. What is wrong there? Please write it in one sentence.
        "#]],
    );
}

#[test]
fn a_ticket_can_be_taken_back() {
    check(
        r#"
            > pothole in my road
            pin -29.8587 31.0218
            > please cancel my report
            > never mind
        "#,
        &expect![[r#"
            > pothole in my road
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in my road", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            > please cancel my report
                resident wants closed (withdrawn)
                < Update for {1}: Your report is now closed.
            > never mind
                < None of your reports waits for an answer. Write what is wrong to report something new.
        "#]],
    );
}

#[test]
fn critical_matters_begin_with_emergency_numbers() {
    check(
        r#"
            > live wire hanging over the creche, sparks everywhere
            pin -29.8587 31.0218
            as lindiwe
            > kunezintambo ezilengayo phezu kwendlu yami, zikhipha izinhlansi
        "#,
        &expect![[r#"
            > live wire hanging over the creche, sparks everywhere
                < In danger now? Call police 10111, fire and ambulance 112.
                  Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en electricity critical, place pin, "live wire hanging over the creche, sparks everywhere", at -29.8587 31.0218
                < In danger now? Call police 10111, fire and ambulance 112.
                  Thank you. Your report (electricity) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            as lindiwe
            > kunezintambo ezilengayo phezu kwendlu yami, zikhipha izinhlansi
                < Usengozini manje? Shayela amaphoyisa 10111, abacisha umlilo ne-ambulensi 112.
                  Siyabonga. Kukuphi? Sicela uthumele iphini lendawo (cindezela isiqhano noma u-+, bese ukhetha Indawo).
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
                < Dankie. U verslag (water) se nommer is {1}. Dit behoort teen 9 Maart 2026 om 08:00 opgelos te wees.
                  Ons ken nog nie die plek nie: stuur asseblief 'n liggingspen.
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
fn a_report_that_names_its_ticket_adds_to_it_or_goes_on_with_it() {
    check(
        r#"
            > pothole in Long Street
            pin -29.8587 31.0218
            wait 2d
            > pothole {1} is much deeper now
            staff 1 resolved
            > the pothole of {1} was filled with sand and is open again
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            wait 2d
                < Update for {1}: Your report is now escalated to senior team.
            > pothole {1} is much deeper now
                addendum, "pothole {1} is much deeper now"
                < Thank you, we added it to {1}.
            staff 1 resolved
                < Update for {1}: Your report is now resolved - please confirm.
            > the pothole of {1} was filled with sand and is open again
                addendum, "the pothole of {1} was filled with sand and is open again"
                resident wants in_progress
                < Update for {1}: Your report is now being worked on.
                < Thank you, we added it to {1}.
        "#]],
    );
}

#[test]
fn a_ticket_closed_too_long_ago_is_referred_to_by_a_new_one() {
    check(
        r#"
            > pothole in Long Street
            pin -29.8587 31.0218
            staff 1 closed
            wait 15d
            > no {1}
            > pothole in Long Street again
            pin -29.8587 31.0218
        "#,
        &expect![[r#"
            > pothole in Long Street
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            staff 1 closed
                < Update for {1}: Your report is now closed.
            wait 15d
            > no {1}
                resident wants in_progress
                < That report was closed too long ago to go on with. Please report it again.
            > pothole in Long Street again
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en roads medium, place pin, "pothole in Long Street again", at -29.8587 31.0218
                < Thank you. Your report (roads) has the number {2}. It should be resolved by 24 March 2026 at 08:00.
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
fn words_that_nobody_knows_to_be_a_matter_are_asked_about() {
    check(
        r#"
            > kanti niyasebenza yini nina
            > the goats are eating all our mealies here
            > the goats of somebody are in our garden
            pin -29.8587 31.0218
        "#,
        &expect![[r#"
            > kanti niyasebenza yini nina
                < Le nsizakalo yamukela imibiko kamasipala wakho. Bhala ukuthi yini inkinga bese uthumela iphini lendawo.
            > the goats are eating all our mealies here
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            > the goats of somebody are in our garden
                < We still need the place of your report: please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en other medium, place pin, "the goats are eating all our mealies here", "the goats of somebody are in our garden", at -29.8587 31.0218
                < Thank you. Your report (other) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
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
