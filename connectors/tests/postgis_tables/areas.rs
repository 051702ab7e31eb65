//! Areas that are wrong though each is sound by itself: elsewhere, outside of their municipality, over each
//! other, or far from where they were.

use std::path::PathBuf;

use connectors::postgis::PostgisError;
use connectors::postgis::reference::{
    self, Accept, AreaKind, End, InUse, PolicyChanges, PublishOutcome, Table,
};
use serde_json::{Value, json};
use sqlx::postgres::PgPool;
use topics::records::editions::Reference;

use crate::doubts::{doubts, newest};
use crate::import::{Folder, complaints, run};
use crate::server::Database;

/// A rectangle as rings: west, south, width, height.
fn rectangle(west: f64, south: f64, width: f64, height: f64) -> Value {
    let east = west + width;
    let north = south + height;
    json!([[[west, south], [east, south], [east, north], [west, north], [west, south]]])
}

fn turned(rings: &Value, turn: fn(f64, f64) -> [f64; 2]) -> Value {
    let point = |point: &Value| json!(turn(point[0].as_f64().unwrap(), point[1].as_f64().unwrap()));
    json!([rings[0].as_array().unwrap().iter().map(point).collect::<Vec<_>>()])
}

fn boundaries(folder: &Folder, areas: &[(&str, Value)]) -> PathBuf {
    let feature = |(code, rings): &(&str, Value)| (json!({ "code": code, "name": code }), rings.clone());
    folder.map(&areas.iter().map(feature).collect::<Vec<_>>())
}

fn wards(folder: &Folder, areas: &[(&str, &str, Value)]) -> PathBuf {
    let feature = |(code, of, rings): &(&str, &str, Value)| {
        (json!({ "code": code, "municipality": of }), rings.clone())
    };
    folder.map(&areas.iter().map(feature).collect::<Vec<_>>())
}

async fn published(pool: &PgPool) -> Reference {
    reference::publish(pool).await.unwrap();
    reference::load(pool).await.unwrap()
}

#[tokio::test]
async fn an_area_outside_of_the_country_is_refused_with_what_it_looks_like() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let area = rectangle(28.0, -26.9, 0.1, 0.1);
    let metres = |x: f64, y: f64| {
        [
            x.to_radians() * 6_378_137.0,
            (y.to_radians() / 2.0 + std::f64::consts::FRAC_PI_4).tan().ln() * 6_378_137.0,
        ]
    };
    for (rings, looks) in [
        (turned(&area, |x, y| [y, x]), "looks swapped"),
        (turned(&area, |x, y| [x, -y]), "a sign is wrong"),
        (turned(&area, metres), "web-mercator"),
        (rectangle(-70_000.0, -2_900_000.0, 1_000.0, 1_000.0), "reproject the file"),
        (rectangle(13.3, 52.4, 0.1, 0.1), "is outside of South Africa"),
        (rectangle(28.2, -29.6, 0.1, 0.1), "is outside of South Africa"),
    ] {
        let file = boundaries(&folder, &[("TST1", rings.clone()), ("TST2", area.clone())]);
        let said = complaints(&pool, Table::Boundaries, &file).await;
        assert!(
            said.len() == 1 && said[0].starts_with("feature 1 (TST1): `boundary`: is outside"),
            "{said:?}"
        );
        assert!(said[0].contains(looks), "{said:?}");
    }
    run(&pool, Table::Boundaries, &boundaries(&folder, &[("TST1", area.clone())])).await;
    let ward = wards(&folder, &[("W1", "TST1", turned(&area, |x, y| [y, x]))]);
    assert!(complaints(&pool, Table::Wards, &ward).await[0].contains("looks swapped"));
    let teams =
        "code,municipality,service_area\nT1,TST1,\"POLYGON((-26.9 28,-26.8 28,-26.8 28.1,-26.9 28))\"\n";
    assert!(
        complaints(&pool, Table::Teams, &folder.file("teams.csv", teams)).await[0].contains("looks swapped")
    );
    // Tables that another tool wrote are looked at when they are published.
    sqlx::query("update municipalities set boundary = st_flipcoordinates(boundary)")
        .execute(&pool)
        .await
        .unwrap();
    let said = doubts(&pool, None).await;
    assert!(said.len() == 1 && said[0].starts_with("municipality TST1: its area is outside"), "{said:?}");
}

