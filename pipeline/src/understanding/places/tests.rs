//! Tables of what people write and paste, and of what only resembles it.

use proptest::prelude::*;
use topics::values::point::Point;

use super::*;

/// What is found in a text, in words.
fn found(text: &str) -> String {
    let Some(place) = find(text) else { return "nothing".to_owned() };
    let name = place.name.as_ref().map_or_else(String::new, |name| format!(" named {name:?}"));
    let besides = place.besides(text).map_or_else(String::new, |besides| format!(" besides {besides:?}"));
    let spelt = match place.spelling {
        Spelling::Degrees(at) => {
            format!("{} {:.5} {:.5} +-{} m", at.source, at.latitude, at.longitude, at.precision_m)
        }
        Spelling::ShortCode(_) => "short code".to_owned(),
        Spelling::Link => "link".to_owned(),
    };
    format!("{spelt}{name}{besides}")
}

/// A place near Germiston, with this number of decimals.
const THREE: &str = "coordinates -26.33300 28.15200 +-112 m";

#[test]
fn degrees_are_read_in_every_spelling_that_people_paste() {
    for text in [
        "-26.333, 28.152",
        "-26.333,28.152",
        "-26.333 28.152",
        "-26.333; 28.152",
        "-26.333 / 28.152",
        "-26.333\n28.152",
        "-26.333,+28.152",
        "-26.333+028.152",
        "\u{2212}26.333, 28.152",
        "\u{2013}26.333\u{A0}28.152",
        "(-26.333, 28.152)",
        "[-26.333, 28.152]",
        "(-26.333),(28.152)",
        "-26.333%2C28.152",
        "-26.333%2C%2028.152",
        "-26,333 28,152",
        "-26,333; 28,152",
        "-26,333, 28,152",
        "-26,333,28,152",
        "26.333S 28.152E",
        "26.333s 28.152e",
        "26.333S28.152E",
        "26.333 S, 28.152 E",
        "S26.333 E28.152",
        "S 26.333, E 28.152",
        "26,333S 28,152E",
        "26.333S 28.152O",
        "26.333° S, 28.152° E",
        "-26.333°, 28.152°",
        "26.333º suid, 28.152º oos",
        "26.333 south and 28.152 east",
        "28.152E 26.333S",
        "lat -26.333 long 28.152",
        "Lat: -26.333, Long: 28.152",
        "Latitude: -26.333\nLongitude: 28.152",
        "latitude is -26.333 and longitude is 28.152",
        "lat=-26.333&lon=28.152",
        "lon 28.152 lat -26.333",
        "{\"lat\": -26.333, \"lng\": 28.152}",
        "breedtegraad -26.333 lengtegraad 28.152",
        "GPS -26.333 28.152",
        "my location is -26.333, 28.152",
        "GPS coordinates: -26.333, 28.152.",
        "die ligging is -26.333, 28.152",
    ] {
        assert_eq!(found(text), THREE, "{text}");
    }
}

#[test]
fn minutes_and_seconds_are_read() {
    for text in [
        "26°19'58.8\"S 28°09'07.2\"E",
        "26°19\u{2032}58.8\u{2033}S, 28°09\u{2032}07.2\u{2033}E",
        "26°19\u{2019}58.8\u{201D} S 28°09\u{2019}07.2\u{201D} E",
        "26° 19' 58.8'' S 28° 9' 7.2'' E",
        "26º19´58.8\"S 28º09´07.2\"E",
        "S26°19'58.8\" E28°09'07.2\"",
        "S 26 19 58.8 E 28 09 07.2",
        "26 19 58.8 S, 28 09 07.2 E",
        "-26° 19' 58.8\", 28° 9' 7.2\"",
        "26 deg 19 min 58.8 sec south, 28 deg 9 min 7.2 sec east",
        "26°19'58,8\"S 28°09'07,2\"E",
    ] {
        assert_eq!(found(text), "coordinates -26.33300 28.15200 +-4 m", "{text}");
    }
    for text in ["26°19.98'S 28°09.12'E", "S 26 19.98 E 28 09.12", "S26 19.98, E28 09.12"] {
        assert_eq!(found(text), "coordinates -26.33300 28.15200 +-19 m", "{text}");
    }
    assert_eq!(found("26°20'S 28°09'E"), "coordinates -26.33333 28.15000 +-1856 m");
}

