//! Many names, and texts that name none of them: false finds, and speed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use topics::records::editions::{PlaceKind, PlaceName};

use super::{demo_places, named};
use crate::rules::gazetteer::Gazetteer;

/// The postal codes of GeoNames, with a place name and a point each.
const POSTAL: &str = "shared/data/geonames_postal_ZA.txt";

fn postal() -> Option<String> {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = folders.find_map(|folder| Some(folder.join(POSTAL)).filter(|path| path.exists()));
    match found {
        Some(path) => Some(fs::read_to_string(path).unwrap()),
        None => {
            eprintln!("SKIPPED: no {POSTAL} beside the repository");
            None
        }
    }
}

/// A place for each name and point of the postal codes, in a municipality for each degree.
fn postal_places(text: &str) -> Vec<PlaceName> {
    let mut places: BTreeMap<(String, String), PlaceName> = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let latitude: f64 = cells[9].parse().unwrap();
        let longitude: f64 = cells[10].parse().unwrap();
        let key = (cells[2].to_owned(), format!("{} {}", cells[9], cells[10]));
        places.entry(key).or_insert_with(|| PlaceName {
            code: format!("{}@{}", cells[2], cells[1]),
            municipality: format!("M{}.{}", longitude.floor(), -latitude.floor()).parse().unwrap(),
            point: [longitude, latitude],
            radius_m: 5_000,
            ..named(0, cells[2], PlaceKind::Suburb)
        });
    }
    places.into_values().collect()
}

/// The labelled messages of the repository: text, and whether it is of another kind than a municipal report.
fn messages() -> Vec<String> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("understanding/messages");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut texts = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "tsv")) {
        let text = fs::read_to_string(file).unwrap();
        let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
        texts.extend(rows.filter_map(|row| Some(row.split('\t').nth(5)?.to_owned())));
    }
    assert!(texts.len() > 5_000, "{}", texts.len());
    texts
}

#[test]
fn the_names_of_the_postal_codes_are_found_and_most_are_of_one_place() {
    let Some(text) = postal() else { return };
    let places = postal_places(&text);
    let gazetteer = Gazetteer::new(places.clone());
    let names: BTreeSet<&str> = places.iter().map(|place| place.name.as_str()).collect();
    let found_in = |carrier: &str, name: &&&str| {
        let found = gazetteer.find(&carrier.replace("{}", name));
        found.iter().any(|place| place.name.as_str() == **name)
    };
    let found = names.iter().filter(|name| found_in("no water in {}", name)).count();
    let bare = names.iter().filter(|name| found_in("{} has no water", name)).count();
    let single =
        names.iter().filter(|name| gazetteer.find(&format!("no water in {name}")).len() == 1).count();
    println!(
        "{} places of {} names: found {found}, without a word before them {bare}, of one place {single}",
        places.len(),
        names.len()
    );
    assert!(found * 1000 >= names.len() * 995, "{found} of {}", names.len());
    assert!(bare * 100 >= names.len() * 90, "{bare} of {}", names.len());
    assert!(single * 100 >= names.len() * 80, "{single} of {}", names.len());
}

/// Prints every find, for people who look for false ones:
/// `cargo test -p pipeline --lib gazetteer::tests::real::print -- --ignored --nocapture`.
#[test]
#[ignore = "for people to read"]
fn print_what_is_found_in_the_messages() {
    let mut places = demo_places();
    places.extend(postal().map(|text| postal_places(&text)).unwrap_or_default());
    let gazetteer = Gazetteer::new(places);
    let texts = messages();
    let mut count = 0;
    for text in &texts {
        let found: BTreeSet<String> = gazetteer.find(text).into_iter().map(|place| place.name).collect();
        if !found.is_empty() {
            count += 1;
            println!("{found:?}\t{text}");
        }
    }
    println!("{count} of {} messages", texts.len());
}

/// Prints the time for a message with 20,000 names.
#[test]
#[ignore = "a measurement"]
fn print_how_long_a_message_takes() {
    let syllables = ["ka", "mo", "thu", "lwa", "ndi", "berg", "fon", "tein", "vil", "hla", "zi", "que"];
    let name = |number: usize| {
        let mut rest = number * 7_919 + 13;
        let mut name = String::new();
        for _ in 0..4 {
            name.push_str(syllables[rest % syllables.len()]);
            rest /= syllables.len();
        }
        name
    };
    let mut places = demo_places();
    places.extend(
        (0..20_000).map(|number| named(u32::try_from(number).unwrap(), &name(number), PlaceKind::Suburb)),
    );
    let started = std::time::Instant::now();
    let gazetteer = Gazetteer::new(places);
    println!("built in {:?}", started.elapsed());
    let texts = messages();
    println!("{:?} a message", least(&texts, |text| gazetteer.find(text).len()));
    println!("{:?} an answer", least(&texts, |text| gazetteer.find_answer(text).len()));
}

/// The time that a text takes on average, in the fastest of several rounds.
fn least(texts: &[String], find: impl Fn(&str) -> usize) -> std::time::Duration {
    let round = || {
        let started = std::time::Instant::now();
        let found: usize = texts.iter().map(|text| find(text)).sum();
        assert!(found > 0);
        started.elapsed()
    };
    let fastest = (0..50).map(|_| round()).min().unwrap();
    fastest / u32::try_from(texts.len()).unwrap()
}