#[tokio::test]
async fn an_area_outside_of_its_municipality_is_refused_and_one_that_is_partly_outside_is_named() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let two = [("AAA", rectangle(28.0, -26.0, 0.2, 0.2)), ("BBB", rectangle(28.2, -26.0, 0.2, 0.2))];
    run(&pool, Table::Boundaries, &boundaries(&folder, &two)).await;
    let file = wards(
        &folder,
        &[
            ("W1", "AAA", rectangle(28.0, -26.0, 0.2, 0.1)),
            ("W2", "AAA", rectangle(28.2, -26.0, 0.1, 0.1)),
            ("W3", "AAA", rectangle(29.0, -26.0, 0.1, 0.1)),
            ("W4", "BBB", rectangle(28.14, -26.0, 0.08, 0.1)),
        ],
    );
    assert_eq!(
        complaints(&pool, Table::Wards, &file).await,
        [
            "feature 2 (W2): `boundary` is outside of its municipality AAA: 0 % of it lies there, its \
             middle in BBB; correct `municipality` or the area",
            "feature 3 (W3): `boundary` is outside of its municipality AAA: 0 % of it lies there; correct \
             `municipality` or the area",
            "feature 4 (W4): `boundary` is outside of its municipality BBB: 25 % of it lies there, its \
             middle in AAA; correct `municipality` or the area",
        ]
    );
    let file = wards(&folder, &[("W1", "AAA", rectangle(28.0, -26.0, 0.25, 0.1))]);
    let imported = run(&pool, Table::Wards, &file).await;
    assert_eq!(imported.remarks, ["ward W1: 20 % of its area is outside of its municipality AAA"]);

    let sheet =
        |area: &str| folder.file("teams.csv", format!("code,municipality,service_area\nT1,AAA,\"{area}\"\n"));
    let outside = sheet("POLYGON((28.3 -26,28.4 -26,28.4 -25.9,28.3 -26))");
    let said = complaints(&pool, Table::Teams, &outside).await;
    assert!(
        said[0].starts_with("line 2 (T1): `service_area` is outside of its municipality AAA"),
        "{said:?}"
    );
    let inside = sheet("POLYGON((28 -26,28.1 -26,28.1 -25.9,28 -26))");
    assert!(run(&pool, Table::Teams, &inside).await.remarks.is_empty());

    // A new boundary may leave behind what was inside.
    let moved = boundaries(&folder, &[("AAA", rectangle(28.0, -26.4, 0.2, 0.2)), two[1].clone()]);
    let said = run(&pool, Table::Boundaries, &moved).await.remarks;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("team T1 is outside of the boundary of its municipality AAA"), "{said:?}");
    assert!(said[1].starts_with("ward W1 is outside of the boundary of its municipality AAA"), "{said:?}");
    let said = doubts(&pool, None).await;
    assert_eq!(
        said,
        [
            "team T1: only 0 % of its area is in its municipality AAA",
            "ward W1: only 0 % of its area is in its municipality AAA"
        ]
    );
}

