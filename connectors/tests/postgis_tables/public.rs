//! The public summary: what it shows, and that nothing under ten can be worked out from it.

use sqlx::Row;

use crate::asking::{all_denied, ask, ask_after, fill};
use crate::server::Database;

/// A Wednesday of a week that is over.
const LAST_YEAR: &str = "date_trunc('week', now() - interval '1 year') + interval '2 days 12 hours'";

/// Writes `tickets` tickets of a municipality and category; some resolved in time and some late.
async fn reported(
    database: &Database,
    municipality: &str,
    category: &str,
    [in_time, late, undecided]: [u32; 3],
) {
    let decided = in_time + late;
    let columns = [
        ("municipality", municipality),
        ("category", &format!("'{category}'")),
        ("created_at", LAST_YEAR),
        ("resolution_due_at", &format!("{LAST_YEAR} + interval '7 days'")),
        (
            "resolution_met_at",
            &format!(
                "case when n <= {decided} then {LAST_YEAR} + interval '8 days' * (n > {in_time})::int end"
            ),
        ),
        (
            "resolution_breached_at",
            &format!(
                "case when n between {in_time} + 1 and {decided} then {LAST_YEAR} + interval '7 days' end"
            ),
        ),
    ];
    fill(database, decided + undecided, &columns).await;
}

#[tokio::test]
async fn the_public_is_shown_nothing_of_less_than_ten_tickets() {
    let Some(database) = Database::migrated().await else { return };
    for (municipality, category, parts) in [
        ("'EKU'", "water", [40, 10, 0]),
        ("'EKU'", "roads", [30, 9, 11]),
        ("'EKU'", "waste", [10, 0, 0]),
        ("'EKU'", "sanitation", [9, 0, 0]),
        ("'ETH'", "water", [1, 8, 9]),
        ("'ETH'", "roads", [0, 0, 9]),
        ("null", "other", [12, 13, 14]),
    ] {
        reported(&database, municipality, category, parts).await;
    }
    // This week is not over.
    fill(&database, 50, &[("category", "'electricity'")]).await;
    let query = "select owner, category, tickets, in_time, late, undecided, in_time_pct::text \
        from public_summary order by owner, category";
    let rows = sqlx::query(query).fetch_all(&database.pool("public_reader")).await.unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            let part = |column| {
                row.get::<Option<i64>, _>(column).map_or_else(|| "-".to_owned(), |part| part.to_string())
            };
            let pct = row.get::<Option<String>, _>("in_time_pct").unwrap_or_default();
            let owner: String = row.get("owner");
            let category: String = row.get("category");
            format!(
                "{owner} {category} {} = {} + {} + {}, {pct} %",
                part("tickets"),
                part("in_time"),
                part("late"),
                part("undecided")
            )
        })
        .collect();
    let expected = [
        "EKU roads 50 = - + - + -,  %",
        "EKU waste 10 = 10 + 0 + 0, 100 %",
        "EKU water 50 = 40 + 10 + 0, 80 %",
        "ETH water 18 = - + - + -,  %",
        "national other 39 = 12 + 13 + 14, 48 %",
    ];
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn the_public_hears_of_a_missed_deadline_after_a_reopening_and_of_no_referred_ticket() {
    let Some(database) = Database::migrated().await else { return };
    reported(&database, "'EKU'", "water", [30, 0, 0]).await;
    reported(&database, "'JHB'", "water", [0, 20, 0]).await;
    sqlx::query("update tickets set queue = 'referred' where municipality = 'JHB'")
        .execute(&database.everything())
        .await
        .unwrap();
    // Ten were resolved in time only after they had been late and were reopened; others were late to be
    // looked at, or warned.
    let breaches = "insert into breaches (ce_id, ticket, clock, level, tier, due_at, seen_at, municipality, \
        category, edition)
        select id, id, case when n > 20 then 'response' else 'resolution' end, \
        case when n > 10 then 'warning' else 'breach' end, 0,
               now(), now(), municipality, category, 1
          from (select *, row_number() over (order by id) as n from tickets \
          where municipality = 'EKU') numbered";
    sqlx::query(breaches).execute(&database.everything()).await.unwrap();
    let public = database.pool("public_reader");
    let query = "select count(*) from public_summary where owner = 'EKU' and tickets = 30 and in_time = 20 \
        and late = 10 and undecided = 0";
    assert_eq!(ask(&public, query).await, Ok(1));
    assert_eq!(ask(&public, "select count(*) from public_summary").await, Ok(1));
}

