//! What a login is told: a database with something in every table, and how it is asked.

use connectors::batch::SinkDatabase;
use connectors::postgis::{Sink, reference};
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnection, PgPool};
use topics::catalogue::{IntakeReviews, MunicipalReviews, ProtectedReviews};

use crate::fixtures::*;
use crate::server::Database;

/// SQLSTATE `insufficient_privilege`: the login may not do this.
pub const DENIED: &str = "42501";

/// A database with something in every table: three tickets in EKU, two in ETH, one without municipality. A
/// resident of each has sent another pin.
pub async fn database_with_examples() -> Option<Database> {
    let database = Database::migrated().await?;
    write_examples(&database).await;
    Some(database)
}

/// Writes the rows that these tests ask for into `database`.
pub async fn write_examples(database: &Database) {
    let owner = database.pool("trust_engine");
    reference::demo(&owner, false).await.unwrap();
    sqlx::raw_sql(
        "insert into calendars (municipality, monday) values ('EKU', '08:00-16:00');
         insert into closing_days values ('EKU', '2026-12-28', 'Stocktaking');
         insert into holidays values ('2026-11-04', 'Election day');
         insert into hold_limits values ('outage', 24);
         insert into ladders (municipality, step, at, action, whom) values ('EKU', 1, '0', 'escalate', 'manager');
         insert into automations (municipality, code, position, trigger, effect)
             values ('EKU', 'seen', 1, 'opened', 'tag:seen')",
    )
    .execute(&owner)
    .await
    .unwrap();
    reference::publish(&owner).await.unwrap();
    let (sink, letters) = database.sink();
    let of = |n: u32| if n < 4 { "EKU" } else { "ETH" };
    let mut tickets: Vec<_> = (1..6).map(|n| ticket_record(n, 1, of(n))).collect();
    let mut lost = ticket(6, 1, "EKU");
    lost.routing.municipality = None;
    tickets.push(incoming::<topics::catalogue::Tickets>("lost", lost.ticket.as_str(), &lost));
    let undecodable = topics::codec::record::Incoming {
        topic: "tickets".to_owned(),
        value: Some(b"{".to_vec()),
        ..Default::default()
    };
    let mut unread = unscreened_record(20);
    unread.value = Some(b"{".to_vec());
    for batch in [
        batch("tickets", 0, tickets.into_iter().chain([undecodable]).collect()),
        batch(
            "reports",
            0,
            (1..6).map(|n| report_record(n, "amanzi")).chain([pinned_record(1), pinned_record(5)]).collect(),
        ),
        batch(
            "ticket-events",
            0,
            (1..4).map(|n| assigned_record(&n.to_string(), n, 1, "EKU-WATER")).collect(),
        ),
        batch("breaches", 0, (1..6).map(|n| breach_record(n, of(n))).collect()),
        batch("deliveries", 0, (1..6).map(|n| delivery_record(n, 1)).collect()),
        batch("unscreened", 0, vec![unscreened_record(9), unread]),
        batch("dead-letter-reviews", 0, vec![review_record::<MunicipalReviews>()]),
        batch("intake-dead-letter-reviews", 0, vec![review_record::<IntakeReviews>()]),
    ] {
        sink.write(&batch).await.unwrap();
    }
    let protected = Sink::protected(database.pool("protected_sink"), ring(), letters.clone(), "cluster-1");
    let mut unread = protected_record(31, 1, "");
    unread.value = Some(b"{".to_vec());
    let mut delivery = delivery_record(30, 1);
    delivery.headers.retain(|(name, _)| name != "ce_type");
    for batch in [
        batch("protected-tickets", 0, vec![protected_record(30, 1, "hy slaan my"), unread]),
        batch("protected-deliveries", 0, vec![delivery]),
        batch("protected-dead-letter-reviews", 0, vec![review_record::<ProtectedReviews>()]),
    ] {
        protected.write(&batch).await.unwrap();
    }
    write_desk(database).await;
    write_mails(database).await;
    for letter in letters.all() {
        let sink = if letter.topic.starts_with("protected") { &protected } else { &sink };
        sink.write(&batch(letter.topic, 0, vec![arrived(letter)])).await.unwrap();
    }
}

