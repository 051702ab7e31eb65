//! Plans under row-level security: indexes are used, and a plan says nothing of rows that its asker may not
//! see.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;

use crate::asking::fill;
use crate::server::Database;

/// Tickets of three municipalities, mixed in the table, each municipality in a degree of its own; one of five
/// is open.
async fn spread() -> Option<Database> {
    let database = Database::migrated().await?;
    let login = "insert into login_municipalities values ('dashboard_demo', 'EKU', false)";
    let municipalities = "insert into municipalities (code, name, kind, boundary)
        select code, code, 'metro', st_multi(st_makeenvelope(28, -27, 29, -26, 4326)) \
        from unnest(array['EKU', 'ETH', 'CPT']) code";
    for statement in [municipalities, login] {
        sqlx::query(statement).execute(&database.everything()).await.unwrap();
    }
    let columns = [
        ("municipality", "(array['EKU', 'ETH', 'CPT'])[1 + n % 3]"),
        (
            "location",
            "st_setsrid(st_makepoint(28 + n % 3 + (n % 100) / 100.0, -27 + (n / 100) / 300.0), 4326)",
        ),
        ("status", "case when n % 5 = 0 then 'open' else 'closed' end"),
        ("response_due_at", "now() + (n % 1000 - 500) * interval '1 minute'"),
    ];
    fill(&database, 30_000, &columns).await;
    sqlx::query("vacuum analyze tickets").execute(&database.everything()).await.unwrap();
    Some(database)
}

/// The plan of a query, as it was when it ran.
async fn plan(pool: &PgPool, query: &str) -> String {
    let explain = format!("explain (analyze, timing off, summary off) {query}");
    let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain)).fetch_all(pool).await.unwrap();
    lines.join("\n")
}

#[tokio::test]
async fn a_dashboards_map_uses_the_index_of_municipality_and_place() {
    let Some(database) = spread().await else { return };
    let query =
        "select count(*) from tickets where location && st_makeenvelope(28.2, -26.8, 28.4, -26.6, 4326)";
    let plan = plan(&database.pool("dashboard_demo"), query).await;
    assert!(
        plan.contains("tickets_place") && plan.contains("Index Cond: ((municipality = $0) AND (location &&"),
        "{plan}"
    );
    assert!(!plan.contains("Seq Scan") && !plan.contains("Rows Removed"), "{plan}");
    let within =
        "select count(*) from tickets where location && st_makeenvelope(28.2, -26.8, 28.4, -26.6, 4326)
        and st_dwithin(location::geography, st_setsrid(st_makepoint(28.3, -26.7), 4326)::geography, 500)";
    let plan = self::plan(&database.pool("dashboard_demo"), within).await;
    assert!(
        plan.contains("tickets_place") && plan.contains("location &&") && !plan.contains("Seq Scan"),
        "{plan}"
    );
}

#[tokio::test]
async fn the_open_queue_of_a_municipality_comes_in_order_from_its_partial_index() {
    let Some(database) = spread().await else { return };
    let dashboard = database.pool("dashboard_demo");
    for query in [
        "select * from open_tickets order by next_due_at limit 50",
        "select * from open_tickets where category = 'water' and overdue order by next_due_at limit 50",
    ] {
        let plan = plan(&dashboard, query).await;
        assert!(
            plan.contains("Index Scan using tickets_open on tickets") && plan.contains("municipality = $0"),
            "{plan}"
        );
        assert!(!plan.contains("Sort"), "{plan}");
    }
}

#[tokio::test]
async fn a_plan_says_nothing_of_what_other_municipalities_have_where() {
    let Some(database) = spread().await else { return };
    let dashboard = database.pool("dashboard_demo");
    // Two thousand tickets of ETH, and nothing at all.
    let full = "st_makeenvelope(29.0, -27.0, 29.2, -26.9, 4326)";
    let empty = "st_makeenvelope(19.0, -27.0, 19.2, -26.9, 4326)";
    assert!(database.count(&format!("select count(*) from tickets where location && {full}")).await > 100);
    for setting in
        ["", "where location && ", "where status <> 'closed' and location && ", "where location ~ "]
    {
        let mut plans = Vec::new();
        for here in [full, empty] {
            let condition = if setting.is_empty() { String::new() } else { format!("{setting}{here}") };
            let plan = plan(&dashboard, &format!("select id from tickets {condition}")).await;
            // Without the box itself.
            plans.push(plan.split('\'').filter(|part| !part.starts_with("0103")).collect::<String>());
        }
        assert_eq!(plans[0], plans[1]);
    }
    for numbers in [["T1", "X"], ["T2", "X"]] {
        let mut plans = Vec::new();
        for number in numbers {
            plans.push(
                plan(&dashboard, &format!("select id from tickets where tracking_number = '{number}'"))
                    .await
                    .replace(number, ""),
            );
        }
        assert_eq!(plans[0], plans[1], "{numbers:?} are not of this municipality");
    }
}
