//! A scene: the tickets machine on virtual time, with a transcript of its records.

use std::sync::Arc;
use std::time::Duration;

use topics::catalogue::cut::Cut;
use topics::catalogue::{
    Breaches, Messages, MunicipalDeadLetters, TicketCommands, TicketEvents, Tickets, Topic,
};
use topics::codec::record::{Address, Envelope, Outgoing, encode};
use topics::codec::sealing::{KeyRing, Sealed};
use topics::records::breaches::Breach;
use topics::records::editions::{MultiPolygon, Municipality, MunicipalityKind, Policy, Reference, Team};
use topics::records::reports::ReportFacts;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Action, Change, Open, TicketCommand};
use topics::records::ticket_events::TicketEvent;
use topics::records::tickets::Ticket;
use topics::values::ids::{EventId, MessageSid, Pepper, TicketId};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{
    Category, Hours, Language, Outcome, PlaceSource, Role, Sentiment, Severity, Status,
};

use super::story::{event_line, message_line, since};
use crate::engine::driver::{Driver, DriverMachine};
use crate::engine::step::TaskContext;
use crate::engine::task::MachineTask;
use crate::machines::tickets::TicketMachine;
use crate::rules::edition::Edition;
use crate::rules::geography::locate;

pub const PARTITIONS: u32 = 2;
pub const MINUTE: u64 = 60;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

pub fn start() -> Time {
    "2026-03-02T06:00:00Z".parse().unwrap()
}

pub fn ring() -> Arc<KeyRing> {
    Arc::new("municipal-1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".parse().unwrap())
}

pub fn pepper() -> Pepper {
    Pepper::new(b"a pepper for tests only").unwrap()
}

pub fn around(partition: u32) -> TaskContext {
    TaskContext { partition, partitions: PARTITIONS, ring: ring(), pepper: pepper(), cut: Cut::Nowhere }
}

pub fn ticket_id(n: u32) -> TicketId {
    TicketId::of(&format!("SM{n:032x}").parse::<MessageSid>().unwrap())
}

pub fn staff(name: &str) -> Actor {
    Actor { role: Role::Staff, name: Some(name.parse().unwrap()) }
}

pub fn manager(name: &str) -> Actor {
    Actor { role: Role::Manager, name: Some(name.parse().unwrap()) }
}

pub fn to(status: Status) -> Action {
    Action::Status { to: status, outcome: None, reason: None }
}

pub fn close_as(outcome: Outcome) -> Action {
    Action::Status { to: Status::Closed, outcome: Some(outcome), reason: None }
}

pub fn because(status: Status, reason: &str) -> Action {
    Action::Status { to: status, outcome: None, reason: Some(Sealed(reason.to_owned())) }
}

/// A square of one degree around a point, as a boundary.
fn square(latitude: f64, longitude: f64) -> MultiPolygon {
    let corner = |north: f64, east: f64| [longitude + east / 2.0, latitude + north / 2.0];
    vec![vec![vec![
        corner(-1.0, -1.0),
        corner(-1.0, 1.0),
        corner(1.0, 1.0),
        corner(1.0, -1.0),
        corner(-1.0, -1.0),
    ]]]
}

/// In the middle of ETH.
pub const DURBAN: Point = Point { latitude: -29.85, longitude: 31.02 };
/// In the middle of CPT.
pub const CAPE_TOWN: Point = Point { latitude: -33.92, longitude: 18.42 };
/// In the middle of JHB, which is not on board.
pub const JOHANNESBURG: Point = Point { latitude: -26.2, longitude: 28.04 };
/// Outside of all municipalities of the reference data.
pub const DESERT: Point = Point { latitude: -29.0, longitude: 21.0 };

fn municipality(code: &str, at: Point, onboarded: bool) -> Municipality {
    Municipality {
        code: code.parse().unwrap(),
        name: code.to_owned(),
        kind: MunicipalityKind::Metro,
        onboarded,
        boundary: square(at.latitude, at.longitude),
        valid_from: None,
        valid_to: None,
    }
}

