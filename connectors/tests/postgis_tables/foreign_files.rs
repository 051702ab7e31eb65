//! GeoJSON and CSV as other tools write them: names of systems, spreadsheets, line breaks, encodings.

use connectors::postgis::reference::{self, Table};
use serde_json::{Value, json};

use crate::import::{Folder, complaints, run, square};
use crate::server::Database;

fn map(crs: &Value) -> String {
    let feature = json!({
        "type": "Feature",
        "properties": { "code": "TST1", "name": "Westdorp" },
        "geometry": { "type": "Polygon", "coordinates": square(28.0) },
    });
    json!({ "type": "FeatureCollection", "crs": crs, "features": [feature] }).to_string()
}

#[tokio::test]
async fn wgs84_by_another_name_comes_in_and_another_system_is_named_with_the_way_out() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    for crs in [
        json!({ "type": "EPSG", "properties": { "code": 4326 } }),
        json!({ "type": "name", "properties": { "name": "OGC:CRS84" } }),
        json!({ "type": "name", "properties": { "name": "urn:ogc:def:crs:OGC:1.3:CRS84" } }),
        Value::Null,
    ] {
        let imported = run(&pool, Table::Boundaries, &folder.file("map.geojson", map(&crs))).await;
        assert_eq!(imported.new.len() + imported.same, 1, "{crs}");
    }
    let crs = json!({ "type": "EPSG", "properties": { "code": 4148 } });
    let complaints = complaints(&pool, Table::Boundaries, &folder.file("map.geojson", map(&crs))).await;
    assert!(
        complaints[0].contains("Hartebeesthoek94") && complaints[0].contains("ogr2ogr -t_srs EPSG:4326"),
        "{complaints:?}"
    );
}

#[tokio::test]
async fn a_sheet_comes_in_as_spreadsheets_write_it() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    reference::demo(&pool, false).await.unwrap();
    let plain = "municipality,category,severity,response_hours,resolution_hours\nEKU,water,low,24,100\n";
    assert_eq!(run(&pool, Table::Policies, &folder.file("policies.csv", plain)).await.new, ["EKU water low"]);
    let header = "Municipality;Category; Severity ;Response Hours;RESOLUTION_HOURS";
    for sheet in [
        format!("\u{feff}{plain},,,,\n,,,,\n , ,,,\n\n"),
        plain.lines().map(|line| format!("{line},,\r\n")).collect::<String>() + ",,,,,,\r\n",
        format!("\u{feff}sep=;\r\n{header}\r\nEKU;water;low;24;100\r\n;;;;\r\n"),
        format!("{header}\rEKU;water;low;24;100\r;;;;\r"),
        format!("\n\n{header};;\n;;;;;;\nEKU;water;low;24;100;;\n"),
        plain.replace(',', "\t"),
    ] {
        let imported = run(&pool, Table::Policies, &folder.file("policies.csv", &sheet)).await;
        assert_eq!((imported.new.len(), imported.changed.len(), imported.same), (0, 0, 1), "{sheet:?}");
    }
    let ansi = folder.file("staff.csv", b"login,name,role\nab,Ren\xe9,staff\n");
    let said = complaints(&pool, Table::Staff, &ansi).await;
    assert!(said.len() == 1 && said[0].contains("line 2") && said[0].contains("Windows-1252"), "{said:?}");
    let workbook = folder.file("staff.csv", b"PK\x03\x04\x14\x00");
    assert!(complaints(&pool, Table::Staff, &workbook).await[0].contains(".xlsx"));
}

#[tokio::test]
async fn complaints_name_the_line_that_an_editor_shows() {
    let Some(database) = Database::migrated().await else { return };
    let pool = database.pool("trust_engine");
    let folder = Folder::new();
    let sheet =
        "login,name,role\nab,A,staff\n\n\"cd\",\"B\",boss\n,,\nef,\"C\nD\",staff\n\ngh,E,boss\nij,F\n";
    for (what, text) in [
        ("LF", sheet.to_owned()),
        ("CR LF", sheet.replace('\n', "\r\n")),
        ("CR", sheet.replace('\n', "\r")),
        ("BOM", format!("\u{feff}{sheet}")),
    ] {
        let complaints = complaints(&pool, Table::Staff, &folder.file("staff.csv", &text)).await;
        let places: Vec<_> = complaints.iter().filter_map(|complaint| complaint.split(": ").next()).collect();
        assert_eq!(
            places,
            ["line 4 (cd)", "line 6 (ef)", "line 9 (gh)", "line 10"],
            "{what}: {complaints:?}"
        );
    }
}
