//! Files into the reference tables: what is new, changed and the same, and what is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use connectors::postgis::PostgisError;
use connectors::postgis::reference::{self, Import, Imported, Table};
use serde_json::{Value, json};
use sqlx::postgres::PgPool;
use topics::records::editions::MunicipalityKind;

use crate::server::Database;

/// A folder that is deleted at the end of the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("import-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// GeoJSON of these features: properties and the rings of a polygon.
    pub fn map(&self, features: &[(Value, Value)]) -> PathBuf {
        let features: Vec<_> = features
            .iter()
            .map(|(properties, rings)| {
                json!({
                    "type": "Feature",
                    "properties": properties,
                    "geometry": { "type": "Polygon", "coordinates": rings }
                })
            })
            .collect();
        self.file("map.geojson", json!({ "type": "FeatureCollection", "features": features }).to_string())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A square of a tenth of a degree, its corner in the north-west at `x`, -26.
pub fn square(x: f64) -> Value {
    json!([[[x, -26.0], [x, -26.1], [x + 0.1, -26.1], [x + 0.1, -26.0], [x, -26.0]]])
}

pub fn import(table: Table, file: &Path) -> Import {
    Import { table, file: file.to_owned(), names: BTreeMap::new(), dry_run: false }
}

pub async fn run(pool: &PgPool, table: Table, file: &Path) -> Imported {
    import(table, file).run(pool).await.unwrap()
}

pub async fn complaints(pool: &PgPool, table: Table, file: &Path) -> Vec<String> {
    match import(table, file).run(pool).await {
        Err(PostgisError::Import(complaints)) => complaints,
        other => panic!("not refused: {other:?}"),
    }
}

pub fn labels(changed: &[(String, Vec<String>)]) -> Vec<String> {
    changed.iter().map(|(label, columns)| format!("{label}: {}", columns.join(" "))).collect()
}

#[tokio::test]
async fn a_boundary_needs_a_code_and_a_name_and_keeps_what_a_file_does_not_say() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let first = folder.map(&[
        (json!({ "code": "AAA", "name": "A" }), square(28.0)),
        (json!({ "code": "BBB", "name": "B", "kind": "district", "onboarded": false }), square(29.0)),
    ]);
    assert_eq!(run(&pool, Table::Boundaries, &first).await.new, ["AAA", "BBB"]);
    let reference = reference::load(&pool).await.unwrap();
    let kinds: Vec<_> =
        reference.municipalities.iter().map(|m| (m.code.as_str(), m.kind, m.onboarded)).collect();
    assert_eq!(kinds, [("AAA", MunicipalityKind::Local, true), ("BBB", MunicipalityKind::District, false)]);
    assert_eq!(
        reference.municipalities[0].boundary,
        vec![serde_json::from_value::<Vec<Vec<[f64; 2]>>>(square(28.0)).unwrap()]
    );

    let again = run(&pool, Table::Boundaries, &first).await;
    assert_eq!((again.new.len(), again.changed.len(), again.same), (0, 0, 2));

    let second = folder.map(&[
        (json!({ "code": "BBB", "name": "B" }), square(29.5)),
        (json!({ "code": "CCC", "name": "C", "kind": "metro" }), square(30.0)),
    ]);
    let dry = Import { dry_run: true, ..import(Table::Boundaries, &second) };
    let would = dry.run(&pool).await.unwrap();
    assert_eq!(reference::load(&pool).await.unwrap(), reference, "a dry run changes nothing");
    let did = run(&pool, Table::Boundaries, &second).await;
    assert_eq!(would, did);
    assert_eq!(
        (did.new, labels(&did.changed), did.same),
        (vec!["CCC".to_owned()], vec!["BBB: boundary".to_owned()], 0)
    );
    let after = reference::load(&pool).await.unwrap();
    assert_eq!(after.municipalities[0], reference.municipalities[0], "what no file names stays");
    assert_eq!(
        (after.municipalities[1].kind, after.municipalities[1].onboarded),
        (MunicipalityKind::District, false)
    );
}

