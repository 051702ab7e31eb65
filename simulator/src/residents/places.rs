//! Where residents live: real places in the demo's four municipalities.

use chance::Chance;
use topics::values::vocabulary::Language;

use crate::twilio::inbound::Pin;

/// A place in a municipality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The code of the municipality.
    pub municipality: &'static str,
    /// The name of the place.
    pub name: &'static str,
    /// The point in the middle of the place.
    pub middle: Pin,
}

/// How far from the middle of their place residents live at most, in degrees: about 900 m.
const SPREAD: f64 = 0.008;

const fn place(municipality: &'static str, name: &'static str, latitude: f64, longitude: f64) -> Place {
    Place { municipality, name, middle: Pin { latitude, longitude } }
}

/// All places in which residents live.
pub const PLACES: [Place; 30] = [
    place("CPT", "Khayelitsha", -34.040, 18.677),
    place("CPT", "Mitchells Plain", -34.050, 18.618),
    place("CPT", "Bellville", -33.900, 18.630),
    place("CPT", "Athlone", -33.965, 18.505),
    place("CPT", "Atlantis", -33.565, 18.490),
    place("CPT", "Muizenberg", -34.098, 18.470),
    place("CPT", "Durbanville", -33.833, 18.650),
    place("CPT", "Somerset West", -34.080, 18.850),
    place("EKU", "Tembisa", -25.998, 28.227),
    place("EKU", "Boksburg", -26.212, 28.260),
    place("EKU", "Katlehong", -26.333, 28.152),
    place("EKU", "Kempton Park", -26.100, 28.230),
    place("EKU", "Daveyton", -26.153, 28.412),
    place("EKU", "Springs", -26.254, 28.440),
    place("EKU", "Germiston", -26.217, 28.167),
    place("EKU", "Vosloorus", -26.353, 28.205),
    place("ETH", "Umlazi", -29.967, 30.883),
    place("ETH", "Pinetown", -29.817, 30.857),
    place("ETH", "Phoenix", -29.704, 31.004),
    place("ETH", "Durban", -29.855, 31.020),
    place("ETH", "KwaMashu", -29.744, 30.977),
    place("ETH", "Chatsworth", -29.912, 30.885),
    place("ETH", "Tongaat", -29.570, 31.118),
    place("ETH", "Hillcrest", -29.780, 30.762),
    place("WC024", "Stellenbosch", -33.936, 18.861),
    place("WC024", "Franschhoek", -33.911, 19.120),
    place("WC024", "Kayamandi", -33.919, 18.845),
    place("WC024", "Klapmuts", -33.812, 18.870),
    place("WC024", "Pniel", -33.896, 18.957),
    place("WC024", "Raithby", -34.005, 18.805),
];

impl Place {
    /// A home near its middle.
    pub fn home(&self, chance: &mut Chance) -> Pin {
        // Phones send six or seven decimal places; a rounded pin is read back as the same number.
        let near =
            |middle: f64, chance: &mut Chance| ((middle + SPREAD * chance.around_zero()) * 1e6).round() / 1e6;
        Pin { latitude: near(self.middle.latitude, chance), longitude: near(self.middle.longitude, chance) }
    }

    /// The languages of the demo that are spoken there.
    pub fn languages(&self) -> [Language; 2] {
        match self.municipality {
            "CPT" | "WC024" => [Language::Af, Language::En],
            _ => [Language::Zu, Language::En],
        }
    }
}
