//! Row-level security under hostile SQL, as every role.

use connectors::batch::BatchStore;
use connectors::postgis::{Sink, reference};
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Connection};

use crate::fixtures::*;
use crate::server::Database;

/// "Insufficient privilege".
const DENIED: &str = "42501";

/// A database with something in every table: three tickets in EKU, two in ETH, one without municipality.
async fn furnished() -> Option<Database> {
    let database = Database::migrated().await?;
    reference::demo(&database.pool("trust_engine"), false).await.unwrap();
    let (sink, letters) = database.sink();
    let of = |n: u32| if n < 4 { "EKU" } else { "ETH" };
    let mut tickets: Vec<_> = (1..6).map(|n| ticket_record(n, 1, of(n))).collect();
    let mut lost = ticket(6, 1, "EKU");
    lost.routing.municipality = None;
    tickets.push(incoming::<topics::catalogue::Tickets>("lost", lost.ticket.as_str(), &lost));
    let undecodable = topics::record::Incoming { topic: "tickets".to_owned(), value: Some(b"{".to_vec()), ..Default::default() };
    let mut unread = unscreened_record(20);
    unread.value = Some(b"{".to_vec());
    for batch in [
        batch("tickets", 0, tickets.into_iter().chain([undecodable]).collect()),
        batch("reports", 0, (1..6).map(|n| report_record(n, "amanzi")).collect()),
        batch("ticket-events", 0, (1..4).map(|n| assigned_record(&n.to_string(), n, 1, "EKU-WATER")).collect()),
        batch("breaches", 0, (1..6).map(|n| breach_record(n, of(n))).collect()),
        batch("deliveries", 0, (1..6).map(|n| delivery_record(n, 1)).collect()),
        batch("unscreened", 0, vec![unscreened_record(9), unread]),
    ] {
        sink.write(&batch).await.unwrap();
    }
    for letter in letters.all() {
        sink.write(&batch(letter.topic, 0, vec![arrived(letter)])).await.unwrap();
    }
    let protected = Sink::protected(database.pool("protected_sink"), ring(), letters, "cluster-1");
    protected.write(&batch("protected-tickets", 0, vec![protected_record(30, 1, "hy slaan my")])).await.unwrap();
    Some(database)
}

/// What `query` counts, or PostgreSQL's code of the refusal.
async fn ask(pool: &PgPool, query: &str) -> Result<i64, String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(pool).await.map_err(code)
}

/// The same in one session, after other statements.
async fn ask_after(connection: &mut PgConnection, statements: &[&str], query: &str) -> Result<i64, String> {
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe((*statement).to_owned())).execute(&mut *connection).await.map_err(code)?;
    }
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(connection).await.map_err(code)
}

fn code(error: sqlx::Error) -> String {
    error.as_database_error().and_then(|error| error.code()).map_or_else(|| panic!("{error}"), |code| code.into_owned())
}

async fn all_denied(pool: &PgPool, queries: &[&str]) {
    for query in queries {
        assert_eq!(ask(pool, query).await, Err(DENIED.to_owned()), "{query}");
    }
}

#[tokio::test]
async fn a_dashboard_sees_its_own_municipality_whole_and_no_other() {
    let Some(database) = furnished().await else { return };
    let pool = database.pool("dashboard_demo");
    for (query, count) in [
        ("select count(*) from tickets", 3),
        ("select count(*) from tickets where municipality = 'ETH' or municipality is null", 0),
        ("select count(location) from tickets where latitude = -26.1", 3),
        ("select count(*) from ticket_assignments", 3),
        ("select count(*) filter (where municipality = 'EKU') from audit_logs", 3),
        ("select count(*) from breaches", 3),
        ("select count(*) from deliveries", 3),
        ("select count(*) from open_tickets", 3),
        ("select sum(tickets)::bigint from sla_by_day", 3),
        ("select sum(messages)::bigint from deliveries_by_status", 3),
        ("select count(*) from teams where municipality <> 'EKU' or is_saps", 0),
        ("select count(*) from staff where municipality <> 'EKU'", 0),
        ("select count(*) from municipalities", 5),
        ("select count(*) from pg_stats where tablename in ('tickets', 'audit_logs', 'staff')", 0),
    ] {
        assert_eq!(ask(&pool, query).await, Ok(count), "{query}");
    }
    all_denied(
        &pool,
        &[
            "select count(*) from ticket_words",
            "select count(note) from audit_logs",
            "select count(*) from (select * from audit_logs) a",
            "select count(*) from dead_letters",
            "select count(*) from sink_offsets",
            "select count(*) from editions",
            "select count(*) from login_municipalities",
            "select count(*) from intake.unscreened",
            "select count(*) from intake.dead_letters",
            "select count(*) from protected.tickets",
            "select count(*) from protected.sink_offsets",
            "with gone as (delete from tickets returning 1) select count(*) from gone",
            "with changed as (update tickets set municipality = 'EKU' returning 1) select count(*) from changed",
            "with new as (insert into login_municipalities values ('dashboard_demo', 'ETH') returning 1) select count(*) from new",
        ],
    )
    .await;
}