#[tokio::test]
async fn publishing_asks_when_an_area_moved_shrank_or_has_gone() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let wide = rectangle(28.0, -26.0, 0.4, 0.2);
    let ward = rectangle(28.0, -26.0, 0.1, 0.1);
    run(
        &pool,
        Table::Boundaries,
        &boundaries(&folder, &[("AAA", wide.clone()), ("BBB", rectangle(29.0, -26.0, 0.2, 0.2))]),
    )
    .await;
    run(&pool, Table::Wards, &wards(&folder, &[("W1", "AAA", ward.clone())])).await;
    assert!(doubts(&pool, None).await.is_empty());
    let in_force = reference::load(&pool).await.unwrap();

    // A little less, or more, is nothing to ask about.
    run(&pool, Table::Boundaries, &boundaries(&folder, &[("AAA", rectangle(28.0, -26.0, 0.3, 0.2))])).await;
    run(&pool, Table::Wards, &wards(&folder, &[("W1", "AAA", rectangle(28.0, -26.0, 0.3, 0.2))])).await;
    assert!(doubts(&pool, Some(&in_force)).await.is_empty());
    let in_force = reference::load(&pool).await.unwrap();

    run(&pool, Table::Boundaries, &boundaries(&folder, &[("BBB", rectangle(29.15, -26.0, 0.2, 0.2))])).await;
    run(&pool, Table::Wards, &wards(&folder, &[("W1", "AAA", ward)])).await;
    let said = doubts(&pool, Some(&in_force)).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("municipality BBB: only 25 % of its area stays"), "{said:?}");
    assert!(said[1].starts_with("ward W1: only 17 % of its area stays"), "{said:?}");
    assert_eq!(database.count("select count(*) from editions").await, 2, "nothing doubtful is numbered");

    // What was accepted is what is published: not what was imported since.
    let in_use = InUse { newest: Some(newest(&in_force)), ..InUse::default() };
    let outcome = reference::compare_and_publish(&pool, &in_use, &Accept::Nothing, PolicyChanges::NewTickets)
        .await
        .unwrap();
    let PublishOutcome::Doubtful { hash, .. } = outcome else { panic!("{outcome:?}") };
    run(&pool, Table::Boundaries, &boundaries(&folder, &[("BBB", rectangle(30.0, -26.0, 0.2, 0.2))])).await;
    let accepted = Accept::Hash(hash);
    let outcome =
        reference::compare_and_publish(&pool, &in_use, &accepted, PolicyChanges::NewTickets).await.unwrap();
    let PublishOutcome::Doubtful { doubts: said, hash } = outcome else { panic!("{outcome:?}") };
    assert!(said[0].starts_with("municipality BBB: only 0 % of its area stays"), "{said:?}");
    let outcome =
        reference::compare_and_publish(&pool, &in_use, &Accept::Hash(hash), PolicyChanges::NewTickets)
            .await
            .unwrap();
    assert!(matches!(outcome, PublishOutcome::Published(publication) if publication.number == 3));

    let in_force = reference::load(&pool).await.unwrap();
    End {
        what: AreaKind::Municipality,
        codes: vec!["BBB".to_owned()],
        on: Some("2020-01-01".parse().unwrap()),
        dry_run: false,
    }
    .run(&pool)
    .await
    .unwrap();
    let said = doubts(&pool, Some(&in_force)).await;
    assert_eq!(said, ["municipality BBB is gone, and only 0 % of its area is in another one"]);
}

