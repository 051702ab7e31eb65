//! People who are absent: imported, checked as a whole, part of an edition; and who is told in their place.

use connectors::batch::SinkDatabase;
use connectors::postgis::reference::{self, Table};
use serde_json::json;
use topics::catalogue::TicketEvents;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_events::{Absentee, AssignmentFact, Event, TicketEvent};
use topics::values::vocabulary::{AssignmentReason, Category, Clock};

use crate::fixtures::{at, batch, incoming, ticket_id};
use crate::import::{Folder, complaints, labels, run, square};
use crate::server::Database;

const HEADER: &str = "login,name,municipality,role,absent_from,absent_until,delegate\n";

#[tokio::test]
async fn absences_are_imported_with_all_complaints_at_once_and_are_part_of_an_edition_until_they_are_over() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let map = folder.map(&[(json!({ "code": "AAA", "name": "A" }), square(28.0))]);
    run(&pool, Table::Boundaries, &map).await;
    let bad = "ann,Ann,AAA,staff,tomorrow,,\nben,Ben,AAA,staff,2099-02-03,2099-02-01,\n\
               cas,Cas,AAA,staff,,2099-02-01,\ndan,Dan,AAA,staff,2099-02-01,,dan\n";
    let said = complaints(&pool, Table::Staff, &folder.file("bad.csv", &(HEADER.to_owned() + bad))).await;
    for words in [
        "(ann): `absent_from` is `tomorrow`; it must be a day",
        "(ben): `absent_until` is the last day",
        "(cas): `absent_until` is the last day",
        "(dan): nobody is their own delegate",
    ] {
        assert!(said.iter().any(|one| one.contains(words)), "{words}: {said:#?}");
    }
    let good = "ann,Ann,AAA,staff,2020-01-01,2099-12-31,ben\nben,Ben,AAA,staff,2020-01-01,2020-02-01,ann\n\
                cas,Cas,AAA,manager,2020-01-01,,gone\n";
    let good = folder.file("good.csv", &(HEADER.to_owned() + good));
    assert_eq!(run(&pool, Table::Staff, &good).await.new.len(), 3);
    let error = reference::publish(&pool).await.unwrap_err().to_string();
    assert!(error.contains("cas: the delegate gone is no active member of staff"), "{error}");
    let named = folder.file("named.csv", "login,name,role,delegate\ncas,Cas,manager,\n");
    assert_eq!(labels(&run(&pool, Table::Staff, &named).await.changed), ["cas: delegate"]);
    reference::publish(&pool).await.unwrap();
    let absences: Vec<String> = reference::load(&pool)
        .await
        .unwrap()
        .staff
        .iter()
        .map(|member| {
            let absence = member.absence.as_ref();
            absence.map_or_else(String::new, |absence| {
                let until = absence.until.map_or_else(String::new, |day| day.to_string());
                let delegate = absence.delegate.as_ref().map_or("", |login| login.as_str());
                format!("{} {} {until} {delegate}", member.login, absence.from)
            })
        })
        .collect();
    assert_eq!(absences, ["ann 2020-01-01 2099-12-31 ben", "", "cas 2020-01-01  "]);
}

#[tokio::test]
async fn who_stands_in_is_mailed_and_no_row_says_that_a_ladder_reached_them() {
    let Some(database) = Database::migrated().await else { return };
    reference::demo(&database.pool("trust_engine"), false).await.unwrap();
    let (sink, letters) = database.sink();
    let of = |version, event, assignment: Option<&str>, reached: &[&str]| TicketEvent {
        ticket: ticket_id(1),
        at: at(i64::try_from(version).unwrap()),
        edition: 1,
        municipality: Some("EKU".parse().unwrap()),
        version,
        revision: 2,
        actor: Actor::SYSTEM,
        event,
        changes: Vec::new(),
        assignment: assignment.map(|login| AssignmentFact {
            team: None,
            assigned_to: Some(login.parse().unwrap()),
            assigned_by: "thabo".parse().unwrap(),
            reason: AssignmentReason::ManualOverride,
            ticket_category: Category::Water,
        }),
        note: None,
        reached: reached.iter().map(|login| login.parse().unwrap()).collect(),
        absent: vec![Absentee { login: "nomsa".parse().unwrap(), until: None, stand_in: None }],
    };
    let clock = Clock::Resolution;
    let events = [
        ("assigned", of(1, Event::Rerouted {}, Some("nomsa"), &["thandi"])),
        ("warned", of(2, Event::Warned { clock }, None, &["thandi"])),
        ("breached", of(3, Event::Breached { clock }, None, &[])),
    ];
    let key = ticket_id(1).to_string();
    let records = events.iter().map(|(name, event)| incoming::<TicketEvents>(name, &key, event)).collect();
    sink.write(&batch("ticket-events", 0, records)).await.unwrap();
    assert!(letters.all().is_empty());
    let told: Vec<(String, String)> =
        sqlx::query_as("select login, reason from staff_mail_events order by at")
            .fetch_all(&database.pool("staff_mail"))
            .await
            .unwrap();
    let row = |login: &str, reason: &str| (login.to_owned(), reason.to_owned());
    assert_eq!(told, [row("thandi", "assignment"), row("thandi", "warning"), row("nomsa", "breach")]);
    assert_eq!(database.count("select count(*) from staff_notices").await, 0);
}

#[tokio::test]
async fn the_days_on_which_a_team_takes_no_tickets_are_part_of_an_edition_until_they_are_over() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let folder = Folder::new();
    let header = "code,unavailable_from,unavailable_until\n";
    let bad = folder.file("bad.csv", format!("{header}EKU-DESK,2099-02-03,2099-02-01\n"));
    let said = complaints(&pool, Table::Teams, &bad).await;
    assert!(said.iter().any(|one| one.contains("`unavailable_until` is the last day")), "{said:#?}");
    let away = async |days: &str| {
        let file = folder.file("team.csv", format!("{header}EKU-DESK,{days}\n"));
        run(&pool, Table::Teams, &file).await;
        let teams = reference::load(&pool).await.unwrap().teams;
        let team = teams.into_iter().find(|team| team.code.as_str() == "EKU-DESK").unwrap();
        team.unavailable.map(|days| (days.from.to_string(), days.until.map(|day| day.to_string())))
    };
    let from = || "2020-01-01".to_owned();
    assert_eq!(away("2020-01-01,2099-12-31").await, Some((from(), Some("2099-12-31".to_owned()))));
    assert_eq!(away("2020-01-01,2020-02-01").await, None);
    assert_eq!(away("2020-01-01,").await, Some((from(), None)));
    assert_eq!(away(",").await, None);
}
