//! How records become bytes: headers, sealing, partitions, and control records.

pub mod control;
pub mod headers;
pub mod kinds;
pub mod partition;
pub mod record;
pub mod sealing;
pub mod task_row;