#[tokio::test]
async fn every_bad_feature_is_named_and_nothing_is_written() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let file = folder.map(&[
        (json!({ "code": "GOOD", "name": "Good" }), square(28.0)),
        (json!({ "code": "OPEN", "name": "Open" }), json!([[[28, -26], [29, -26], [29, -27], [28, -27]]])),
        (
            json!({ "code": "BOW", "name": "Bow tie" }),
            json!([[[28, -26], [29, -25], [29, -26], [28, -25], [28, -26]]]),
        ),
        (json!({ "code": "FAR", "name": "Far" }), json!([[[500, 0], [501, 0], [501, 1], [500, 0]]])),
        (json!({ "code": "FEW", "name": "Few" }), json!([[[28, -26], [29, -26], [28, -26]]])),
        (json!({ "name": "Nameless" }), square(29.0)),
        (json!({ "code": "GOOD", "name": "Good again" }), square(30.0)),
        (json!({ "code": "KIND", "name": "", "kind": "province" }), square(31.0)),
    ]);
    let complaints = complaints(&pool, Table::Boundaries, &file).await;
    let beginnings = [
        "feature 2 (OPEN): `boundary`: ring 1 of polygon 1 is not closed",
        "feature 3 (BOW): `boundary` is not valid: Self-intersection[28.5 -25.5]; repair it",
        "feature 4 (FAR): `boundary`: is outside of South Africa, for example at 500 0; it must be \
         longitude and latitude",
        "feature 5 (FEW): `boundary`: ring 1 of polygon 1 has 3 points: it must have at least 4",
        "feature 6: `code` is missing",
        "feature 7 (GOOD): the same `code` as feature 1 (GOOD)",
        "feature 8 (KIND): `name` is missing",
        "feature 8 (KIND): `kind` is `province`; it must be one of: metro, local, district",
    ];
    assert_eq!(complaints.len(), beginnings.len(), "{complaints:#?}");
    for (complaint, beginning) in complaints.iter().zip(beginnings) {
        assert!(complaint.starts_with(beginning), "{complaint}");
    }
    assert_eq!(database.count("select count(*) from municipalities").await, 0);
}

#[tokio::test]
async fn wards_need_a_municipality_that_is_there_and_may_have_other_names() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    run(&pool, Table::Boundaries, &folder.map(&[(json!({ "code": "AAA", "name": "A" }), square(28.0))]))
        .await;
    let file = folder.map(&[
        (json!({ "WARD_ID": 79_900_001, "CAT_B": "AAA" }), square(28.0)),
        (json!({ "WARD_ID": 79_900_002.0, "CAT_B": "ZZZ" }), square(28.0)),
    ]);
    let unnamed = complaints(&pool, Table::Wards, &file).await;
    assert_eq!(unnamed.len(), 2, "{unnamed:?}");
    assert!(unnamed[0].contains("--map code=NAME: they have CAT_B, WARD_ID"));
    let names = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(column, name)| ((*column).to_owned(), (*name).to_owned())).collect()
    };
    let named = Import {
        names: names(&[("code", "WARD_ID"), ("municipality", "CAT_B")]),
        ..import(Table::Wards, &file)
    };
    let refused = named.run(&pool).await.unwrap_err().to_string();
    assert!(
        refused.contains("feature 2 (79900002): `municipality` is `ZZZ`; it is not in municipalities"),
        "{refused}"
    );
    run(&pool, Table::Boundaries, &folder.map(&[(json!({ "code": "ZZZ", "name": "Z" }), square(29.0))]))
        .await;
    folder.map(&[
        (json!({ "WARD_ID": "79900001", "CAT_B": "AAA" }), square(28.0)),
        (json!({ "WARD_ID": 79_900_002.0, "CAT_B": "ZZZ" }), square(29.0)),
    ]);
    assert_eq!(named.run(&pool).await.unwrap().new, ["79900001", "79900002"]);
    let wrong = Import { names: names(&[("kind", "TYPE")]), ..named };
    assert!(wrong.run(&pool).await.unwrap_err().to_string().contains("wards have no `kind`"));
}

