//! Reference data from a folder.

use std::path::{Path, PathBuf};

use super::super::reference;

/// A folder of files that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("trust-engine-try-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        Self(folder)
    }

    fn error(&self) -> String {
        format!("{:#}", reference::edition(Some(&self.0)).unwrap_err())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_folder_of_the_demo_is_reference_data_and_what_is_not_read_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo");
    let (edition, remarks) = reference::edition(Some(&folder)).unwrap();
    assert_eq!(remarks, ["not read: README.md, login_municipalities.csv, policies-fast.csv, rules-fast.csv"]);
    assert_eq!(edition.municipality(&"ETH".parse().unwrap()).unwrap().name, "eThekwini (demo)");
}

#[test]
fn a_folder_that_cannot_be_used_is_told_what_it_needs() {
    let square = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":
        {"code":"ETH","name":"eThekwini"},"geometry":{"type":"Polygon",
        "coordinates":[[[30,-29.9],[30.5,-29.9],[30.5,-29.4],[30,-29.4],[30,-29.9]]]}}]}"#;
    let empty = Folder::new("empty", &[("teams.csv", "code\nA\n")]);
    assert!(empty.error().contains("has no boundaries: it needs boundaries.geojson"), "{}", empty.error());
    let twice = Folder::new("twice", &[("boundaries.json", square), ("municipalities.csv", "code\n")]);
    assert!(twice.error().ends_with("municipalities.csv hold the same: keep one of them"));
    let team = Folder::new("team", &[("boundaries.json", square), ("teams.csv", "code,municipality\nA,B\n")]);
    assert!(team.error().ends_with("team A: there is no municipality B"), "{}", team.error());
    let two = Folder::new("two", &[("boundaries.json", "{"), ("policies.csv", "municipality\n5 Ⅴ\n")]);
    let error = two.error();
    assert!(error.contains("boundaries.json: ") && error.contains("policies.csv: its header"), "{error}");
    let small = Folder::new("small", &[("boundaries.json", square)]);
    let (edition, remarks) = reference::edition(Some(&small.0)).unwrap();
    assert_eq!(remarks, ["there is no emergency_numbers.csv: the demo's numbers are used"]);
    assert!(edition.emergency().numbers.contains_key("police"));
}
