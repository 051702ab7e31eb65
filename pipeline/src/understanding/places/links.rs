//! Links of map services: Google Maps, Apple Maps, Waze, OpenStreetMap, Bing, HERE, Plus Codes, and `geo:`.

use std::ops::Range;

use topics::values::vocabulary::PlaceSource;

use super::spelt::{Spelling, SpeltPlace};
use super::spelt_degrees::{SpeltDegrees, metres};
use super::{degrees, plus_codes};

/// The parameters that can hold the degrees of a place, the place itself before what the map shows.
#[rustfmt::skip]
const PARAMETERS: [&str; 16] = [
    "destination", "daddr", "q", "query", "coordinate", "ll", "to", "pin", "address", "near", "viewpoint",
    "cbll", "center", "sll", "cp", "map",
];
/// The pairs of parameters that hold a degree each.
const PAIRS: [(&str, &str); 4] =
    [("mlat", "mlon"), ("lat", "lon"), ("lat", "lng"), ("latitude", "longitude")];
/// The parameters that can hold the name of a place.
const NAMES: [&str; 4] = ["q", "query", "destination", "daddr"];
/// What map services call a place without a name.
const UNNAMED: [&str; 4] = ["dropped pin", "my location", "current location", "marked location"];
/// The longest name that is taken from a link, in characters.
const LONGEST_NAME: usize = 80;

/// The first link of a map service in the text, one with degrees before one without.
pub fn find(text: &str) -> Option<SpeltPlace> {
    let mut first = None;
    for (range, link) in words(text) {
        let Some(link) = Link::read(link) else { continue };
        let degrees = link.degrees().map(|degrees| SpeltDegrees { source: PlaceSource::Link, ..degrees });
        let spelling = degrees.map_or(Spelling::Link, Spelling::Degrees);
        let place = SpeltPlace { range, spelling, name: link.name() };
        if spelling != Spelling::Link {
            return Some(place);
        }
        first = first.or(Some(place));
    }
    first
}

/// The words of a text, without the brackets and marks around them.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    text.split_whitespace().map(|word| without_marks(word, word.as_ptr().addr() - text.as_ptr().addr()))
}

/// A word that starts at this byte, without the brackets and marks around it.
fn without_marks(word: &str, start: usize) -> (Range<usize>, &str) {
    let inner = word.trim_start_matches(['(', '<', '[', '"', '\'']);
    let start = start + word.len() - inner.len();
    let inner = inner.trim_end_matches([')', '>', ']', '"', '\'', '.', ',', ';', '!', '?']);
    (start..start + inner.len(), inner)
}

/// A link of a map service, in parts.
struct Link<'a> {
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
    is_geo: bool,
}

impl<'a> Link<'a> {
    /// Reads a word as a link. `None` if it is no link, or not one of a map service.
    fn read(word: &'a str) -> Option<Self> {
        let lower = word.to_ascii_lowercase();
        let scheme = ["https://", "http://", "geo:", "waze://", "comgooglemaps://", "maps://"]
            .into_iter()
            .find(|scheme| lower.starts_with(scheme))
            .unwrap_or_default();
        let rest = word.get(scheme.len()..)?;
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_web = matches!(scheme, "https://" | "http://" | "");
        if !is_web {
            return Some(Self { path: rest, query, fragment, is_geo: scheme == "geo:" });
        }
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let host = host.to_ascii_lowercase();
        let host = host.trim_start_matches("www.").trim_start_matches("m.");
        is_map(host, path).then_some(Self { path, query, fragment, is_geo: false })
    }

    fn degrees(&self) -> Option<SpeltDegrees> {
        self.of_place()
            .or_else(|| self.in_parameters())
            .or_else(|| self.in_pairs())
            .or_else(|| self.in_path())
            .or_else(|| self.in_fragment())
    }

    /// The degrees of a place of Google's, `!3d-26.333!4d28.152`; the last place is the destination.
    fn of_place(&self) -> Option<SpeltDegrees> {
        let path = decoded(self.path);
        let (_, latitude) = path.rsplit_once("!3d")?;
        let (latitude, longitude) = latitude.split_once("!4d")?;
        degrees::at_start(&format!("{latitude},{longitude}"))
    }