#[tokio::test]
async fn a_file_in_another_system_or_of_another_kind_is_refused() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let crs = json!({ "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::2048" } });
    let projected = folder.file(
        "projected.json",
        json!({ "type": "FeatureCollection", "crs": crs, "features": [] }).to_string(),
    );
    assert!(
        complaints(&pool, Table::Boundaries, &projected)
            .await
            .concat()
            .contains("EPSG::2048`: it must be WGS84")
    );
    let empty = folder.map(&[]);
    assert_eq!(
        complaints(&pool, Table::Boundaries, &empty).await,
        ["it has no features: there is nothing to import"]
    );
    let text = folder.file("boundaries.txt", "");
    assert!(complaints(&pool, Table::Boundaries, &text).await.concat().contains("must end in .geojson"));
    assert!(
        complaints(&pool, Table::Staff, &folder.0.join("absent.csv"))
            .await
            .concat()
            .contains("cannot be read")
    );
}

#[tokio::test]
async fn a_shapefile_in_wgs84_comes_in_with_its_holes() {
    use shapefile::dbase::{Record, TableWriterBuilder};
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let file = folder.0.join("map.shp");
    let ring = |x: f64, side: f64| {
        [(0.0, 0.0), (0.0, side), (side, side), (side, 0.0), (0.0, 0.0)]
            .map(|(dx, dy)| shapefile::Point::new(x + dx, -27.0 + x - 28.0 + dy))
            .to_vec()
    };
    let table = TableWriterBuilder::new()
        .add_character_field("CODE".try_into().unwrap(), 20)
        .add_character_field("NAME".try_into().unwrap(), 50);
    let mut writer = shapefile::Writer::from_path(&file, table).unwrap();
    let shape = shapefile::Polygon::with_rings(vec![
        shapefile::PolygonRing::Outer(ring(28.0, 1.0)),
        shapefile::PolygonRing::Inner(ring(28.25, 0.5)),
    ]);
    let mut record = Record::default();
    record.insert("CODE".to_owned(), Some("AAA".to_owned()).into());
    record.insert("NAME".to_owned(), Some("A".to_owned()).into());
    writer.write_shape_and_record(&shape, &record).unwrap();
    drop(writer);
    let names =
        BTreeMap::from([("code".to_owned(), "CODE".to_owned()), ("name".to_owned(), "NAME".to_owned())]);
    let import = Import { names, ..import(Table::Boundaries, &file) };
    assert!(import.run(&pool).await.unwrap_err().to_string().contains("its .prj"));
    folder.file("map.prj", r#"PROJCS["Hartebeesthoek94 / Lo29",GEOGCS["Hartebeesthoek94"]]"#);
    assert!(
        import
            .run(&pool)
            .await
            .unwrap_err()
            .to_string()
            .contains("Hartebeesthoek94 / Lo29`: it must be WGS84")
    );
    folder.file("map.prj", r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]"#);
    assert_eq!(import.run(&pool).await.unwrap().new, ["AAA"]);
    assert_eq!(database.count("select round(st_area(boundary) * 100)::bigint from municipalities").await, 75);
}

#[tokio::test]
async fn the_demos_own_files_come_in_as_they_are() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    reference::demo(&pool, false).await.unwrap();
    let before = reference::load(&pool).await.unwrap();
    for (table, name) in [(Table::Teams, "teams"), (Table::Policies, "policies"), (Table::Staff, "staff")] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/demo/{name}.csv"));
        let imported = run(&pool, table, &file).await;
        assert!(
            imported.new.is_empty() && imported.changed.is_empty() && imported.same > 0,
            "{name}: {imported:?}"
        );
    }
    assert_eq!(reference::load(&pool).await.unwrap(), before);
}

