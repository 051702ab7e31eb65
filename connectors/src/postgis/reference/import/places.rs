//! Places that residents can name: CSV with the degrees in two columns, GeoJSON of points, and the postal
//! codes of GeoNames.

use std::collections::BTreeMap;

use pipeline::rules::geography::{PinVerdict, judge};

use super::csv::{CellsByName, cell, read_as};
use super::encoding;
use super::forms;
use super::maps::geojson::{self, PointFeature};
use super::rows::Rows;
use super::table::{Column, Definition};

/// How far a place of each kind reaches where a file does not say so, in SQL and here.
pub(super) const RADIUS_SQL: &str = "case s.kind when 'town' then 5000 when 'street' then 1000 when 'landmark' \
    then 300 else 2000 end";

/// The same for a kind by its word.
pub(super) fn radius_m(kind: &str) -> u32 {
    match kind {
        "town" => 5_000,
        "street" => 1_000,
        "landmark" => 300,
        _ => 2_000,
    }
}

/// Other names that people give the columns of degrees.
const DEGREES: [(&str, &str); 4] =
    [("lat", "latitude"), ("lon", "longitude"), ("lng", "longitude"), ("long", "longitude")];

const KNOWN: [&str; 13] = [
    "code",
    "name",
    "kind",
    "suburb",
    "latitude",
    "longitude",
    "radius_m",
    "variants",
    "is_active",
    "lat",
    "lon",
    "lng",
    "long",
];

/// What ends a code that is made of a name; the municipality follows.
const MADE: char = '@';

/// Whether a code is made of a name and still lacks its municipality.
pub(super) fn is_made(code: &str) -> bool {
    code.ends_with(MADE)
}

/// Reads a file of places. `names` says under which names a GeoJSON file has the properties.
pub(super) fn read(
    table: &'static Definition,
    ending: &str,
    bytes: &[u8],
    names: &BTreeMap<String, String>,
) -> Result<Rows, String> {
    let mut rows = if ["geojson", "json"].contains(&ending) {
        of_geojson(table, bytes, names)?
    } else if !names.is_empty() {
        return Err(
            "a property can be renamed for GeoJSON alone: rename the column in the CSV's header".to_owned()
        );
    } else if is_postal(encoding::utf8(bytes)?) {
        of_postal(table, encoding::utf8(bytes)?)
    } else {
        of_csv(table, bytes)?
    };
    // It is no column of a file, and is never kept as it was: the point decides.
    for (column, has) in table.columns.iter().zip(&mut rows.has) {
        *has |= column.name == "municipality";
    }
    Ok(rows)
}

fn of_csv(table: &'static Definition, bytes: &[u8]) -> Result<Rows, String> {
    read_as(table, bytes, &KNOWN, &["name"], |column, cells| {
        let degrees = |name: &str| {
            let others = DEGREES.iter().filter(|(_, meant)| *meant == name).map(|(other, _)| *other);
            std::iter::once(name).chain(others).find_map(cells).filter(|text| !text.is_empty())
        };
        match column.name {
            "code" => code(cells).map(Some),
            "point" => point(degrees("latitude"), degrees("longitude")).map(Some),
            "variants" => Ok(cells("variants").map(str::to_owned)),
            "radius_m" => Ok(cells("radius_m").filter(|text| !text.is_empty()).map(str::to_owned)),
            _ => cell(column, cells(column.name)),
        }
    })
}

/// The code that the file gives, or one that is made of the name.
fn code(cells: CellsByName<'_>) -> Result<String, String> {
    let cell = |name: &str| cells(name).filter(|text| !text.is_empty());
    match cell("code") {
        Some(code) if code.contains(MADE) => {
            Err(format!("`code` is `{code}`; it must be at most 60 letters, digits, '_', '.' or '-'"))
        }
        Some(code) => Ok(code.to_owned()),
        None => Ok(made(cell("name").unwrap_or_default(), cell("kind"), cell("suburb"))),
    }
}

/// A code that is the same for each import of a place: `kwamashu.township@`, completed by the municipality.
fn made(name: &str, kind: Option<&str>, suburb: Option<&str>) -> String {
    let kind = kind.map_or_else(|| "suburb".to_owned(), str::to_ascii_lowercase);
    let suburb = suburb.map(|suburb| format!(".{}", slug(suburb))).unwrap_or_default();
    format!("{}{suburb}.{kind}{MADE}", slug(name))
}