/// A team whose manager has the team's name and `-manager`.
pub fn team(municipality: &str, code: &str, category: Option<Category>) -> Team {
    Team {
        code: code.parse().unwrap(),
        municipality: Some(municipality.parse().unwrap()),
        category,
        service_area: None,
        is_saps: false,
        manager: Some(format!("{code}-manager").parse().unwrap()),
        lead: None,
        is_active: true,
        unavailable: None,
    }
}

fn policy(
    category: Option<Category>,
    severity: Option<Severity>,
    response_h: u64,
    resolution_h: u64,
) -> Policy {
    let municipality = "ETH".parse().unwrap();
    let response_s = response_h * HOUR;
    let resolution_s = resolution_h * HOUR;
    let hours = Hours::RoundTheClock;
    Policy {
        municipality,
        category,
        severity,
        response_s,
        resolution_s,
        warning_pct: 80,
        is_active: true,
        hours,
    }
}

/// Three municipalities, one not on board; teams in ETH for water and roads, one in CPT, one of the police,
/// one that is no more; ETH promises 4 h and 24 h, for critical water 1 h and 6 h, for roads 8 h and 48 h.
pub fn reference() -> Reference {
    let mut police = team("ETH", "police", Some(Category::Other));
    police.municipality = None;
    police.is_saps = true;
    let mut gone = team("ETH", "gone", Some(Category::Water));
    gone.is_active = false;
    let mut orphans = team("ETH", "orphans", Some(Category::Waste));
    orphans.manager = None;
    let water = Some(Category::Water);
    let roads = Some(Category::Roads);
    Reference {
        municipalities: vec![
            municipality("ETH", DURBAN, true),
            municipality("CPT", CAPE_TOWN, true),
            municipality("JHB", JOHANNESBURG, false),
        ],
        teams: vec![
            team("ETH", "water", water),
            team("ETH", "roads", roads),
            orphans,
            team("CPT", "cape", water),
            police,
            gone,
        ],
        policies: vec![
            policy(None, None, 4, 24),
            policy(water, Some(Severity::Critical), 1, 6),
            policy(roads, None, 8, 48),
        ],
        ..Reference::default()
    }
}

/// What opens the `n`-th ticket, as route and stamp make it of a report about this at this place.
pub fn opening_at(n: u32, at: Time, edition: &Edition, category: Category, point: Option<Point>) -> Open {
    let facts = ReportFacts {
        tracking_number: TrackingNumber::issue(&pepper(), u64::from(n), 0, PARTITIONS),
        reported_at: at,
        language: Language::Zu,
        category,
        severity: Severity::Medium,
        sentiment: Sentiment::Neutral,
        place_source: if point.is_some() { PlaceSource::Pin } else { PlaceSource::None },
        place_precision_m: None,
        reply_partition: 1,
        reopened_from: None,
    };
    let routing = locate(point, category, at, edition);
    let deadlines = edition.deadlines(routing.municipality.as_ref(), category, facts.severity, at, &[]);
    Open {
        ticket: ticket_id(n),
        at,
        edition: edition.number,
        facts,
        routing,
        deadlines,
        point: Sealed(point),
    }
}

/// What opens a ticket for the water team of ETH.
pub fn opening(n: u32, at: Time) -> Open {
    opening_at(n, at, &Edition::new(1, reference()).unwrap(), Category::Water, Some(DURBAN))
}

pub fn command(id: &EventId, at: Time, key: &TicketId, command: &TicketCommand) -> Outgoing {
    let envelope = Envelope::root(id.clone(), at);
    encode::<TicketCommands>(&ring(), "test", &envelope, Address::ByKey(PARTITIONS), key.to_string(), command)
        .unwrap()
}

/// The machine on virtual time, with a transcript that grows.
pub struct Scene {
    pub driver: Driver,
    pub edition: u32,
    asked: u32,
    told: [usize; 3],
}

impl Scene {
    pub fn new() -> Self {
        Self::with(reference())
    }