#[tokio::test]
async fn no_sum_or_difference_of_what_the_public_is_shown_comes_to_one_to_nine() {
    let Some(database) = Database::migrated().await else { return };
    let sizes = [0, 1, 5, 9, 10, 11, 25];
    for (n, in_time) in sizes.into_iter().enumerate() {
        let parts =
            sizes.iter().flat_map(|late| sizes.iter().map(move |undecided| [in_time, *late, *undecided]));
        for (m, parts) in parts.enumerate() {
            reported(&database, &format!("'M{n}-{m}'"), "water", parts).await;
        }
    }
    let public = database.pool("public_reader");
    assert!(
        ask(&public, "select count(*) from public_summary where in_time is not null").await.unwrap() > 50
    );
    // Within a row: each set of parts, and what it leaves of the whole. Rows have no ticket in common.
    let derived = "select count(*) from public_summary,
            unnest(array[tickets, in_time, late, undecided, in_time + late, in_time + undecided, \
            late + undecided,
                         tickets - in_time, tickets - late, tickets - undecided]) as count
        where count between 1 and 9";
    assert_eq!(ask(&public, derived).await, Ok(0));
    let apart = "select count(*) from (select from public_summary group by week, owner, category \
        having count(*) > 1) twice";
    assert_eq!(ask(&public, apart).await, Ok(0));
}

#[tokio::test]
async fn neither_a_plan_nor_a_complaint_shows_the_public_what_is_left_out() {
    let Some(database) = Database::migrated().await else { return };
    reported(&database, "'EKU'", "water", [20, 0, 0]).await;
    let spy = "create function public.shout(text) returns boolean language plpgsql stable cost 0.000001 as
        $$ begin if $1 <> 'EKU' then raise exception 'seen: %', $1; end if; return true; end $$";
    sqlx::raw_sql(spy).execute(&database.everything()).await.unwrap();
    let public = database.pool("public_reader");
    let queries = [
        "select * from public_summary where owner = 'ETH' and category = 'roads'",
        "select * from public_summary where public.shout(owner)",
        "select * from public_summary where 1 / (owner = 'EKU')::integer = 1 order by tickets",
        "select * from public_counts()",
    ];
    let mut plans = Vec::new();
    for _ in 0..2 {
        for query in queries {
            let explain = format!("explain (analyze, timing off, summary off) {query}");
            plans.push(
                sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(explain))
                    .fetch_all(&public)
                    .await
                    .unwrap()
                    .join("\n"),
            );
        }
        // Nine more, elsewhere: too few to be shown.
        reported(&database, "'ETH'", "roads", [0, 4, 5]).await;
        let again = "update public_counted set counted_at = '-infinity'";
        sqlx::raw_sql(again).execute(&database.everything()).await.unwrap();
    }
    assert_eq!(plans[..4], plans[4..]);
    assert!(
        plans[0].contains("Function Scan on public_counts") && !plans[0].contains("tickets "),
        "{}",
        plans[0]
    );
}

#[tokio::test]
async fn the_tickets_are_counted_once_in_ten_minutes_however_many_ask() {
    let Some(database) = Database::migrated().await else { return };
    reported(&database, "'EKU'", "water", [20, 0, 0]).await;
    let public = database.pool("public_reader");
    let shown = "select coalesce(sum(tickets), 0)::bigint from public_summary";
    // A reader that may not write counts by itself, as long as no other login has counted.
    let mut reader = public.acquire().await.unwrap();
    assert_eq!(ask_after(&mut reader, &["begin read only"], shown).await, Ok(20));
    assert_eq!(ask_after(&mut reader, &["rollback"], shown).await, Ok(20));
    drop(reader);
    reported(&database, "'ETH'", "water", [30, 0, 0]).await;
    // These tickets are not counted, so no login has read the table again.
    for _ in 0..20 {
        assert_eq!(ask(&public, shown).await, Ok(20));
    }
    let later = "update public_counted set counted_at = counted_at - interval '11 minutes'";
    sqlx::raw_sql(later).execute(&database.everything()).await.unwrap();
    // Two at once: one counts, the other is not kept waiting and gets the counts as they were.
    let mut first = public.acquire().await.unwrap();
    assert_eq!(ask_after(&mut first, &["begin isolation level repeatable read"], shown).await, Ok(50));
    assert_eq!(ask(&public, shown).await, Ok(20));
    assert_eq!(ask_after(&mut first, &["commit"], shown).await, Ok(50));
    assert_eq!(ask(&public, shown).await, Ok(50));
}

#[tokio::test]
async fn a_reader_whose_time_is_up_gets_the_last_counts_and_does_not_try_again_for_ten_minutes() {
    let Some(database) = Database::migrated().await else { return };
    reported(&database, "'EKU'", "water", [20, 0, 0]).await;
    let public = database.pool("public_reader");
    let shown = "select coalesce(sum(tickets), 0)::bigint from public_summary";
    assert_eq!(ask(&public, shown).await, Ok(20));
    count_slowly(&database, 2).await;
    let later = "update public_counted set counted_at = counted_at - interval '11 minutes'";
    sqlx::raw_sql(later).execute(&database.everything()).await.unwrap();
    reported(&database, "'ETH'", "water", [30, 0, 0]).await;
    let mut reader = public.acquire().await.unwrap();
    let began = std::time::Instant::now();
    assert_eq!(ask_after(&mut reader, &["set statement_timeout = '500ms'"], shown).await, Ok(20));
    assert!(began.elapsed().as_millis() >= 500, "it did not try");
    for _ in 0..3 {
        let began = std::time::Instant::now();
        assert_eq!(ask_after(&mut reader, &[], shown).await, Ok(20));
        assert!(began.elapsed().as_millis() < 400, "{:?}", began.elapsed());
    }
    // A reader without a limit counts, and the others have the counts from then on.
    let mut patient = public.acquire().await.unwrap();
    assert_eq!(ask_after(&mut patient, &["set statement_timeout = 0"], shown).await, Ok(50));
    assert_eq!(ask_after(&mut reader, &[], shown).await, Ok(50));
    // Where nothing was ever counted there is nothing to show, and the reader is told.
    let never = "delete from public_counted";
    sqlx::raw_sql(never).execute(&database.everything()).await.unwrap();
    assert_eq!(ask_after(&mut reader, &[], shown).await, Err("57014".to_owned()));
}

