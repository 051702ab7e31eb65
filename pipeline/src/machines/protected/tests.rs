//! Disclosures on virtual time: two partitions, the real task, the real seals.

use std::sync::Arc;
use std::time::Duration;

use topics::catalogue::cut::Cut;
use topics::catalogue::{ProtectedCommands, ProtectedDeadLetters, ProtectedTickets, Topic};
use topics::codec::partition::partition_of;
use topics::codec::record::{Address, Envelope, encode};
use topics::codec::sealing::{KeyRing, Sealed};
use topics::codec::task_row::Counts;
use topics::records::dead_letters::{DeadClass, DeadLetter};
use topics::records::protected::{
    ProtectedAddendum, ProtectedCommand, ProtectedReport, ProtectedTicket, ReferralRule, Testimony,
};
use topics::records::reports::Account;
use topics::values::ids::{CitizenId, EventId, MessageSid, Pepper, TicketId};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::vocabulary::Language;

use super::{LARGEST_TESTIMONY, ProtectedMachine};
use crate::engine::driver::{Driver, DriverMachine};
use crate::engine::step::TaskContext;
use crate::engine::task::MachineTask;
use crate::rules::edition::Edition;
use crate::rules::geography::toy::{at, rectangle, reference, station};

const PARTITIONS: u32 = 2;
const START: Time = Time::from_millis(1_772_352_000_000);
const DAY: Duration = Duration::from_secs(24 * 3600);

struct ProtectedScene {
    driver: Driver,
    ring: Arc<KeyRing>,
    pepper: Pepper,
    said: u32,
}

fn account(words: &str, point: Option<Point>) -> Account {
    Account { words: vec![words.to_owned()], point, ..Account::default() }
}

fn edition(number: u32) -> Arc<Edition> {
    let teams = vec![
        station("saps-a", Some(rectangle((0.0, 0.0), (2.0, 2.0)))),
        station("saps-b", Some(rectangle((2.0, 0.0), (4.0, 2.0)))),
    ];
    Arc::new(Edition::new(number, topics::records::editions::Reference { teams, ..reference() }).unwrap())
}

impl ProtectedScene {
    fn new() -> Self {
        let key = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
        let ring: Arc<KeyRing> = Arc::new(format!("protected-1:{key}").parse().unwrap());
        let pepper = Pepper::new(&[3; 16]).unwrap();
        let context = {
            let ring = ring.clone();
            let pepper = pepper.clone();
            move |partition| TaskContext {
                partition,
                partitions: PARTITIONS,
                ring: ring.clone(),
                pepper: pepper.clone(),
                cut: Cut::Nowhere,
            }
        };
        let make =
            Box::new(move |partition| Box::new(MachineTask::new(ProtectedMachine, context(partition))) as _);
        let stations =
            vec![DriverMachine { log: ProtectedCommands::SPEC, store: Some(ProtectedTickets::SPEC), make }];
        let driver = Driver::new(stations, PARTITIONS, START, Box::new(|_, _| Vec::new()));
        Self { driver, ring, pepper, said: 0 }
    }

    fn says(&mut self, ticket: &TicketId, command: &ProtectedCommand) {
        self.said += 1;
        let envelope = Envelope::root(EventId::of(&[b"test", &self.said.to_be_bytes()]), self.driver.now());
        let address = Address::ByKey(PARTITIONS);
        let record = encode::<ProtectedCommands>(
            &self.ring,
            "converse",
            &envelope,
            address,
            ticket.to_string(),
            command,
        )
        .unwrap();
        self.driver.append(record);
        self.driver.settle().unwrap();
    }

    fn opens(&mut self, number: u32, account: Account) -> TicketId {
        let ticket = ticket(number);
        let testimony = Testimony {
            citizen: CitizenId::of(&self.pepper, "a"),
            address: "whatsapp:US.1".to_owned(),
            account,
        };
        let report = ProtectedReport {
            ticket: ticket.clone(),
            at: self.driver.now(),
            edition: 0,
            reported_at: self.driver.now(),
            language: Language::En,
            confirmed: true,
            testimony: Sealed(testimony),
        };
        self.says(&ticket, &ProtectedCommand::Open(Box::new(report)));
        ticket
    }