    pub fn with(reference: Reference) -> Self {
        let station = DriverMachine {
            log: TicketCommands::SPEC,
            store: Some(Tickets::SPEC),
            make: Box::new(|partition| Box::new(MachineTask::new(TicketMachine, around(partition)))),
        };
        let driver = Driver::new(vec![station], PARTITIONS, start(), Box::new(|_, _| Vec::new()));
        let mut scene = Self { driver, edition: 0, asked: 0, told: [0; 3] };
        scene.publish(reference);
        scene
    }

    pub fn publish(&mut self, reference: Reference) {
        self.edition += 1;
        self.driver.publish(Arc::new(Edition::new(self.edition, reference).unwrap()));
        self.driver.settle().unwrap();
    }

    pub fn open(&mut self, open: Open) {
        self.asked += 1;
        let id = EventId::of(&[b"open", &self.asked.to_be_bytes()]);
        let key = open.ticket.clone();
        self.driver.append(command(&id, self.driver.now(), &key, &TicketCommand::Open(Box::new(open))));
        self.driver.settle().unwrap();
    }

    /// A scene in which the first ticket is open for the water team of ETH. The transcript begins after that.
    pub fn opened() -> Self {
        let mut scene = Self::new();
        scene.open(opening(1, start()));
        scene.story();
        scene
    }

    pub fn change(&mut self, change: Change) {
        self.asked += 1;
        let id = EventId::of(&[b"change", &self.asked.to_be_bytes()]);
        let key = change.ticket.clone();
        self.driver.append(command(&id, self.driver.now(), &key, &TicketCommand::Change(Box::new(change))));
        self.driver.settle().unwrap();
    }

    /// Asks for a change of the first ticket.
    pub fn ask(&mut self, actor: &Actor, action: Action) {
        let at = self.driver.now();
        self.change(Change {
            ticket: ticket_id(1),
            at,
            actor: actor.clone(),
            revision: None,
            expected_status: None,
            action,
        });
    }

    pub fn pass(&mut self, seconds: u64) {
        self.driver.pass(Duration::from_secs(seconds)).unwrap();
    }

    fn read<T: Topic>(&self) -> Vec<(Time, T::Record)> {
        self.driver
            .all(T::SPEC.name)
            .map(|record| (record.time, record.decode::<T>(&ring()).unwrap().1))
            .collect()
    }

    pub fn events(&self) -> Vec<TicketEvent> {
        self.read::<TicketEvents>().into_iter().map(|(_, event)| event).collect()
    }

    pub fn breaches(&self) -> Vec<Breach> {
        self.read::<Breaches>().into_iter().map(|(_, breach)| breach).collect()
    }

    pub fn dead_letters(&self) -> usize {
        self.driver.all(MunicipalDeadLetters::SPEC.name).count()
    }

    /// The ticket as the store's topic last had it.
    pub fn ticket(&self, n: u32) -> Option<Ticket> {
        let key = ticket_id(n).to_string();
        let last =
            self.driver.all(Tickets::SPEC.name).filter(|record| record.key_text() == Some(&key)).last()?;
        last.value.as_ref()?;
        Some(last.decode::<Tickets>(&ring()).unwrap().1)
    }

    /// The new lines of the transcript: events, breaches and notices to the resident, in the order of time.
    pub fn story(&mut self) -> String {
        let events = self.read::<TicketEvents>();
        let breaches = self.read::<Breaches>();
        let messages = self.read::<Messages>();
        let mut lines: Vec<(Time, usize, String)> = Vec::new();
        lines.extend(events.iter().skip(self.told[0]).map(|(at, event)| (*at, 0, event_line(event))));
        lines.extend(breaches.iter().skip(self.told[1]).map(|(at, b)| {
            (*at, 1, format!("  {} of {} at tier {}, due {}", b.level, b.clock, b.tier, since(b.due_at)))
        }));
        lines.extend(messages.iter().skip(self.told[2]).map(|(at, message)| (*at, 2, message_line(message))));
        self.told = [events.len(), breaches.len(), messages.len()];
        lines.sort_by_key(|(at, order, _)| (*at, *order));
        lines.iter().map(|(at, _, line)| format!("{} {line}\n", since(*at))).collect()
    }
}