/// An account of the desk with all that belongs to it, as the desk itself and the owner write them.
async fn write_desk(database: &Database) {
    let owner = "insert into desk.accounts (login, kind) values ('eku-water-manager', 'staff') on conflict do nothing;
         insert into desk.accounts (login, kind, municipality) values ('eku-board', 'program', 'EKU') on conflict do nothing;
         insert into desk.tokens (token_hash, login, scopes, expires_at)
         values ('e', 'eku-board', array['tickets'], now()) on conflict do nothing;
         insert into desk.invitations values ('a', 'eku-water-manager', now()) on conflict do nothing";
    sqlx::raw_sql(owner).execute(&database.pool("trust_engine")).await.unwrap();
    let desk = "insert into desk.sessions (token_hash, login) values ('b', 'eku-water-manager') on conflict do nothing;
         insert into desk.sign_ins (account, address, succeeded) values ('c', '127.0.0.1', true);
         insert into desk.looks (login, ticket) values ('eku-water-manager', 'd');
         insert into desk.views (login, name, query) values ('eku-water-manager', 'Mine', '') on conflict do nothing;
         insert into desk.searches (login, kind) values ('eku-water-manager', 'words');
         insert into desk.calls (login) values ('eku-water-manager');
         insert into desk.canned_replies (municipality, language, title, text, created_by)
         values ('EKU', 'en', 'Thanks', 'Thank you.', 'eku-water-manager')";
    sqlx::raw_sql(desk).execute(&database.pool("desk_accounts")).await.unwrap();
}

/// A mail to a member of staff, as the owner and the login that mails them write it.
async fn write_mails(database: &Database) {
    let rule = "insert into staff_mail_rules (login, address)
         values ('eku-water-manager', 'manager@example.org') on conflict do nothing";
    sqlx::raw_sql(rule).execute(&database.pool("trust_engine")).await.unwrap();
    let mail = "insert into staff_mails (message_id, login, municipality, kind, next_try_at)
         values ('a@example.org', 'eku-water-manager', 'EKU', 'single', now()) on conflict do nothing;
         insert into staff_mail_items (ce_id, login, message_id, ticket, reason, at)
         values ('a', 'eku-water-manager', 'a@example.org', 'd', 'warning', now()) on conflict do nothing";
    sqlx::raw_sql(mail).execute(&database.pool("staff_mail")).await.unwrap();
}

/// Every login of `compose/init.sql` but the owner and the municipalities' logins of the desk, whose rights
/// are those of `desk`.
pub const LOGINS: [&str; 10] = [
    "dashboard_demo",
    "national",
    "public_reader",
    "desk",
    "desk_accounts",
    "staff_mail",
    "intake",
    "saps",
    "sink",
    "protected_sink",
];

/// Puts `count` tickets into the table, each column as its expression over `n`, the ticket's number, says; of
/// the others each is an open one of EKU that is not due for long.
pub async fn fill(database: &Database, count: u32, columns: &[(&str, &str)]) {
    let usual = [
        ("id", "md5(random()::text || n)"),
        ("municipality", "'EKU'"),
        ("tracking_number", "'T' || n"),
        ("category", "'water'"),
        ("severity", "'low'"),
        ("sentiment", "'neutral'"),
        ("status", "'open'"),
        ("language", "'en'"),
        ("place_source", "'pin'"),
        ("municipality_rule", "'contains'"),
        ("team_rule", "'default'"),
        ("assignment_reason", "'geospatial_routing'"),
        ("policy", "'system'"),
        ("policy_edition", "1"),
        ("created_at", "now()"),
        ("updated_at", "now()"),
        ("manager_missing", "false"),
        ("tier", "0"),
        ("response_due_at", "now() + interval '1 day'"),
        ("resolution_due_at", "now() + interval '7 days'"),
        ("addenda", "0"),
        ("revision", "1"),
        ("version", "1"),
        ("edition", "1"),
    ];
    let usual = usual.into_iter().filter(|(name, _)| !columns.iter().any(|(own, _)| own == name));
    let (names, values): (Vec<_>, Vec<_>) = usual.chain(columns.iter().copied()).unzip();
    let insert = format!(
        "insert into tickets ({}) select {} from generate_series(1, {count}) n",
        names.join(", "),
        values.join(", ")
    );
    sqlx::raw_sql(AssertSqlSafe(insert)).execute(&database.everything()).await.unwrap();
}

/// What `query` counts, or PostgreSQL's code of the refusal.
pub async fn ask(pool: &PgPool, query: &str) -> Result<i64, String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(pool).await.map_err(code)
}

/// The same in one session, after other statements.
pub async fn ask_after(
    connection: &mut PgConnection,
    statements: &[&str],
    query: &str,
) -> Result<i64, String> {
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe((*statement).to_owned()))
            .execute(&mut *connection)
            .await
            .map_err(code)?;
    }
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(connection).await.map_err(code)
}

/// PostgreSQL's code of an error.
pub fn code(error: sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .map_or_else(|| panic!("{error}"), |code| code.into_owned())
}

/// Asserts that each is refused because a right is missing.
pub async fn all_denied(pool: &PgPool, queries: &[&str]) {
    for query in queries {
        let answer = sqlx::raw_sql(AssertSqlSafe((*query).to_owned())).fetch_all(pool).await;
        assert_eq!(answer.map(|rows| rows.len()).map_err(code), Err(DENIED.to_owned()), "{query}");
    }
}
