//! What the views say.

use pipeline::rules::geography::cell_of;
use sqlx::Row;
use topics::values::point::Point;

use crate::asking::{ask, fill};
use crate::server::Database;

/// A database whose dashboard is EKU's.
async fn watched() -> Option<Database> {
    let database = Database::migrated().await?;
    for statement in [
        "insert into municipalities (code, name, kind, boundary)
            select code, code, 'metro', st_multi(st_makeenvelope(28, -27, 29, -26, 4326)) \
            from unnest(array['EKU', 'ETH']) code",
        "insert into wards values ('W1', 'EKU', st_multi(st_makeenvelope(28, -27, 28.5, -26, 4326)))",
        "insert into login_municipalities values ('dashboard_demo', 'EKU', false)",
    ] {
        sqlx::query(statement).execute(&database.everything()).await.unwrap();
    }
    Some(database)
}

#[tokio::test]
async fn the_open_queue_has_the_longest_overdue_first_and_what_waits_for_its_resident_last() {
    let Some(database) = watched().await else { return };
    for (number, response_due, response_met, resolution_due, resolution_met, status) in [
        ("'in time'", "1 hour", "null", "5 days", "null", "open"),
        ("'response overdue'", "-2 hours", "null", "5 days", "null", "open"),
        ("'resolution overdue'", "-9 days", "now() - interval '10 days'", "-3 hours", "null", "escalated"),
        ("'looked at late'", "-9 days", "now() - interval '8 days'", "3 days", "null", "in_progress"),
        (
            "'resolved'",
            "-9 days",
            "now() - interval '8 days'",
            "-1 day",
            "now() - interval '2 days'",
            "resolved",
        ),
        ("'closed'", "-9 days", "null", "-1 day", "null", "closed"),
    ] {
        let response_due = format!("now() + interval '{response_due}'");
        let resolution_due = format!("now() + interval '{resolution_due}'");
        let columns = [
            ("tracking_number", number),
            ("response_due_at", &response_due),
            ("response_met_at", response_met),
            ("resolution_due_at", &resolution_due),
            ("resolution_met_at", resolution_met),
            ("status", &format!("'{status}'")),
        ];
        fill(&database, 1, &columns).await;
    }
    let query = "select tracking_number, response_overdue, resolution_overdue, overdue from open_tickets \
        order by next_due_at";
    let rows = sqlx::query(query).fetch_all(&database.pool("dashboard_demo")).await.unwrap();
    let rows: Vec<(String, bool, bool, bool)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
    let expected = [
        ("resolution overdue", false, true, true),
        ("response overdue", true, false, true),
        ("in time", false, false, false),
        ("looked at late", false, false, false),
        ("resolved", false, false, false),
    ];
    assert_eq!(
        rows,
        expected.map(|(number, response, resolution, either)| (
            number.to_owned(),
            response,
            resolution,
            either
        ))
    );
}

/// Deadlines that have passed: of tickets that are held, resolved or closed, none of them runs.
#[tokio::test]
async fn a_deadline_whose_clock_does_not_run_is_overdue_in_no_list_figure_or_map() {
    let Some(database) = watched().await else { return };
    let past = "now() - interval '1 hour'";
    let place = [("ward", "'W1'"), ("cell", "'x850y-5850'"), ("resolution_due_at", past)];
    let met = ("response_met_at", "now()");
    let held = ("held_since", "now()");
    let stands_still = [
        vec![met, held],
        // Resolved by the resident, whom nobody had answered.
        vec![("status", "'resolved'"), ("response_due_at", past), ("resolution_met_at", "now()")],
        vec![("status", "'closed'"), ("response_due_at", past), ("outcome", "'duplicate'")],
    ];
    for columns in stands_still {
        fill(&database, 1, &[&place[..], &columns].concat()).await;
    }
    let dashboard = database.pool("dashboard_demo");
    let due = "select count(*) from tickets where next_due_at is not null";
    let overdue = "select count(*) from open_tickets where overdue or response_overdue or resolution_overdue";
    let on_maps = "select sum(overdue)::bigint from (select overdue from heat_by_ward union all
        select overdue from heat_by_cell) maps";
    for query in [due, overdue, on_maps] {
        assert_eq!(ask(&dashboard, query).await, Ok(0), "{query}");
    }
    // The response of a held ticket runs on.
    let waits = [held, ("response_due_at", past), ("resolution_due_at", "now() - interval '2 hours'")];
    fill(&database, 1, &[&place[..2], &waits].concat()).await;
    for (query, count) in [(due, 1), (overdue, 1), (on_maps, 2)] {
        assert_eq!(ask(&dashboard, query).await, Ok(count), "{query}");
    }
    let next = "select count(*) from tickets where next_due_at = response_due_at";
    assert_eq!(ask(&database.pool("national"), next).await, Ok(1));
}