    fn in_parameters(&self) -> Option<SpeltDegrees> {
        PARAMETERS.into_iter().find_map(|name| self.parameter(name).and_then(in_value))
    }

    fn in_pairs(&self) -> Option<SpeltDegrees> {
        PAIRS.into_iter().find_map(|(latitude, longitude)| {
            let pair = format!("{},{}", self.parameter(latitude)?, self.parameter(longitude)?);
            degrees::at_start(&pair)
        })
    }

    /// The degrees in the path: those of a place before those of what the map shows, `@-26.333,28.152,17z`.
    fn in_path(&self) -> Option<SpeltDegrees> {
        if self.is_geo {
            return in_geo(self.path);
        }
        let shown = self.path.rsplit('/').find_map(|part| part.strip_prefix('@'));
        let place = self.path.rsplit('/').filter(|part| !part.starts_with('@')).find_map(in_value);
        place.or_else(|| degrees::at_start(&decoded(shown?)))
    }

    /// The degrees in the fragment of OpenStreetMap, `map=17/-26.333/28.152`.
    fn in_fragment(&self) -> Option<SpeltDegrees> {
        let map = self.fragment.split('&').find_map(|part| part.strip_prefix("map="))?;
        let (_zoom, degrees) = map.split_once('/')?;
        degrees::at_start(degrees)
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        let parameters = self.query.split('&').filter_map(|part| part.split_once('='));
        parameters.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// The name of the place, if the link spells one.
    fn name(&self) -> Option<String> {
        let mut parts = self.path.split('/');
        let of_place = parts.find(|part| *part == "place").and_then(|_| parts.next());
        let names = of_place.into_iter().chain(NAMES.into_iter().filter_map(|name| self.parameter(name)));
        let named: Vec<&str> = names.filter(|value| in_value(value).is_none()).collect();
        let name = decoded(&named.first()?.replace('+', " "));
        let name: String = name.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        let is_name =
            name.chars().any(char::is_alphabetic) && !UNNAMED.contains(&name.to_lowercase().as_str());
        is_name.then_some(name)
    }
}

/// Whether pages of this host and path are maps.
fn is_map(host: &str, path: &str) -> bool {
    let is_google = |host: &str| host.starts_with("google.");
    match host {
        "maps.app.goo.gl" | "maps.apple.com" | "maps.apple" | "waze.com" | "ul.waze.com"
        | "openstreetmap.org" | "osm.org" | "plus.codes" | "wego.here.com" | "share.here.com"
        | "what3words.com" | "w3w.co" => true,
        "goo.gl" | "bing.com" => path.starts_with("/maps"),
        host if is_google(host) => path.starts_with("/maps"),
        host => host.strip_prefix("maps.").is_some_and(is_google),
    }
}

/// The degrees at the start of a value, or of the Plus Code that it is.
fn in_value(value: &str) -> Option<SpeltDegrees> {
    let code = || match plus_codes::find(&decoded(value))?.spelling {
        Spelling::Degrees(degrees) => Some(degrees),
        Spelling::ShortCode(_) | Spelling::Link => None,
    };
    let text = decoded(&value.replace('+', " "));
    // Google and Waze write a prefix before degrees.
    let text = text.trim_start_matches("loc:").trim_start_matches("ll.");
    degrees::at_start(text).or_else(code)
}

/// The degrees of `geo:-26.333,28.152;u=35`, where `u` is their uncertainty in metres.
fn in_geo(path: &str) -> Option<SpeltDegrees> {
    let found = degrees::at_start(path)?;
    let uncertainty = path.split(';').find_map(|part| part.strip_prefix("u=")).and_then(|u| u.parse().ok());
    Some(SpeltDegrees { precision_m: uncertainty.map_or(found.precision_m, metres), ..found })
}

/// The letters of a text after percent decoding.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
