//! The demo's gazetteer, as residents may write its names.

use expect_test::expect;
use topics::records::editions::PlaceKind;

use super::{answers, demo_places, finds, named};
use crate::rules::gazetteer::{Gazetteer, names};

fn demo() -> Gazetteer {
    Gazetteer::new(demo_places())
}

#[test]
fn a_name_is_found_however_it_is_spelled() {
    expect![[r#"
        water leak in KwaMashu => KwaMashu (ETH)
        water leak in kwamashu => KwaMashu (ETH)
        no lights kwa mashu since yesterday => KwaMashu (ETH)
        KWA-MASHU NO WATER => KwaMashu (ETH)
        manzi aphelile kwaMashu => KwaMashu (ETH)
        ugesi eMlazi awukho => Umlazi (ETH)
        amanzi aphelile emlazi => Umlazi (ETH)
        Umlazi's robots are out => Umlazi (ETH)
        the pipe burst. Umlazi => Umlazi (ETH)
        sihlala eNanda => Inanda (ETH)
        udoti waseMlazi => Umlazi (ETH)
        umgwaqo wasePhoenix => Phoenix (ETH)
        indawo yakwaMashu => KwaMashu (ETH)
        die pyp lek in Kaapstad => Cape Town (CPT)
        geen water in mitchells plein nie => Mitchells Plain (CPT)
        Mitchell’s Plain no power => Mitchells Plain (CPT)
        ha ho metsi ko Thembisa => Tembisa (EKU)
        metsi a dutla mo Katlehong => Katlehong (EKU)
        no electricity eKapa => Cape Town (CPT)
        Eerste Rivier? nee, eersterivier => Eerste River (CPT)
        Idas Välley => Idas Valley (WC024)
    "#]]
    .assert_eq(&finds(
        &demo(),
        &[
            "water leak in KwaMashu",
            "water leak in kwamashu",
            "no lights kwa mashu since yesterday",
            "KWA-MASHU NO WATER",
            "manzi aphelile kwaMashu",
            "ugesi eMlazi awukho",
            "amanzi aphelile emlazi",
            "Umlazi's robots are out",
            "the pipe burst. Umlazi",
            "sihlala eNanda",
            "udoti waseMlazi",
            "umgwaqo wasePhoenix",
            "indawo yakwaMashu",
            "die pyp lek in Kaapstad",
            "geen water in mitchells plein nie",
            "Mitchell’s Plain no power",
            "ha ho metsi ko Thembisa",
            "metsi a dutla mo Katlehong",
            "no electricity eKapa",
            "Eerste Rivier? nee, eersterivier",
            "Idas Välley",
        ],
    ));
}

#[test]
fn the_longest_name_wins_and_a_part_is_kept() {
    expect![[r#"
        KwaMashu section K no water => KwaMashu Section K (ETH)
        no water at K section, KwaMashu => KwaMashu Section K (ETH)
        KwaMashu section L no water => Section L, KwaMashu (ETH)
        uL section kwaMashu => Section L, KwaMashu (ETH)
        Unit 7 Chatsworth, burst pipe => Unit 7, Chatsworth (ETH)
        unit 7 in chatsworth => Unit 7, Chatsworth (ETH)
        Tembisa Ext 5 => Extension 5, Tembisa (EKU)
        X5 Tembisa => Extension 5, Tembisa (EKU)
        Tembisa Extension 12B and nobody comes => Extension 12B, Tembisa (EKU)
        Phase 2 Delft => Phase 2, Delft (CPT)
        Umlazi V Section => Umlazi V Section (ETH)
        Kempton Park and Festival Mall => Festival Mall (EKU)
    "#]]
    .assert_eq(&finds(
        &demo(),
        &[
            "KwaMashu section K no water",
            "no water at K section, KwaMashu",
            "KwaMashu section L no water",
            "uL section kwaMashu",
            "Unit 7 Chatsworth, burst pipe",
            "unit 7 in chatsworth",
            "Tembisa Ext 5",
            "X5 Tembisa",
            "Tembisa Extension 12B and nobody comes",
            "Phase 2 Delft",
            "Umlazi V Section",
            "Kempton Park and Festival Mall",
        ],
    ));
}

#[test]
fn a_place_named_beside_says_which_one_is_meant() {
    expect![[r#"
        KwaMashu, Durban => KwaMashu (ETH)
        in Riverside => Riverside (EKU); Riverside (ETH)
        in Riverside, Durban => Riverside (ETH)
        Riverside near Kempton Park => Riverside (EKU)
        pothole in Kerkstraat => Church Street, Cape Town (CPT); Church Street, Stellenbosch (WC024)
        slaggat in Kerkstraat, Stellenbosch => Church Street, Stellenbosch (WC024)
        Church Street Cape Town => Church Street, Cape Town (CPT)
        Voortrekker Road => Voortrekker Road, Bellville (CPT); Voortrekker Road, Brakpan (EKU)
        Hope, Stellenbosch => Hope (WC024); Stellenbosch (WC024)
        Springs by Brakpan => Springs (EKU); Brakpan (EKU)
        Section K, KwaMashu => KwaMashu Section K (ETH)
        no water at K section kwa mashu => KwaMashu Section K (ETH)
        Voortrekker Rd Brakpan => Voortrekker Road, Brakpan (EKU)
        between Umlazi and Isipingo => Umlazi (ETH); Isipingo (ETH)
        Malandela Road => Malandela Road, KwaMashu (ETH)
        burst pipe Mangosuthu highway umlazi => Mangosuthu Highway, Umlazi (ETH)
    "#]]
    .assert_eq(&finds(
        &demo(),
        &[
            "KwaMashu, Durban",
            "in Riverside",
            "in Riverside, Durban",
            "Riverside near Kempton Park",
            "pothole in Kerkstraat",
            "slaggat in Kerkstraat, Stellenbosch",
            "Church Street Cape Town",
            "Voortrekker Road",
            "Hope, Stellenbosch",
            "Springs by Brakpan",
            "Section K, KwaMashu",
            "no water at K section kwa mashu",
            "Voortrekker Rd Brakpan",
            "between Umlazi and Isipingo",
            "Malandela Road",
            "burst pipe Mangosuthu highway umlazi",
        ],
    ));
}

#[test]
fn one_wrong_letter_is_forgiven_where_a_place_is_meant() {
    expect![[r#"
        no water in Khayelitcha => Khayelitsha (CPT)
        no water in khayelisha => Khayelitsha (CPT)
        no water at Chatswroth => Chatsworth (ETH)
        pothole near Stelenbosch => Stellenbosch (WC024)
        eKatlehon akukho ugesi => Katlehong (EKU)
        Khayelitcha => -
        the chatworth of it => -
        no water in Umlasi => -
        no water in KwaMashu, not Khayelitcha => KwaMashu (ETH)
    "#]]
    .assert_eq(&finds(
        &demo(),
        &[
            "no water in Khayelitcha",
            "no water in khayelisha",
            "no water at Chatswroth",
            "pothole near Stelenbosch",
            "eKatlehon akukho ugesi",
            "Khayelitcha",
            "the chatworth of it",
            "no water in Umlasi",
            "no water in KwaMashu, not Khayelitcha",
        ],
    ));
    expect![[r#"
        Khayelitcha => Khayelitsha (CPT)
        kwamashuu => KwaMashu (ETH)
        tembiza => Tembisa (EKU)
        Katlehonk => Katlehong (EKU)
    "#]]
    .assert_eq(&answers(&demo(), &["Khayelitcha", "kwamashuu", "tembiza", "Katlehonk"]));
}

#[test]
fn ordinary_words_are_names_only_where_a_place_is_meant() {
    expect![[r#"
        we hope you come => -
        Hope is gone => -
        in hope of water => -
        no power in Hope => Hope (WC024)
        ilanga liyashisa => -
        springs of water in the road => -
        the pipe springs a leak => -
        Springs has no water => -
        no water in Springs => Springs (EKU)
        NO WATER IN SPRINGS => -
        Hello eThekwini municipality, no water => -
        my inyanga said so => -
        long street without lights => -
        burst pipe in Durban road => -
        burst pipe in 12 Palm Drive Tembisa => Tembisa (EKU)
        Mrs Delft is here => -
        hole in Long Street => Long Street, Cape Town (CPT)
    "#]]
    .assert_eq(&finds(
        &demo(),
        &[
            "we hope you come",
            "Hope is gone",
            "in hope of water",
            "no power in Hope",
            "ilanga liyashisa",
            "springs of water in the road",
            "the pipe springs a leak",
            "Springs has no water",
            "no water in Springs",
            "NO WATER IN SPRINGS",
            "Hello eThekwini municipality, no water",
            "my inyanga said so",
            "long street without lights",
            "burst pipe in Durban road",
            "burst pipe in 12 Palm Drive Tembisa",
            "Mrs Delft is here",
            "hole in Long Street",
        ],
    ));
    expect![[r#"
        Hope => Hope (WC024)
        hope => Hope (WC024)
        we hope so => -
        in springs => Springs (EKU)
        at langa => Langa (CPT)
        Langa please => Langa (CPT)
    "#]]
    .assert_eq(&answers(&demo(), &["Hope", "hope", "we hope so", "in springs", "at langa", "Langa please"]));
}

#[test]
fn every_name_of_the_demo_is_found_in_the_sentences_of_three_languages() {
    let carriers = [
        "There is no water in {} since yesterday",
        "hi, burst pipe in {}, please send someone",
        "Good morning. The street lights at {} are off again!",
        "pothole near {}",
        "Daar is geen krag in {} nie",
        "Die riool loop oor naby {}, stuur asseblief iemand",
        "More, die vullis te {} is nie gehaal nie.",
        "Amanzi aphelile kwa {} kusukela izolo",
        "Sawubona, sicela usizo: ugesi awukho e {}.",
        "ipayipi liqhumile ngase {} manje",
    ];
    let places = demo_places();
    let gazetteer = demo();
    let mut lost = Vec::new();
    for place in &places {
        for spelling in std::iter::once(&place.name).chain(&place.variants) {
            for carrier in carriers {
                let text = carrier.replace("{}", spelling);
                let found = gazetteer.find(&text);
                let is_found = found.iter().any(|found| {
                    found.name.contains(&place.name) && found.municipality == place.municipality
                });
                if !is_found {
                    lost.push(text);
                }
            }
        }
    }
    assert_eq!(lost, Vec::<String>::new());
}

#[test]
fn a_gazetteer_without_places_finds_nothing_and_odd_texts_do_no_harm() {
    assert!(Gazetteer::default().find("KwaMashu").is_empty());
    let gazetteer = demo();
    for text in
        ["", " ", "''''", "....", "e", "K", "\u{0}\u{FFFD}", "Ж Ω 水 eЖ", "5", "ext", "section", "x5", "'s"]
    {
        assert!(gazetteer.find(text).is_empty() && gazetteer.find_answer(text).is_empty(), "{text:?}");
    }
}

#[test]
fn each_place_of_a_name_is_offered_in_the_order_of_codes() {
    let mut places: Vec<_> = (0..8).map(|number| named(number, "Rietfontein", PlaceKind::Suburb)).collect();
    for (place, code) in places.iter_mut().zip(["A", "B", "C", "D", "E", "F", "G", "H"]) {
        place.municipality = code.parse().unwrap();
    }
    places.reverse();
    let found = Gazetteer::new(places).find("no water in Rietfontein");
    let codes: String = found.iter().map(|place| place.municipality.as_str()).collect();
    assert_eq!(codes, "ABCDEFGH");
}

#[test]
fn a_name_with_one_other_letter_is_near_and_another_is_not() {
    let names = names::Names::new(&[named(0, "Katlehong", PlaceKind::Township)]);
    for near in ["katlehon", "katlehongg", "katlhong", "katlehnog", "kotlehong"] {
        assert_eq!(names.near(near.as_bytes()).len(), 1, "{near}");
    }
    for far in ["katlehong", "batlehong", "katlehno", "katleh0ng", "kotlehon", "katlehongabc"] {
        assert_eq!(names.near(far.as_bytes()).len(), 0, "{far}");
    }
}
