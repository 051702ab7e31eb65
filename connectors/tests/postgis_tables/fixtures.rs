//! Records as the machines write them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::batch::Batch;
use connectors::postgis::Sink;
use pipeline::rules::edition::Edition;
use pipeline::stages::track;
use topics::catalogue::{
    Breaches, Deliveries, ProtectedTickets, Reports, TicketEvents, Tickets, Topic, UnscreenedMessages,
};
use topics::codec::record::{Address, Envelope, Incoming, Outgoing, encode};
use topics::codec::sealing::{KeyRing, Sealed};
use topics::records::assignments::Routing;
use topics::records::breaches::Breach;
use topics::records::dead_letters::Source;
use topics::records::deliveries::{Delivery, DeliveryStatus};
use topics::records::editions::Reference;
use topics::records::notifications::OutgoingContent;
use topics::records::protected::{ProtectedTicket, Referral, ReferralRule, Testimony};
use topics::records::reports::{Account, Addendum, MunicipalReport, Report, ReportFacts};
use topics::records::reviews::{Review, ReviewAct};
use topics::records::ticket_actions::Actor;
use topics::records::ticket_commands::{Deadline, Deadlines, Open};
use topics::records::ticket_events::{AssignmentFact, Event, FieldChange, TicketEvent};
use topics::records::tickets::Ticket;
use topics::records::unscreened::{Unreadable, Unscreened, UnscreenedContent};
use topics::values::ids::{CitizenId, EventId, MessageSid, NotificationId, Pepper, TicketId};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::*;

/// The offset that a sink reads next in a partition; 0 if it has written nothing of it.
pub async fn position(sink: &Sink, topic: &str, partition: u32) -> i64 {
    let marks = sink.marks().await.unwrap();
    let found = marks.iter().find(|mark| mark.topic == topic && mark.partition == partition);
    found.map_or(0, |mark| mark.next)
}

/// A point in Ekurhuleni.
pub const PLACE: Point = Point { latitude: -26.1, longitude: 28.25 };

/// A ring with the keys of all lanes.
pub fn ring() -> Arc<KeyRing> {
    keys(7)
}

/// Keys of these bytes.
pub fn keys(byte: u8) -> Arc<KeyRing> {
    let key = STANDARD.encode([byte; 32]);
    Arc::new(format!("intake-1:{key},municipal-1:{key},protected-1:{key}").parse().unwrap())
}

pub fn at(second: i64) -> Time {
    Time::from_millis(1_790_000_000_000 + second * 1000)
}

pub fn sid(n: u32) -> MessageSid {
    format!("SM{n:032x}").parse().unwrap()
}

pub fn ticket_id(n: u32) -> TicketId {
    TicketId::of(&sid(n))
}

/// The record of `value`, as the broker gives it back.
pub fn incoming<T: Topic>(name: &str, key: &str, value: &T::Record) -> Incoming {
    let envelope = Envelope::root(EventId::of(&[name.as_bytes()]), at(0));
    arrived(encode::<T>(&ring(), "test", &envelope, Address::Partition(0), key.to_owned(), value).unwrap())
}

/// What the broker makes of a record that was written.
pub fn arrived(record: Outgoing) -> Incoming {
    record.appended(0, at(0))
}

/// A round of one batch, of partition 0 from `start` on; control records leave a gap at its end.
pub fn batch(topic: &'static str, start: i64, mut records: Vec<Incoming>) -> [Batch; 1] {
    for (offset, record) in (start..).zip(&mut records) {
        record.offset = offset;
    }
    let end = start + i64::try_from(records.len()).unwrap() + 1;
    [Batch { topic, partition: 0, start, end, records }]
}

pub fn facts(n: u32) -> ReportFacts {
    ReportFacts {
        tracking_number: tracking(n),
        reported_at: at(0),
        language: Language::Zu,
        category: Category::Water,
        severity: Severity::High,
        sentiment: Sentiment::Negative,
        place_source: PlaceSource::Pin,
        place_precision_m: Some(30),
        reply_partition: 0,
        reopened_from: None,
    }
}

fn pepper() -> Pepper {
    Pepper::new(&[3; 32]).unwrap()
}

fn tracking(n: u32) -> TrackingNumber {
    TrackingNumber::issue(&pepper(), u64::from(n), 0, 2)
}

