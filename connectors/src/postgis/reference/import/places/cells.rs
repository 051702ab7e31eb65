//! The cells of a place: its code, its point and its other names.

use pipeline::rules::geography::{PinVerdict, judge};

use crate::postgis::reference::import::csv::CellsByName;
use crate::postgis::reference::import::forms::MADE;

/// The code that the file gives, or one that is made of the name.
pub(super) fn code(cells: CellsByName<'_>) -> Result<String, String> {
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
pub(super) fn slug(name: &str) -> String {
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

/// The degrees in a cell of the column `name`.
fn degrees(name: &str, text: Option<&str>) -> Result<f64, String> {
    let text = text.ok_or_else(|| format!("`{name}` is missing: fill it in"))?;
    let flaw = || format!("`{name}` is `{text}`; it must be degrees such as -29.7451");
    // Spreadsheets in South Africa write a decimal comma.
    let number = text.replacen(',', ".", 1).parse::<f64>().map_err(|_| flaw())?;
    if number.is_finite() { Ok(number) } else { Err(flaw()) }
}

/// A point in WKT of two cells with degrees.
pub(super) fn point(latitude: Option<&str>, longitude: Option<&str>) -> Result<String, String> {
    match (degrees("latitude", latitude), degrees("longitude", longitude)) {
        (Ok(latitude), Ok(longitude)) => in_country(latitude, longitude),
        (Err(one), Err(other)) => Err(format!("{one}; {other}")),
        (Err(flaw), Ok(_)) | (Ok(_), Err(flaw)) => Err(flaw),
    }
}

/// A point in WKT, if it is in the country.
pub(super) fn in_country(latitude: f64, longitude: f64) -> Result<String, String> {
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
pub fn of_wkt(point: &str) -> Option<[f64; 2]> {
    let degrees = point.strip_prefix("SRID=4326;POINT(")?.strip_suffix(')')?;
    let (longitude, latitude) = degrees.split_once(' ')?;
    Some([longitude.parse().ok()?, latitude.parse().ok()?])
}
