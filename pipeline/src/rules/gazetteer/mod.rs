//! The gazetteer of an edition: finds the places that a resident names in a text.

mod choose;
mod detail;
mod names;
mod ordinary;
mod plain_text;
mod search;
mod table;
#[cfg(test)]
mod tests;

use topics::records::editions::PlaceName;
use topics::values::point::Point;
use topics::values::text::Code;

use self::names::Names;
use self::plain_text::Words;
pub use self::search::PlaceAsked;

/// The most characters of the name of a place in a reply.
const SHOWN: usize = 60;

/// A place that the gazetteer knows by a name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPlace {
    /// The name as the resident reads it, without the municipality: at most 60 characters.
    pub name: String,
    /// The code of its municipality, which is on board.
    pub municipality: Code,
    /// The middle of the place.
    pub point: Point,
    /// How far the place reaches from that point, in metres.
    pub radius_m: u32,
}

/// The named places of an edition. The default knows none.
#[derive(Debug, Default)]
pub struct Gazetteer {
    /// In the order of their codes.
    places: Vec<PlaceName>,
    names: Names,
}

impl Gazetteer {
    /// A gazetteer of these places.
    pub fn new(mut places: Vec<PlaceName>) -> Self {
        places.sort_by(|one, other| one.code.cmp(&other.code));
        Self { names: Names::new(&places), places }
    }

    /// The places that the one place named in a message may be; none where nothing is named for certain. What
    /// only says where another named place is, such as the town of a suburb, is left out.
    pub fn find(&self, text: &str) -> Vec<NamedPlace> {
        self.find_as(text, PlaceAsked::No)
    }

    /// The same for the answer of a resident who was asked for the place: ordinary words such as `Hope` or
    /// `Central` count as names more readily.
    pub fn find_answer(&self, text: &str) -> Vec<NamedPlace> {
        self.find_as(text, PlaceAsked::Yes)
    }

    fn find_as(&self, text: &str, asked: PlaceAsked) -> Vec<NamedPlace> {
        if self.places.is_empty() {
            return Vec::new();
        }
        let words = Words::of(text);
        let mentions = search::search(&self.names, &words, asked);
        let mut found: Vec<NamedPlace> = Vec::new();
        for (mention, numbers) in choose::choose(&self.places, &mentions) {
            let Some(mention) = mentions.get(mention) else { continue };
            let part = detail::after(&words, mention.words.end)
                .or_else(|| detail::before(&words, mention.words.start));
            for number in numbers {
                let Some(place) = self.place(number) else { continue };
                match part.as_deref().and_then(|part| self.part_of(place, part)) {
                    Some(known) => add(&mut found, known, None),
                    None => add(&mut found, place, part.as_deref()),
                }
            }
        }
        found
    }

    fn place(&self, number: u32) -> Option<&PlaceName> {
        usize::try_from(number).ok().and_then(|number| self.places.get(number))
    }

    /// The part of a place that has a name of its own: `Section K` of KwaMashu is `KwaMashu Section K`.
    fn part_of(&self, place: &PlaceName, part: &str) -> Option<&PlaceName> {
        let spellings = [format!("{} {part}", place.name), format!("{part} {}", place.name)];
        let of_same = spellings.iter().flat_map(|spelling| {
            let letters = Words::of(spelling).letters;
            let hash = table::hash(letters.iter().copied());
            let names = self.names.exact(hash, &letters).map(|name| name.places.clone());
            names.flatten().collect::<Vec<u32>>()
        });
        of_same.filter_map(|number| self.place(number)).find(|known| known.municipality == place.municipality)
    }
}

/// Adds a place. Of two that a resident could not tell apart, the larger one stays.
fn add(found: &mut Vec<NamedPlace>, place: &PlaceName, part: Option<&str>) {
    let [longitude, latitude] = place.point;
    let named = NamedPlace {
        name: shown(place, part),
        municipality: place.municipality.clone(),
        point: Point { latitude, longitude },
        radius_m: place.radius_m,
    };
    let same =
        found.iter_mut().find(|known| known.name == named.name && known.municipality == named.municipality);
    match same {
        Some(known) if known.radius_m < named.radius_m => *known = named,
        Some(_) => {}
        None => found.push(named),
    }
}

/// The name of a place with its part before it and its suburb after it, as far as they fit.
fn shown(place: &PlaceName, part: Option<&str>) -> String {
    let mut shown = place.name.clone();
    let fits = |text: &str| text.chars().count() <= SHOWN;
    if let Some(part) = part {
        let with_part = format!("{part}, {shown}");
        if fits(&with_part) {
            shown = with_part;
        }
    }
    if let Some(suburb) = &place.suburb {
        let with_suburb = format!("{shown}, {suburb}");
        if fits(&with_suburb) {
            shown = with_suburb;
        }
    }
    shown.chars().take(SHOWN).collect()
}
