//! Calendars, closing days, declared holidays and limits of holds: imported or declared, and part of an
//! edition; and how the views count holds.

use connectors::postgis::reference::{
    self, Accept, InUse, PolicyChanges, PublishOutcome, Table, declare_holiday, withdraw_holiday,
};
use serde_json::json;
use sqlx::Row;
use sqlx::postgres::PgPool;
use topics::values::vocabulary::{HoldReason, Hours};

use crate::asking::fill;
use crate::import::{Folder, complaints, import, run, square};
use crate::server::Database;

async fn municipality(pool: &PgPool, folder: &Folder) {
    let map = folder.map(&[(json!({ "code": "AAA", "name": "A" }), square(28.0))]);
    run(pool, Table::Boundaries, &map).await;
}

#[tokio::test]
async fn calendars_and_days_are_imported_and_a_policy_needs_its_calendar() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    municipality(&pool, &folder).await;
    let policies = folder.file("policies.csv", "municipality,category,severity,hours\nAAA,,,working_hours\n");
    run(&pool, Table::Policies, &policies).await;
    let error = reference::publish(&pool).await.unwrap_err().to_string();
    assert!(error.contains("its municipality has no calendar"), "{error}");

    let bad = folder.file(
        "calendars.csv",
        "municipality,time_zone,critical,monday\nAAA,SAST,always,8-16\nBBB,Africa/Johannesburg,working_hours,08:00-16:00\n",
    );
    let said = complaints(&pool, Table::Calendars, &bad).await;
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said.iter().any(|one| one.contains("such as Africa/Johannesburg")), "{said:?}");
    assert!(said.iter().any(|one| one.contains("round_the_clock, working_hours")), "{said:?}");
    assert!(said.iter().any(|one| one.contains("such as 08:00-16:30")), "{said:?}");
    let empty = folder.file("calendars.csv", "municipality,monday\nAAA,\n");
    let said = complaints(&pool, Table::Calendars, &empty).await;
    assert!(said.concat().contains("no working hours on any day"), "{said:?}");

    let good = folder.file("calendars.csv", "municipality,monday,friday\nAAA,08:00-16:30,08:00-13:00\n");
    run(&pool, Table::Calendars, &good).await;
    let days = folder.file("closing_days.csv", "municipality,day,name\nAAA,2026-12-28,Stocktaking\n");
    let did = run(&pool, Table::ClosingDays, &days).await;
    assert_eq!(did.new.len(), 1);
    assert_eq!(run(&pool, Table::ClosingDays, &days).await.same, 1);
    let wrong = folder.file("closing_days.csv", "municipality,day,name\nAAA,28/12/2026,Stocktaking\n");
    let would = import(Table::ClosingDays, &wrong).run(&pool).await.unwrap_err().to_string();
    assert!(would.contains("must be a day such as 2026-12-27"), "{would}");
    reference::publish(&pool).await.unwrap();
    let loaded = reference::load(&pool).await.unwrap();
    let calendar = &loaded.calendars[0];
    assert_eq!(
        (calendar.time_zone.as_str(), calendar.critical),
        ("Africa/Johannesburg", Hours::RoundTheClock)
    );
    assert_eq!(calendar.week().iter().flatten().count(), 2);
    assert_eq!(loaded.policies[0].hours, Hours::WorkingHours);
    assert_eq!(loaded.closing_days[0].name, "Stocktaking");
}

#[tokio::test]
async fn a_holiday_is_declared_renamed_and_withdrawn_but_not_one_of_the_law() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    municipality(&pool, &Folder::new()).await;
    let day = "2026-11-04".parse().unwrap();
    declare_holiday(&pool, day, "Election").await.unwrap();
    declare_holiday(&pool, day, " Local government elections ").await.unwrap();
    let holidays = reference::load(&pool).await.unwrap().holidays;
    assert_eq!(holidays.len(), 1);
    assert_eq!((holidays[0].day, holidays[0].name.as_str()), (day, "Local government elections"));
    let heritage = declare_holiday(&pool, "2026-09-24".parse().unwrap(), "Braai").await.unwrap_err();
    assert!(heritage.to_string().contains("by law already, Heritage Day"), "{heritage}");
    assert!(declare_holiday(&pool, day, "  ").await.unwrap_err().to_string().contains("must have a letter"));
    withdraw_holiday(&pool, day).await.unwrap();
    let twice = withdraw_holiday(&pool, day).await.unwrap_err();
    assert!(twice.to_string().contains("no holiday was declared"), "{twice}");
    assert!(reference::load(&pool).await.unwrap().holidays.is_empty());
}