#[tokio::test]
async fn publishing_asks_when_a_service_area_or_a_precinct_has_gone() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    run(&pool, Table::Boundaries, &boundaries(&folder, &[("AAA", rectangle(28.0, -26.0, 0.4, 0.2))])).await;
    let change = async |statement: &'static str| {
        sqlx::raw_sql(statement).execute(&pool).await.unwrap();
    };
    change(
        "insert into teams (code, municipality, category, service_area, is_saps) values
            ('W-WEST', 'AAA', 'water', st_multi(st_makeenvelope(28.0, -26.0, 28.2, -25.8, 4326)), false),
            ('W-EAST', 'AAA', 'water', st_multi(st_makeenvelope(28.2, -26.0, 28.4, -25.8, 4326)), false),
            ('R-ALL', 'AAA', 'roads', st_multi(st_makeenvelope(28.0, -26.0, 28.4, -25.8, 4326)), false),
            ('SAPS-A', null, null, st_multi(st_makeenvelope(28.0, -26.0, 28.2, -25.8, 4326)), true),
            ('SAPS-B', null, null, st_multi(st_makeenvelope(28.2, -26.0, 28.4, -25.8, 4326)), true)",
    )
    .await;
    assert!(doubts(&pool, None).await.is_empty());
    let in_force = reference::load(&pool).await.unwrap();
    let gone = |kind: &str, code: &str| {
        format!(
            "the area of {kind} {code} is gone, and only 0 % of it is in that of another one for the same reports"
        )
    };
    // The team goes, or it takes no tickets any more. The area of roads does not replace that of water.
    change("update teams set is_active = false where code in ('W-WEST', 'SAPS-A')").await;
    let both = [gone("precinct", "SAPS-A"), gone("team", "W-WEST")];
    assert_eq!(doubts(&pool, Some(&in_force)).await, both);
    change("delete from teams where code in ('W-WEST', 'SAPS-A')").await;
    assert_eq!(doubts(&pool, Some(&in_force)).await, both);
    // Another one that covers it is an answer, and so is a team that serves the whole municipality.
    change(
        "update teams set service_area = st_multi(st_makeenvelope(28.0, -26.0, 28.4, -25.8, 4326))
          where code in ('W-EAST', 'SAPS-B')",
    )
    .await;
    assert!(doubts(&pool, Some(&in_force)).await.is_empty());
    let in_force = reference::load(&pool).await.unwrap();
    change("update teams set service_area = null where code in ('W-EAST', 'R-ALL')").await;
    change("delete from teams where code = 'SAPS-B'").await;
    assert_eq!(doubts(&pool, Some(&in_force)).await, [gone("precinct", "SAPS-B")]);
}

