//! The result of an import.

/// What an import did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// What was not in the table before.
    pub new: Vec<String>,
    /// What was there, and the columns that differ.
    pub changed: Vec<(String, Vec<String>)>,
    /// How many rows of the file were already in the table with the same values.
    pub same: usize,
    /// What a person should look at though it was imported: areas over each other, codes that the file lacks.
    pub remarks: Vec<String>,
}
