//! The places that residents can name: imported, and part of an edition where their municipality is on board.

use std::path::Path;

use connectors::postgis::reference::{self, Import, Table};
use serde_json::json;
use sqlx::postgres::PgPool;

use crate::asking::ask;
use crate::import::{Folder, complaints, import, labels, run, square};
use crate::server::Database;

/// Three squares: AAA and BBB beside each other, of which BBB is not on board, and CCC further east.
async fn municipalities(pool: &PgPool, folder: &Folder) {
    let map = folder.map(&[
        (json!({ "code": "AAA", "name": "A" }), square(28.0)),
        (json!({ "code": "BBB", "name": "B", "onboarded": false }), square(28.1)),
        (json!({ "code": "CCC", "name": "C" }), square(28.5)),
    ]);
    run(pool, Table::Boundaries, &map).await;
}

async fn names(pool: &PgPool) -> Vec<String> {
    let places = reference::load(pool).await.unwrap().places;
    places.into_iter().map(|place| format!("{} {} {}", place.code, place.name, place.radius_m)).collect()
}

#[tokio::test]
async fn a_place_is_known_by_its_code_or_by_its_name_in_its_municipality() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    municipalities(&pool, &folder).await;
    let text = "code,name,kind,latitude,longitude,radius_m,variants\n\
                ,Hillside,suburb,-26.05,28.05,,\"Hillside Village|Heuwelsig\"\n\
                ,Hillside,suburb,-26.05,28.55,900,\n\
                X1,Old Mill,landmark,-26.02,28.02,,\n\
                ,Elsewhere,suburb,-26.05,28.15,,\n\
                ,Far Off,village,-27.05,28.15,,\n";
    let file = folder.file("places.csv", text);
    let dry = Import { dry_run: true, ..import(Table::Places, &file) };
    let would = dry.run(&pool).await.unwrap();
    assert_eq!(names(&pool).await, Vec::<String>::new(), "a dry run changes nothing");
    let did = run(&pool, Table::Places, &file).await;
    assert_eq!(would, did);
    assert_eq!(did.new, ["hillside.suburb@AAA", "hillside.suburb@CCC", "X1", "elsewhere.suburb@BBB"]);
    assert!(did.remarks.concat().contains("left out: 1 places: Far Off"), "{:?}", did.remarks);
    assert_eq!(
        names(&pool).await,
        ["X1 Old Mill 300", "hillside.suburb@AAA Hillside 2000", "hillside.suburb@CCC Hillside 900"],
        "those of municipalities on board"
    );
    let again = run(&pool, Table::Places, &file).await;
    assert_eq!((again.new.len(), again.changed.len(), again.same), (0, 0, 4));
    let moved = folder.file(
        "places.csv",
        "code;Name;Kind;Lat;Lon\nX1;New Mill;landmark;-26,03;28,02\n;Hillside;suburb;-26,06;28,05\n",
    );
    let did = run(&pool, Table::Places, &moved).await;
    assert_eq!(labels(&did.changed), ["X1: name point", "hillside.suburb@AAA: point"]);
    let place = reference::load(&pool).await.unwrap().places.remove(1);
    assert_eq!((place.variants.len(), place.point, place.municipality.as_str()), (2, [28.05, -26.06], "AAA"));
}

#[tokio::test]
async fn what_is_wrong_with_places_is_said_at_once_and_changes_nothing() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    municipalities(&pool, &folder).await;
    let text = "name,kind,latitude,longitude\n\
                Hillside,suburb,-26.05,28.05\n\n\
                Hillside,suburb,-26.06,28.06\n\
                Turned,suburb,28.05,-26.05\n";
    let said = complaints(&pool, Table::Places, &folder.file("places.csv", text)).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("line 4 (Hillside): it has the same name, kind and municipality as row 2"));
    assert!(said[1].starts_with("line 5 (Turned): its point") && said[1].contains("look swapped"));
    assert_eq!(names(&pool).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_place_follows_the_boundaries_that_are_in_force() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    municipalities(&pool, &folder).await;
    let file = folder.file("places.csv", "code,name,latitude,longitude\nX1,Hillside,-26.05,28.05\n");
    run(&pool, Table::Places, &file).await;
    let ended = "update municipalities set valid_from = '2000-01-01', valid_to = today() where code = 'AAA'";
    sqlx::query(ended).execute(&pool).await.unwrap();
    assert_eq!(names(&pool).await, Vec::<String>::new(), "it lies in no municipality that is in force");
    let map = folder.map(&[(json!({ "code": "DDD", "name": "D" }), square(28.0))]);
    run(&pool, Table::Boundaries, &map).await;
    let places = reference::load(&pool).await.unwrap().places;
    assert_eq!(places[0].municipality.as_str(), "DDD");
}

#[tokio::test]
async fn the_demos_places_come_in_as_they_are_and_everybody_who_sees_the_map_sees_them() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo/places.csv");
    let imported = run(&pool, Table::Places, &file).await;
    assert!(imported.new.is_empty() && imported.changed.is_empty() && imported.same > 80, "{imported:?}");
    let places = reference::load(&pool).await.unwrap().places;
    assert_eq!(places.len(), imported.same, "all are in municipalities on board");
    for place in &places {
        assert!(
            place.code.starts_with(place.municipality.as_str()),
            "{} lies in {}",
            place.code,
            place.municipality
        );
    }
    for login in ["dashboard_demo", "national", "public_reader", "desk", "saps"] {
        let count = ask(&database.pool(login), "select count(*) from place_names").await;
        assert_eq!(count, Ok(i64::try_from(places.len()).unwrap()), "{login}");
    }
    for login in ["sink", "intake"] {
        let count = ask(&database.pool(login), "select count(*) from place_names").await;
        assert!(count.is_err(), "{login}");
    }
}