#[test]
fn precision_follows_from_the_last_digit() {
    assert_eq!(found("-26.33, 28.15"), "coordinates -26.33000 28.15000 +-1114 m");
    assert_eq!(found("-26.3331, 28.1521"), "coordinates -26.33310 28.15210 +-12 m");
    assert_eq!(found("-26.33312, 28.1521"), "coordinates -26.33312 28.15210 +-12 m");
    assert_eq!(found("-26.3331234, 28.1521234"), "coordinates -26.33312 28.15212 +-1 m");
    assert_eq!(found("-26.33312345678901234567890, 28.1521234"), "coordinates -26.33312 28.15212 +-1 m");
    assert_eq!(found("-26, 28"), "nothing");
    assert_eq!(found("-26.3 28.1"), "nothing");
}

#[test]
fn words_besides_a_place_stay_words() {
    let cases = [
        ("water leak at -26.333, 28.152", "water leak at"),
        ("-26.333, 28.152 water leak", "water leak"),
        ("Big pothole (-26.333, 28.152) since Monday", "Big pothole since Monday"),
        ("ipayipi liqhumile ku -26.333, 28.152", "ipayipi liqhumile ku"),
        ("water leak,GPS: -26.333 28.152, please hurry", "water leak, , please hurry"),
        ("28 Long Street, -26.333, 28.152", "28 Long Street,"),
        ("leak 💧 -26.333, 28.152", "leak 💧"),
    ];
    for (text, besides) in cases {
        assert_eq!(found(text), format!("{THREE} besides {besides:?}"), "{text}");
    }
}

#[test]
fn degrees_that_are_wrong_are_read_as_they_are_spelt() {
    assert_eq!(found("28.152, -26.333"), "coordinates 28.15200 -26.33300 +-112 m");
    assert_eq!(found("26.333 28.152"), "coordinates 26.33300 28.15200 +-112 m");
    assert_eq!(found("51.5074, -0.1278"), "coordinates 51.50740 -0.12780 +-12 m");
    assert_eq!(found("0, 0"), "coordinates 0.00000 0.00000 +-111320 m");
    assert_eq!(found("0.0,0.0"), "coordinates 0.00000 0.00000 +-11132 m");
    assert_eq!(found("lat 123.45 lon 456.78"), "coordinates 123.45000 456.78000 +-1114 m");
    assert_eq!(found("-95.123, 200.456"), "coordinates -95.12300 200.45600 +-112 m");
}

#[test]
fn links_are_read_where_they_have_degrees() {
    for text in [
        "https://maps.google.com/?q=-26.333,28.152",
        "https://www.google.com/maps?q=-26.333,28.152&z=17&hl=en",
        "https://maps.google.co.za/maps?q=loc:-26.333+28.152",
        "https://www.google.com/maps/@-26.333,28.152,17z",
        "https://www.google.com/maps/search/?api=1&query=-26.333%2C28.152",
        "https://www.google.com/maps/search/-26.333,+28.152?entry=tts",
        "https://www.google.com/maps/place/-26.333,28.152/@-26.4,28.2,15z",
        "https://www.google.com/maps/dir/?api=1&origin=-26.1,28.0&destination=-26.333,28.152",
        "https://www.google.com/maps/dir/-26.1,28.0/-26.333,28.152/@-26.2,28.1,12z",
        "https://maps.google.com/maps?ll=-26.333,28.152&z=16",
        "google.com/maps/@-26.333,28.152,17z",
        "https://maps.apple.com/?ll=-26.333,28.152",
        "http://maps.apple.com/?ll=-26.333,28.152&q=Dropped%20Pin&t=m",
        "https://maps.apple.com/?q=-26.333,28.152",
        "https://maps.apple.com/place?coordinate=-26.333,28.152",
        "https://waze.com/ul?ll=-26.333,28.152&navigate=yes",
        "https://www.waze.com/ul?ll=-26.333%2C28.152",
        "https://ul.waze.com/ul?ll=-26.333%2C28.152&navigate=yes",
        "https://www.waze.com/live-map/directions?to=ll.-26.333%2C28.152",
        "https://www.openstreetmap.org/?mlat=-26.333&mlon=28.152#map=17/-26.3/28.1",
        "https://www.openstreetmap.org/#map=17/-26.333/28.152",
        "https://www.openstreetmap.org/node/1#map=17/-26.333/28.152&layers=N",
        "https://www.bing.com/maps?cp=-26.333~28.152&lvl=17",
        "https://wego.here.com/?map=-26.333,28.152,17,normal",
        "geo:-26.333,28.152",
        "geo:0,0?q=-26.333,28.152",
        "(https://maps.google.com/?q=-26.333,28.152).",
        "my location: https://maps.google.com/?q=-26.333,28.152",
    ] {
        let found = found(text);
        assert!(found.starts_with("link -26.33300 28.15200 +-112 m"), "{text}: {found}");
    }
    assert_eq!(found("geo:-26.333,28.152;u=35"), "link -26.33300 28.15200 +-35 m");
    assert_eq!(
        found(
            "https://www.google.com/maps/place/Kwa+Mashu/@-29.74,30.98,14z/\
             data=!4m6!3m5!1s0x0:0x1!8m2!3d-29.7412345!4d30.9812345!16s"
        ),
        "link -29.74123 30.98123 +-1 m named \"Kwa Mashu\""
    );
    assert_eq!(
        found("https://www.google.com/maps/place/26%C2%B019'58.8%22S+28%C2%B009'07.2%22E/@-26.3,28.1,17z"),
        "link -26.33300 28.15200 +-4 m"
    );
    assert_eq!(
        found("pothole https://maps.apple.com/?ll=-26.333,28.152&q=Spar%20Alberton thanks"),
        "link -26.33300 28.15200 +-112 m named \"Spar Alberton\" besides \"pothole thanks\""
    );
    assert_eq!(found("https://maps.google.com/?q=5G5CMX8R%2B2V"), found("https://plus.codes/5G5CMX8R+2V"));
    assert!(
        found("https://plus.codes/5G5CMX8R+2V").starts_with("link -26."),
        "{}",
        found("https://plus.codes/5G5CMX8R+2V")
    );
}