/// The letters and digits of a name. What ASCII has not is written as its number, so that two names never
/// have the same.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            letter if letter.is_ascii_alphanumeric() => slug.push(letter),
            ' ' | '-' | '\'' | '.' | '’' => {}
            letter => slug.push_str(&format!("_{:x}", u32::from(letter))),
        }
    }
    slug.truncate(40);
    slug
}

/// A point in WKT of two cells with degrees.
fn point(latitude: Option<&str>, longitude: Option<&str>) -> Result<String, String> {
    let degrees = |name: &str, text: Option<&str>| {
        let text = text.ok_or_else(|| format!("`{name}` is missing: fill it in"))?;
        let flaw = || format!("`{name}` is `{text}`; it must be degrees such as -29.7451");
        // Spreadsheets in South Africa write a decimal comma.
        let number = text.replacen(',', ".", 1).parse::<f64>().map_err(|_| flaw())?;
        if number.is_finite() { Ok(number) } else { Err(flaw()) }
    };
    match (degrees("latitude", latitude), degrees("longitude", longitude)) {
        (Ok(latitude), Ok(longitude)) => in_country(latitude, longitude),
        (Err(one), Err(other)) => Err(format!("{one}; {other}")),
        (Err(flaw), Ok(_)) | (Ok(_), Err(flaw)) => Err(flaw),
    }
}

/// A point in WKT, if it is in the country.
fn in_country(latitude: f64, longitude: f64) -> Result<String, String> {
    let is_here =
        |latitude: f64, longitude: f64| matches!(judge(latitude, longitude), PinVerdict::Plausible(_));
    let looks = match judge(latitude, longitude) {
        PinVerdict::Plausible(_) => return Ok(format!("SRID=4326;POINT({longitude} {latitude})")),
        PinVerdict::Swapped(_) => "latitude and longitude look swapped",
        _ if is_here(-latitude, longitude) || is_here(latitude, -longitude) => {
            "a sign looks wrong: South Africa has negative latitudes and positive longitudes"
        }
        _ => "correct its degrees (WGS84)",
    };
    Err(format!("its point (latitude {latitude}, longitude {longitude}) is outside of South Africa; {looks}"))
}

/// Longitude and latitude of a point as [`in_country`] writes it.
pub(super) fn of_wkt(point: &str) -> Option<[f64; 2]> {
    let degrees = point.strip_prefix("SRID=4326;POINT(")?.strip_suffix(')')?;
    let (longitude, latitude) = degrees.split_once(' ')?;
    Some([longitude.parse().ok()?, latitude.parse().ok()?])
}

/// Other names, separated by `|` or `;`, as PostgreSQL reads a list.
pub(super) fn variants(text: &str) -> Result<String, String> {
    // As a reference table writes them.
    let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let mut names = Vec::new();
    for name in text.split(['|', ';']).map(str::trim).filter(|name| !name.is_empty()) {
        let name = forms::place(name)?;
        names.push(format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")));
    }
    Ok(format!("{{{}}}", names.join(",")))
}

/// The names in a list as [`variants`] writes it.
pub(super) fn of_variants(list: &str) -> Vec<String> {
    let list = list.trim_start_matches('{').trim_end_matches('}');
    let names = list.split("\",\"").map(|name| name.trim_matches('"'));
    names
        .filter(|name| !name.is_empty())
        .map(|name| name.replace("\\\"", "\"").replace("\\\\", "\\"))
        .collect()
}

fn of_geojson(
    table: &'static Definition,
    bytes: &[u8],
    names: &BTreeMap<String, String>,
) -> Result<Rows, String> {
    let properties: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name)
        .filter(|name| !["point", "municipality"].contains(name))
        .collect();
    if let Some(unknown) = names.keys().find(|name| !properties.contains(&name.as_str())) {
        return Err(format!(
            "--map {unknown}=...: places have no `{unknown}`; they have: {}",
            properties.join(", ")
        ));
    }
    let features = geojson::read_points(bytes)?;
    if features.is_empty() {
        return Err("it has no features: there is nothing to import".to_owned());
    }
    let name_of = |column: &str| names.get(column).map_or(column, String::as_str).to_owned();
    let is_in_file = |column: &Column| {
        let name = name_of(column.name);
        features.iter().any(|feature| feature.properties.contains_key(&name))
    };
    let needed =
        table.columns.iter().filter(|column| column.name == "name" || names.contains_key(column.name));
    let missing: Vec<String> = needed
        .filter(|column| !is_in_file(column))
        .map(|column| format!("`{}`", name_of(column.name)))
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "no feature has the property {}; name the right one with --map name=NAME",
            missing.join(", ")
        ));
    }
    let mut rows = Rows::new(table, table.columns.iter().map(is_in_file).collect());
    for (number, feature) in (1..).zip(&features) {
        add_feature(&mut rows, number, feature, &name_of);
    }
    Ok(rows)
}

