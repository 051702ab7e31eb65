//! Ladders: imported, checked as a whole, part of an edition; and the people whom their steps reach.

use connectors::batch::SinkDatabase;
use connectors::postgis::reference::{self, PolicyChanges, Table};
use serde_json::json;
use topics::catalogue::TicketEvents;
use topics::records::ticket_actions::Actor;
use topics::records::ticket_events::{Absentee, Event, TicketEvent};
use topics::values::ladder::StandIn;
use topics::values::vocabulary::{Clock, StepAction};

use crate::asking::ask;
use crate::fixtures::{at, batch, incoming, ticket_id};
use crate::import::{Folder, complaints, labels, run, square};
use crate::server::Database;

const STAFF: &str = "login,name,municipality,team,role\nthandi.m,Thandi,AAA,,staff\nboss,Boss,AAA,,manager\n";

#[tokio::test]
async fn ladders_are_imported_with_all_complaints_at_once_and_are_part_of_an_edition() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let map = folder.map(&[(json!({ "code": "AAA", "name": "A" }), square(28.0))]);
    run(&pool, Table::Boundaries, &map).await;
    run(&pool, Table::Staff, &folder.file("staff.csv", STAFF)).await;

    let header = "municipality,category,severity,step,clock,at,action,whom\n";
    let bad = "AAA,,,1,resolution,2 days,notify,lead\nAAA,,,9,resolution,0,shout,lead\n\
               AAA,,,3,resolution,0,escalate,\nAAA,,,4,resolution,0,assign,role:staff\n\
               AAA,,high,5,resolution,0,notify,thandi.m\n";
    let said =
        complaints(&pool, Table::Ladders, &folder.file("ladders.csv", &(header.to_owned() + bad))).await;
    for words in [
        "such as -20%, -2h, 0",
        "from 1 to 8",
        "notify, assign, raise_severity, escalate, tell_resident",
        "`action` is escalate, and `whom` is empty",
        "`action` is assign, which needs one person, and `whom` is role:staff",
        "role:manager or login:NAME",
    ] {
        assert!(said.iter().any(|one| one.contains(words)), "{words}: {said:#?}");
    }

    let good = "AAA,,,1,resolution,-20 %,notify,role:staff\nAAA,,,2,resolution,0,escalate,login:boss\n\
                AAA,water,,1,response,+5m,notify,login:gone\n";
    let good = folder.file("ladders.csv", &(header.to_owned() + good));
    assert_eq!(run(&pool, Table::Ladders, &good).await.new.len(), 3);
    assert_eq!(run(&pool, Table::Ladders, &good).await.same, 3);
    let error = reference::publish(&pool).await.unwrap_err().to_string();
    assert!(error.contains("no active member of staff gone"), "{error}");
    let off = folder.file(
        "off.csv",
        "municipality,category,severity,step,at,action,is_active\nAAA,water,,1,+5m,notify,false\n",
    );
    let did = run(&pool, Table::Ladders, &off).await;
    assert_eq!(labels(&did.changed), ["AAA water 1: is_active"]);
    reference::publish(&pool).await.unwrap();
    let loaded = reference::load(&pool).await.unwrap();
    let steps: Vec<String> =
        loaded.ladders.iter().map(|s| format!("{} {} {} {}", s.step, s.clock, s.at, s.action)).collect();
    assert_eq!(steps, ["1 resolution -20% notify", "2 resolution 0 escalate"]);
    let edition = reference::next_edition(&pool, PolicyChanges::NewTickets).await.unwrap();
    assert_eq!(edition.staff().len(), 2);
    // A ladder that stops before the deadline would miss it in silence.
    let last = "municipality,category,severity,step,at,action,is_active\nAAA,,,2,0,escalate,false\n";
    run(&pool, Table::Ladders, &folder.file("last.csv", last)).await;
    let error = reference::publish(&pool).await.unwrap_err().to_string();
    assert!(error.contains("a missed resolution deadline would reach nobody"), "{error}");
}

#[tokio::test]
async fn the_people_whom_a_step_reaches_are_in_a_view_of_their_municipality_and_not_of_the_country() {
    let Some(database) = Database::migrated().await else { return };
    reference::demo(&database.pool("trust_engine"), false).await.unwrap();
    let (sink, letters) = database.sink();
    let event = TicketEvent {
        ticket: ticket_id(1),
        at: at(5),
        edition: 1,
        municipality: Some("EKU".parse().unwrap()),
        version: 3,
        revision: 2,
        actor: Actor::SYSTEM,
        event: Event::Stepped {
            clock: Clock::Resolution,
            step: 2,
            offset: "-2h".parse().unwrap(),
            action: StepAction::Notify,
            due_at: at(7),
            stand_in: Some(StandIn::Delegate),
        },
        changes: Vec::new(),
        assignment: None,
        note: None,
        reached: vec!["thandi.m".parse().unwrap(), "boss".parse().unwrap()],
        absent: vec![Absentee {
            login: "nomsa".parse().unwrap(),
            until: Some("2026-03-06".parse().unwrap()),
            stand_in: Some("thandi.m".parse().unwrap()),
        }],
    };
    let none = TicketEvent {
        event: Event::LadderChanged {},
        reached: Vec::new(),
        absent: Vec::new(),
        ..event.clone()
    };
    let key = ticket_id(1).to_string();
    let records = vec![
        incoming::<TicketEvents>("stepped", &key, &event),
        incoming::<TicketEvents>("changed", &key, &none),
    ];
    sink.write(&batch("ticket-events", 0, records)).await.unwrap();
    assert!(letters.all().is_empty());
    let everything = database.everything();
    let absent: Vec<String> =
        sqlx::query_scalar("select (details -> 'absent')::text from audit_logs where details ? 'absent'")
            .fetch_all(&everything)
            .await
            .unwrap();
    assert_eq!(absent, [r#"[{"login": "nomsa", "until": "2026-03-06", "stand_in": "thandi.m"}]"#]);
    let seen: Vec<(String, i32, String, String)> =
        sqlx::query_as("select login, step, step_at, action from staff_notices order by login")
            .fetch_all(&everything)
            .await
            .unwrap();
    let row = |login: &str| (login.to_owned(), 2, "-2h".to_owned(), "notify".to_owned());
    assert_eq!(seen, [row("boss"), row("thandi.m")]);
    let notices = "select count(*) from staff_notices";
    assert_eq!(ask(&database.pool("dashboard_demo"), notices).await, Ok(2));
    assert_eq!(ask(&database.pool("desk"), notices).await, Ok(2));
    for login in ["national", "public_reader"] {
        assert!(ask(&database.pool(login), notices).await.is_err(), "{login}");
        let whom = "select count(*) from audit_logs where reached is not null";
        assert!(ask(&database.pool(login), whom).await.is_err(), "{login}");
    }
}
