//! Scripts and properties of the tickets machine: the records that a log leads to, one a line.

mod absent;
mod again;
mod automations;
mod calendars;
mod handover;
mod holds;
mod ladder_changes;
mod ladders;
mod laws;
mod life;
mod passes;
mod promises;
mod random_logs;
mod recipients;
mod scene;
mod story;
mod table;