#[tokio::test]
async fn nothing_that_a_session_sets_widens_what_it_sees() {
    let Some(database) = furnished().await else { return };
    let tickets = "select count(*) from tickets";
    let mut connection = PgConnection::connect(&database.url("dashboard_demo")).await.unwrap();
    let own = [
        "set role dashboard",
        "reset role; set app.municipality = 'ETH'",
        "set session_replication_role = default",
        "set search_path = pg_temp, public; create temporary table login_municipalities (login name, municipality text, every_municipality boolean);
         insert into pg_temp.login_municipalities values ('dashboard_demo', 'ETH', true)",
        "create function pg_temp.session_municipality() returns text language sql as $$ select 'ETH' $$",
        "create temporary view mine as select * from public.tickets",
    ];
    for setting in own {
        assert_eq!(ask_after(&mut connection, &[setting], tickets).await.unwrap_or(3), 3, "{setting}");
    }
    assert_eq!(ask_after(&mut connection, &[], "select count(*) from mine").await, Ok(3));
    for forbidden in ["set role national", "set role desk", "set role trust_engine", "set session authorization saps", "set role postgres"]
    {
        assert_eq!(ask_after(&mut connection, &[forbidden], tickets).await, Err(DENIED.to_owned()), "{forbidden}");
    }
    // Asking for no policies is refused, not granted.
    assert_eq!(ask_after(&mut connection, &["set row_security = off"], tickets).await, Err(DENIED.to_owned()));
}

#[tokio::test]
async fn a_function_of_the_askers_own_is_never_shown_a_foreign_row() {
    let Some(database) = furnished().await else { return };
    let mut connection = PgConnection::connect(&database.url("dashboard_demo")).await.unwrap();
    let spy = "create temporary table spied (municipality text);
        create function pg_temp.spy(text) returns boolean language plpgsql cost 0.000001 as
            $$ begin insert into pg_temp.spied values ($1); return true; end $$";
    let look = "select count(*) from tickets where pg_temp.spy(municipality)";
    assert_eq!(ask_after(&mut connection, &[spy], look).await, Ok(3));
    assert_eq!(ask_after(&mut connection, &[], "select count(*) from spied where municipality is distinct from 'EKU'").await, Ok(0));
    assert_eq!(ask_after(&mut connection, &[], "select count(*) from spied").await, Ok(3));
}

#[tokio::test]
async fn a_login_without_a_municipality_sees_no_ticket() {
    let Some(database) = furnished().await else { return };
    sqlx::query("delete from login_municipalities").execute(&database.everything()).await.unwrap();
    for login in ["dashboard_demo", "desk"] {
        assert_eq!(ask(&database.pool(login), "select count(*) from tickets").await, Ok(0), "{login}");
    }
    assert_eq!(ask(&database.pool("desk"), "select count(*) from ticket_words").await, Ok(0));
}

#[tokio::test]
async fn the_country_and_the_public_see_squares_and_no_places() {
    let Some(database) = furnished().await else { return };
    let national = database.pool("national");
    assert_eq!(ask(&national, "select count(cell) from tickets").await, Ok(6));
    assert_eq!(ask(&national, "select count(*) from open_tickets where owner = 'national'").await, Ok(1));
    assert_eq!(ask(&national, "select count(*) from teams where is_saps").await, Ok(0));
    let public = database.pool("public_reader");
    assert_eq!(ask(&public, "select count(cell) from tickets").await, Ok(6));
    for pool in [&national, &public] {
        all_denied(
            pool,
            &[
                "select count(location) from tickets",
                "select count(latitude) from tickets",
                "select count(longitude) from tickets",
                "select count(*) from tickets where location && st_makeenvelope(28, -27, 29, -26, 4326)",
                "select count(*) from (select id from tickets order by location) t",
                "select count(t) from tickets t",
                "select count(assigned_to) from tickets",
                "select count(assigned_to) from ticket_assignments",
                "select count(*) from ticket_words",
                "select count(note) from audit_logs",
                "select count(manager) from teams",
                "select count(*) from staff",
                "select count(*) from intake.unscreened",
                "select count(*) from protected.tickets",
            ],
        )
        .await;
    }
    all_denied(
        &public,
        &[
            "select count(id) from tickets",
            "select count(tracking_number) from tickets",
            "select count(*) from open_tickets",
            "select count(*) from audit_logs",
            "select count(*) from breaches",
            "select count(*) from deliveries",
        ],
    )
    .await;
}

