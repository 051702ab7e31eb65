//! Files of places as they come.

use std::collections::BTreeMap;

use super::super::forms::of_variants;
use crate::postgis::reference::import::Table;
use crate::postgis::reference::import::rows::Rows;

fn read(ending: &str, text: &str) -> Result<Rows, String> {
    super::read(Table::Places.definition(), ending, text.as_bytes(), &BTreeMap::new())
}

fn values(rows: &Rows, column: &str) -> Vec<Option<String>> {
    let place = rows.table.columns.iter().position(|known| known.name == column).unwrap();
    rows.rows.iter().map(|row| row.values[place].clone()).collect()
}

fn complaints(text: &str) -> Vec<String> {
    read("csv", text).map_or_else(|flaw| vec![flaw], |rows| rows.complaints.in_order())
}

#[test]
fn a_sheet_of_places_is_read_as_spreadsheets_write_it() {
    let text = "\u{feff}Name;Kind;Lat;Lon;Variants\r\n\r\nKwaMashu;Township;-29,745;30,985;\"Kwa Mashu; Mashu\"\r\n;;;;\r\n";
    let rows = read("csv", text).unwrap();
    assert!(rows.complaints.none());
    assert_eq!(values(&rows, "code"), [Some("kwamashu.township@".to_owned())]);
    assert_eq!(values(&rows, "point"), [Some("SRID=4326;POINT(30.985 -29.745)".to_owned())]);
    assert_eq!(values(&rows, "variants"), [Some("{\"Kwa Mashu\",\"Mashu\"}".to_owned())]);
    assert_eq!(of_variants(&values(&rows, "variants")[0].clone().unwrap()), ["Kwa Mashu", "Mashu"]);
}

#[test]
fn every_bad_place_is_named_with_what_would_be_right() {
    let text = "code,name,kind,latitude,longitude,radius_m\n\
                A,Umlazi,township,30.885,-29.968,100\n\
                B,Umlazi,township,29.968,30.885,100\n\
                C,Umlazi,township,51.5,-0.1,100\n\
                D,,planet,x,,0\n\
                A,Inanda,township,-29.69,30.94,100\n\
                E@,Inanda,township,-29.69,30.94,100\n";
    assert_eq!(
        complaints(text),
        [
            "line 2 (A): its point (latitude 30.885, longitude -29.968) is outside of South Africa; latitude \
             and longitude look swapped",
            "line 3 (B): its point (latitude 29.968, longitude 30.885) is outside of South Africa; a sign \
             looks wrong: South Africa has negative latitudes and positive longitudes",
            "line 4 (C): its point (latitude 51.5, longitude -0.1) is outside of South Africa; correct its \
             degrees (WGS84)",
            "line 5 (D): `name` is missing: fill it in",
            "line 5 (D): `kind` is `planet`; it must be one of: suburb, township, village, town, street, \
             landmark",
            "line 5 (D): `latitude` is `x`; it must be degrees such as -29.7451; `longitude` is missing: \
             fill it in",
            "line 5 (D): `radius_m` is `0`; it must be a whole number of metres from 1 to 50000",
            "line 6 (A): the same `code` as line 2 (A): keep one of them",
            "line 7 (E@): `code` is `E@`; it must be at most 60 letters, digits, '_', '.' or '-'",
        ]
    );
    assert!(complaints("code,title\nA,B\n")[0].contains("the column `name` is missing"));
}

#[test]
fn postal_codes_become_a_place_for_each_name_and_point() {
    let line = |postal: &str, name: &str, latitude: &str| {
        format!("ZA\t{postal}\t{name}\t\t\t\t\t\t\t{latitude}\t28.2294\t4\n")
    };
    let text = format!(
        "{}{}\n{}{}NA\t1\tWindhoek\t\t\t\t\t\t\t-22.5\t17.0\t\nZA\t1\n",
        line("0002", "Pretoria", "-25.7069"),
        line("0003", "Pretoria", "-25.7069"),
        line("0008", "Atteridgeville", "-25.7728"),
        line("0100", "Pretoria", "-25.8"),
    );
    let rows = read("txt", &text).unwrap();
    assert_eq!(
        values(&rows, "code")[..3],
        ["0002.pretoria", "0008.atteridgeville", "0100.pretoria"].map(|code| Some(code.to_owned()))
    );
    assert_eq!(rows.remarks, ["1 more postal codes of the same names and points"]);
    let complaints = rows.complaints.in_order().join("\n");
    assert!(complaints.contains("line 6 (1 Windhoek): its country is `NA`"), "{complaints}");
    assert!(complaints.contains("line 7: it has 2 cells"), "{complaints}");
}

#[test]
fn a_file_of_points_is_read_and_other_shapes_are_refused() {
    let file = r#"{"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": "Inanda", "variants": ["eNanda", "Nanda"], "radius_m": 3000}, "geometry": {"type": "Point", "coordinates": [30.94, -29.69]}},
        {"type": "Feature", "properties": {"name": "B"}, "geometry": {"type": "Polygon", "coordinates": []}},
        {"type": "Feature", "properties": {"name": "C"}, "geometry": {"type": "Point", "coordinates": [-29.69, 30.94]}},
        {"type": "Feature", "properties": {"name": "D"}, "geometry": null}
    ]}"#;
    let rows = read("geojson", file).unwrap();
    assert_eq!(values(&rows, "code")[0].as_deref(), Some("inanda.suburb@"));
    assert_eq!(values(&rows, "variants")[0].as_deref(), Some("{\"eNanda\",\"Nanda\"}"));
    let complaints = rows.complaints.in_order();
    assert_eq!(complaints.len(), 3, "{complaints:?}");
    assert!(complaints[0].contains("it is a Polygon: it must be a Point"));
    assert!(complaints[1].contains("look swapped") && complaints[2].contains("it has no geometry"));
    assert!(
        read("json", r#"{"type": "FeatureCollection", "features": []}"#).unwrap_err().contains("no features")
    );
}

#[test]
fn what_a_place_has_twice_is_refused() {
    let csv = "name,lat,latitude,lng\nA,-29.7,-29.8,30.9\n";
    let said = complaints(csv);
    assert_eq!(said, ["line 2 (A): the columns `latitude` and `lat` are the same: keep one of them"]);
    let file = r#"{"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": "Inanda", "name": "Nanda"}, "geometry": {"type": "Point", "coordinates": [30.94, -29.69]}},
        {"type": "Feature", "properties": {"name": "B"}, "geometry": null, "geometry": {"type": "Point", "coordinates": [30.94, -29.69]}}
    ]}"#;
    let said = read("geojson", file).unwrap().complaints.in_order();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("`name` is there twice") && said[1].contains("`geometry` is there twice"),
        "{said:?}"
    );
}
