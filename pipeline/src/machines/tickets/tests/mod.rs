//! Scripts and properties of the tickets machine: the records that a log leads to, one a line.

mod again;
mod automations;
mod calendars;
mod holds;
mod ladders;
mod laws;
mod life;
mod promises;
mod random_logs;
mod scene;
mod story;
mod table;
