//! Who sees what: row-level security, grants of columns, schemas.

use crate::asking::*;

#[tokio::test]
async fn a_dashboard_sees_its_own_municipality_whole_and_no_other() {
    let Some(database) = database_with_examples().await else { return };
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
            "select count(*) from dead_letter_reviews",
            "select count(*) from sink_offsets",
            "select count(*) from editions",
            "select count(*) from login_municipalities",
            "select count(*) from intake.unscreened",
            "select count(*) from intake.dead_letters",
            "select count(*) from protected.tickets",
            "select count(*) from protected.sink_offsets",
            "with gone as (delete from tickets returning 1) select count(*) from gone",
            "with changed as (update tickets set municipality = 'EKU' returning 1) select count(*) \
             from changed",
            "with new as (insert into login_municipalities values ('dashboard_demo', 'ETH') returning 1) \
             select count(*) from new",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_login_without_a_municipality_sees_no_ticket() {
    let Some(database) = database_with_examples().await else { return };
    sqlx::query("delete from login_municipalities").execute(&database.everything()).await.unwrap();
    for login in ["dashboard_demo", "desk"] {
        assert_eq!(ask(&database.pool(login), "select count(*) from tickets").await, Ok(0), "{login}");
    }
    assert_eq!(ask(&database.pool("desk"), "select count(*) from ticket_words").await, Ok(0));
}

#[tokio::test]
async fn the_country_sees_squares_and_neither_places_nor_staff() {
    let Some(database) = database_with_examples().await else { return };
    let national = database.pool("national");
    assert_eq!(ask(&national, "select count(cell) from tickets").await, Ok(6));
    assert_eq!(ask(&national, "select count(*) from open_tickets where owner = 'national'").await, Ok(1));
    assert_eq!(ask(&national, "select count(*) from teams where is_saps").await, Ok(0));
    all_denied(
        &national,
        &[
            "select count(location) from tickets",
            "select count(latitude) from tickets",
            "select count(longitude) from tickets",
            "select count(*) from tickets where location && st_makeenvelope(28, -27, 29, -26, 4326)",
            "select count(*) from (select id from tickets order by location) t",
            "select count(t) from tickets t",
            "select count(assigned_to) from tickets",
            "select count(assigned_to) from ticket_assignments",
            "select count(assigned_by) from ticket_assignments",
            "select count(actor) from audit_logs",
            "select count(changes) from audit_logs",
            "select count(note) from audit_logs",
            "select count(manager) from teams",
            "select count(*) from staff",
            "select count(*) from ticket_words",
            "select count(*) from intake.unscreened",
            "select count(*) from protected.tickets",
        ],
    )
    .await;
}

#[tokio::test]
async fn the_public_sees_the_map_and_the_summary_and_no_row_of_a_ticket() {
    let Some(database) = database_with_examples().await else { return };
    let public = database.pool("public_reader");
    assert_eq!(ask(&public, "select count(*) from public_summary").await, Ok(0));
    assert_eq!(ask(&public, "select count(*) from municipalities").await, Ok(5));
    let readable = "select count(*) from pg_class c where relnamespace in ('public'::regnamespace, \
        'intake'::regnamespace, 'protected'::regnamespace)
        and relkind in ('r', 'v', 'm', 'f', 'p') and not exists (select from pg_depend d \
        where d.objid = c.oid and d.deptype = 'e')
        and has_any_column_privilege(c.oid, 'select') and relname not in
            ('public_summary', 'municipalities', 'wards', 'place_names', 'policies', 'emergency_numbers',
             'calendars', 'closing_days', 'holidays', 'hold_limits')";
    assert_eq!(ask(&public, readable).await, Ok(0));
    all_denied(
        &public,
        &[
            "select count(*) from tickets",
            "select count(cell) from tickets",
            "select count(municipality) from tickets",
            "select count(*) from open_tickets",
            "select count(*) from sla_by_day",
            "select count(*) from heat_by_cell",
            "select count(*) from audit_logs",
            "select count(*) from breaches",
            "select count(*) from deliveries",
            "select count(*) from intake.unscreened",
            "select count(*) from protected.tickets",
        ],
    )
    .await;
}

#[tokio::test]
async fn only_the_desk_reads_words_and_only_of_tickets_that_it_sees() {
    let Some(database) = database_with_examples().await else { return };
    let desk = database.pool("desk");
    assert_eq!(ask(&desk, "select count(*) from ticket_words where words[1] = 'amanzi'").await, Ok(5));
    assert_eq!(ask(&desk, "select count(*) from audit_logs where note = 'the pump is broken'").await, Ok(3));
    assert_eq!(ask(&desk, "select count(location) from tickets").await, Ok(6));
    let bound = "update login_municipalities set municipality = 'ETH', every_municipality = false \
        where login = 'desk'";
    sqlx::query(bound).execute(&database.everything()).await.unwrap();
    assert_eq!(ask(&desk, "select count(*) from ticket_words where words[1] = 'amanzi'").await, Ok(2));
    assert_eq!(
        ask(&desk, "select count(*) from tickets where municipality is distinct from 'ETH'").await,
        Ok(0)
    );
    all_denied(&desk, &["select count(*) from intake.unscreened", "select count(*) from protected.tickets"])
        .await;
}

#[tokio::test]
async fn only_the_desk_reads_where_residents_pinned_and_only_of_tickets_that_it_sees() {
    let Some(database) = database_with_examples().await else { return };
    let desk = database.pool("desk");
    // Each ticket stays where it is; the later pin waits for a person to decide.
    let moved = "select count(*) from ticket_words w join tickets t on t.id = w.ticket
        where w.kind = 'addendum' and round(st_distance(w.location::geography, \
        t.location::geography)) between 550 and 556";
    assert_eq!(ask(&desk, moved).await, Ok(2));
    assert_eq!(ask(&desk, "select count(location) from ticket_words where kind = 'report'").await, Ok(5));
    let bound = "update login_municipalities set municipality = 'ETH', every_municipality = false \
        where login = 'desk'";
    sqlx::query(bound).execute(&database.everything()).await.unwrap();
    assert_eq!(ask(&desk, "select count(location) from ticket_words").await, Ok(3));
    for login in LOGINS.iter().filter(|login| **login != "desk") {
        let queries = [
            "select count(location) from public.ticket_words",
            "select count(*) from public.ticket_words where location && st_makeenvelope(28, -27, 29, -26, \
             4326)",
            "select count(*) from (select ce_id from public.ticket_words order by location) pins",
        ];
        all_denied(&database.pool(login), &queries).await;
    }
}

#[tokio::test]
async fn intake_and_police_see_their_own_schema_and_nothing_else() {
    let Some(database) = database_with_examples().await else { return };
    let intake = database.pool("intake");
    assert_eq!(
        ask(&intake, "select count(*) from intake.unscreened where address like 'whatsapp:%'").await,
        Ok(1)
    );
    assert_eq!(ask(&intake, "select count(*) from intake.dead_letters").await, Ok(1));
    let saps = database.pool("saps");
    assert_eq!(
        ask(&saps, "select count(*) from protected.tickets where words = '{hy slaan my}'").await,
        Ok(1)
    );
    assert_eq!(ask(&saps, "select count(*) from teams where not is_saps").await, Ok(0));
    for pool in [&intake, &saps] {
        let municipal = [
            "tickets",
            "ticket_words",
            "ticket_assignments",
            "audit_logs",
            "breaches",
            "deliveries",
            "dead_letters",
            "dead_letter_reviews",
            "sink_offsets",
        ];
        for table in municipal {
            all_denied(pool, &[&format!("select count(*) from public.{table}")]).await;
        }
    }
    all_denied(&intake, &["select count(*) from protected.tickets"]).await;
    all_denied(
        &saps,
        &["select count(*) from intake.unscreened", "delete from protected.tickets returning 1::bigint"],
    )
    .await;
}

#[tokio::test]
async fn each_lane_reads_its_own_reviews_of_dead_letters_and_none_is_changed() {
    let Some(database) = database_with_examples().await else { return };
    let own = [("trust_engine", "public"), ("intake", "intake"), ("saps", "protected")];
    for (login, schema) in own {
        let pool = database.pool(login);
        let count = format!(
            "select count(*) from {schema}.dead_letter_reviews
              where act = 'replayed' and actor = 'lindiwe.k' and reason = 'a reason' and target_offset = 9"
        );
        assert_eq!(ask(&pool, &count).await, Ok(1), "{login}");
        for (_, other) in own.into_iter().filter(|(other, _)| *other != login) {
            let shown = ask(&pool, &format!("select count(*) from {other}.dead_letter_reviews")).await;
            assert!(shown.as_ref().is_ok_and(|count| *count == 0) || shown.is_err(), "{login}: {shown:?}");
        }
        let delete = format!(
            "with gone as (delete from {schema}.dead_letter_reviews returning 1) select count(*) from gone"
        );
        let gone = ask(&pool, &delete).await;
        assert!(gone.as_ref().is_ok_and(|count| *count == 0) || gone.is_err(), "{login}: {gone:?}");
        assert_eq!(ask(&pool, &count).await, Ok(1), "{login}");
    }
    let reasons = ["select count(reason) from dead_letter_reviews"];
    all_denied(&database.pool("sink"), &reasons).await;
    all_denied(&database.pool("desk"), &reasons).await;
}

#[tokio::test]
async fn a_sink_writes_what_it_cannot_read() {
    let Some(database) = database_with_examples().await else { return };
    let sink = database.pool("sink");
    all_denied(
        &sink,
        &[
            "select count(words) from ticket_words",
            "select count(note) from audit_logs",
            "select count(assigned_to) from ticket_assignments",
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
        &[
            "select count(record) from protected.dead_letters",
            "select count(*) from tickets",
            "select count(*) from sink_offsets",
            "select count(*) from intake.unscreened",
        ],
    )
    .await;
}

#[tokio::test]
async fn the_owner_reads_tickets_but_no_words_no_intake_and_no_police_matter() {
    let Some(database) = database_with_examples().await else { return };
    let owner = database.pool("trust_engine");
    assert_eq!(ask(&owner, "select count(*) from tickets").await, Ok(6));
    assert_eq!(ask(&owner, "select count(*) from dead_letters").await, Ok(1));
    for table in [
        "ticket_words",
        "intake.unscreened",
        "intake.dead_letters",
        "protected.tickets",
        "protected.sink_offsets",
    ] {
        assert_eq!(ask(&owner, &format!("select count(*) from {table}")).await, Ok(0), "{table}");
        assert!(database.count(&format!("select count(*) from {table}")).await > 0, "{table}");
    }
    // A view or a function that was made without care shows the readers nothing.
    let careless =
        "create view careless as select * from tickets; grant select on careless to dashboard, public_reader;
        create function careless() returns bigint language sql as 'select count(*) from careless'";
    sqlx::raw_sql(careless).execute(&owner).await.unwrap();
    for login in ["dashboard_demo", "public_reader"] {
        assert_eq!(ask(&database.pool(login), "select count(*) from careless").await, Ok(0), "{login}");
        assert_eq!(ask(&database.pool(login), "select careless()").await, Ok(0), "{login}");
    }
}

#[tokio::test]
async fn a_login_of_the_desk_sees_its_own_municipality_and_that_of_accounts_sees_no_ticket() {
    let Some(database) = database_with_examples().await else { return };
    let desk = database.pool("desk_eku");
    assert_eq!(ask(&desk, "select count(*) from tickets").await, Ok(3));
    assert_eq!(ask(&desk, "select count(*) from tickets where municipality <> 'EKU'").await, Ok(0));
    assert_eq!(ask(&desk, "select count(*) from ticket_words where words[1] = 'amanzi'").await, Ok(3));
    let found = "select count(*) from ticket_words where words[1] = 'amanzi' and search @@ to_tsquery('simple', 'ama:*')";
    assert_eq!(ask(&desk, found).await, Ok(3));
    assert_eq!(ask(&desk, "select count(*) from ticket_promises where municipality <> 'EKU'").await, Ok(0));
    all_denied(&desk, &["select count(*) from desk.accounts", "select count(*) from desk.looks"]).await;
    all_denied(&desk, &["select count(*) from desk.tokens", "select count(*) from desk.canned_replies"])
        .await;
    let accounts = database.pool("desk_accounts");
    assert_eq!(ask(&accounts, "select count(*) from staff where municipality is null").await, Ok(0));
    assert_eq!(ask(&accounts, "select count(code) from teams where is_saps").await, Ok(0));
    let offsets = "select count(topic) from sink_offsets where topic not in ('tickets', 'ticket-events')";
    assert_eq!(ask(&accounts, offsets).await, Ok(0));
    all_denied(
        &accounts,
        &[
            "select count(*) from tickets",
            "select count(*) from ticket_words",
            "select count(*) from desk.looks",
            "select count(*) from desk.searches",
            "select count(*) from desk.calls",
            "with made as (insert into desk.tokens values ('f', 'eku-board', '{words}') returning 1) select count(*) from made",
            "with more as (update desk.tokens set scopes = '{words}' returning 1) select count(*) from more",
            "select count(last_ce_id) from sink_offsets",
            "select count(*) from protected.tickets",
            "select count(*) from intake.unscreened",
            "with gone as (delete from desk.sessions returning 1) select count(*) from gone",
            "with closed as (update desk.accounts set is_active = false returning 1) select count(*) from closed",
        ],
    )
    .await;
}

#[tokio::test]
async fn the_login_that_mails_staff_sees_no_words_no_place_and_no_lane_but_the_municipal_one() {
    let Some(database) = database_with_examples().await else { return };
    let mails = database.pool("staff_mail");
    assert_eq!(ask(&mails, "select count(id) from tickets").await, Ok(6));
    assert_eq!(ask(&mails, "select count(login) from staff where municipality is null").await, Ok(0));
    assert!(ask(&mails, "select count(*) from staff_mail_events").await.is_ok());
    all_denied(
        &mails,
        &[
            "select count(location) from tickets",
            "select count(latitude) from tickets",
            "select count(cell) from tickets",
            "select count(language) from tickets",
            "select count(note) from audit_logs",
            "select count(changes) from audit_logs",
            "select count(name) from staff",
            "select count(*) from ticket_words",
            "select count(*) from deliveries",
            "select count(*) from desk.accounts",
            "select count(*) from protected.tickets",
            "select count(*) from intake.unscreened",
            "with gone as (delete from staff_mails returning 1) select count(*) from gone",
            "with more as (update staff_mail_rules set mode = 'off' returning 1) select count(*) from more",
            "with new as (insert into staff_mail_rules (login, address) values ('a', 'a@b.c') returning 1) \
             select count(*) from new",
        ],
    )
    .await;
    let rules = "insert into staff_mail_rules (login, address) \
        select login, login || '@example.org' from staff where municipality is not null \
        on conflict do nothing";
    sqlx::query(rules).execute(&database.pool("trust_engine")).await.unwrap();
    let planned = "insert into staff_mails (message_id, login, municipality, kind, state) \
        select login, login, municipality, 'single', 'failed' from staff where municipality is not null";
    sqlx::query(planned).execute(&mails).await.unwrap();
    for login in ["dashboard_demo", "desk_eku"] {
        let pool = database.pool(login);
        let own = "select count(*) from undelivered_staff_mails where municipality = 'EKU'";
        assert!(ask(&pool, own).await.is_ok_and(|mails| mails > 0), "{login}");
        let others = "select count(*) from staff_mails where municipality <> 'EKU'";
        assert_eq!(ask(&pool, others).await, Ok(0), "{login}");
    }
    for login in LOGINS.into_iter().filter(|login| *login != "staff_mail") {
        let addresses = ["select count(*) from staff_mail_rules", "select count(*) from staff_mail_items"];
        all_denied(&database.pool(login), &addresses).await;
    }
}
