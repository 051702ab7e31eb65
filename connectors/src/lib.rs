//! The connectors: one module for each outside system, and what they share. Only `main` and the subcommands
//! see all of them.

pub mod append;
pub mod batch;
pub mod clock;
pub mod config;
pub mod desk;
pub mod health;
pub mod kafka;
#[cfg(test)]
mod lines;
pub mod metrics;
pub mod postgis;
pub mod prometheus;
pub mod staff_mail;
pub mod token;
pub mod twilio;
pub mod whatsapp;