#[test]
fn links_without_degrees_are_known_as_links() {
    for text in [
        "https://maps.app.goo.gl/AbCd1234EfGh",
        "https://goo.gl/maps/AbCd1234",
        "maps.app.goo.gl/AbCd",
        "https://maps.apple/p/1234",
        "https://maps.google.com/?cid=1234567890",
        "https://osm.org/go/k8J--xyz",
        "https://what3words.com/filled.count.soap",
    ] {
        assert_eq!(found(text), "link", "{text}");
    }
    assert_eq!(found("water leak https://maps.app.goo.gl/AbCd"), "link besides \"water leak\"");
    assert_eq!(found("https://maps.google.com/?q=Kwa+Mashu"), "link named \"Kwa Mashu\"");
    for text in
        ["https://www.google.com/search?q=water", "https://example.org/?q=-26.333,28.152x", "www.news24.com"]
    {
        assert_eq!(found(text), "nothing", "{text}");
    }
}

/// The codes and their places are facts of the standard.
#[test]
fn plus_codes_are_read() {
    let cases = [
        ("8FVC9G8F+6X", "plus_code 47.36556 8.52494 +-14 m"),
        ("7FG49QCJ+2VX", "plus_code 20.37011 2.78223 +-4 m"),
        ("8FVC2222+22", "plus_code 47.00006 8.00006 +-14 m"),
        ("4VCPPQGP+Q9", "plus_code -41.27306 174.78594 +-14 m"),
        ("22222222+22", "nothing"),
        ("8fvc9g8f+6x", "plus_code 47.36556 8.52494 +-14 m"),
        ("9G8F+6X", "short code"),
        ("VC9G8F+6X", "short code"),
        ("9G8F+6X Zurich", "short code besides \"Zurich\""),
        ("leak at 9G8F+6X, Zurich", "short code besides \"leak at , Zurich\""),
        ("8FVC0000+", "nothing"),
        ("8F+", "nothing"),
        ("G8F+6X", "nothing"),
        ("9G8F+6", "nothing"),
        ("A9G8F+6X", "nothing"),
        ("9G8F+6Xa", "nothing"),
        ("FVC9G8F+6X", "nothing"),
        ("WXWXWXWX+WX", "nothing"),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn a_short_code_is_the_nearest_to_its_town() {
    let near = |code: &str, latitude: f64, longitude: f64| {
        let Some(SpeltPlace { spelling: Spelling::ShortCode(code), .. }) = find(code) else {
            panic!("{code}")
        };
        let found = code.near(Point { latitude, longitude }).unwrap();
        format!("{:.4} {:.4}", found.latitude, found.longitude)
    };
    assert_eq!(near("9G8F+6X", 47.4, 8.6), "47.3656 8.5249");
    assert_eq!(near("VC9G8F+6X", 47.0, 9.0), "47.3656 8.5249");
    assert_eq!(near("9QCJ+2VX", 51.3701125, -1.217765625), "51.3701 -1.2178");
    // The town lies in the cell beside that of the place.
    assert_eq!(near("9G8F+6X", 46.98, 8.1), "47.3656 8.5249");
    assert_eq!(near("9G8F+6X", 47.1, 7.9), "47.3656 7.5249");
    let everywhere = |latitude: f64, longitude: f64| {
        let Some(SpeltPlace { spelling: Spelling::ShortCode(code), .. }) = find("9G8F+6X") else { panic!() };
        code.near(Point { latitude, longitude })
    };
    for (latitude, longitude) in
        [(f64::NAN, 0.0), (1e300, 0.0), (-91.0, 0.0), (90.0, 180.0), (0.0, f64::INFINITY)]
    {
        let _ = everywhere(latitude, longitude);
    }
}

#[test]
fn what_resembles_degrees_stays_words() {
    for text in [
        "",
        "no water since 4, house 44, call 0821234567",
        "call me on 082 123 4567 or +27 82 123 4567",
        "+27821234567, +27831234567",
        "meter 04512345678 reads 1234.56 and 1235.78",
        "meter 12345678901, 23.50",
        "meter reading 26.33, 28.15 last month",
        "I paid R26.33 and R28.15",
        "I paid R 26.333, 28.152",
        "R120.50, R28.15",
        "balance -350.00 -20.50",
        "-12.50 and -15.75 on my account",
        "2026-11-27, 2026-11-28",
        "27.11.2026 28.11.2026",
        "27/11/2026 08:30",
        "since 26.11 28.11",
        "from 08.30 to 17.00",
        "08.30-17.00",
        "08:30, 17:00",
        "erf 1234, 5678",
        "stand 26.333 phase 28.152",
        "stand no 12, 34 Zone 5",
        "ref 26-333-28-152",
        "tracking 7K2M4P9QX",
        "7K2 M4P 9QX",
        "the hole is 2.5 m x 3.5 m",
        "pipe 26.333 x 28.152 mm",
        "-26.333 28.152 kwh",
        "temperature -2.50, 3.50 today",
        "196.25.1.1, 196.25.1.2",
        "version 1.26.333, 28.152",
        "26 S 28 E",
        "unit 26 S, 28 E block",
        "N1 and N2 highway",
        "corner of R24 and R25",
        "M5 E20 W7",
        "house 26S and 28E",
        "2+2 and 22+33 and 2222+33",
        "A+ b+c 9+9",
        "PO Box 26333, 28152",
        "1234.567 and 2345.678",
        "0, 0 water",
        "0800 123 456, 0860 123 456",
        "9.5.3, 8.4.2",
        "R1,234.56 and 2,345.67",
        "60.5% 70.25%",
        "lat 5, long 10",
        "late 26.33, along 28.15",
    ] {
        assert_eq!(found(text), "nothing", "{text}");
    }
}

#[test]
fn no_message_that_was_written_for_training_spells_a_place() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/understanding/messages");
    let mut texts = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let file = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for text in file.lines().filter_map(|line| line.split('\t').nth(5)) {
            assert_eq!(found(text), "nothing", "{text}");
            texts += 1;
        }
    }
    assert!(texts > 6_000, "{texts}");
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic_and_at_the_ends_of_characters(text in any::<String>()) {
        if let Some(place) = find(&text) {
            prop_assert!(text.get(place.range.clone()).is_some());
            let _ = place.besides(&text);
        }
    }

    #[test]
    fn pieces_of_degrees_are_read_without_a_panic(pieces in proptest::collection::vec(
        prop_oneof![
            Just("-"), Just("26.333"), Just("28,152"), Just("°"), Just("'"), Just("\""), Just("S"), Just("E"),
            Just(" "), Just(", "), Just("lat"), Just("long:"), Just("%2C"), Just("+"), Just("9G8F"),
            Just("6X"), Just("("), Just("é"), Just("https://maps.google.com/?q="), Just("geo:"), Just("!3d"),
            Just("!4d"), Just("@"), Just("%"), Just("/"),
        ],
        0..12,
    )) {
        let text = pieces.concat();
        if let Some(place) = find(&text) {
            prop_assert!(text.get(place.range.clone()).is_some(), "{text}");
        }
    }

    #[test]
    fn degrees_are_read_back_to_the_last_decimal(
        latitude in -35.0..-22.0f64,
        longitude in 16.0..33.0f64,
        decimals in 3usize..8,
    ) {
        let spelt = format!("{latitude:.decimals$}, {longitude:.decimals$}");
        let Some(SpeltPlace { spelling: Spelling::Degrees(at), .. }) = find(&spelt) else {
            return Err(TestCaseError::fail(spelt));
        };
        prop_assert_eq!(format!("{:.decimals$}, {:.decimals$}", at.latitude, at.longitude), spelt);
    }

    #[test]
    fn numbers_of_people_are_no_places(
        number in "[0-9]{4,20}",
        amount in "[0-9]{1,6}\\.[0-9]{2}",
        date in "20[0-9]{2}-[01][0-9]-[0-3][0-9]",
    ) {
        for text in [
            format!("meter {number} reads {amount}"),
            format!("call {number}"),
            format!("R{amount} R{amount}"),
            format!("paid R{amount} on {date}, ref {number}"),
            format!("{date} {date}"),
            format!("stand {number}, {number}"),
        ] {
            prop_assert!(find(&text).is_none(), "{}", text);
        }
    }
}