#[tokio::test]
async fn areas_that_succeed_others_are_named_and_those_end_on_a_day() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let old = [("EC127", rectangle(26.6, -32.8, 0.2, 0.2)), ("EC128", rectangle(26.8, -32.8, 0.2, 0.2))];
    assert!(run(&pool, Table::Boundaries, &boundaries(&folder, &old)).await.remarks.is_empty());
    run(&pool, Table::Wards, &wards(&folder, &[("W1", "EC127", rectangle(26.6, -32.8, 0.1, 0.1))])).await;
    let in_force = published(&pool).await;

    let new = boundaries(&folder, &[("EC129", rectangle(26.6, -32.8, 0.4, 0.2))]);
    let said = run(&pool, Table::Boundaries, &new).await.remarks;
    assert_eq!(said.len(), 3, "{said:?}");
    for (said, begins) in said.iter().zip([
        "municipality EC129 lies over municipality EC127: 100 % of EC127 is in both, and reports from there \
         go to EC127",
        "municipality EC129 lies over municipality EC128: 100 % of EC128 is in both, and reports from there \
         go to EC128",
        "in force and not in this file: EC127 EC128; if they have ended, end them: trust-engine reference \
         end municipality",
    ]) {
        assert!(said.starts_with(begins), "{said}");
    }
    let said = doubts(&pool, Some(&in_force)).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("municipality EC127 lies over municipality EC129: 100 %"), "{said:?}");
    let said_again = run(&pool, Table::Boundaries, &new).await.remarks;
    assert_eq!(said_again.len(), 3, "as long as it is so");

    let codes = || vec!["EC127".to_owned(), "EC128".to_owned()];
    let end = |codes: Vec<String>, on: Option<&str>, dry_run: bool| {
        let on = on.map(|day| day.parse().unwrap());
        End { what: AreaKind::Municipality, codes, on, dry_run }
    };
    let unknown = end(vec!["EC127".to_owned(), "EC1".to_owned()], Some("2016-08-03"), false).run(&pool).await;
    assert!(
        matches!(&unknown, Err(PostgisError::Reference(said)) if said[0].contains("there is no municipality \
            `EC1`"))
    );
    end(codes(), Some("2016-08-03"), true).run(&pool).await.unwrap();
    // A day that is still to come is in the edition, in which the area ends by itself.
    end(codes(), Some("2999-01-01"), false).run(&pool).await.unwrap();
    let municipalities = |reference: &Reference| {
        reference.municipalities.iter().map(|one| one.code.to_string()).collect::<Vec<_>>()
    };
    let loaded = reference::load(&pool).await.unwrap();
    assert_eq!(municipalities(&loaded), ["EC127", "EC128", "EC129"]);
    let days = loaded.municipalities.iter().map(|one| one.valid_to.map(|day| day.to_string()));
    assert_eq!(
        days.collect::<Vec<_>>(),
        [Some("2999-01-01".to_owned()), Some("2999-01-01".to_owned()), None]
    );
    let begins = "update municipalities set valid_from = '2998-01-01' where code = 'EC129'";
    sqlx::raw_sql(begins).execute(&pool).await.unwrap();
    let loaded = reference::load(&pool).await.unwrap();
    let days = loaded.municipalities.iter().map(|one| one.valid_from.map(|day| day.to_string()));
    assert_eq!(days.collect::<Vec<_>>(), [None, None, Some("2998-01-01".to_owned())]);
    sqlx::raw_sql("update municipalities set valid_from = today()").execute(&pool).await.unwrap();
    let remarks = end(codes(), Some("2016-08-03"), false).run(&pool).await.unwrap();
    assert_eq!(remarks[0], "municipality EC127: 1 wards, 0 teams and 0 policies end with it");
    assert!(doubts(&pool, Some(&in_force)).await.is_empty(), "its successor covers the area");
    let after = reference::load(&pool).await.unwrap();
    assert_eq!((municipalities(&after), after.wards.len()), (vec!["EC129".to_owned()], 0));
    assert!(run(&pool, Table::Boundaries, &new).await.remarks.is_empty());
    let said = run(&pool, Table::Boundaries, &boundaries(&folder, &old)).await.remarks;
    assert!(
        said.iter()
            .any(|said| said.starts_with("in this file but not in force, so in no edition: EC127 EC128")),
        "{said:?}"
    );

    end(codes(), None, false).run(&pool).await.unwrap();
    assert_eq!(municipalities(&reference::load(&pool).await.unwrap()).len(), 3);
    let alone = End {
        what: AreaKind::Municipality,
        codes: vec!["EC129".to_owned()],
        on: Some("2016-08-03".parse().unwrap()),
        dry_run: false,
    };
    assert_eq!(
        alone.run(&pool).await.unwrap(),
        ["municipality EC129: 0 wards, 0 teams and 0 policies end with it"]
    );
}

#[tokio::test]
async fn areas_begin_and_end_by_the_date_in_south_africa_whichever_time_zone_the_server_has() {
    let Some(database) = Database::migrated().await else { return };
    let folder = Folder::new();
    let (sast, tomorrow): (String, String) = sqlx::query_as(
        "select (now() at time zone 'Africa/Johannesburg')::date::text,
                ((now() at time zone 'Africa/Johannesburg')::date + 1)::text",
    )
    .fetch_one(&database.everything())
    .await
    .unwrap();
    let areas = [("AAA", rectangle(28.0, -26.0, 0.4, 0.2)), ("BBB", rectangle(29.0, -26.0, 0.4, 0.2))];
    // At any moment one of these has another date than South Africa: 14 hours behind it, or 12 ahead.
    for zone in ["Etc/GMT+12", "Pacific/Kiritimati"] {
        let set = format!("alter database {} set timezone = '{zone}'", database.name());
        sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&database.everything()).await.unwrap();
        let pool = database.pool("trust_engine");
        run(&pool, Table::Boundaries, &boundaries(&folder, &areas)).await;
        let begun = format!("select count(*) from municipalities where valid_from::text = '{sast}'");
        assert_eq!(database.count(&begun).await, 2, "{zone}");
        let end = async |on: &str| {
            let on = Some(on.parse().unwrap());
            let end = End { what: AreaKind::Municipality, codes: vec!["AAA".to_owned()], on, dry_run: false };
            end.run(&pool).await.unwrap();
            reference::load(&pool).await.unwrap().municipalities.len()
        };
        assert_eq!(end(&tomorrow).await, 2, "{zone}: it ends tomorrow");
        assert_eq!(end(&sast).await, 1, "{zone}: it has ended today");
        sqlx::raw_sql("delete from municipalities").execute(&pool).await.unwrap();
    }
}

