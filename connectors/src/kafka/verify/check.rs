//! One comparison of `verify`.

/// Something that was compared.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// What was compared with what.
    pub what: String,
    /// How many things were compared.
    pub compared: usize,
    /// What does not agree, each with its place; empty if all does.
    pub differences: Vec<String>,
}

impl Check {
    /// A check of `what` that has compared nothing yet.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), compared: 0, differences: Vec::new() }
    }

    /// Notes that something was compared, and what is wrong with it, if anything is.
    pub fn compare(&mut self, difference: Option<String>) {
        self.compared += 1;
        self.differences.extend(difference);
    }
}
