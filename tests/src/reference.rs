//! Reference data that a test changes while the system runs, and rows of its tables.

use anyhow::Result;
use serde_json::Value;
use simulator::harness::TestInstallation;

/// Imports these tables, each with the text of its CSV file, and publishes an edition.
///
/// # Errors
/// A file cannot be written, or a command refuses.
pub async fn publish_tables(installation: &TestInstallation, tables: &[(&str, String)]) -> Result<()> {
    for (table, file) in tables {
        let path = installation.folder().join(format!("{table}.csv"));
        std::fs::write(&path, file)?;
        installation.run_to_end(&["import", table, &path.to_string_lossy()]).await?;
    }
    installation.run_to_end(&["publish"]).await?;
    Ok(())
}

/// A column of a row as text; empty where the row has none.
pub fn text(row: &Value, column: &str) -> String {
    row.get(column).and_then(Value::as_str).unwrap_or_default().to_owned()
}