    fn adds(&mut self, ticket: &TicketId, account: Account) {
        let addendum = ProtectedAddendum {
            ticket: ticket.clone(),
            at: self.driver.now(),
            edition: 0,
            account: Sealed(account),
        };
        self.says(ticket, &ProtectedCommand::Addendum(Box::new(addendum)));
    }

    /// The last row of the ticket in the store's topic; `None` if that is a tombstone.
    fn row(&self, ticket: &TicketId) -> Option<ProtectedTicket> {
        let last = self
            .driver
            .all("protected-tickets")
            .filter(|record| record.key_text() == Some(ticket.as_str()))
            .last()?;
        last.value.as_ref()?;
        Some(last.decode::<ProtectedTickets>(&self.ring).unwrap().1)
    }

    fn dead(&self) -> Vec<DeadLetter> {
        self.driver
            .all("protected-dead-letters")
            .map(|record| record.decode::<ProtectedDeadLetters>(&self.ring).unwrap().1)
            .collect()
    }

    fn counts(&self, ticket: &TicketId) -> Counts {
        let partition = partition_of(ticket.as_str().as_bytes(), PARTITIONS);
        let mut rows = self
            .driver
            .records("protected-tickets", partition)
            .iter()
            .filter(|record| record.key_text().is_some_and(|key| key.starts_with('~')));
        let row: topics::codec::task_row::TaskRow =
            serde_json::from_slice(rows.next_back().unwrap().value.as_ref().unwrap()).unwrap();
        row.counts[&topics::records::dead_letters::StageName::of("refer")]
    }
}

fn ticket(number: u32) -> TicketId {
    let sid: MessageSid = format!("SM{number:032x}").parse().unwrap();
    TicketId::of(&sid)
}

#[test]
fn a_disclosure_is_referred_by_the_edition_in_force() {
    let mut scene = ProtectedScene::new();
    scene.driver.publish(edition(5));
    let ticket = scene.opens(1, account("help", Some(at(3.0, 1.0))));
    let row = scene.row(&ticket).unwrap();
    assert_eq!((row.edition, row.version, row.referral.rule), (5, 1, ReferralRule::Precinct));
    assert_eq!(
        (row.referral.team.unwrap().as_str(), row.referral.assigned_to.unwrap().as_str()),
        ("saps-b", "saps-b-lead")
    );
    assert_eq!(row.expire_at, Some(START + 35 * DAY));
}

#[test]
fn the_same_report_twice_is_one() {
    let mut scene = ProtectedScene::new();
    let ticket = scene.opens(1, account("help", None));
    scene.opens(1, account("help", None));
    assert_eq!(scene.row(&ticket).unwrap().version, 1);
    assert_eq!(scene.counts(&ticket), Counts { received: 2, forwarded: 1, filtered: 1, rejected: 0 });
}

#[test]
fn more_words_are_kept_and_a_new_place_refers_again() {
    let mut scene = ProtectedScene::new();
    scene.driver.publish(edition(5));
    let ticket = scene.opens(1, account("help", None));
    assert_eq!(scene.row(&ticket).unwrap().referral.rule, ReferralRule::National);
    scene.driver.pass(DAY).unwrap();
    scene.adds(
        &ticket,
        Account { point: Some(at(1.0, 1.0)), place_name: Some("Home".to_owned()), ..account("here", None) },
    );
    scene.adds(&ticket, account("hurry", None));
    let row = scene.row(&ticket).unwrap();
    assert_eq!(row.testimony.account.words, ["help", "here", "hurry"]);
    assert_eq!(
        (row.testimony.account.point, row.testimony.account.place_name.as_deref()),
        (Some(at(1.0, 1.0)), Some("Home"))
    );
    assert_eq!((row.referral.team.unwrap().as_str(), row.version), ("saps-a", 3));
    assert_eq!(row.expire_at, Some(START + 36 * DAY), "it is kept from the last word on");
}