pub fn routing(municipality: &str) -> Routing {
    Routing {
        municipality: Some(municipality.parse().unwrap()),
        municipality_rule: MunicipalityRule::Contains,
        ward: Some(format!("{municipality}-1").parse().unwrap()),
        cell: Some("x12y-34".parse().unwrap()),
        team: Some(format!("{municipality}-WATER").parse().unwrap()),
        team_rule: TeamRule::MunicipalityWide,
        assigned_to: Some("lead".parse().unwrap()),
        manager: Some("manager".parse().unwrap()),
        distance_m: None,
        queue: None,
        edition: 1,
    }
}

/// The `n`-th ticket at this version; its status moves with the version.
pub fn ticket(n: u32, version: u64, municipality: &str) -> Ticket {
    let deadline =
        |hours: i64| Deadline { due_at: at(hours * 3600), warn_at: at(hours * 2880), working: None };
    let now = at(i64::try_from(version).unwrap());
    let open = Open {
        ticket: ticket_id(n),
        at: now,
        edition: 1,
        facts: facts(n),
        routing: routing(municipality),
        deadlines: Deadlines {
            policy: PolicySource::Category,
            edition: 1,
            response: deadline(24),
            resolution: deadline(168),
            closed_days: Vec::new(),
        },
        point: Sealed(Some(PLACE)),
    };
    Ticket {
        version,
        revision: u32::try_from(version).unwrap(),
        status: if version < 2 { Status::Open } else { Status::InProgress },
        ..track::open(&Edition::new(1, Reference::default()).unwrap(), now, open)
    }
}

pub fn ticket_record(n: u32, version: u64, municipality: &str) -> Incoming {
    let ticket = ticket(n, version, municipality);
    incoming::<Tickets>(&format!("ticket {n} {version}"), ticket.ticket.as_str(), &ticket)
}

/// What the `n`-th resident wrote.
pub fn report_record(n: u32, words: &str) -> Incoming {
    let account = Account {
        words: vec![words.to_owned(), "ngicela usizo".to_owned()],
        media: Vec::new(),
        point: Some(PLACE),
        place_basis: None,
        number_end: Some("0041".to_owned()),
        place_name: Some("Tembisa".to_owned()),
    };
    let report = MunicipalReport {
        ticket: ticket_id(n),
        at: at(1),
        edition: 1,
        facts: facts(n),
        account: Sealed(account),
    };
    incoming::<Reports>(&format!("report {n}"), ticket_id(n).as_str(), &Report::Report(Box::new(report)))
}

/// Where the `n`-th resident says later that it is: half a kilometre to the north.
pub fn pinned_record(n: u32) -> Incoming {
    let account =
        Account { point: Some(Point { latitude: PLACE.latitude + 0.005, ..PLACE }), ..Account::default() };
    let addendum = Addendum { ticket: ticket_id(n), at: at(2), edition: 1, account: Sealed(account) };
    incoming::<Reports>(
        &format!("addendum {n}"),
        ticket_id(n).as_str(),
        &Report::Addendum(Box::new(addendum)),
    )
}

/// An event of the `n`-th ticket that assigns it to `team`.
pub fn assigned_record(name: &str, n: u32, version: u64, team: &str) -> Incoming {
    let code = |text: &str| Some(text.parse().unwrap());
    let event = TicketEvent {
        ticket: ticket_id(n),
        at: at(i64::try_from(version).unwrap()),
        edition: 1,
        municipality: code("EKU"),
        version,
        revision: 1,
        actor: Actor { role: Role::Staff, name: Some("nomsa".parse().unwrap()) },
        event: Event::Escalated { reason: EscalationReason::SlaResponseBreach },
        changes: vec![FieldChange::AssignedTeam { old: code("EKU-DESK"), new: code(team) }],
        assignment: Some(AssignmentFact {
            team: code(team),
            assigned_to: None,
            assigned_by: "nomsa".parse().unwrap(),
            reason: AssignmentReason::ManualOverride,
            ticket_category: Category::Water,
        }),
        note: Some(Sealed("the pump is broken".to_owned())),
        reached: Vec::new(),
        absent: Vec::new(),
    };
    incoming::<TicketEvents>(name, ticket_id(n).as_str(), &event)
}