fn add_feature(rows: &mut Rows, number: i32, feature: &PointFeature, name_of: &impl Fn(&str) -> String) {
    let text = |column: &str| match feature.properties.get(&name_of(column)) {
        // A list of names; any other list is refused by the cell.
        Some(serde_json::Value::Array(names)) if column == "variants" => {
            let names: Vec<&str> = names.iter().filter_map(serde_json::Value::as_str).collect();
            Ok(Some(names.join("|")).filter(|names| !names.is_empty()))
        }
        Some(value) => geojson::cell(value).map_err(|flaw| format!("`{}` {flaw}", name_of(column))),
        None => Ok(None),
    };
    let plain = |column: &str| text(column).ok().flatten();
    let label =
        plain("code").or_else(|| plain("name")).map(|label| format!(" ({label})")).unwrap_or_default();
    rows.add(number, format!("feature {number}{label}"), |column| match column.name {
        "code" => {
            let cells = ["code", "name", "kind", "suburb"].map(|name| (name, plain(name)));
            let cell = |name: &str| cells.iter().find(|(known, _)| *known == name)?.1.as_deref();
            code(&|name| cell(name)).map(Some)
        }
        "point" => match &feature.point {
            Ok([longitude, latitude]) => in_country(*latitude, *longitude).map(Some),
            Err(flaw) => Err(flaw.clone()),
        },
        name => text(name),
    });
}

/// How many cells a line of the postal codes of GeoNames has.
const POSTAL_CELLS: usize = 12;

/// Whether a text is the postal codes of GeoNames: cells separated by tabs, without a header.
fn is_postal(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let cells: Vec<&str> = first.split('\t').collect();
    let is_country = |cell: &&str| cell.len() == 2 && cell.bytes().all(|byte| byte.is_ascii_uppercase());
    cells.len() == POSTAL_CELLS && cells.first().is_some_and(is_country)
}

/// Reads the postal codes of GeoNames: a place for each name and point, with its lowest postal code.
fn of_postal(table: &'static Definition, text: &str) -> Rows {
    let has = |column: &Column| ["code", "name", "point", "radius_m"].contains(&column.name);
    let mut rows = Rows::new(table, table.columns.iter().map(has).collect());
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [country, postal, name, _, _, _, _, _, _, latitude, longitude, accuracy] = cells.as_slice()
        else {
            let flaw = format!("it has {} cells: a line of postal codes has {POSTAL_CELLS}", cells.len());
            rows.complaints.add(number, &format!("line {number}"), &flaw);
            continue;
        };
        let count = known.entry(((*name).to_owned(), format!("{latitude} {longitude}"))).or_default();
        *count += 1;
        if *count > 1 {
            continue;
        }
        rows.add(number, format!("line {number} ({postal} {name})"), |column| match column.name {
            _ if *country != "ZA" => Err(format!("its country is `{country}`; it must be `ZA`")),
            "code" => Ok(Some(format!("{postal}.{}", slug(name)))),
            "name" => Ok(Some((*name).to_owned()).filter(|name| !name.is_empty())),
            "point" => point(Some(latitude), Some(longitude)).map(Some),
            "radius_m" => Ok(Some(reach(accuracy).to_owned())),
            _ => Ok(None),
        });
    }
    let same: usize = known.values().map(|count| count - 1).sum();
    rows.remarks.extend((same > 0).then(|| format!("{same} more postal codes of the same names and points")));
    rows
}

/// How far a place reaches, in metres, by the accuracy of its point: 4 is the place itself and 6 the middle
/// of its addresses; another one may be the next town.
fn reach(accuracy: &str) -> &'static str {
    match accuracy {
        "4" => "3000",
        "6" => "1500",
        _ => "10000",
    }
}

#[cfg(test)]
mod tests {
    use super::super::Table;
    use super::*;

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
            read("json", r#"{"type": "FeatureCollection", "features": []}"#)
                .unwrap_err()
                .contains("no features")
        );
    }
}