#[tokio::test]
async fn only_the_desk_reads_words_and_only_of_tickets_that_it_sees() {
    let Some(database) = furnished().await else { return };
    let desk = database.pool("desk");
    assert_eq!(ask(&desk, "select count(*) from ticket_words where words[1] = 'amanzi'").await, Ok(5));
    assert_eq!(ask(&desk, "select count(*) from audit_logs where note = 'the pump is broken'").await, Ok(3));
    assert_eq!(ask(&desk, "select count(location) from tickets").await, Ok(6));
    let bound = "update login_municipalities set municipality = 'ETH', every_municipality = false where login = 'desk'";
    sqlx::query(bound).execute(&database.everything()).await.unwrap();
    assert_eq!(ask(&desk, "select count(*) from ticket_words").await, Ok(2));
    assert_eq!(ask(&desk, "select count(*) from tickets where municipality is distinct from 'ETH'").await, Ok(0));
    all_denied(&desk, &["select count(*) from intake.unscreened", "select count(*) from protected.tickets"]).await;
}

#[tokio::test]
async fn intake_and_police_see_their_own_schema_and_nothing_else() {
    let Some(database) = furnished().await else { return };
    let intake = database.pool("intake");
    assert_eq!(ask(&intake, "select count(*) from intake.unscreened where address like 'whatsapp:%'").await, Ok(1));
    assert_eq!(ask(&intake, "select count(*) from intake.dead_letters").await, Ok(1));
    let saps = database.pool("saps");
    assert_eq!(ask(&saps, "select count(*) from protected.tickets where words = '{hy slaan my}'").await, Ok(1));
    assert_eq!(ask(&saps, "select count(*) from teams where not is_saps").await, Ok(0));
    for pool in [&intake, &saps] {
        let municipal =
            ["tickets", "ticket_words", "ticket_assignments", "audit_logs", "breaches", "deliveries", "dead_letters", "sink_offsets"];
        for table in municipal {
            all_denied(pool, &[&format!("select count(*) from public.{table}")]).await;
        }
    }
    all_denied(&intake, &["select count(*) from protected.tickets"]).await;
    all_denied(&saps, &["select count(*) from intake.unscreened", "delete from protected.tickets returning 1::bigint"]).await;
}

#[tokio::test]
async fn a_sink_writes_what_it_cannot_read() {
    let Some(database) = furnished().await else { return };
    let sink = database.pool("sink");
    all_denied(
        &sink,
        &[
            "select count(words) from ticket_words",
            "select count(note) from audit_logs",
            "select count(address) from intake.unscreened",
            "select count(*) from protected.tickets",
            "select count(*) from protected.sink_offsets",
            "with gone as (delete from tickets returning 1) select count(*) from gone",
        ],
    )
    .await;
    let protected = database.pool("protected_sink");
    all_denied(
        &protected,
        &["select count(*) from tickets", "select count(*) from sink_offsets", "select count(*) from intake.unscreened"],
    )
    .await;
}

#[tokio::test]
async fn the_owner_reads_tickets_but_no_words_no_intake_and_no_police_matter() {
    let Some(database) = furnished().await else { return };
    let owner = database.pool("trust_engine");
    assert_eq!(ask(&owner, "select count(*) from tickets").await, Ok(6));
    assert_eq!(ask(&owner, "select count(*) from dead_letters").await, Ok(1));
    for table in ["ticket_words", "intake.unscreened", "intake.dead_letters", "protected.tickets", "protected.sink_offsets"] {
        assert_eq!(ask(&owner, &format!("select count(*) from {table}")).await, Ok(0), "{table}");
        assert!(database.count(&format!("select count(*) from {table}")).await > 0, "{table}");
    }
    // A view that somebody made without thinking shows the readers nothing.
    let view = "create view careless as select * from tickets; grant select on careless to dashboard, public_reader";
    sqlx::raw_sql(view).execute(&owner).await.unwrap();
    for login in ["dashboard_demo", "public_reader"] {
        assert_eq!(ask(&database.pool(login), "select count(*) from careless").await, Ok(0), "{login}");
    }
}

#[tokio::test]
async fn a_dashboards_map_uses_the_index_under_row_level_security() {
    let Some(database) = furnished().await else { return };
    let fill =
        "insert into tickets (id, municipality, tracking_number, category, severity, sentiment, status, language, location, place_source,
            municipality_rule, team_rule, assignment_reason, policy, policy_edition, created_at, updated_at, manager_missing, tier, response_due_at,
            resolution_due_at, addenda, revision, version, edition)
        select md5(n::text), (array['EKU', 'ETH', 'CPT'])[1 + n % 3], 'X', 'water', 'low', 'neutral', 'open', 'en',
            st_setsrid(st_makepoint(28 + (n % 100) / 100.0, -27 + (n / 100) / 200.0), 4326), 'pin', 'contains', 'default',
            'geospatial_routing', 'system', 1, now(), now(), false, 0, now(), now(), 0, 1, 1, 1
        from generate_series(1, 20000) n";
    let everything = database.everything();
    sqlx::query(fill).execute(&everything).await.unwrap();
    sqlx::query("analyze tickets").execute(&everything).await.unwrap();
    let explain = "explain select count(*) from tickets where location && st_makeenvelope(28.2, -26.8, 28.25, -26.75, 4326)";
    let plan: Vec<String> = sqlx::query_scalar(explain).fetch_all(&database.pool("dashboard_demo")).await.unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("tickets_place") && plan.contains("Index Cond") && plan.contains("location &&"), "{plan}");
}