#[test]
fn it_is_forgotten_after_its_time_even_in_silence_and_a_later_word_is_not_lost() {
    let mut scene = ProtectedScene::new();
    let ticket = scene.opens(1, account("help", None));
    scene.driver.pass(35 * DAY - Duration::from_millis(1)).unwrap();
    assert!(scene.row(&ticket).is_some());
    scene.driver.pass(Duration::from_millis(1)).unwrap();
    assert!(scene.row(&ticket).is_none());
    scene.adds(&ticket, account("again", None));
    assert_eq!(scene.dead().iter().map(|letter| letter.class).collect::<Vec<_>>(), [DeadClass::Rejected]);
}

#[test]
fn a_testimony_is_bounded_and_what_is_beyond_becomes_a_dead_letter_whole() {
    let mut scene = ProtectedScene::new();
    let ticket = scene.opens(1, account("help", None));
    let long = "\u{1}".repeat(20_000);
    for _ in 0..4 {
        scene.adds(&ticket, account(&long, None));
    }
    let row = scene.row(&ticket).unwrap();
    assert_eq!(
        (row.testimony.account.words.len(), row.version),
        (4, 4),
        "three of 120,000 bytes in JSON fit below {LARGEST_TESTIMONY}"
    );
    assert_eq!(scene.dead().iter().map(|letter| letter.class).collect::<Vec<_>>(), [DeadClass::TooLarge]);
    assert_eq!(scene.counts(&ticket), Counts { received: 5, forwarded: 4, filtered: 0, rejected: 1 });
    let largest = scene
        .driver
        .all("protected-tickets")
        .filter_map(|record| record.value.as_ref())
        .map(Vec::len)
        .max()
        .unwrap();
    assert!(largest < crate::engine::step::LARGEST_RECORD, "{largest}");
    scene.adds(&ticket, account("short", None));
    assert_eq!(scene.row(&ticket).unwrap().testimony.account.words.len(), 5);
}

#[test]
fn what_waits_with_the_nation_is_referred_when_an_edition_brings_a_team() {
    let mut scene = ProtectedScene::new();
    let placed = scene.opens(1, account("help", Some(at(1.0, 1.0))));
    let nowhere = scene.opens(2, account("help", None));
    scene.driver.publish(edition(6));
    scene.driver.settle().unwrap();
    let row = scene.row(&placed).unwrap();
    assert_eq!((row.referral.team.unwrap().as_str(), row.edition, row.version), ("saps-a", 6, 2));
    assert_eq!((row.expire_at, scene.row(&nowhere).unwrap().version), (Some(START + 35 * DAY), 1));
}

#[test]
fn a_crash_changes_nothing() {
    let mut scene = ProtectedScene::new();
    scene.driver.publish(edition(5));
    let ticket = scene.opens(1, account("help", Some(at(1.0, 1.0))));
    for partition in 0..PARTITIONS {
        scene.driver.crash(0, partition).unwrap();
    }
    scene.adds(&ticket, account("hurry", None));
    let row = scene.row(&ticket).unwrap();
    assert_eq!((row.testimony.account.words.len(), row.version), (2, 2));
    scene.driver.pass(36 * DAY).unwrap();
    assert!(scene.row(&ticket).is_none());
}

#[test]
fn nothing_open_in_a_row_says_who_what_or_where() {
    let mut scene = ProtectedScene::new();
    let ticket = scene.opens(1, account("canary-words", Some(at(1.0, 1.0))));
    let row = scene
        .driver
        .all("protected-tickets")
        .find(|record| record.key_text() == Some(ticket.as_str()))
        .unwrap();
    let text = String::from_utf8(row.value.clone().unwrap()).unwrap();
    for secret in ["canary-words", "whatsapp:", "-26.1", "28.1", CitizenId::of(&scene.pepper, "a").as_str()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