pub fn breach_record(n: u32, municipality: &str) -> Incoming {
    let breach = Breach {
        ticket: ticket_id(n),
        edition: 1,
        clock: Clock::Response,
        level: Level::Breach,
        tier: 0,
        due_at: at(10),
        seen_at: at(11),
        municipality: Some(municipality.parse().unwrap()),
        team: None,
        category: Category::Water,
    };
    incoming::<Breaches>(&format!("breach {n}"), ticket_id(n).as_str(), &breach)
}

pub fn delivery_record(n: u32, version: u64) -> Incoming {
    let notification = NotificationId::of(&EventId::of(&[&n.to_be_bytes()]), 0);
    let letter = OutgoingContent {
        citizen: CitizenId::of(&pepper(), "whatsapp:+27000000002"),
        to: "whatsapp:+27000000002".to_owned(),
        from: "whatsapp:+27000000001".to_owned(),
        body: "Isibuyekezo".to_owned(),
        template: None,
    };
    let delivery = topics::records::deliveries::OutgoingMessage {
        notification: notification.clone(),
        at: at(1),
        edition: 1,
        version,
        serial: 1,
        status: if version < 2 { DeliveryStatus::Queued } else { DeliveryStatus::Delivered },
        class: Class::Status,
        language: Language::Zu,
        ticket: Some(ticket_id(n)),
        queued_at: at(0),
        attempt: 1,
        failed_attempt: 0,
        retries: 0,
        lookups: 0,
        deadline: None,
        next_at: None,
        window_end: None,
        as_template: false,
        ignores_stop: false,
        sid: Some(sid(n)),
        code: None,
        blamed: None,
        expire_at: None,
        disarmed_at: None,
        letter: Sealed(letter),
    };
    incoming::<Deliveries>(
        &format!("delivery {n} {version}"),
        notification.as_str(),
        &Delivery::Delivery(Box::new(delivery)),
    )
}

pub fn unscreened_record(n: u32) -> Incoming {
    let content = UnscreenedContent {
        citizen: CitizenId::of(&pepper(), "whatsapp:+27000000002"),
        from: "whatsapp:+27000000002".to_owned(),
        account: Account { words: vec!["???".to_owned()], ..Account::default() },
    };
    let unscreened = Unscreened {
        message: sid(n),
        at: at(1),
        edition: 1,
        received_at: at(0),
        why: Unreadable::UnknownLanguage,
        content: Sealed(content),
    };
    incoming::<UnscreenedMessages>(&format!("unscreened {n}"), sid(n).as_str(), &unscreened)
}

/// A review of a dead letter, in the topic of reviews `T`.
pub fn review_record<T: Topic<Record = Review>>() -> Incoming {
    let source = |offset| Source { topic: "tickets".parse().unwrap(), partition: 0, offset };
    let letter = EventId::of(&[b"letter"]);
    let review = Review {
        at: at(1),
        letter: letter.clone(),
        source: source(5),
        act: ReviewAct::Replayed,
        actor: "lindiwe.k".parse().unwrap(),
        reason: Sealed("a reason".to_owned()),
        target: Some(source(9)),
    };
    incoming::<T>("review", letter.as_str(), &review)
}

pub fn protected_record(n: u32, version: u64, words: &str) -> Incoming {
    let testimony = Testimony {
        citizen: CitizenId::of(&pepper(), "whatsapp:+27000000003"),
        address: "whatsapp:+27000000003".to_owned(),
        account: Account { words: vec![words.to_owned()], point: Some(PLACE), ..Account::default() },
    };
    let ticket = ProtectedTicket {
        ticket: ticket_id(n),
        at: at(1),
        edition: 1,
        version,
        reported_at: at(0),
        language: Language::Af,
        confirmed: true,
        referral: Referral {
            team: Some("SAPS-EKU-NORTH".parse().unwrap()),
            assigned_to: None,
            rule: ReferralRule::Precinct,
            distance_m: None,
        },
        expire_at: None,
        disarmed_at: None,
        testimony: Sealed(testimony),
    };
    incoming::<ProtectedTickets>(&format!("protected {n} {version}"), ticket_id(n).as_str(), &ticket)
}
