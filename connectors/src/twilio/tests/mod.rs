//! The caller against a real HTTP server that plays Twilio.

mod calls;
mod house;
mod lookups;
mod rates;
mod road;