#[tokio::test]
async fn compliance_is_the_share_in_time_of_what_is_decided() {
    let Some(database) = watched().await else { return };
    // Of twenty: 8 looked at in time, 4 late, 3 missed until now, 5 not decided.
    let columns = [
        ("created_at", "timestamptz '2026-03-01 22:30:00Z'"),
        ("assigned_team", "'EKU-WATER'"),
        ("response_due_at", "timestamptz '2026-03-03'"),
        (
            "response_met_at",
            "case when n <= 8 then timestamptz '2026-03-02' when n <= 12 then timestamptz '2026-03-03' end",
        ),
        ("response_breached_at", "case when n between 9 and 15 then timestamptz '2026-03-03' end"),
        // Nothing is decided: the machine has not said that a deadline passed, or the ticket was a
        // duplicate.
        ("status", "case when n < 5 then 'closed' else 'open' end"),
        ("resolution_due_at", "timestamptz '2026-03-08'"),
    ];
    fill(&database, 20, &columns).await;
    let query = "select day::text, category, assigned_team, tickets, responded_in_time, response_breaches, \
        response_pct::text,
        resolved_in_time, resolution_breaches, resolution_pct::text from sla_by_day";
    let row = sqlx::query(query).fetch_one(&database.pool("dashboard_demo")).await.unwrap();
    assert_eq!(row.get::<String, _>("day"), "2026-03-02", "half past midnight in South Africa");
    let count = |column| row.get::<i64, _>(column);
    assert_eq!((count("tickets"), count("responded_in_time"), count("response_breaches")), (20, 8, 7));
    assert_eq!(row.get::<String, _>("response_pct"), "53.3");
    assert_eq!((count("resolved_in_time"), count("resolution_breaches")), (0, 0));
    assert_eq!(row.get::<Option<String>, _>("resolution_pct"), None);
}

/// What a login is told: tickets, looked at in time and not, resolved in time and not.
async fn kept(database: &Database, login: &str) -> [Option<i64>; 5] {
    let query = "select sum(tickets)::bigint, sum(responded_in_time)::bigint, sum(response_breaches)::bigint,
        sum(resolved_in_time)::bigint, sum(resolution_breaches)::bigint from sla_by_day \
        where municipality = 'EKU'";
    let row = sqlx::query(query).fetch_one(&database.pool(login)).await.unwrap();
    [0, 1, 2, 3, 4].map(|column| row.get(column))
}

#[tokio::test]
async fn a_promise_that_was_missed_stays_missed_when_the_ticket_is_reopened() {
    let Some(database) = watched().await else { return };
    // Ten tickets that were looked at and resolved within the time that they have now, which some have since
    // they were reopened.
    let columns = [
        ("id", "'t' || n"),
        ("response_met_at", "now()"),
        ("status", "'resolved'"),
        ("resolution_due_at", "now() + interval '1 day'"),
        ("resolution_met_at", "now()"),
    ];
    fill(&database, 10, &columns).await;
    for login in ["dashboard_demo", "national", "desk"] {
        assert_eq!(kept(&database, login).await, [10, 10, 0, 10, 0].map(Some), "{login}");
    }
    // 1 to 4 missed their first resolution, 1 and 2 twice, 4 a response too; 5 and 6 were warned; 7 and 8
    // missed it elsewhere.
    let breaches = "insert into breaches (ce_id, ticket, clock, level, tier, due_at, seen_at, municipality, \
        category, edition)
        select ticket || clock || level || tier, ticket, clock, level, tier, now(), now(), municipality, \
        'water', 1
          from (select 't' || n, 'resolution', case when n < 5 then 'breach' else 'warning' end, 0, 'EKU' \
          from generate_series(1, 6) n
                union all select 't' || n, 'resolution', 'breach', 1, 'EKU' from generate_series(1, 2) n
                union all select 't4', 'response', 'breach', 0, 'EKU'
                union all select 't7', 'resolution', 'breach', 0, 'ETH'
                union all select 't8', 'resolution', 'breach', 0, null) seen (ticket, clock, level, tier, \
                municipality)";
    sqlx::query(breaches).execute(&database.everything()).await.unwrap();
    for login in ["dashboard_demo", "national", "desk"] {
        assert_eq!(kept(&database, login).await, [10, 9, 1, 6, 4].map(Some), "{login}");
    }
}

