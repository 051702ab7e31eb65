//! Values that several end-to-end tests share.

use std::time::Duration;

use simulator::harness::SENDER;
use simulator::twilio::inbound::Inbound;
use topics::values::point::Point;

/// How long a test waits for something that usually takes a few seconds.
pub const SOON: Duration = Duration::from_secs(60);

/// Katlehong, in the south of Ekurhuleni (a municipality of the demo's reference data).
pub const KATLEHONG: Point = Point { latitude: -26.333, longitude: 28.152 };

/// A report about water, with words that the lexicon contains.
pub const WATER_REPORT: &str = "Water pipe burst outside our house, it runs down the street";

/// A report about roads, with words that the lexicon contains.
pub const POTHOLE_REPORT: &str = "There is a huge pothole in our road";

/// A location pin in Katlehong, from this resident to the sender of the installation.
pub fn pin(resident: &str) -> Inbound {
    Inbound::pin(resident, SENDER, KATLEHONG.latitude, KATLEHONG.longitude)
}
