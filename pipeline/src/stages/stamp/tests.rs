//! Tests of route and stamp together: from a report to the command that opens its ticket.

use topics::codec::sealing::Sealed;
use topics::records::assignments::AssignedAddendum;
use topics::records::editions::{Policy, Reference};
use topics::records::reports::{Account, Addendum, Media, MunicipalReport, ReportFacts};
use topics::records::ticket_commands::{Action, Open};
use topics::values::ids::{Pepper, TicketId};
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{
    Category, Language, MunicipalityRule, PlaceSource, PolicySource, Queue, Role, Sentiment, Severity,
    TeamRule,
};

use super::{stamp, stamp_addendum};
use crate::rules::edition::Edition;
use crate::rules::geography::toy::{at, policy, reference, team};
use crate::stages::route::{route, route_addendum};

const SID: &str = "SM00000000000000000000000000000001";
const REPORTED: Time = Time::from_millis(1_772_352_000_000);
const HEARD: Time = Time::from_millis(1_772_352_000_400);

fn edition() -> Edition {
    let policies = vec![Policy { category: Some(Category::Water), ..policy("west", 3_600, 86_400) }];
    let teams = vec![team("west-water", "west", Some(Category::Water), None)];
    Edition::new(9, Reference { teams, policies, ..reference() }).unwrap()
}

fn report(point: Option<Point>) -> MunicipalReport {
    MunicipalReport {
        ticket: TicketId::of(&SID.parse().unwrap()),
        at: HEARD,
        edition: 9,
        facts: ReportFacts {
            tracking_number: TrackingNumber::issue(&Pepper::new(&[1; 16]).unwrap(), 0, 0, 2),
            reported_at: REPORTED,
            language: Language::Zu,
            category: Category::Water,
            severity: Severity::High,
            sentiment: Sentiment::Negative,
            place_source: point.map_or(PlaceSource::None, |_| PlaceSource::Pin),
            place_precision_m: None,
            reply_partition: 1,
            reopened_from: None,
        },
        account: Sealed(Account { words: vec!["Amanzi ayaphuma".to_owned()], point, ..Account::default() }),
    }
}

fn opened(point: Option<Point>, edition: &Edition) -> Open {
    stamp(&route(&report(point), edition), edition)
}

#[test]
fn a_report_becomes_a_command_with_a_place_a_team_and_deadlines_from_the_webhooks_time() {
    let open = opened(Some(at(1.5, 1.0)), &edition());
    assert_eq!((open.at, open.edition, open.routing.edition, open.deadlines.edition), (HEARD, 9, 9, 9));
    assert_eq!(open.facts, report(Some(at(1.5, 1.0))).facts);
    assert_eq!(open.routing.municipality.as_ref().unwrap().as_str(), "west");
    assert_eq!(
        (open.routing.municipality_rule, open.routing.team_rule),
        (MunicipalityRule::Contains, TeamRule::MunicipalityWide)
    );
    assert_eq!((open.routing.ward.unwrap().as_str(), open.routing.queue), ("west-2", None));
    assert_eq!(
        (open.routing.assigned_to.unwrap().as_str(), open.routing.manager.unwrap().as_str()),
        ("west-water-lead", "west-water-manager")
    );
    assert_eq!(open.deadlines.policy, PolicySource::Category);
    assert_eq!(open.deadlines.response.due_at.millis() - REPORTED.millis(), 3_600_000);
    assert_eq!(open.deadlines.resolution.warn_at.millis() - REPORTED.millis(), 86_400_000 / 100 * 80);
    assert_eq!(open.point.0, Some(at(1.5, 1.0)));
}

#[test]
fn a_report_without_a_place_is_a_ticket_all_the_same_with_the_systems_deadlines() {
    let open = opened(None, &edition());
    assert_eq!(
        (open.routing.queue, open.routing.municipality, open.point.0),
        (Some(Queue::Unlocated), None, None)
    );
    assert_eq!(open.deadlines.policy, PolicySource::System);
    assert_eq!(open.deadlines.resolution.due_at.since(REPORTED).as_secs(), 168 * 3600);
}

#[test]
fn an_addendum_tells_the_ticket_what_it_brought_and_where_but_not_its_words() {
    let account = Account {
        words: vec!["Still leaking".to_owned()],
        media: vec![Media {
            url: "https://example.org/1".to_owned(),
            content_type: "image/jpeg".to_owned(),
            message: SID.parse().unwrap(),
        }],
        point: Some(at(1.5, 1.0)),
        place_name: None,
        ..Account::default()
    };
    let addendum = Addendum {
        ticket: TicketId::of(&SID.parse().unwrap()),
        at: HEARD,
        edition: 9,
        account: Sealed(account),
    };
    let change = stamp_addendum(&route_addendum(&addendum, &edition()));
    assert_eq!(
        (change.at, change.actor.role, change.revision, change.expected_status),
        (HEARD, Role::Resident, None, None)
    );
    let Action::Addendum {
        media: 1,
        has_words: true,
        point: Some(Sealed(point)),
        routing: Some(routing),
        ..
    } = change.action
    else {
        panic!("{:?}", change.action)
    };
    assert_eq!(
        (point, routing.municipality.unwrap().as_str(), routing.ward.unwrap().as_str()),
        (at(1.5, 1.0), "west", "west-2")
    );
    assert_eq!(routing.team, None, "its category is the ticket's to know");

    let bare = Addendum {
        account: Sealed(Account { words: vec!["Hello".to_owned()], ..Account::default() }),
        ..addendum
    };
    let AssignedAddendum { routing, .. } = route_addendum(&bare, &edition());
    assert_eq!(routing, None);
}

#[test]
fn the_same_report_and_edition_give_the_same_command() {
    assert_eq!(opened(Some(at(1.5, 1.0)), &edition()), opened(Some(at(1.5, 1.0)), &edition()));
}
