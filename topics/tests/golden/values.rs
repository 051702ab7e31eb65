//! What the examples are about: one resident, one burst pipe, one team.

use std::time::Duration;

use topics::codec::sealing::Sealed;
use topics::records::assignments::Routing;
use topics::records::reports::{Account, Media, ReportFacts};
use topics::values::ids::{CitizenId, EventId, MessageSid, NotificationId, Pepper, TicketId};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{
    Category, Language, MunicipalityRule, PlaceSource, Sentiment, Severity, TeamRule,
};

/// Where the resident writes from.
pub const ADDRESS: &str = "whatsapp:+27820000001";
/// The number that they write to.
pub const SENDER: &str = "whatsapp:+27870000001";
/// The text that the resident writes.
pub const WORDS: &str = "Amanzi ayaphuma epayipini emgwaqweni wethu";

/// The moment that lies `minutes` after the start of the examples.
pub fn at(minutes: u64) -> Time {
    Time::from_millis(1_772_352_000_007) + Duration::from_secs(60 * minutes)
}

fn pepper() -> Pepper {
    Pepper::new(b"a pepper for golden examples").unwrap()
}

/// The id of the `number`-th message.
pub fn sid(number: u32) -> MessageSid {
    format!("SM{number:032x}").parse().unwrap()
}

/// The ticket that begins with the `number`-th message.
pub fn ticket(number: u32) -> TicketId {
    TicketId::of(&sid(number))
}

/// The id of the resident who appears in all examples.
pub fn citizen() -> CitizenId {
    CitizenId::of(&pepper(), ADDRESS)
}

/// The number of the `serial`-th ticket for people.
pub fn tracking(serial: u64) -> TrackingNumber {
    TrackingNumber::issue(&pepper(), serial, 7, 12)
}

/// The id of a command.
pub fn command() -> EventId {
    "0195d3a8-1c7e-7000-8000-00000000002a".parse().unwrap()
}

/// The id of a message to the resident.
pub fn notification() -> NotificationId {
    NotificationId::of(&EventId::from(&sid(1)), 0)
}

/// A word of an open form.
pub fn open<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Where the pipe is.
pub fn point() -> Point {
    Point { latitude: -29.858_680_4, longitude: 31.021_840_4 }
}

/// What the resident said and sent.
pub fn account() -> Account {
    Account {
        words: vec![WORDS.to_owned()],
        media: vec![Media {
            url: "https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM0/Media/ME0".to_owned(),
            content_type: "image/jpeg".to_owned(),
            message: sid(1),
        }],
        point: Some(point()),
        place_basis: None,
        place_name: None,
        number_end: None,
    }
}

/// A place named in words, and nothing else.
pub fn named_place() -> Sealed<Account> {
    Sealed(Account {
        words: vec!["It is in \"Berea\" \u{1f6b0}".to_owned()],
        place_name: Some("Berea".to_owned()),
        ..Account::default()
    })
}

/// What the conversation understood from the resident's messages.
pub fn facts() -> ReportFacts {
    ReportFacts {
        tracking_number: tracking(41),
        reported_at: at(0),
        language: Language::Zu,
        category: Category::Water,
        severity: Severity::High,
        sentiment: Sentiment::Negative,
        place_source: PlaceSource::Pin,
        place_precision_m: None,
        reply_partition: 7,
        reopened_from: Some(ticket(9)),
    }
}

/// To the team whose area holds the pipe.
pub fn routing() -> Routing {
    Routing {
        municipality: Some(open("ETH")),
        municipality_rule: MunicipalityRule::Contains,
        ward: Some(open("59500028")),
        cell: Some(open("x212y-664")),
        team: Some(open("ETH-WATER-NORTH")),
        team_rule: TeamRule::ServiceArea,
        assigned_to: Some(open("thandi.m")),
        manager: Some(open("eth-water-manager")),
        distance_m: None,
        queue: None,
        edition: 3,
    }
}

/// Nowhere: no place is known.
pub fn unlocated() -> Routing {
    Routing {
        municipality: None,
        municipality_rule: MunicipalityRule::None,
        ward: None,
        cell: None,
        team: None,
        team_rule: TeamRule::None,
        assigned_to: None,
        manager: None,
        distance_m: None,
        queue: Some(topics::values::vocabulary::Queue::Unlocated),
        edition: 0,
    }
}
