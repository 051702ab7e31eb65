//! Why the log, the store and the group of a task cannot belong together.

use std::fmt;

/// A contradiction between the log, the store and the group of a task.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contradiction {
    /// What must have happened. Any lane may show it.
    pub(crate) what: &'static str,
    /// The offsets that show it; empty if none do. In the police lane they would count records.
    pub(crate) offsets: String,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.what)?;
        if self.offsets.is_empty() { Ok(()) } else { write!(formatter, " ({})", self.offsets) }
    }
}