/// Makes each count take this much longer.
async fn count_slowly(database: &Database, seconds: u32) {
    let slow = format!(
        "alter function count_for_public() rename to really_count;
        create function count_for_public()
            returns table (week date, owner text, category text, tickets bigint, in_time bigint, late bigint,
                undecided bigint)
            language plpgsql stable security definer set search_path = pg_catalog, pg_temp
            as $$ begin perform pg_sleep({seconds}); return query select * from public.really_count(); end $$;
        alter function count_for_public() owner to trust_engine"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(slow)).execute(&database.everything()).await.unwrap();
}

/// Makes all counts, and all counts that were given up, this much older.
async fn age_counts(database: &Database, minutes: u32) {
    let older = format!(
        "update public_counted set counted_at = counted_at - interval '{minutes} minutes',
            tried_at = tried_at - interval '{minutes} minutes'"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(older)).execute(&database.everything()).await.unwrap();
}

#[tokio::test]
async fn no_reader_keeps_the_others_from_fresh_counts() {
    let Some(database) = Database::migrated().await else { return };
    reported(&database, "'EKU'", "water", [20, 0, 0]).await;
    let public = database.pool("public_reader");
    let others = database.pool("national");
    let shown = "select coalesce(sum(tickets), 0)::bigint from public_summary";
    assert_eq!(ask(&public, shown).await, Ok(20));
    reported(&database, "'ETH'", "water", [30, 0, 0]).await;
    // No reader takes the lock of the counts. The owner could, and would hold it for as long as it likes.
    let mut holder = database.pool("trust_engine").acquire().await.unwrap();
    for lock in
        ["pg_advisory_lock(hashtext('public_counts'))", "pg_advisory_lock_shared(hashtext('public_counts'))"]
    {
        let lock = format!("select {lock}");
        all_denied(&public, &[&lock]).await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut *holder).await.unwrap();
    }
    age_counts(&database, 11).await;
    assert_eq!(ask(&others, shown).await, Ok(20));
    age_counts(&database, 10).await;
    assert_eq!(ask(&others, shown).await, Ok(50));
    drop(holder);
    // A transaction that counts is left open.
    reported(&database, "'NMA'", "water", [40, 0, 0]).await;
    age_counts(&database, 21).await;
    let mut open = public.acquire().await.unwrap();
    assert_eq!(ask_after(&mut open, &["begin"], shown).await, Ok(90));
    let began = std::time::Instant::now();
    assert_eq!(ask(&others, shown).await, Ok(90));
    assert!(began.elapsed().as_secs() < 5, "a reader waited for another one");
    assert_eq!(ask_after(&mut open, &["rollback"], shown).await, Ok(90));
}

#[tokio::test]
async fn a_reader_who_gives_up_early_says_nothing_for_those_with_more_time() {
    let Some(database) = Database::migrated().await else { return };
    reported(&database, "'EKU'", "water", [20, 0, 0]).await;
    let public = database.pool("public_reader");
    let shown = "select coalesce(sum(tickets), 0)::bigint from public_summary";
    assert_eq!(ask(&public, shown).await, Ok(20));
    count_slowly(&database, 1).await;
    reported(&database, "'ETH'", "water", [30, 0, 0]).await;
    age_counts(&database, 11).await;
    let mut reader = public.acquire().await.unwrap();
    assert_eq!(ask_after(&mut reader, &["set statement_timeout = '20ms'"], shown).await, Ok(20));
    // Most of the time is spent before the count.
    let late = "select coalesce(sum(tickets), 0)::bigint from public_summary, pg_sleep(2)";
    assert_eq!(ask_after(&mut reader, &["set statement_timeout = '2100ms'"], late).await, Ok(20));
    assert_eq!(ask_after(&mut reader, &["set statement_timeout = '10s'"], shown).await, Ok(50));
    // What was counted long ago is not kept.
    age_counts(&database, 3000).await;
    assert_eq!(ask_after(&mut reader, &[], shown).await, Ok(50));
    assert_eq!(database.count("select count(*) from public_counted").await, 1);
}