#[tokio::test]
async fn a_municipality_that_is_not_on_board_has_kept_and_missed_nothing() {
    let Some(database) = watched().await else { return };
    let late = ("resolution_breached_at", "now()");
    fill(&database, 3, &[late]).await;
    fill(&database, 2, &[late, ("queue", "'unassigned'")]).await;
    fill(&database, 4, &[late, ("queue", "'referred'")]).await;
    for login in ["dashboard_demo", "national", "desk"] {
        assert_eq!(kept(&database, login).await, [5, 0, 0, 0, 5].map(Some), "{login}");
    }
}

#[tokio::test]
async fn heat_counts_what_is_open_overdue_and_new_by_ward_and_by_cell() {
    let Some(database) = watched().await else { return };
    let columns = [
        ("ward", "case when n <= 10 then 'W1' when n = 11 then 'OLD' end"),
        ("cell", "'x850y-5850'"),
        ("status", "case when n in (1, 9, 10) then 'closed' else 'open' end"),
        (
            "created_at",
            "now() - (case when n <= 3 then 1 when n <= 8 then 20 else 60 end) * interval '1 day'",
        ),
        ("response_due_at", "now() + (case when n in (3, 4) then -1 else 1 end) * interval '1 hour'"),
    ];
    fill(&database, 12, &columns).await;
    fill(&database, 1, &[("municipality", "'ETH'"), ("cell", "'x850y-5850'"), ("ward", "'W1'")]).await;
    let dashboard = database.pool("dashboard_demo");
    let counts = async |query: &str| {
        let row = sqlx::query(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(&dashboard).await.unwrap();
        ["open", "overdue", "opened_7d", "opened_30d"].map(|column| row.get::<i64, _>(column))
    };
    assert_eq!(
        counts("select * from heat_by_ward where ward = 'W1' and boundary is not null").await,
        [7, 2, 3, 8]
    );
    assert_eq!(
        counts("select * from heat_by_ward where ward = 'OLD' and boundary is null").await,
        [1, 0, 0, 0]
    );
    assert_eq!(
        counts("select * from heat_by_cell where abs(st_area(box::geography) - 250000) < 1").await,
        [9, 2, 3, 8]
    );
    assert_eq!(ask(&dashboard, "select count(*) from heat_by_cell").await, Ok(1));
    assert_eq!(ask(&database.pool("national"), "select sum(open)::bigint from heat_by_cell").await, Ok(10));
}

#[tokio::test]
async fn a_cells_box_is_where_the_pipeline_puts_its_tickets() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("national");
    for n in 0..500 {
        let point = Point {
            latitude: -34.8 + f64::from(n) * 0.0253,
            longitude: 16.5 + f64::from(n * 37 % 500) * 0.0329,
        };
        let cell = cell_of(point).unwrap();
        let query = "select st_contains(cell_box($1), st_setsrid(st_makepoint($2, $3), 4326))";
        let query = sqlx::query_scalar::<_, bool>(query)
            .bind(cell.to_string())
            .bind(point.longitude)
            .bind(point.latitude);
        assert!(query.fetch_one(&pool).await.unwrap(), "{cell} does not hold {point:?}");
    }
    assert_eq!(
        ask(&pool, "select count(cell_box(cell)) from unnest(array['', 'x1', 'somewhere']) cell").await,
        Ok(0)
    );
}