#[tokio::test]
async fn policies_are_applied_to_open_tickets_by_the_edition_that_says_so_and_stay_applied() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    municipality(&pool, &Folder::new()).await;
    reference::publish(&pool).await.unwrap();
    let apply_from = async || reference::load(&pool).await.unwrap().rules.policies_apply_from;
    assert_eq!(apply_from().await, 0);
    let next = reference::next_edition(&pool, PolicyChanges::OpenTickets).await.unwrap();
    assert_eq!((next.number, next.rules().policies_apply_from), (2, 2));
    assert_eq!(apply_from().await, 0, "a dry run writes nothing");
    let in_use = InUse::default();
    let open = PolicyChanges::OpenTickets;
    let outcome = reference::compare_and_publish(&pool, &in_use, &Accept::Everything, open).await.unwrap();
    let PublishOutcome::Published(publication) = outcome else { panic!("{outcome:?}") };
    assert_eq!((publication.number, publication.changed), (2, true));
    assert_eq!(apply_from().await, 2);
    assert!(!reference::publish(&pool).await.unwrap().changed);
}

#[tokio::test]
async fn limits_of_holds_are_part_of_an_edition() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    municipality(&pool, &Folder::new()).await;
    sqlx::query("insert into hold_limits values ('outage', 1.5)").execute(&pool).await.unwrap();
    let limits = reference::load(&pool).await.unwrap().hold_limits;
    assert_eq!((limits[0].reason, limits[0].limit_s), (HoldReason::Outage, 5_400));
    let edition = reference::next_edition(&pool, PolicyChanges::NewTickets).await.unwrap();
    assert_eq!(edition.hold_limit_s(HoldReason::Outage), 5_400);
    assert_eq!(edition.hold_limit_s(HoldReason::Weather), 7 * 24 * 3_600);
}

#[tokio::test]
async fn the_two_clocks_of_a_held_ticket_are_counted_and_what_is_held_is_not_overdue() {
    let Some(database) = Database::migrated().await else { return };
    let usual = [("response_met_at", "now()")];
    let with = |more: &[(&'static str, &'static str)]| [usual.as_slice(), more].concat();
    // Resolved in time as lived, but not as promised.
    let held = [
        ("status", "'resolved'"),
        ("resolution_due_at", "now() + interval '1 day'"),
        ("resolution_due_without_holds_at", "now() - interval '1 day'"),
        ("resolution_met_at", "now()"),
        ("late_holds", "1"),
        ("reopened_at", "now()"),
    ];
    fill(&database, 1, &with(&held)).await;
    // Resolved in time, both ways.
    let kept = [("status", "'resolved'"), ("resolution_met_at", "now()")];
    fill(&database, 1, &with(&kept)).await;
    // Held now, after what was its deadline.
    let waiting = [("held_since", "now()"), ("resolution_due_at", "now() - interval '1 hour'")];
    fill(&database, 1, &with(&waiting)).await;
    let everything = database.everything();
    let sla = sqlx::query(
        "select sum(resolved_in_time)::bigint, sum(resolution_breaches)::bigint,
                sum(resolved_as_promised)::bigint, sum(promised_breaches)::bigint from sla_by_day",
    )
    .fetch_one(&everything)
    .await
    .unwrap();
    let counts: Vec<i64> = (0..4).map(|column| sla.try_get(column).unwrap()).collect();
    assert_eq!(counts, [2, 0, 1, 2], "the held one passed its deadline as it was promised");
    let overdue: i64 =
        sqlx::query_scalar("select count(*) from open_tickets where overdue or resolution_overdue")
            .fetch_one(&everything)
            .await
            .unwrap();
    assert_eq!(overdue, 0);
    // One that was closed before its deadline has missed nothing; one that is held has, as promised.
    let with_holds = ("resolution_due_without_holds_at", "now() - interval '1 hour'");
    for closed in [("now() - interval '2 hours'", 2), ("now()", 3)] {
        let duplicate = [("status", "'closed'"), ("closed_at", closed.0), with_holds];
        fill(&database, 1, &with(&duplicate)).await;
        let missed: i64 = sqlx::query_scalar("select sum(promised_breaches)::bigint from sla_by_day")
            .fetch_one(&everything)
            .await
            .unwrap();
        assert_eq!(missed, closed.1, "{closed:?}");
    }
    let suspicious: Vec<bool> =
        sqlx::query_scalar("select reopened from suspicious_closings").fetch_all(&everything).await.unwrap();
    assert_eq!(suspicious, [true]);
}

#[tokio::test]
async fn a_value_that_postgres_refuses_is_named_with_its_row() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    // For PostgreSQL there was no year 0.
    let sheet = "municipality,day,name\nEKU,2026-12-27,Stocktaking\nEKU,0000-01-01,Stocktaking\n";
    let said = complaints(&pool, Table::ClosingDays, &folder.file("closing_days.csv", sheet)).await;
    assert!(said.len() == 1 && said[0].starts_with("line 3 (EKU): it cannot be stored: "), "{said:?}");
}