#[tokio::test]
async fn rows_of_a_municipality_that_has_ended_are_named() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let areas = [("AAA", rectangle(28.0, -26.0, 0.4, 0.2)), ("BBB", rectangle(29.0, -26.0, 0.4, 0.2))];
    run(&pool, Table::Boundaries, &boundaries(&folder, &areas)).await;
    let files = [
        (Table::Wards, wards(&folder, &[("W1", "AAA", rectangle(28.0, -26.0, 0.4, 0.2))])),
        (Table::Teams, folder.file("teams.csv", "code,municipality\nA1,AAA\nB1,BBB\n")),
        (Table::Policies, folder.file("policies.csv", "municipality,category,severity\nAAA,,\nBBB,,\n")),
        (Table::Staff, folder.file("staff.csv", "login,name,municipality,role\nann,Ann,AAA,staff\n")),
    ];
    for (table, file) in &files {
        assert_eq!(run(&pool, *table, file).await.remarks, Vec::<String>::new(), "{table:?}");
    }
    let on = Some("2026-08-03".parse().unwrap());
    let end = End { what: AreaKind::Municipality, codes: vec!["AAA".to_owned()], on, dry_run: false };
    end.run(&pool).await.unwrap();
    for (table, file) in &files {
        let said = run(&pool, *table, file).await.remarks;
        let named =
            said.iter().filter(|said| said.contains("not in force, so they have no effect: AAA;")).count();
        assert_eq!((named, said.iter().any(|said| said.contains("BBB"))), (1, false), "{table:?}: {said:?}");
    }
}

#[tokio::test]
async fn a_ward_that_has_ended_is_in_no_edition_and_its_successors_are() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    run(&pool, Table::Boundaries, &boundaries(&folder, &[("AAA", rectangle(28.0, -26.0, 0.4, 0.2))])).await;
    run(&pool, Table::Wards, &wards(&folder, &[("W1", "AAA", rectangle(28.0, -26.0, 0.4, 0.2))])).await;
    let in_force = published(&pool).await;
    let new = wards(
        &folder,
        &[("W2", "AAA", rectangle(28.0, -26.0, 0.2, 0.2)), ("W3", "AAA", rectangle(28.2, -26.0, 0.2, 0.2))],
    );
    let said = run(&pool, Table::Wards, &new).await.remarks;
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(
        said[0].starts_with(
            "ward W2 lies over ward W1: 100 % of W2 is in both, and reports from there go to W1"
        ),
        "{said:?}"
    );
    assert!(said[2].starts_with("in force and not in this file: W1; if they have ended"), "{said:?}");
    assert_eq!(doubts(&pool, Some(&in_force)).await.len(), 2);
    let end = End {
        what: AreaKind::Ward,
        codes: vec!["W1".to_owned()],
        on: Some("2026-11-04".parse().unwrap()),
        dry_run: false,
    };
    end.run(&pool).await.unwrap();
    assert!(doubts(&pool, Some(&in_force)).await.is_empty());
    let after = reference::load(&pool).await.unwrap();
    let codes: Vec<_> = after.wards.iter().map(|ward| ward.code.as_str()).collect();
    assert_eq!(codes, ["W2", "W3"]);
}

#[tokio::test]
async fn the_demo_has_nothing_doubtful() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    assert!(doubts(&pool, None).await.is_empty());
}
