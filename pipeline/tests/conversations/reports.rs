//! How a report comes about: words, photos, changes of mind, more words.

use expect_test::expect;

use super::check;

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
fn a_report_that_asks_when_is_a_report() {
    check(
        r#"
            > Good morning. We have had no water since yesterday and there are small children here. When will it be fixed?
            pin -29.8587 31.0218
            > no water still, when will it be fixed?
            > and the street light at the corner, i reported it last week, still dark
            as lindiwe
            pin -29.8587 31.0218
            > Goeie more. Ons het sedert gister geen water nie. Wanneer kom julle?
        "#,
        &expect![[r#"
            > Good morning. We have had no water since yesterday and there are small children here. When will it be fixed?
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en water high, place pin, "Good morning. We have had no water since yesterday and there are small children here. When will it be fixed?", at -29.8587 31.0218
                < Thank you. Your report (water) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            > no water still, when will it be fixed?
                < {1} (water): received and under review. It should be resolved by 9 March 2026 at 08:00.
            > and the street light at the corner, i reported it last week, still dark
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            as lindiwe
            pin -29.8587 31.0218
                < Thank you. What is wrong there? Please write it in one sentence.
            > Goeie more. Ons het sedert gister geen water nie. Wanneer kom julle?
                report af water medium, place pin, "Goeie more. Ons het sedert gister geen water nie. Wanneer kom julle?", at -29.8587 31.0218
                < Dankie. U verslag (water) se nommer is {2}. Dit behoort teen 9 Maart 2026 om 08:00 opgelos te wees.
        "#]],
    );
}

#[test]
fn what_has_become_worse_is_more_of_the_same() {
    check(
        r#"
            > sewage is running down our road from the manhole
            pin -29.8587 31.0218
            > it is worse now, the water is coming into the yard
            as lindiwe
            > indle iyaphuma emgodini igelezele emgwaqweni
            pin -29.8587 31.0218
            > sekuba kubi manje, amanzi asengena egcekeni
        "#,
        &expect![[r#"
            > sewage is running down our road from the manhole
                < Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
            pin -29.8587 31.0218
                report en sanitation high, place pin, "sewage is running down our road from the manhole", at -29.8587 31.0218
                < Thank you. Your report (sanitation) has the number {1}. It should be resolved by 9 March 2026 at 08:00.
            > it is worse now, the water is coming into the yard
                addendum, "it is worse now, the water is coming into the yard"
                < Thank you, we added it to {1}.
            as lindiwe
            > indle iyaphuma emgodini igelezele emgwaqweni
                < Siyabonga. Kukuphi? Sicela uthumele iphini lendawo (cindezela isiqhano noma u-+, bese ukhetha Indawo).
            pin -29.8587 31.0218
                report zu sanitation high, place pin, "indle iyaphuma emgodini igelezele emgwaqweni", at -29.8587 31.0218
                < Siyabonga. Umbiko wakho (indle) unenombolo {2}. Kufanele uxazululwe ngaphambi komhla ka-9 Mashi 2026 ngo-08:00.
            > sekuba kubi manje, amanzi asengena egcekeni
                addendum, "sekuba kubi manje, amanzi asengena egcekeni"
                < Siyabonga, sikufakile ku-{2}.
        "#]],
    );
}
