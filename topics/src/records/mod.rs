//! The records of each topic, one file for each topic.

pub mod assignments;
pub mod breaches;
pub mod control;
pub mod conversations;
pub mod dead_letters;
pub mod deliveries;
pub mod editions;
pub mod messages;
pub mod notifications;
pub mod protected;
pub mod reports;
pub mod reviews;
pub mod ticket_actions;
pub mod ticket_commands;
pub mod ticket_events;
pub mod tickets;
pub mod unscreened;
