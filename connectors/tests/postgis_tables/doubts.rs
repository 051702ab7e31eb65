//! Precincts of the police over each other, and municipalities that change their standing: a person is asked.

use connectors::postgis::reference::{
    self, Accept, InUse, NewestEdition, PolicyChanges, PublishOutcome, Table,
};
use serde_json::json;
use sqlx::postgres::PgPool;
use topics::records::editions::Reference;

use crate::import::{Folder, run};
use crate::server::Database;

/// The newest edition, as the topic would have it.
pub fn newest(reference: &Reference) -> NewestEdition {
    NewestEdition { number: 1, hash: String::new(), reference: reference.clone() }
}
/// The doubts about the tables, compared with this edition.
pub async fn doubts(pool: &PgPool, in_force: Option<&Reference>) -> Vec<String> {
    let in_use = InUse { newest: in_force.map(newest), ..InUse::default() };
    match reference::compare_and_publish(pool, &in_use, &Accept::Nothing, PolicyChanges::NewTickets)
        .await
        .unwrap()
    {
        PublishOutcome::Published(_) => Vec::new(),
        PublishOutcome::Doubtful { doubts, .. } => doubts,
    }
}

/// Municipalities side by side: their codes, kinds, and whether they are on board.
fn municipalities(folder: &Folder, rows: &[(&str, &str, bool)]) -> std::path::PathBuf {
    let feature = |(west, (code, kind, onboarded)): (f64, &(&str, &str, bool))| {
        let (east, properties) =
            (west + 0.2, json!({ "code": code, "name": code, "kind": kind, "onboarded": onboarded }));
        (properties, json!([[[west, -27.5], [east, -27.5], [east, -27.3], [west, -27.3], [west, -27.5]]]))
    };
    let places = [28.0, 28.2, 28.4];
    folder.map(&places.into_iter().zip(rows).map(feature).collect::<Vec<_>>())
}

/// A row of a police team, active or not, whose precinct reaches over a degree of latitude.
fn station(code: &str, west: f64, east: f64, is_active: bool) -> String {
    let area = format!("POLYGON(({west} -27,{east} -27,{east} -26,{west} -26,{west} -27))");
    format!("{code},\"{area}\",true,{is_active}\n")
}

fn teams(folder: &Folder, rows: &[String]) -> std::path::PathBuf {
    folder.file("teams.csv", format!("code,service_area,is_saps,is_active\n{}", rows.concat()))
}

#[tokio::test]
async fn precincts_over_each_other_are_named_and_publishing_asks() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    run(&pool, Table::Boundaries, &municipalities(&folder, &[("AAA", "local", true)])).await;
    let first = teams(&folder, &[station("SAPS-A", 28.0, 28.5, true), station("SAPS-B", 28.5, 29.0, true)]);
    assert_eq!(run(&pool, Table::Teams, &first).await.remarks, Vec::<String>::new(), "they touch");
    assert_eq!(doubts(&pool, None).await, Vec::<String>::new());
    let in_force = reference::load(&pool).await.unwrap();

    // The same precinct under another code, and one that reaches into a neighbour.
    let second = teams(&folder, &[station("SAPS-C", 28.0, 28.5, true), station("SAPS-D", 28.9, 29.3, true)]);
    let said = run(&pool, Table::Teams, &second).await.remarks;
    let begins = [
        "the precincts of the police teams SAPS-A and SAPS-C lie over each other: 100 % of the smaller one",
        "the precincts of the police teams SAPS-B and SAPS-D lie over each other: 25 % of the smaller one",
    ];
    let asked = doubts(&pool, Some(&in_force)).await;
    for said in [&said, &asked] {
        assert_eq!(said.len(), 2, "{said:?}");
        for (said, begins) in said.iter().zip(begins) {
            assert!(said.starts_with(begins) && said.contains("disclosures from there"), "{said}");
        }
    }
    // Nobody is asked twice, nor about one that is closed.
    let both = reference::load(&pool).await.unwrap();
    sqlx::query("update teams set manager = 'ann' where code = 'SAPS-A'").execute(&pool).await.unwrap();
    assert_eq!(doubts(&pool, Some(&both)).await, Vec::<String>::new());
    let closed = teams(&folder, &[station("SAPS-C", 28.0, 28.5, false), station("SAPS-D", 29.0, 29.3, true)]);
    assert_eq!(run(&pool, Table::Teams, &closed).await.remarks, Vec::<String>::new());
    assert_eq!(doubts(&pool, Some(&in_force)).await, Vec::<String>::new());
    let in_force = reference::load(&pool).await.unwrap();
    sqlx::query("update teams set is_active = true where code = 'SAPS-C'").execute(&pool).await.unwrap();
    let asked = doubts(&pool, Some(&in_force)).await;
    assert!(asked.len() == 1 && asked[0].starts_with(begins[0]), "opened again: {asked:?}");
}

#[tokio::test]
async fn a_municipality_that_leaves_or_changes_its_kind_is_asked_about() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let rows = [("AAA", "local", true), ("BBB", "metro", false), ("CCC", "local", true)];
    run(&pool, Table::Boundaries, &municipalities(&folder, &rows)).await;
    assert_eq!(doubts(&pool, None).await, Vec::<String>::new(), "the first edition changes nothing");
    let in_force = reference::load(&pool).await.unwrap();
    // One that comes on board, and one that was not on board, are what a person means to import.
    let rows = [("AAA", "local", false), ("BBB", "metro", true), ("CCC", "district", true)];
    run(&pool, Table::Boundaries, &municipalities(&folder, &rows)).await;
    let asked = doubts(&pool, Some(&in_force)).await;
    assert_eq!(
        asked,
        [
            "municipality AAA is not on board any more: reports from it go to no team and promise nothing; \
             if it stays, make `onboarded` true",
            "municipality CCC was local and becomes district: of a local or metropolitan municipality and a \
             district that hold a point, the former gets the report; if that is not meant, correct `kind`",
        ]
    );
    let in_force = reference::load(&pool).await.unwrap();
    sqlx::query("update municipalities set name = 'Alpha' where code = 'AAA'").execute(&pool).await.unwrap();
    assert_eq!(doubts(&pool, Some(&in_force)).await, Vec::<String>::new(), "it is asked about once");
}