#[tokio::test]
async fn a_column_that_a_file_does_not_have_stays_and_an_empty_cell_is_null() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    reference::demo(&pool, false).await.unwrap();
    let was = reference::load(&pool).await.unwrap();
    let team = was
        .teams
        .iter()
        .find(|team| team.lead.is_some() && team.manager.is_some() && team.service_area.is_some())
        .unwrap();
    let file = folder.file("teams.csv", format!("code,lead\n{},\n", team.code));
    let imported = run(&pool, Table::Teams, &file).await;
    assert_eq!(labels(&imported.changed), [format!("{}: lead", team.code)]);
    let now = reference::load(&pool).await.unwrap();
    let now = now.teams.iter().find(|other| other.code == team.code).unwrap();
    assert_eq!(*now, topics::records::editions::Team { lead: None, ..team.clone() });

    let policy = folder.file(
        "policies.csv",
        "municipality,category,severity,response_hours\nEKU,,,12\nEKU,waste,critical,0.5\n",
    );
    let imported = run(&pool, Table::Policies, &policy).await;
    assert_eq!(
        (imported.new, labels(&imported.changed)),
        (vec!["EKU waste critical".to_owned()], vec!["EKU: response_hours".to_owned()])
    );
    let again = run(&pool, Table::Policies, &policy).await;
    assert_eq!((again.new.len(), again.changed.len(), again.same), (0, 0, 2));
}

#[tokio::test]
async fn every_bad_line_is_named_for_every_check_that_finds_it() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    reference::demo(&pool, false).await.unwrap();
    let text = "code,municipality,category,service_area,is_saps\n\
        T1,EKU,water,,false\n\
        T2,,water,,false\n\
        T3,EKU,,,true\n\
        T4,NOWHERE,gbv,,false\n\
        T5,NOWHERE,roads,,false\n\
        T6,EKU,roads,\"POLYGON((28 -26, 29 -25, 29 -26, 28 -25, 28 -26))\",false\n\
        T7,EKU,roads,POINT(28 -26),perhaps\n";
    let teams = complaints(&pool, Table::Teams, &folder.file("teams.csv", text)).await;
    let beginnings = [
        "line 3 (T2): a team that is not of the police needs a municipality",
        "line 4 (T3): a team of the police has no municipality",
        "line 5 (T4): `category` is `gbv`; it must be one of: water,",
        "line 5 (T4): `municipality` is `NOWHERE`; it is not in",
        "line 6 (T5): `municipality` is `NOWHERE`; it is not in municipalities",
        "line 7 (T6): `service_area` is not valid: Self-intersection",
        "line 8 (T7): `service_area`: must be a POLYGON or a MULTIPOLYGON",
        "line 8 (T7): `is_saps` is `perhaps`; it must be one of: true, false",
    ];
    assert_eq!(teams.len(), beginnings.len(), "{teams:#?}");
    for (complaint, beginning) in teams.iter().zip(beginnings) {
        assert!(complaint.starts_with(beginning), "{complaint}");
    }
    let text = "municipality,category,severity,response_hours,resolution_hours\nEKU,,high,1,2\nCPT,,,100,1\n";
    let policies = complaints(&pool, Table::Policies, &folder.file("policies.csv", text)).await;
    assert!(policies[0].starts_with("line 2 (EKU): a severity needs a category"), "{policies:?}");
    assert!(policies[1].ends_with("make `resolution_hours` at least 100"), "{policies:?}");
}

/// Real boundaries are large, have holes and slivers, and some are not valid. TEST_BOUNDARIES names a GeoJSON
/// file of them whose properties are `code` and `name`.
#[tokio::test]
async fn real_boundaries_come_in_but_for_those_that_are_named() {
    let Ok(file) = std::env::var("TEST_BOUNDARIES") else {
        eprintln!("NOT TESTED: TEST_BOUNDARIES names no GeoJSON file of real boundaries");
        return;
    };
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let mut map: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let features = map["features"].as_array_mut().unwrap();
    let dry = Import { dry_run: true, ..import(Table::Boundaries, Path::new(&file)) };
    if let Err(PostgisError::Import(complaints)) = dry.run(&pool).await {
        for complaint in &complaints {
            assert!(complaint.contains("`boundary` is not valid: "), "{complaint}");
        }
        features.retain(|feature| {
            !complaints.iter().any(|complaint| {
                complaint.contains(&format!("({}):", feature["properties"]["code"].as_str().unwrap()))
            })
        });
    }
    let count = features.len();
    let rest = folder.file("rest.geojson", map.to_string());
    assert_eq!(run(&pool, Table::Boundaries, &rest).await.new.len(), count);
    assert_eq!(run(&pool, Table::Boundaries, &rest).await.same, count);
    assert!(reference::publish(&pool).await.unwrap().changed);
}
