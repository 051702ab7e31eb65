//! What the gazetteer finds, and what it leaves alone.

mod demo;
mod real;
mod tables;

use topics::records::editions::{PlaceKind, PlaceName};

use super::{Gazetteer, NamedPlace};

/// The demo's named places, of the file that people import.
pub fn demo_places() -> Vec<PlaceName> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors/data/demo/places.csv");
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().skip(1).map(|line| place(&line.split(',').collect::<Vec<_>>())).collect()
}

fn place(cells: &[&str]) -> PlaceName {
    let [code, name, kind, suburb, latitude, longitude, radius_m, variants] = cells else {
        panic!("{cells:?}")
    };
    PlaceName {
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        variants: variants.split('|').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        kind: kind.parse().unwrap(),
        suburb: Some((*suburb).to_owned()).filter(|suburb| !suburb.is_empty()),
        municipality: code.split('-').next().unwrap().parse().unwrap(),
        point: [longitude.parse().unwrap(), latitude.parse().unwrap()],
        radius_m: radius_m.parse().unwrap(),
    }
}

/// A place of this name in the municipality `ETH`, a tenth of a degree from the next one.
fn named(number: u32, name: &str, kind: PlaceKind) -> PlaceName {
    PlaceName {
        code: format!("p{number:05}"),
        name: name.to_owned(),
        variants: Vec::new(),
        kind,
        suburb: None,
        municipality: "ETH".parse().unwrap(),
        point: [20.0 + f64::from(number % 100) * 0.1, -34.0 + f64::from(number / 100) * 0.05],
        radius_m: 2_000,
    }
}

/// Names and municipalities, in order.
fn shown(found: &[NamedPlace]) -> String {
    let all: Vec<String> =
        found.iter().map(|place| format!("{} ({})", place.name, place.municipality)).collect();
    if all.is_empty() { "-".to_owned() } else { all.join("; ") }
}

/// What is found in each text, a line each.
fn finds(gazetteer: &Gazetteer, texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{text} => {}\n", shown(&gazetteer.find(text)))).collect()
}

fn answers(gazetteer: &Gazetteer, texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{text} => {}\n", shown(&gazetteer.find_answer(text)))).collect()
}
